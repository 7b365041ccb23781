"""How shares of a budget are shown: rounded down, once, to a hundredth of a percent, and nowhere rounded again.

Whatever shows them, a table, a chart or JSON, shows these digits, so that parts which sum to the whole here do so
everywhere, what is a hair below a bound is not shown as the bound, and nothing says 100% of what is less.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final

STEP: Final = Decimal("0.0001")
_NOISE: Final = Decimal("1e-12")


def share(ratio: Decimal) -> Decimal:
    """Of an exact figure."""
    return ratio.quantize(STEP, ROUND_FLOOR)


def computed_share(ratio: Decimal | float) -> Decimal:
    """Of a figure that is a quotient or a float: 0.29 is not 0.2899, however it is stored."""
    return share(Decimal(ratio).quantize(_NOISE, ROUND_HALF_EVEN))


def change(ratio: Decimal) -> Decimal:
    """Of a difference, which has no bound to keep to: to the nearest."""
    return ratio.quantize(STEP, ROUND_HALF_EVEN)
