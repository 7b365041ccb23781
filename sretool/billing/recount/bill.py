"""What a document has to say: its lines and its total, from usage, catalogue, credits and what was billed before.

A document is right if it is right given the others: what earlier documents billed and drew down is taken as a fact.
The order: quantities, line amounts, minimum, adjustments, commits, credits, total.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from sretool.billing.recount import terms
from sretool.billing.recount.terms import MINIMUM, Catalog, Owed
from sretool.billing.recount.usage import Usage


@dataclass(frozen=True, slots=True)
class Due:
    """A document that the journal calls for. Instants are microseconds since 1970, the rest journal positions.

    `basis` is the control record that fixes the inputs, `control` the one that makes the document. A final document
    has no period of its own: its start and end are 0.
    """

    id: str
    tenant: str
    customer: str
    start_us: int
    end_us: int
    final: int
    version: int
    basis: int
    recut: bool
    cut_no: int
    control: int
    catalog: int
    as_of_us: int
    voided: int | None = None

    def in_force(self, position: int, *, before: int) -> bool:
        """Whether it was made before `before`, and not voided at `position` or earlier."""
        return self.control < before and (self.voided is None or self.voided > position)


class Billed(NamedTuple):
    """A line of an issued document."""

    kind: str
    period_us: int
    line: str
    amount_minor: int


class Grant(NamedTuple):
    """A credit."""

    id: str
    position: int
    currency: str
    amount_minor: int
    priority: int
    effective_us: int
    expires_us: int | None


@dataclass(frozen=True, slots=True)
class Books:
    """All that bears upon one customer's documents. `billed` and `drawn` are what was issued, by document."""

    dues: Sequence[Due]
    usage: Usage
    catalog: Callable[[int], Catalog]
    grants: Sequence[Grant] = ()
    billed: Mapping[str, Sequence[Billed]] = field(default_factory=dict)
    drawn: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bill:
    """Amounts in minor units by kind, period and line; lines of nothing are left out."""

    currency: str
    lines: Mapping[tuple[str, int, str], int]
    total_minor: int
    credit_note_minor: int
    quantities: Mapping[str, tuple[str, Fraction]] = field(default_factory=dict)  # by usage line: meter, how much of it

    @property
    def adjusts(self) -> bool:
        return any(kind == "adjustment" for kind, _, _ in self.lines)


def bill(due: Due, books: Books) -> Bill:
    """What this document should say."""
    own = [] if due.final else _owed(due, books, start_us=due.start_us, end_us=due.end_us)
    lines = {(owed.kind, due.start_us, owed.line): owed.amount_minor for owed in own}
    base = sum(owed.amount_minor for owed in own if owed.kind in {"usage", MINIMUM})
    for period_us, line, amount, is_usage in _adjustments(due, books):
        lines["adjustment", period_us, line] = amount
        base += amount if is_usage else 0
    lines |= dict(_drawdowns(due, books, base=base))
    lines |= dict(_credits(due, books, rest=sum(lines.values())))
    rest = sum(lines.values())
    return Bill(
        _customer(due, books)["currency"],
        {place: amount for place, amount in lines.items() if amount},
        max(0, rest),
        max(0, -rest),
        {owed.line: (owed.meter, owed.quantity) for owed in own if owed.kind == "usage"},
    )


def _customer(due: Due, books: Books) -> Mapping[str, Any]:
    return terms.customer(books.catalog(due.catalog), due.tenant, due.customer)


def _owed(due: Due, books: Books, *, start_us: int, end_us: int) -> list[Owed]:
    """What is owed for a period as of the document's cut, by the catalogue that holds for that period."""
    closed = {d.start_us: (d.start_us, d.end_us) for d in books.dues if not d.final and d.control < due.basis}
    closed[start_us] = (start_us, end_us)

    def at(period_us: int) -> terms.Period | None:
        if period_us not in closed:
            return None
        return terms.Period(*closed[period_us], books.catalog(_catalog_of(due, books, period_us)))

    asked = at(start_us)
    assert asked is not None
    return terms.owed(terms.Account(due.tenant, due.customer, books.usage, due.cut_no), asked, at)


