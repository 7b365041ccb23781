"""Values to SVG: the pictures of reports and postmortems, as text that is the same for the same values.

`burndown`, `spending`, `impact` and `pages` have one picture each: a frozen value goes in, an `Svg` comes out. `layout`
says where things stand and `ticks` what stands on an axis; `palette` has the colours, light and dark, and `svg` what a
page needs of a picture: a title, a description for those who do not see it, ids of its own, a form for any width.

`canvas` is the only importer of matplotlib, which the extra `report` brings: without it drawing raises `Missing`.
Nothing here does IO, reads the time or knows an SLO. What is not known is a gap in a line, and the description says so.
"""
