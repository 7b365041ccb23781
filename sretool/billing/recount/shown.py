"""What an issued document shows to whom it bills: the JSON that is kept of it, with its quantities and its digest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sretool.billing.recount import terms
from sretool.billing.recount.bill import Bill, Books, Due
from sretool.billing.recount.calendar import month_name
from sretool.billing.recount.made_of import digests
from sretool.billing.recount.rating import decimal
from sretool.billing.recount.theirs import Issued


class Contradiction(NamedTuple):
    """What of a document, what it should be, and what it is."""

    what: str
    recounted: str
    found: str


def contradictions(due: Due, books: Books, should: Bill, issued: Issued) -> Iterator[Contradiction]:
    """Where a document shows neither what it should nor what its tables say, which others hold against the recount."""
    right = digests(due, books, should)
    first = next(right)
    if issued.digest != first and issued.digest not in right:
        yield Contradiction("digest of the inputs", first, issued.digest)
    try:
        shown = json.loads(issued.json)
        lines = _lines(shown)
    except (ValueError, TypeError, KeyError) as error:
        yield Contradiction("what is shown", "a document as JSON", repr(error))
        return
    for name, (ours, stored) in _heads(due, should, issued).items():
        if shown.get(name) not in (ours, stored):
            yield Contradiction(f"{name} shown", str(ours), str(shown.get(name)))
    if shown.get("digest") != issued.digest:
        yield Contradiction("digest shown", issued.digest, str(shown.get("digest")))
    yield from _line_contradictions(due, books, should, lines)


def _heads(due: Due, should: Bill, issued: Issued) -> dict[str, tuple[object, object]]:
    """What should stand there, and what the tables have."""
    return {
        "id": (due.id, issued.id),
        "tenant": (due.tenant, issued.tenant),
        "customer": (due.customer, issued.customer),
        "version": (due.version, issued.version),
        "currency": (should.currency, issued.currency),
        "total_minor": (should.total_minor, issued.total_minor),
        "credit_note_minor": (should.credit_note_minor, issued.credit_note_minor),
    }


class _Place(NamedTuple):
    kind: str
    line: str
    period: str  # a month such as 2026-01; nothing where a document has no period of its own

    def __str__(self) -> str:
        return f"{self.kind} {self.line}" + (f" of {self.period}" if self.period else "")


class _Shown(NamedTuple):
    amount_minor: int = 0
    meter: str | None = None
    quantity: str | None = None


def _lines(shown: Mapping[str, Any]) -> dict[_Place, _Shown]:
    return {
        _Place(line["kind"], line["line"], line["period"] or ""): _Shown(
            line["amount_minor"], line.get("meter"), line.get("quantity")
        )
        for line in shown["lines"]
    }


def _line_contradictions(
    due: Due, books: Books, should: Bill, found: Mapping[_Place, _Shown]
) -> Iterator[Contradiction]:
    zone = terms.customer(books.catalog(due.catalog), due.tenant, due.customer)["zone"]
    ours = {
        _Place(kind, line, month_name(zone, period_us)): _Shown(amount)
        for (kind, period_us, line), amount in should.lines.items()
    }
    for line, (meter, quantity) in should.quantities.items():
        place = _Place("usage", line, month_name(zone, due.start_us))
        ours[place] = ours.get(place, _Shown())._replace(meter=meter, quantity=decimal(quantity))
    stored = {
        _Place(line.kind, line.line, month_name(zone, line.period_us)): line.amount_minor
        for line in books.billed.get(due.id, ())
    }
    for place in sorted(ours.keys() | found.keys()):
        one, other = ours.get(place, _Shown()), found.get(place, _Shown())
        if other.amount_minor not in (one.amount_minor, stored.get(place, 0)):
            yield Contradiction(f"{place}, amount shown", str(one.amount_minor), str(other.amount_minor))
        if one.quantity != other.quantity:
            yield Contradiction(f"{place}, quantity", str(one.quantity), str(other.quantity))
        if one.meter != other.meter:
            yield Contradiction(f"{place}, meter", str(one.meter), str(other.meter))
