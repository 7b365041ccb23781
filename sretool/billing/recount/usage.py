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
        if aggregation == "unique":
            return Fraction(self._distinct(meter, range(start_us // QUARTER_US, end_us // QUARTER_US), cut_no))
        inside, edges = cells_of(start_us, end_us)
        cells = self.cells.get(meter, ())
        asked = [*_between(cells, edges.start, edges.stop), *_between(cells, inside, inside + 1)]
        return _folded([cell for cell in asked if cell.cut_no <= cut_no], aggregation)

    def _distinct(self, meter: str, quarters: range, cut_no: int) -> int:
        values = self.values.get(meter, ())
        return len({seen.value for seen in values if seen.cut_no <= cut_no and seen.quarter in quarters})


def _between(cells: Sequence[Cell], first: int, stop: int) -> Sequence[Cell]:
    return cells[bisect_left(cells, (first,)) : bisect_left(cells, (stop,))]


def _folded(cells: Sequence[Cell], aggregation: str) -> Fraction:
    if aggregation == "count":
        return Fraction(sum(cell.events for cell in cells))
    if not cells:
        return Fraction(0)
    match aggregation:
        case "sum":
            return Fraction(sum(cell.amount for cell in cells), PICO)
        case "max":
            return Fraction(max(cell.amount for cell in cells), PICO)
        case "latest":
            return Fraction(max(cells, key=lambda cell: cell.latest).amount, PICO)
    raise ValueError(f"the recount knows no aggregation {aggregation!r}")
