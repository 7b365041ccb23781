"""Whether an issued document is what it should be: line by line, and in sum."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sretool.billing.recount import terms
from sretool.billing.recount.bill import Bill, Billed, Books, Due, bill
from sretool.billing.recount.calendar import month_name
from sretool.billing.recount.shown import contradictions
from sretool.billing.recount.theirs import Issued

_NOTHING = "no document"


class Difference(NamedTuple):
    """Something that two sides say differently."""

    place: str
    what: str
    recounted: str
    found: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A document's differences, and how far it is from the recount at the furthest of its lines and its total."""

    currency: str
    differences: tuple[Difference, ...] = ()
    delta_minor: int = 0
    called_for: bool = True


def judge(due: Due, books: Books, issued: Issued | None) -> Verdict:
    """Compare a document with what was issued in its place, None for nothing."""
    should = bill(due, books)
    if due.final and due.version == 1 and not should.adjusts:
        if issued is None:
            return Verdict(should.currency, called_for=False)
        return Verdict(should.currency, (uncalled(issued),), abs(_to_pay(issued)), called_for=False)
    if issued is None:
        lacking = Difference(place_of(due), "document", f"total {should.total_minor}", _NOTHING)
        return Verdict(should.currency, (lacking,), abs(should.total_minor - should.credit_note_minor))
    found = _by_place(books.billed.get(due.id, ()))
    differences = [
        *_heads(due, should, issued),
        *_lines(due, books, should.lines, found),
        *_drawn(due, should, books.drawn.get(due.id, {})),
        *(Difference(place_of(due), *one) for one in contradictions(due, books, should, issued)),
    ]
    if not differences:
        return Verdict(should.currency)
    off = [abs(_to_pay(issued) - should.total_minor + should.credit_note_minor)]
    off += [abs(should.lines.get(place, 0) - found.get(place, 0)) for place in should.lines.keys() | found.keys()]
    return Verdict(should.currency, tuple(differences), max(off))


def uncalled(issued: Issued) -> Difference:
    """A document that the journal does not call for."""
    place = f"invoice {issued.id} of {issued.tenant}/{issued.customer}"
    return Difference(place, "document", _NOTHING, f"total {issued.total_minor}")


def place_of(due: Due) -> str:
    """Which document that is, for people."""
    return f"invoice {due.id} of {due.tenant}/{due.customer}"


def _to_pay(issued: Issued) -> int:
    return issued.total_minor - issued.credit_note_minor


def _heads(due: Due, should: Bill, issued: Issued) -> Iterator[Difference]:
    ours = {name: getattr(due, name) for name in ("tenant", "customer", "start_us", "end_us", "final", "version")}
    ours |= {"basis": due.basis, "cut_no": due.cut_no, "control": due.control, "currency": should.currency}
    ours |= {"total_minor": should.total_minor, "credit_note_minor": should.credit_note_minor}
    for name, value in ours.items():
        if value != getattr(issued, name):
            yield Difference(place_of(due), name, str(value), str(getattr(issued, name)))


def _lines(
    due: Due, books: Books, should: Mapping[tuple[str, int, str], int], found: Mapping[tuple[str, int, str], int]
) -> Iterator[Difference]:
    zone = terms.customer(books.catalog(due.catalog), due.tenant, due.customer)["zone"]
    for place in sorted(should.keys() | found.keys()):
        one, other = should.get(place, 0), found.get(place, 0)
        if one != other:
            kind, period_us, line = place
            of = "" if period_us == due.start_us else f" of {month_name(zone, period_us)}"
            yield Difference(place_of(due), f"{kind} {line}{of}", str(one), str(other))


def _drawn(due: Due, should: Bill, drawn: Mapping[str, int]) -> Iterator[Difference]:
    """What the document notes as taken from commits and credits has to be what its lines say."""
    ours = {
        line.replace("commit-drawdown:", "commit:", 1): -amount
        for (kind, _, line), amount in should.lines.items()
        if kind in {"drawdown", "credit"}
    }
    for source in sorted(ours.keys() | drawn.keys()):
        one, other = ours.get(source, 0), drawn.get(source, 0)
        if one != other:
            yield Difference(place_of(due), f"draw-down of {source}", str(one), str(other))


def _by_place(lines: Iterable[Billed]) -> dict[tuple[str, int, str], int]:
    found: dict[tuple[str, int, str], int] = {}
    for line in lines:
        place = (line.kind, line.period_us, line.line)
        found[place] = found.get(place, 0) + line.amount_minor
    return found
