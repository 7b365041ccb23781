"""What a budget really is just now: figures (`recorded`, `counted`), what they mean (`evaluate`), what to do about it.

Events are counted by `counting`: `counters` says what grows and how that is asked, `spans` over what; `growths` and
`days` make it up of little that is read, `merging`, `moments` and `batching` of few queries; `cache` keeps days
that are over.

Edges: whoever holds a `sretool.prometheus` server, and `cache`. Everything else is functions over frozen values.
"""
