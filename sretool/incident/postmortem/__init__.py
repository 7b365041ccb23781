"""What is learnt of an incident: a page that is written with what is known, read again, and checked.

`form` has the words of the page · `markdown` makes blocks with places of text, `reading` a postmortem of blocks ·
`checks/` say what is wrong with one, `linting` runs them · `times` say what the incident's events say, `searching` when
an SLO burnt, `impact` what that cost, `sharing` for which other incidents that is counted; `facts` puts it into words,
each with its source, and `plot` into a picture; `answers` are what only people know · `render` fills the template. The
edges are `reading.read_directory` and `linting.read_paths`, which read files, `searching` and `impact`, which hold a
server, and `writing`, which writes.

Nothing here is invented: what is not known says why.
"""
