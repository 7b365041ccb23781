"""The loop on one machine: starts the real parts, tells the story, stops them.

`story` is what happens, `setting` what it needs, `history` the past that is made up for it. Edges: `processes`, and
what starts some: `server`, `measured` (the billing service), `watching`; `stage` prints.
"""
