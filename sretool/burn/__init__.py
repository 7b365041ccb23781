"""What a budget really is just now: what to ask (`plan`), what the answers mean (`evaluate`), and what to do about it.

Events are counted by `counting`: `counters` says what grows and how that is asked, `spans` over what; `growths`, `days`,
`merging` and `moments` see that little is read for it, and `cache` keeps days that are over.

Edges: whoever holds a `sretool.prometheus` server, and `cache`. Everything else is functions over frozen values.
"""
