"""What the journal's control records decide, as values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from sretool.billing.catalog import Catalog
from sretool.billing.catalog_json import catalog_from_json
from sretool.billing.journal.record import Kind, Record
from sretool.money import whole_minor_units


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


Decision = NewCatalog | Grant | Cut | Void


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

    def controls(self, after: int, upto: int) -> Iterable[Control]:
        """Those that begin at `after` or later and end at `upto` or before, in the order of the journal."""
        ...


class JournalRecords(Protocol):
    """What is needed of a journal's reader."""

    def read(self, after: int, max_bytes: int) -> list[Record]: ...


class JournalControls:
    """The decisions in a journal, found by reading over its batches."""

    def __init__(self, records: JournalRecords, *, read_bytes: int = 4 * 2**20) -> None:
        self._records = records
        self._read_bytes = read_bytes
        self._empty_upto: tuple[int, int] = (0, 0)  # no decision stands between these positions

    def controls(self, after: int, upto: int) -> Iterable[Control]:
        start, end = self._empty_upto
        first, position = after, (end if start <= after <= end else after)
        while position < upto:
            records = self._records.read(position, self._read_bytes)
            if not records:
                return
            for record in records:
                if record.end > upto:
                    return
                control = control_of(record)
                if control is not None:
                    yield control
                    first = record.end
                position = record.end
                self._empty_upto = (first, position)


def control_of(record: Record) -> Control | None:
    """The decision of a record; None for usage and for what concerns single events."""
    decision = _decision(record.kind, record.body)
    return None if decision is None else Control(record.position, record.end, record.ingest_us, decision)


def _decision(kind: Kind, body: bytes) -> Decision | None:
    match kind:
        case Kind.CATALOG:
            return NewCatalog(catalog_from_json(json.loads(body)["catalog"]))
        case Kind.GRANT:
            return _grant(json.loads(body))
        case Kind.CUT:
            said = json.loads(body)
            return Cut(said["start_us"], said["end_us"], said["as_of_us"], said["final"])
        case Kind.VOID:
            said = json.loads(body)
            return Void(said["invoice"], said["reason"], said["reissue"], said["recut"])
        case _:
            return None


def _grant(said: dict[str, Any]) -> Grant:
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


def cut_body(cut: Cut) -> bytes:
    """The body of a CUT record."""
    said = {"start_us": cut.start_us, "end_us": cut.end_us, "as_of_us": cut.as_of_us, "final": cut.final}
    return json.dumps(said, sort_keys=True).encode()


def void_body(void: Void) -> bytes:
    """The body of a VOID record."""
    said = {"invoice": void.invoice, "reason": void.reason, "reissue": void.reissue, "recut": void.recut}
    return json.dumps(said, sort_keys=True).encode()
