"""What a cut makes: the documents of everybody whose period it closes, in chunks, each in a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from sretool.billing.catalog.values import Catalog, Customer
from sretool.billing.faults import fail_point
from sretool.billing.invoices import due
from sretool.billing.invoices.controls import Control, Cut
from sretool.billing.invoices.documents import Document
from sretool.billing.invoices.drafting import drafted
from sretool.billing.invoices.gather import Closing, Gatherer
from sretool.billing.invoices.history import Basis
from sretool.billing.invoices.store import Standing, Store
from sretool.billing.invoices.usage import CustomerKey, Quantities, UsageSource
from sretool.billing.periods import BillingPeriod, is_active, period_starting_at
from sretool.billing.pricing import Rounding
from sretool.money import minor_units


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What is known of some customers before their documents are made."""

    customers: list[Customer]
    standings: dict[CustomerKey, Standing]
    late: dict[CustomerKey, int]  # the last cut before any usage of closed periods
    credited: frozenset[CustomerKey]
    usage: dict[CustomerKey, Quantities]


class CutRun:
    """Makes what is missing of a cut's documents."""

    def __init__(
        self,
        store: Store,
        usage: UsageSource,
        gatherer: Gatherer,
        *,
        now_us: Callable[[], int],
        rounding: Callable[[], Rounding],
        chunk: int,
    ) -> None:
        self._store = store
        self._usage = usage
        self._gatherer = gatherer
        self._now_us = now_us
        self._rounding = rounding
        self._chunk = chunk

    def close(self, control: Control, cut: Cut) -> None:
        """All documents of a cut."""
        position = self._store.catalog_position(control.position)
        if position is None:
            return
        catalog = self._store.catalog(position)
        basis = Basis(control.position, self._store.progress("cut_no"), position, cut.as_of_us)
        late = self._late(basis, before_us=due.NEVER_US if cut.final else cut.start_us)
        for customers in _chunks(self._whom(control, cut, catalog), self._chunk):
            closing = Closing(basis, catalog, control.position, self._rounding())
            with self._store.transaction():
                self._finalize(control, cut, closing, self._about(customers, cut, closing, late))
                fail_point("biller.before_commit")
            fail_point("biller.after_commit")

    def _whom(self, control: Control, cut: Cut, catalog: Catalog) -> list[Customer]:
        """Who needs a document of a cut and has none, in order."""
        if cut.final:
            has_one = self._store.has_final_document(control.position)
            standings = self._store.every_standing()
            ended = (each for each in catalog.every_customer() if due.has_ended(each, catalog, cut.as_of_us))
            found = [each for each in ended if standings[_key(each)].closed_until_us]
        else:
            has_one = self._store.has_document(cut.start_us)
            months = _Months(cut)
            found = [each for each in catalog.every_customer() if months.closes(each)]
        return sorted((each for each in found if _key(each) not in has_one), key=_key)

    def _late(self, basis: Basis, *, before_us: int) -> dict[CustomerKey, int]:
        """Who has usage that stands after the first cut at which anybody was settled: the last cut before it."""
        least = self._store.settled_least()
        if least is None or least >= basis.cut_no:
            return {}
        found = self._usage.late(before_us=before_us, after_cut_no=least, cut_no=basis.cut_no)
        return {key: cut_no for key, (_, cut_no) in found.items()}

    def _about(self, customers: list[Customer], cut: Cut, closing: Closing, late: dict[CustomerKey, int]) -> _Chunk:
        first, last = _key(customers[0]), _key(customers[-1])
        usage = self._usage.between(
            *(first, last),
            start_us=cut.start_us,
            end_us=cut.end_us,
            cut_no=closing.basis.cut_no,
            meters=closing.catalog.meters,
        )
        credited = frozenset(self._store.grants(first, last, before=closing.basis.position))
        return _Chunk(customers, self._store.standings(first, last), late, credited, dict(usage))

    def _finalize(self, control: Control, cut: Cut, closing: Closing, chunk: _Chunk) -> None:
        """In the transaction that is open."""
        make = self._final_document if cut.final else self._document
        made = [make(cut, closing, customer, chunk) for customer in chunk.customers]
        documents = [document for document in made if document is not None]
        issued = {document.id for document in self._store.add_documents(documents, control)}
        is_wrong = closing.usage_rounding is not minor_units
        final_us = self._final_us(control, cut)
        settled, finals = {}, []
        for customer, document in zip(chunk.customers, made, strict=True):
            key = _key(customer)
            if document is None and _needs_corrections(key, chunk, due.NEVER_US):  # Another look would find as little.
                standing = chunk.standings[key]
                settled[key] = replace(standing, settled_cut_no=closing.basis.cut_no, is_unsettled=is_wrong)
        for document in documents:
            key, is_issued = (document.slot.tenant, document.slot.customer), document.id in issued
            standing = chunk.standings[key]
            settled[key] = _settled(standing, document, is_wrong=is_wrong or not is_issued)
            if document.slot.period is not None:
                until_us = due.deadline_us(closing.catalog, document.slot.period, standing)
                finals.append((*key, document.slot.start_us, until_us, final_us if is_issued else None))
        self._store.set_standings(settled)
        due.record_final(self._store, finals)

    def _document(self, cut: Cut, closing: Closing, customer: Customer, chunk: _Chunk) -> Document:
        key, period = _key(customer), period_starting_at(customer.zone, cut.start_us)
        is_plain = not (customer.commits or key in chunk.credited or _needs_corrections(key, chunk, cut.start_us))
        if is_plain:
            quantities = chunk.usage.get(key, {})
            return drafted(self._gatherer.plain_case(closing, customer, period, quantities=quantities))
        return drafted(self._gatherer.full_case(closing, customer, period, history=self._store.history(key)))

    def _final_document(self, _: Cut, closing: Closing, customer: Customer, chunk: _Chunk) -> Document | None:
        """What is late after a customer's last period, if anything is."""
        key = _key(customer)
        if not _needs_corrections(key, chunk, due.NEVER_US):
            return None
        history = self._store.history(key)
        document = drafted(
            self._gatherer.full_case(closing, customer, None, history=history, final_position=closing.control_position)
        )
        return document if any(line.kind == "adjustment" for line in document.lines) else None

    def _final_us(self, control: Control, cut: Cut) -> int:
        """When, in billing time, a document of a cut becomes final.

        A cut that moves billing time passes the time between in no time: what it makes was ready when it began.
        """
        before_us = self._store.progress("as_of_us")
        if before_us >= cut.as_of_us:
            before_us = self._store.progress("as_of_before_us")
        return max(control.ingest_us, before_us) + max(0, self._now_us() - control.ingest_us)


