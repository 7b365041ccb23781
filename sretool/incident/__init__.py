"""From an alert to a page, and to what is learnt of it: incidents, and what is told of them.

`events` are what happens, `codec` and `lines` are how it is written, `history` folds it into incidents: every view is
that fold. An incident is in the incident ledger before any network call is made. `acting` is what people do, `naming`
and `choosing` which SLO and which incident they mean, `snapshot` how bad it is by the budget, `wording` all of it in
words. The edges, which do IO, are `ledger` with `writer` and `locking`, `verify`, `looking`, which asks Prometheus, and
those that the names of other modules here tell: PagerDuty's and the receiver's.
"""
