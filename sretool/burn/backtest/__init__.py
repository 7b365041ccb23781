"""What an SLO's alerts would have done over real history, with these settings or with others.

`expressions` are the two series that the rules would have recorded, as one query each; `history` downloads them, day by
day, into a cache (with `days`, the edges); `windows` is the rules' algebra over them in numpy, which `sums` adds up;
`firing` is their alerts, `losses` the stretches in which the budget really went, `scoring` the one against the other,
`candidates` a grid of settings. `running` ties it together.

What a server would have told is told to the half minute. Three things are simpler than on a server, whose groups of
rules run at moments of their own: all are taken to run at once, on the whole half minute; windows of 6h and 12h are
read then too, not every second minute; and those of a day and more at whole ten minutes. A real alert may so come up to
a minute later, one over 6h or more up to three, one over a day or more up to ten before or after. And where Prometheus
3 leaves the older end of a range out, this is Prometheus 2.
"""
