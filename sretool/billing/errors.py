"""What the commands may meet, by what it means to whoever gave them."""

from __future__ import annotations

from sretool.billing.audit import NothingToAudit
from sretool.billing.catalog.in_force import CatalogRefused
from sretool.billing.faults import UnknownFault
from sretool.billing.issued import UnknownInvoice
from sretool.billing.journal import JournalBehind, JournalCorrupt, JournalError, JournalReplaced
from sretool.billing.keys import NoKeys
from sretool.billing.ledger import LedgerAhead
from sretool.billing.load.generator import Unreachable
from sretool.billing.manifest import NotAManifest
from sretool.billing.reach import Declined, NoAnswer, NoService
from sretool.billing.recount import NotThere
from sretool.billing.serve import CannotServe

# Order matters: what is damaged is a finding, though it is an error of the journal too.
FOUND = (JournalBehind, JournalCorrupt, JournalReplaced, LedgerAhead)
WRONG_INPUT = (
    CannotServe,
    CatalogRefused,
    Declined,
    NoKeys,
    NoService,
    NotAManifest,
    NothingToAudit,
    UnknownFault,
    UnknownInvoice,
)
NO_ANSWER = (JournalError, NoAnswer, NotThere, Unreachable)
