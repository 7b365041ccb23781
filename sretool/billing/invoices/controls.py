"""What the journal's control records decide, as values."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sretool.billing.catalog.plain import catalog_from_json
from sretool.billing.catalog.values import Catalog
from sretool.billing.journal.record import Kind, Record
from sretool.money import decimal_text, whole_minor_units

T = TypeVar("T")


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


class NotADecision(ValueError):
    """The body of a control record does not say what its kind has to say."""


def control_of(record: Record) -> Control | None:
    """The decision of a record; None for usage and for what concerns single events. Raises NotADecision."""
    if record.kind not in _DECISIONS:
        return None
    try:
        decision = decision_of(record.kind, json.loads(record.body))
    except ValueError as error:
        raise NotADecision(f"the record at {record.position} cannot be followed: {error}") from error
    return Control(record.position, record.end, record.ingest_us, decision)


def decision_of(kind: Kind, said: Mapping[str, Any]) -> Decision:
    """What a body says. Who appends a decision asks this first. Raises NotADecision."""
    try:
        return _DECISIONS[kind](said)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotADecision(f"this {kind.name} says not what one has to say: {error!r}") from error


def _catalog(said: Mapping[str, Any]) -> NewCatalog:
    return NewCatalog(catalog_from_json(said["catalog"]))


def _grant(said: Mapping[str, Any]) -> Grant:
    expires_us = said["expires_us"]
    amount_minor = whole_minor_units(_text(said, "amount"), _text(said, "currency"))
    if amount_minor <= 0:
        raise ValueError(f"a grant is above 0, not {said['amount']}")
    return Grant(
        id=_text(said, "id"),
        tenant=_text(said, "tenant"),
        customer=_text(said, "customer"),
        currency=said["currency"],
        amount_minor=amount_minor,
        priority=_integer(said, "priority"),
        effective_us=_integer(said, "effective_us"),
        expires_us=None if expires_us is None else _integer(said, "expires_us"),
        reason=_text(said, "reason"),
    )


def _cut(said: Mapping[str, Any]) -> Cut:
    instants = (_integer(said, "start_us"), _integer(said, "end_us"), _integer(said, "as_of_us"))
    return Cut(*instants, final=_boolean(said, "final"))


def _void(said: Mapping[str, Any]) -> Void:
    recut = _boolean(said, "recut")
    return Void(_text(said, "invoice"), _text(said, "reason"), _boolean(said, "reissue"), recut)


def _text(said: Mapping[str, Any], name: str) -> str:
    return _of_type(said, name, str)


def _integer(said: Mapping[str, Any], name: str) -> int:
    return _of_type(said, name, int)


def _boolean(said: Mapping[str, Any], name: str) -> bool:
    return _of_type(said, name, bool)


def _of_type(said: Mapping[str, Any], name: str, wanted: type[T]) -> T:
    value = said[name]
    if type(value) is not wanted:
        raise TypeError(f"`{name}` has to be of type {wanted.__name__}, not {value!r}")
    return value


_DECISIONS: dict[Kind, Callable[[Mapping[str, Any]], Decision]] = {
    Kind.CATALOG: _catalog,
    Kind.GRANT: _grant,
    Kind.CUT: _cut,
    Kind.VOID: _void,
}


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
