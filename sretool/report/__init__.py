"""`sretool report weekly`: what a week spent, on what, and what is to be decided.

`values` are what a report says, `gathering` is the edge that asks for it: Prometheus, the incident ledger, postmortems.
`attribution` says which incident spent what of a budget, `pages` holds pages against what was lost, `decisions`,
`amounts` and `quality` make the sections that they are called by. `shares` rounds, once and for all of them; `printed`
makes lines of whatever people wrote; `rendering` writes all of it as HTML, Markdown or JSON. Everything but
`gathering` and what it names is a function of values, so that the same inputs give the same bytes.
"""
