"""The recount: an independent second opinion on every closed hour and every invoice, from the raw journal.

It shares nothing with what it checks but the journal's reader. Its parser (`reading`, on the standard library's
json), deduplication and usage (`tally`), documents called for (`fold`), and prices on Fractions (`bill`, `terms`,
`rating`) are its own, and so is the digest of what a document was made of (`made_of`). `theirs` is the only module
that looks at the service's tables; `compare`, `judge` and `shown` hold the two sides against each other. Where DuckDB
is installed `fast` counts in columns (`columns`, `event_columns`, `meter_columns`, `ids`, `read_ahead`), and leaves to
`tally` whatever it is not sure to count alike. `worker` recounts for ever beside the service, `reconciliation` once
from the first record.
"""

from sretool.billing.recount.advance import NotThere
from sretool.billing.recount.judge import Difference
from sretool.billing.recount.reconciliation import Differences, NoEngine, reconcile

__all__ = ["Difference", "Differences", "NoEngine", "NotThere", "reconcile"]
