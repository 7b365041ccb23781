"""From an alert to a page, and to what is learnt of it: incidents, and what is told of them.

`events` are what happens, `codec` is how it is written, `history` folds it into incidents: every view is that fold. An
incident is in the incident ledger before any network call is made. The edges, which do IO, are `ledger` and those that
the names of other modules here tell: PagerDuty's and the receiver's.
"""
