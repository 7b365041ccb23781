"""Gathers what a document is made of: from the store, the ledger's rollups and the catalogues that hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sretool.billing.catalog.plain import version_as_json
from sretool.billing.catalog.values import Catalog, Customer, PlanVersion
from sretool.billing.invoices.documents import Slot, digest_of
from sretool.billing.invoices.drafting import Case
from sretool.billing.invoices.history import Basis, History
from sretool.billing.invoices.owed import Account, Terms
from sretool.billing.invoices.store import Store
from sretool.billing.invoices.usage import CustomerKey, Quantities, UsageSource
from sretool.billing.periods import BillingPeriod, period_starting_at
from sretool.billing.pricing import Rounding


@dataclass(frozen=True, slots=True)
class Closing:
    """What all documents of one run share. `catalog` is that of the basis."""

    basis: Basis
    catalog: Catalog
    control_position: int
    usage_rounding: Rounding


def terms_of(catalog: Catalog, customer: Customer, period: BillingPeriod) -> Terms:
    """What a catalogue says of a customer's period."""
    return Terms(period, customer, catalog.plan_in_force(customer, period.month))


class Gatherer:
    """Reads; never writes."""

    def __init__(self, store: Store, usage: UsageSource) -> None:
        self._store = store
        self._usage = usage
        self._last_digest: tuple[PlanVersion | None, str] = (None, "")

    def plain_case(
        self,
        closing: Closing,
        customer: Customer,
        period: BillingPeriod,
        *,
        quantities: Quantities,
    ) -> Case:
        """The case of a customer without commits and credits, of whose earlier periods nothing has to be corrected."""
        terms = terms_of(closing.catalog, customer, period)
        account = Account({period.start_us: terms}, {period.start_us: quantities}, closing.usage_rounding)
        return Case(
            slot_of(customer, period),
            1,
            closing.basis,
            closing.control_position,
            account,
            plan_digest=self._plan_digest(terms),
        )

    def full_case(
        self,
        closing: Closing,
        customer: Customer,
        period: BillingPeriod | None,
        *,
        history: History,
        version: int = 1,
        final_position: int = 0,
    ) -> Case:
        """The case of a document with all earlier periods of its customer. Without a period it is a final one."""
        key = (customer.tenant, customer.id)
        basis = closing.basis
        account = self.account(closing, customer, history, own=period)
        terms = None if period is None else account.terms[period.start_us]
        grants = self._store.grants(key, key, before=basis.position).get(key, ())
        slot = slot_of(customer, period, final_position)
        digest = "" if terms is None else self._plan_digest(terms)
        return Case(slot, version, basis, closing.control_position, account, history, grants, digest)

    def account(
        self,
        closing: Closing,
        customer: Customer,
        history: History,
        *,
        own: BillingPeriod | None,
        as_of_now: bool = False,
    ) -> Account:
        """Every closed period of a customer, each by the catalogue that holds for it, and the document's own.

        With `as_of_now` usage is that of all cuts; else it is that of the basis.
        """
        terms: dict[int, Terms] = {}
        for start_us, issued in history.closed(closing.basis.position).items():
            catalog = self._store.catalog(issued.basis.catalog_position)
            then = catalog.customer(customer.tenant, customer.id) or customer
            terms[start_us] = terms_of(catalog, then, period_starting_at(then.zone, start_us))
        if own is not None:
            terms[own.start_us] = terms_of(closing.catalog, customer, own)
        cut_no = None if as_of_now else closing.basis.cut_no
        key = (customer.tenant, customer.id)
        quantities = self._quantities(key, terms.values(), cut_no=cut_no, catalog=closing.catalog)
        return Account(terms, quantities, closing.usage_rounding)

    def _quantities(
        self, key: CustomerKey, terms: Iterable[Terms], *, cut_no: int | None, catalog: Catalog
    ) -> Mapping[int, Quantities]:
        found: dict[int, Quantities] = {}
        for one in terms:
            period = one.period
            of_period = self._usage.between(
                key, key, start_us=period.start_us, end_us=period.end_us, cut_no=cut_no, meters=catalog.meters
            )
            found[period.start_us] = of_period.get(key, {})
        return found

    def _plan_digest(self, terms: Terms) -> str:
        """Of the plan version, which thousands of documents after each other share."""
        version, digest = self._last_digest
        if version is not terms.version and terms.version is not None:
            digest = digest_of(version_as_json(terms.version))
            self._last_digest = (terms.version, digest)
        return digest if terms.version is not None else ""


def slot_of(customer: Customer, period: BillingPeriod | None, final_position: int = 0) -> Slot:
    return Slot(customer.tenant, customer.id, customer.currency, customer.zone, period, final_position)
