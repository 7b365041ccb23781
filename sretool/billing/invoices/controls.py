"""What the journal's control records decide, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sretool.billing.catalog.plain import catalog_from_json
from sretool.billing.catalog.values import Catalog
from sretool.billing.decisions import NotADecision, decision_in
from sretool.billing.journal.record import Kind, Record
from sretool.money import decimal_text, whole_minor_units


@dataclass(frozen=True, slots=True)
class NewCatalog:
    """From here on another catalogue is in force."""

    catalog: Catalog


@dataclass(frozen=True, slots=True)
class Grant:
    """A credit: pays invoices whose last instant is at or after `effective_us` and before `expires_us`."""

    id: str
    tenant: str
    customer: str
    currency: str
    amount_minor: int
    priority: int
    effective_us: int
    expires_us: int | None
    reason: str

    def __str__(self) -> str:
        amount = f"{self.currency} {decimal_text(self.amount_minor, self.currency)}"
        return f"{amount} to {self.tenant}/{self.customer}"


@dataclass(frozen=True, slots=True)
class Cut:
    """Usage that stands after it is late for the periods with these bounds. A final one bills what is late.

    `as_of_us` is the billing time of whoever asked for it.
    """

    start_us: int
    end_us: int
    as_of_us: int
    final: bool = False


@dataclass(frozen=True, slots=True)
class Void:
    """An invoice is void. With `reissue` its next version takes its place, with `recut` as of now, not as of then."""

    invoice: str
    reason: str
    reissue: bool
    recut: bool


@dataclass(frozen=True, slots=True)
class Nothing:
    """What a record decides that cannot be read."""

    reason: str


Decision = NewCatalog | Grant | Cut | Void | Nothing


@dataclass(frozen=True, slots=True)
class Control:
    """A decision in its place in the journal."""

    position: int
    end: int
    ingest_us: int
    decision: Decision

    @property
    def is_cut(self) -> bool:
        """Whether events after it are told apart from those before it."""
        match self.decision:
            case Cut():
                return True
            case Void(recut=recut):
                return recut
            case _:
                return False


class ControlSource(Protocol):
    """Where decisions come from."""

    def read(self, after: int, upto: int) -> tuple[list[Control], int]:
        """Decisions of a stretch of the journal from `after` on, in order, and where it ends: at `upto` or before."""
        ...


class JournalRecords(Protocol):
    """What is needed of a journal's reader."""

    def read(self, after: int, max_bytes: int) -> list[Record]: ...


class JournalControls:
    """The decisions in a journal, found by reading over its batches."""

    def __init__(self, records: JournalRecords, *, read_bytes: int = 4 * 2**20) -> None:
        self._records = records
        self._read_bytes = read_bytes

    def read(self, after: int, upto: int) -> tuple[list[Control], int]:
        records = [record for record in self._records.read(after, self._read_bytes) if record.end <= upto]
        decided = [control for record in records if (control := control_of(record))]
        return decided, records[-1].end if records else after


def control_of(record: Record) -> Control | None:
    """The decision of a record; None for usage and for what concerns single events."""
    if record.kind not in _FOLLOWED:
        return None
    try:
        decision = decision_of(record.kind, decision_in(record.kind, record.body))
    except NotADecision as error:
        decision = Nothing(str(error))
    return Control(record.position, record.end, record.ingest_us, decision)


def decision_of(kind: Kind, said: Mapping[str, Any]) -> Decision:
    """What the body of a record says, which can be read."""
    match kind:
        case Kind.CATALOG:
            return NewCatalog(catalog_from_json(said["catalog"]))
        case Kind.GRANT:
            return _grant(said)
        case Kind.CUT:
            return Cut(said["start_us"], said["end_us"], said["as_of_us"], final=said["final"])
        case Kind.VOID:
            return Void(said["invoice"], said["reason"], said["reissue"], said["recut"])
        case _:
            raise AssertionError(f"{kind!r} makes no document")


def _grant(said: Mapping[str, Any]) -> Grant:
    return Grant(
        id=said["id"],
        tenant=said["tenant"],
        customer=said["customer"],
        currency=said["currency"],
        amount_minor=whole_minor_units(said["amount"], said["currency"]),
        priority=said["priority"],
        effective_us=said["effective_us"],
        expires_us=said["expires_us"],
        reason=said["reason"],
    )


_FOLLOWED = frozenset({Kind.CATALOG, Kind.GRANT, Kind.CUT, Kind.VOID})


def cut_body(cut: Cut) -> dict[str, Any]:
    """The body of a CUT record."""
    return {"start_us": cut.start_us, "end_us": cut.end_us, "as_of_us": cut.as_of_us, "final": cut.final}


def void_body(void: Void) -> dict[str, Any]:
    """The body of a VOID record."""
    return {"invoice": void.invoice, "reason": void.reason, "reissue": void.reissue, "recut": void.recut}


def grant_body(grant: Grant) -> dict[str, Any]:
    """The body of a GRANT record."""
    return {
        "id": grant.id,
        "tenant": grant.tenant,
        "customer": grant.customer,
        "currency": grant.currency,
        "amount": decimal_text(grant.amount_minor, grant.currency),
        "priority": grant.priority,
        "effective_us": grant.effective_us,
        "expires_us": grant.expires_us,
        "reason": grant.reason,
    }
