"""From quantities to the amounts that a billing period owes: exact rationals, rounded once a line.

Nothing here knows of documents, cuts or credits; `invoices` makes documents of what is owed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, assert_never

from sretool.billing.catalog.values import (
    MINIMUM,
    Band,
    FixedLine,
    Graduated,
    Package,
    PerUnit,
    PlanVersion,
    Price,
    UsageLine,
    Volume,
)
from sretool.money import minor_units

Rounding = Callable[[Fraction, str], int]
OwedKind = Literal["fixed", "usage", "minimum", "commit"]
ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class OwedLine:
    """What a billing period owes under one line. Usage lines say of how much of which meter."""

    kind: OwedKind
    line: str
    amount_minor: int
    meter: str | None = None
    quantity: Fraction | None = None

    @property
    def is_usage(self) -> bool:
        """Whether it counts as usage for minimums and commits."""
        return self.kind in ("usage", "minimum")


def exact_price(price: Price, quantity: Fraction) -> Fraction:
    """What a quantity costs, before any rounding. A quantity is below 0 where negative values were summed."""
    match price:
        case PerUnit(unit):
            return quantity * unit
        case Graduated(bands):
            return _graduated(bands, quantity)
        case Volume(bands):
            return quantity * _band_of(bands, quantity).unit
        case Package(size, of_one):
            return -(-quantity // size) * of_one if quantity > 0 else ZERO
        case _:
            assert_never(price)


def _graduated(bands: tuple[Band, ...], quantity: Fraction) -> Fraction:
    """Units up to and with a band's end cost what the band says; what is below 0 is of the first."""
    if quantity <= 0:
        return quantity * bands[0].unit
    total, edge = ZERO, ZERO
    for band in bands:
        if band.to is None or quantity <= band.to:
            return total + (quantity - edge) * band.unit
        total += (band.to - edge) * band.unit
        edge = band.to
    raise AssertionError("the last band has an end")


def _band_of(bands: tuple[Band, ...], quantity: Fraction) -> Band:
    return next(band for band in bands if band.to is None or quantity <= band.to)


def owed_lines(
    version: PlanVersion,
    quantities: Mapping[str, Fraction],
    *,
    share: Fraction,
    usage_rounding: Rounding = minor_units,
) -> list[OwedLine]:
    """The lines of a plan version for one period, in its order, and the minimum that tops up the usage lines.

    `quantities` are by meter, a meter that is not there had no usage; `share` prorates fixed fees and the minimum.
    `usage_rounding` is there for the fault that rounds wrong.
    """
    lines = [_owed_line(line, version.currency, quantities, share, usage_rounding) for line in version.lines]
    if version.minimum is not None:
        used = sum(line.amount_minor for line in lines if line.kind == "usage")
        least = minor_units(version.minimum * share, version.currency)
        lines.append(OwedLine("minimum", MINIMUM, max(0, least - used)))
    return lines


def _owed_line(
    line: FixedLine | UsageLine,
    currency: str,
    quantities: Mapping[str, Fraction],
    share: Fraction,
    usage_rounding: Rounding,
) -> OwedLine:
    if isinstance(line, FixedLine):
        return OwedLine("fixed", line.id, minor_units(line.amount * share, currency))
    quantity = quantities.get(line.meter, ZERO)
    amount = usage_rounding(exact_price(line.price, quantity), currency)
    return OwedLine("usage", line.id, amount, line.meter, quantity)


def one_unit_too_high(exact: Fraction, currency: str) -> int:
    """The fault "rounding-bug": a rounding that is wrong for every amount, so that whoever recounts has to see it."""
    return minor_units(exact, currency) + 1
