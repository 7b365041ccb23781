"""The loop on one machine: starts the real parts, tells the story, stops them.

Edges: `server` (a Prometheus of our own) and `__main__`. What they find is classified by functions.
"""
