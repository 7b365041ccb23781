"""The service's face: takes usage over HTTP, answers questions about it, and is the journal's only writer.

`ingest` is the path that has to be fast; `app` sends every other request to the module that knows. IO is in `protocol`
(sockets), `server` (the process) and `reading` (ledger and invoices, read only).
"""
