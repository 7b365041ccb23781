"""What is learnt of an incident: a page that is written with what is known, read again, and checked.

`form` has the words of the page · `markdown` makes blocks with places of text, `reading` a postmortem of blocks ·
`checks/` say what is wrong with one, `linting` runs them · `times`, `facts` and `impact` say what is known, each with
its source; `answers` are what only people know · `render` fills the template. The edges are `reading.read_directory`,
which reads files, `impact`, which holds a server, and `writing`, which writes the page.

Nothing here is invented: what is not known says why.
"""
