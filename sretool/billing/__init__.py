"""The measured system: a reference service that takes usage events and issues invoices.

Its README.md says what it owns and what it does not. It imports nothing of the toolkit, which meets it through
Prometheus and HTTP.
"""
