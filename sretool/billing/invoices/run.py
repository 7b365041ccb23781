"""The fold: every decision of the journal, in its order, made into documents once.

Whoever comes after an interruption finds what is there, makes what is missing and changes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from sretool.billing.faults import fail_point
from sretool.billing.invoices.controls import Control, ControlSource, Cut, Grant, NewCatalog, Nothing, Void
from sretool.billing.invoices.cuts import CutRun
from sretool.billing.invoices.drafting import drafted
from sretool.billing.invoices.gather import Closing, Gatherer
from sretool.billing.invoices.history import Basis, Issued
from sretool.billing.invoices.store import Store
from sretool.billing.invoices.usage import UsageSource
from sretool.billing.periods import period_starting_at
from sretool.billing.pricing import Rounding, one_unit_too_high
from sretool.money import minor_units

CHUNK = 4000  # documents a transaction
NOTED_BYTES = 256 * 2**20
ROUNDING_FAULT = "rounding-bug"


class InvoiceRun:
    """Follows decisions into the store. `now_us` is used only to judge whether an invoice was on time."""

    def __init__(
        self,
        store: Store,
        usage: UsageSource,
        controls: ControlSource,
        *,
        now_us: Callable[[], int],
        is_fault_active: Callable[[str], bool] = lambda _: False,
        chunk: int = CHUNK,
    ) -> None:
        self._store = store
        self._controls = controls
        self._is_fault_active = is_fault_active
        self._looked = store.progress("position")
        self._gatherer = Gatherer(store, usage)
        self._cuts = CutRun(store, usage, self._gatherer, now_us=now_us, rounding=self._rounding, chunk=chunk)

    def advance(self, applied: int) -> int:
        """Every decision that the ledger has passed, up to the position `applied`; how many there were."""
        done = 0
        while self._looked < applied:
            controls, looked = self._controls.read(self._looked, applied)
            if looked == self._looked:
                break
            for control in controls:
                self._follow(control)
            done += len(controls)
            self._looked = looked
            self._note_where()
        return done

    def _note_where(self) -> None:
        """Keep how far the journal was looked through, so that no start looks through all of it again."""
        if self._looked - self._store.progress("position") > NOTED_BYTES:
            with self._store.transaction():
                self._store.set_progress("position", self._looked)

    def _rounding(self) -> Rounding:
        return one_unit_too_high if self._is_fault_active(ROUNDING_FAULT) else minor_units

    def _follow(self, control: Control) -> None:
        if isinstance(control.decision, Cut):
            self._cuts.close(control, control.decision)
        with self._store.transaction():
            match control.decision:
                case NewCatalog(catalog):
                    self._store.add_catalog(control, catalog)
                case Grant() as grant:
                    self._store.add_grant(control.position, grant)
                case Void() as void:
                    self._void(control, void)
                case Cut() as cut:
                    self._move_billing_time(cut)
                case Nothing(reason):
                    self._store.add_total("unreadable_decisions", "", 1)
                    print(f"biller: the record at {control.position} decides nothing: {reason}", file=sys.stderr)
            self._store.set_progress("cut_no", self._store.progress("cut_no") + int(control.is_cut))
            self._store.set_progress("position", control.end)
            fail_point("biller.before_commit")
        fail_point("biller.after_commit")

    def _move_billing_time(self, cut: Cut) -> None:
        """Keep the largest instant that a cut was asked as of, and the one before it."""
        largest = self._store.progress("as_of_us")
        if cut.as_of_us > largest:
            self._store.set_progress("as_of_before_us", largest)
            self._store.set_progress("as_of_us", cut.as_of_us)

    def _void(self, control: Control, void: Void) -> None:
        """Void a document and, where that is asked, issue its next version. In the transaction that is open."""
        found = self._store.document_key(void.invoice)
        if found is None or found[1] == "voided":
            return
        key = found[0]
        self._store.void(void.invoice, control)
        self._store.unsettle(key)
        if void.reissue:
            history = self._store.history(key)
            old = next(document for document in history.documents if document.id == void.invoice)
            basis = self._recut(control, old) if void.recut else old.basis
            closing = Closing(basis, self._store.catalog(basis.catalog_position), control.position, self._rounding())
            customer = closing.catalog.customer(*key)
            assert customer is not None, f"{key} was billed and is in no catalogue"
            case = self._gatherer.full_case(
                closing,
                customer,
                None if old.final_position else period_starting_at(customer.zone, old.start_us),
                history=history,
                version=old.version + 1,
                final_position=old.final_position,
            )
            self._store.add_documents([drafted(case)], control)

    def _recut(self, control: Control, old: Issued) -> Basis:
        position = self._store.catalog_position(control.position)
        assert position is not None, "a document was issued before the first catalogue"
        cut_no = self._store.progress("cut_no")
        return Basis(control.position, cut_no, position, old.basis.as_of_us, is_recut=True)
