"""One of each picture, of values with all that is odd: gaps, overspent budgets, marks at one instant, long names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sretool.charts.burndown import BurnDown, Line, burn_down
from sretool.charts.impact import MARKS, Impact, Mark, impact
from sretool.charts.layout import Point
from sretool.charts.pages import PagesByHour, pages_by_hour
from sretool.charts.spending import Part, Spending, spending
from sretool.charts.svg import Size, Svg

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=28)
BEGAN = datetime(2026, 11, 12, 9, tzinfo=UTC)


def line(name: str, *values: str | None) -> Line:
    """Values at even steps from the start to the end."""
    step = (END - START) / max(1, len(values) - 1)
    return Line(name, tuple(Point(START + step * n, value and Decimal(value)) for n, value in enumerate(values)))


BUDGETS = BurnDown(
    "Budget left",
    START,
    END,
    (
        line("shop/availability", "1", "0.9", "0.833"),
        line("shop/latency", "1", "0.95", None, None, "0.4"),
        line("shop/completeness & <freshness> of $everything$ that goes through 決済", "0.5", "-6.3"),
        line("shop/nothing", None, None),
    ),
)
SPENT = Spending(
    "What spent the budget",
    (
        Part("inc-20261112-7k3qd A bad deploy", Decimal("0.413")),
        Part("inc-20261120-aaaaa A full disk", Decimal("0.12")),
        Part("unattributed", Decimal("0.087"), "unattributed"),
    ),
    Decimal("0.62"),
)
OVERSPENT = Spending("Overspent", (Part("A\x00 long\nday\u202e", Decimal("12.5")),), Decimal("12.5"))
INCIDENT = Impact(
    "inc-20261112-7k3qd",
    BEGAN - timedelta(hours=1),
    BEGAN + timedelta(hours=2),
    tuple(
        Point(BEGAN + timedelta(minutes=minute), ratio and Decimal(ratio))
        for minute, ratio in (
            (-60, "0"),
            (-1, "0"),
            (0, "0.95"),
            (38, "0.95"),
            (39, "0"),
            (50, None),
            (60, None),
            (70, "0"),
        )
    ),
    tuple(
        Mark(name, BEGAN + timedelta(minutes=minute)) for name, minute in zip(MARKS, (0, 2, 2, 7, 45, 38), strict=True)
    ),
    threshold=Decimal("0.0144"),
    threshold_name="pages above",
)
PAGES = PagesByHour(
    "Pages by hour",
    tuple(tuple(None if day == 6 else (day * hour) % 5 if hour > 20 else 0 for hour in range(24)) for day in range(7)),
)

DRAWN: dict[str, Callable[[str, Size], Svg]] = {
    "budgets": lambda prefix, size: burn_down(BUDGETS, prefix=prefix, size=size),
    "spent": lambda prefix, size: spending(SPENT, prefix=prefix, size=size),
    "overspent": lambda prefix, size: spending(OVERSPENT, prefix=prefix, size=size),
    "incident": lambda prefix, size: impact(INCIDENT, prefix=prefix, size=size),
    "pages": lambda prefix, size: pages_by_hour(PAGES, prefix=prefix, size=size),
}
