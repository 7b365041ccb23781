"""What one customer used, cell by cell, so that any local month can be asked for as of any cut."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from sretool.billing.recount.calendar import QUARTER_US, cells_of

PICO = 10**12


class Cell(NamedTuple):
    """Partial usage of a meter: events applied under one cut, in one cell. Amounts are in units of 10**-12."""

    number: int
    cut_no: int
    events: int
    amount: int
    latest: tuple[int, str]  # of the amount, where the meter keeps the latest: instant, transaction_id


class Seen(NamedTuple):
    """A distinct value of a meter, the quarter-hour it was seen in and the cut under which it was first."""

    quarter: int
    cut_no: int
    value: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Everything one customer used, by meter; cells in the order of their numbers."""

    cells: Mapping[str, Sequence[Cell]] = field(default_factory=dict)
    values: Mapping[str, Sequence[Seen]] = field(default_factory=dict)

    def quantity(self, meter: str, aggregation: str, *, start_us: int, end_us: int, cut_no: int) -> Fraction:
        """The quantity of a meter in a local month, as of a cut."""
        asked = self.quantities({meter: aggregation}, start_us=start_us, end_us=end_us, cut_no=cut_no)
        return asked.get(meter, Fraction(0))

    def quantities(
        self, aggregations: Mapping[str, str], *, start_us: int, end_us: int, cut_no: int
    ) -> dict[str, Fraction]:
        """The quantities of those meters that moved in a local month, as of a cut."""
        found = dict[str, Fraction]()
        inside, edges = cells_of(start_us, end_us)
        for meter in self.values.keys() & aggregations.keys():
            number = self._distinct(meter, range(start_us // QUARTER_US, end_us // QUARTER_US), cut_no)
            if number:
                found[meter] = Fraction(number)
        for meter in self.cells.keys() & aggregations.keys():
            cells = self.cells[meter]
            asked = [*_between(cells, edges.start, edges.stop), *_between(cells, inside, inside + 1)]
            moved = [cell for cell in asked if cell.cut_no <= cut_no]
            if moved:
                found[meter] = _folded(moved, aggregations[meter])
        return found

    def _distinct(self, meter: str, quarters: range, cut_no: int) -> int:
        return len({seen.value for seen in self.values[meter] if seen.cut_no <= cut_no and seen.quarter in quarters})


def _between(cells: Sequence[Cell], first: int, stop: int) -> Sequence[Cell]:
    return cells[bisect_left(cells, (first,)) : bisect_left(cells, (stop,))]


def _folded(cells: Sequence[Cell], aggregation: str) -> Fraction:
    if aggregation == "count":
        return Fraction(sum(cell.events for cell in cells))
    match aggregation:
        case "sum":
            return Fraction(sum(cell.amount for cell in cells), PICO)
        case "max":
            return Fraction(max(cell.amount for cell in cells), PICO)
        case "latest":
            return Fraction(max(cells, key=lambda cell: cell.latest).amount, PICO)
    raise ValueError(f"the recount knows no aggregation {aggregation!r}")
