"""Talking to a Prometheus-compatible server and to an Alertmanager; the only package that knows their HTTP.

Edges: `connection` (HTTP with its bounds), `server` and `alertmanager` (what can be asked). `answers` makes values of
JSON and does no IO. Whatever the other side does, what is raised is one of `errors`.
"""
