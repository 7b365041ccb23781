"""What a person decides about a service, from what they say to the record that says it.

Each function appends one decision or a few, waits until they have been followed, and tells what came of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from sretool.billing import issued
from sretool.billing.catalog.in_force import checked_catalog
from sretool.billing.catalog.plain import catalog_as_json
from sretool.billing.catalog.values import Catalog, Customer
from sretool.billing.directory import DataDirectory
from sretool.billing.faults import Faults
from sretool.billing.gateway.resume import catalog_at, resume
from sretool.billing.invoices.appending import append_cut
from sretool.billing.invoices.controls import Cut, Grant, Void, grant_body, void_body
from sretool.billing.invoices.due import needed_cuts
from sretool.billing.invoices.late import is_final_cut_needed
from sretool.billing.invoices.usage import LedgerUsage
from sretool.billing.journal import JournalReader, Kind
from sretool.billing.ledger import Address, Held, LedgerReader
from sretool.billing.reach import Decided, Declined, NoAnswer, Service, Stopped, reach, running

HELD = "held"


@dataclass(frozen=True, slots=True)
class InvoiceRun:
    """What a run closed and issued."""

    as_of_us: int
    cuts: tuple[Cut, ...]
    documents: list[dict[str, Any]]


def run_invoices(directory: DataDirectory, *, as_of_us: int, final: bool = False) -> InvoiceRun:
    """Close every period that is over as of an instant of billing time, and issue its invoices.

    `final` bills late usage of customers that have no next invoice, too. Raises what `reach` does, Declined, NoAnswer.
    """
    with reach(directory) as service:
        _catch_up(service)
        if not service.is_running and issued.billing_state(directory.invoices).catalog is None:
            _put_into_force(service, directory)  # As serve does when it starts.
        state = issued.billing_state(directory.invoices)
        if state.catalog is None:
            raise NoAnswer(
                "nothing is billed yet, since the biller has not seen the price catalogue: try again shortly"
            )
        cuts = list(needed_cuts(state.catalog, state.closed_until_us, as_of_us).cuts)
        decided = [append_cut(service.decide, cut) for cut in cuts]
        _settle(service, decided)
        if final and _is_final_cut_needed(directory, state.catalog, as_of_us=as_of_us):
            cuts.append(Cut(0, 0, as_of_us, final=True))
            decided.append(append_cut(service.decide, cuts[-1]))
            _settle(service, decided)
        documents = issued.issued_by(directory.invoices, [one.position for one in decided])
        return InvoiceRun(as_of_us, tuple(cuts), documents)


def _is_final_cut_needed(directory: DataDirectory, catalog: Catalog, *, as_of_us: int) -> bool:
    """Also where it is not known yet, since not all usage is applied."""
    with _ledger(directory) as ledger, JournalReader(directory.journal) as journal:
        if ledger.applied() < journal.durable_end():
            return True
        standings = issued.standings(directory.invoices)
        return is_final_cut_needed(catalog, standings, LedgerUsage(ledger), as_of_us=as_of_us)


def take_part_in_faults(directory: DataDirectory) -> None:
    """Have this process die where a fault of the running service asks for it: it does the biller's work beside it."""
    if directory.admin() is not None:
        is_permitted = bool(running(directory).ask("GET", "/admin/v1/faults")["enabled"])
        Faults(directory.faults, are_enabled=is_permitted).active()


@dataclass(frozen=True, slots=True)
class Voided:
    """Ids of what is void now, and the documents that took its place."""

    voided: list[str]
    reissued: list[dict[str, Any]]


def void_invoices(
    directory: DataDirectory,
    invoices: Sequence[str],
    selection: issued.Selection | None = None,
    *,
    reason: str,
    reissue: bool,
    recut: bool,
) -> Voided:
    """Void invoices by their ids or the beginnings of them, and all finalized ones of a selection.

    Nothing is voided unless all can be. Raises UnknownInvoice, Declined, NoAnswer, and what `reach` does.
    """
    _refuse_no_reason(reason)
    with reach(directory) as service:
        _catch_up(service)
        ids = [_finalized(directory, invoice) for invoice in invoices]
        if selection is not None:
            wanted = replace(selection, state="finalized")
            ids += [row["id"] for row in issued.listed(directory.invoices, wanted, limit=-1)]
        if not ids:
            raise Declined("no finalized invoice is like that: sretool billing invoice list shows all")
        bodies = [void_body(Void(one, reason, reissue or recut, recut)) for one in dict.fromkeys(ids)]
        decided = [service.decide(Kind.VOID, body) for body in bodies]
        service.settle(decided[-1])
        return Voided(ids, issued.issued_by(directory.invoices, [one.position for one in decided]))


def list_invoices(directory: DataDirectory, selection: issued.Selection, *, limit: int) -> list[dict[str, Any]]:
    """Documents of a selection. Raises Declined where nobody has the tenant or the customer that it names."""
    rows = issued.listed(directory.invoices, selection, limit=limit)
    if not rows and (selection.tenant is not None or selection.customer is not None):
        _refuse_nobody(directory, selection)
    return rows


