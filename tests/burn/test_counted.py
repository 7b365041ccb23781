"""What is said where recorded series and counters are apart."""

from __future__ import annotations

from decimal import Decimal

import pytest
from burn.test_evaluate import SLO, period

from sretool.burn.counted import why_apart
from sretool.burn.figures import PeriodFigures

LOOK = "sretool slo explain --live names the cause"


def seen(seconds: int, *, spent: str) -> PeriodFigures:
    """So many seconds of a period of twelve hours, in which so much of a budget of 0.1% was spent."""
    coverage = Decimal(seconds) / 43_200
    return period(str(Decimal(spent) / coverage * 1_000), "1000000", coverage=str(coverage))


@pytest.mark.parametrize(
    ("recorded", "counted", "words"),
    [
        (
            seen(183, spent="0.647"),  # Over 168 seconds it were 0.594: less than half of the difference stays.
            seen(168, spent="0.558"),
            "mostly since recorded series have seen 0.42% of the period, counters 0.39%",
        ),
        (seen(168, spent="0.647"), seen(168, spent="0.558"), LOOK),
        (seen(183, spent="0.647"), seen(168, spent="0.500"), LOOK),
        (seen(4_320, spent="0.05"), seen(43_200, spent="0.5"), LOOK),  # It says what to do about it, too.
    ],
)
def test_how_much_was_seen_is_told_as_the_cause_where_it_is_most_of_it(
    recorded: PeriodFigures, counted: PeriodFigures, words: str
):
    assert why_apart(SLO, recorded, counted) == words
