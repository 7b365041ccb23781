"""What a budget really is just now: what to ask (`plan`), what the answers mean (`evaluate`), and what to do about it.

Edges: whoever holds a `sretool.prometheus` server, and `cache`. Everything else is functions over frozen values.
"""
