"""The only writer of the ledger: takes bulks from the journal and decides every event once.

`deciding` and `metering` are the pure core, over `routing`, the part of the catalogue that they need; `memory` asks the
ledger what was decided before; `applying` is the loop and `figures` what it tells. It knows no prices and no clock:
the instants are the journal's.
"""

from sretool.billing.applier.applying import Applier
from sretool.billing.applier.service import run

__all__ = ["Applier", "run"]