def _needs_corrections(key: CustomerKey, chunk: _Chunk, start_us: int) -> bool:
    """Whether anything may have happened to the closed periods since they were billed right."""
    standing = chunk.standings[key]
    is_late = chunk.late.get(key, -1) > standing.settled_cut_no
    return is_late or standing.is_unsettled or standing.closed_until_us > start_us


class _Months:
    """Which month a cut closes in a zone, if any."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._by_zone: dict[str, BillingPeriod | None] = {}

    def closes(self, customer: Customer) -> bool:
        if customer.zone not in self._by_zone:
            self._by_zone[customer.zone] = self._period(customer.zone)
        period = self._by_zone[customer.zone]
        return period is not None and is_active(customer, period.month)

    def _period(self, zone: str) -> BillingPeriod | None:
        try:
            period = period_starting_at(zone, self._cut.start_us)
        except ValueError:
            return None
        return period if period.end_us == self._cut.end_us else None


def _settled(standing: Standing, document: Document, *, is_wrong: bool) -> Standing:
    """How a customer stands after a document of a cut: right as of it, unless a later period is closed already."""
    if document.slot.period is not None and document.slot.start_us < standing.closed_until_us:
        return replace(standing, is_unsettled=True)
    closed_until_us = max(standing.closed_until_us, document.slot.end_us)
    return Standing(standing.known_us, closed_until_us, document.basis.cut_no, is_unsettled=is_wrong)


def _key(customer: Customer) -> CustomerKey:
    return customer.tenant, customer.id


def _chunks(customers: list[Customer], size: int) -> Iterator[list[Customer]]:
    iterator = iter(customers)
    while some := list(islice(iterator, size)):
        yield some