def _refuse_nobody(directory: DataDirectory, selection: issued.Selection) -> None:
    catalog = issued.billing_state(directory.invoices).catalog or checked_catalog(directory, None)
    everybody = [(customer.tenant, customer.id) for customer in catalog.every_customer()]
    tenants = sorted({tenant for tenant, _ in everybody})
    if selection.tenant is not None and selection.tenant not in tenants:
        raise Declined(f"there is no tenant {selection.tenant} with customers: there are {', '.join(tenants)}")
    whose = {customer for tenant, customer in everybody if selection.tenant in (None, tenant)}
    if selection.customer is not None and selection.customer not in whose:
        of = "" if selection.tenant is None else f" of tenant {selection.tenant}"
        raise Declined(f"there is no customer {selection.customer}{of}: see `customers:` in {directory.catalog}")


def _finalized(directory: DataDirectory, invoice: str) -> str:
    found = issued.document(directory.invoices, invoice)
    if found["state"] != "finalized":
        raise Declined(f"invoice {found['id']} is {found['state']} already: nothing is left to void")
    return str(found["id"])


def grant_credit(directory: DataDirectory, grant: Grant, *, is_from_now: bool) -> bool:
    """Give a customer a credit; False where that one stands already, whenever it began if this one is from now on.

    Raises Declined where another one has its id, and what `reach` does.
    """
    _refuse_no_reason(grant.reason)
    with reach(directory) as service:
        _catch_up(service)
        standing = issued.standing_grant(directory.invoices, grant.id)
        if standing is not None:
            same = replace(grant, effective_us=standing.effective_us) if is_from_now else grant
            _refuse_another(standing, same)
            return False
        service.settle(service.decide(Kind.GRANT, grant_body(grant)))
        _refuse_another(issued.standing_grant(directory.invoices, grant.id), grant)  # Somebody may have been faster.
        return True


def _refuse_another(standing: Grant | None, wanted: Grant) -> None:
    if standing != wanted:
        raise Declined(f"the credit {wanted.id} stands already, with other terms: {standing}: give another --id")


def customer_in_force(directory: DataDirectory, tenant: str, customer: str) -> Customer:
    """A customer of the catalogue in the file. Raises Declined, CatalogRefused."""
    catalog = checked_catalog(directory, None)
    found = catalog.customer(tenant, customer)
    if found is None:
        raise Declined(f"{directory.catalog} has no customer {customer} of tenant {tenant}: see `customers:` there")
    return found


def apply_catalog_file(directory: DataDirectory) -> bool:
    """Put billing.yaml into force; whether it said anything new. Raises CatalogRefused, and what `reach` does."""
    with reach(directory) as service:
        return _put_into_force(service, directory)


def _put_into_force(service: Service, directory: DataDirectory) -> bool:
    in_force = catalog_at(directory, resume(directory).catalog_position)
    wanted = catalog_as_json(checked_catalog(directory, in_force))
    if wanted == in_force:
        return False
    service.settle(service.decide(Kind.CATALOG, {"catalog": wanted}))
    return True


def held_events(directory: DataDirectory, *, tenant: str | None, state: str | None, limit: int) -> list[Held]:
    """Events in quarantine, in the order of the journal."""
    with _ledger(directory) as reader:
        if tenant is not None:
            return reader.quarantine(tenant, state=state, limit=limit)
        every = (reader.quarantine(name, state=state, limit=limit) for name in _tenants(directory))
        return sorted((held for of_tenant in every for held in of_tenant), key=lambda held: held.address)[:limit]


def release(directory: DataDirectory, address: Address) -> str:
    """Have an event decided again, by the catalogue in force; its state afterwards. Raises Declined."""
    held = _held(directory, address)
    if held.kind == "conflict":
        raise Declined(f"event {held.transaction_id} is a conflict, and the first of its id counts: discard it")
    return _decide_held(directory, Kind.RELEASE, address, {})


def discard(directory: DataDirectory, address: Address, *, reason: str) -> str:
    """Never bill an event; its state afterwards. Raises Declined."""
    _refuse_no_reason(reason)
    _held(directory, address)
    return _decide_held(directory, Kind.DISCARD, address, {"reason": reason})


def _decide_held(directory: DataDirectory, kind: Kind, address: Address, more: dict[str, str]) -> str:
    with reach(directory) as service:
        body = {"position": address.position, "index": address.index, **more}
        service.settle(service.decide(kind, body))
    with _ledger(directory) as reader:
        after = reader.held(address)
        return "gone" if after is None else after.state


def _held(directory: DataDirectory, address: Address) -> Held:
    with _ledger(directory) as reader:
        held = reader.held(address)
    if held is None:
        raise Declined("no such event is in quarantine: sretool billing quarantine list shows all")
    if held.state != HELD:
        raise Declined(f"event {held.transaction_id} is {held.state} already: nothing is left to decide")
    return held


def _ledger(directory: DataDirectory) -> closing[LedgerReader]:
    if not directory.ledger.exists():
        raise Declined(f"{directory.root} has no ledger yet: start sretool billing serve")
    return closing(LedgerReader.open(directory.ledger))


def _tenants(directory: DataDirectory) -> Iterable[str]:
    in_force = catalog_at(directory, resume(directory).catalog_position)
    return sorted(in_force["tenants"]) if in_force else ()


def _catch_up(service: Service) -> None:
    if isinstance(service, Stopped):
        service.catch_up()


def _refuse_no_reason(reason: str) -> None:
    if not reason.strip():
        raise Declined("the reason is empty, and it is all that anybody will read of it later: give --reason")


def _settle(service: Service, decided: list[Decided]) -> None:
    if decided:
        service.settle(decided[-1])