def _catalog_of(due: Due, books: Books, period_us: int) -> int:
    """The catalogue that holds for a period: that of the latest version of its document before the basis."""
    if not due.final and period_us == due.start_us:
        return due.catalog
    versions = [d for d in books.dues if not d.final and d.start_us == period_us and d.control < due.basis]
    return max(versions, key=lambda version: version.version).catalog


def _adjustments(due: Due, books: Books) -> Iterator[tuple[int, str, int, bool]]:
    """Period, line, amount and whether it is for usage, where what is owed is not what was billed."""
    net = net_billed(due, books)
    ended = {
        d.start_us: d.end_us
        for d in books.dues
        if not d.final and d.control < due.basis and (due.final or d.start_us < due.start_us)
    }
    for start_us, end_us in sorted(ended.items()):
        owed = {one.line: one.amount_minor for one in _owed(due, books, start_us=start_us, end_us=end_us)}
        billed = net.get(start_us, {})
        for line in owed.keys() | billed.keys():
            amount = owed.get(line, 0) - billed.get(line, 0)
            if amount:
                yield start_us, line, amount, _is_usage(due, books, start_us, line)
    if due.recut and not due.final:
        for line, amount in net.get(due.start_us, {}).items():
            if amount:
                yield due.start_us, line, -amount, _is_usage(due, books, due.start_us, line)


def net_billed(due: Due, books: Books) -> dict[int, dict[str, int]]:
    """What the documents in force at the basis have billed, by period and line."""
    net: dict[int, dict[str, int]] = {}
    for other in books.dues:
        if not other.in_force(due.basis, before=due.basis):
            continue
        for line in books.billed.get(other.id, ()):
            if line.kind not in {"drawdown", "credit"}:
                of_period = net.setdefault(line.period_us, {})
                of_period[line.line] = of_period.get(line.line, 0) + line.amount_minor
    return net


def _is_usage(due: Due, books: Books, period_us: int, line: str) -> bool:
    catalog = books.catalog(_catalog_of(due, books, period_us))
    return not line.startswith("commit:") and line not in terms.fixed_lines(
        catalog, due.tenant, due.customer, period_us
    )


def _drawdowns(due: Due, books: Books, *, base: int) -> Iterator[tuple[tuple[str, int, str], int]]:
    """What prepaid commits pay of the usage."""
    if due.final:
        return
    rest, drawn_so_far = max(0, base), drawn_before(due, books)
    started = {d.start_us for d in books.dues if not d.final and d.control <= due.control}
    for commit in terms.commits(_customer(due, books)):
        if not commit.prepaid or due.start_us not in commit.starts or commit.starts[0] not in started:
            continue
        source = f"commit:{commit.id}"
        drawn = min(commit.amount_minor - drawn_so_far.get(source, 0), rest)
        if drawn > 0:
            yield ("drawdown", due.start_us, f"commit-drawdown:{commit.id}"), -drawn
            rest -= drawn


def _credits(due: Due, books: Books, *, rest: int) -> Iterator[tuple[tuple[str, int, str], int]]:
    """What credits pay of what is left."""
    drawn_so_far = drawn_before(due, books)
    for grant in sorted(
        grants_in_force(due, books), key=lambda g: (g.priority, g.expires_us is None, g.expires_us or 0, g.id)
    ):
        paid = min(grant.amount_minor - drawn_so_far.get(f"credit:{grant.id}", 0), rest)
        if paid > 0:
            yield ("credit", due.start_us, f"credit:{grant.id}"), -paid
            rest -= paid


def grants_in_force(due: Due, books: Books) -> list[Grant]:
    """The credits that may pay a document."""
    instant = (due.as_of_us if due.final else due.end_us) - 1
    currency = _customer(due, books)["currency"]
    return [
        grant
        for grant in books.grants
        if grant.position < due.basis
        and grant.currency == currency
        and grant.effective_us <= instant
        and (grant.expires_us is None or grant.expires_us > instant)
    ]


def drawn_before(due: Due, books: Books) -> dict[str, int]:
    """What the documents in force just before this one have taken, by commit and credit."""
    found: dict[str, int] = {}
    for other in books.dues:
        if other.in_force(due.control, before=due.control):
            for source, amount in books.drawn.get(other.id, {}).items():
                found[source] = found.get(source, 0) + amount
    return found
