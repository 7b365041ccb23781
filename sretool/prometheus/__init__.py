"""Talking to a Prometheus-compatible server and to an Alertmanager; the only package that knows their HTTP.

`server` and `alertmanager` are what can be asked, `answers`, `facts` and `notified` what comes of it. Below them
`connection` asks again where that helps, `judging` reads what a reply means, `transport`, `network` and `tls` are the
edges. Whatever the other side does, what is raised is one of `errors`, within the time limit of the `endpoint`.
`configured` makes that endpoint of the settings and of the environment (an edge: it reads files with secrets).
"""
