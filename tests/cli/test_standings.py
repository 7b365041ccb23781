"""How figures read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sretool.burn.figures import Firing
from sretool.burn.status import Status
from sretool.cli.slo.standings import doubts, percent


@pytest.mark.parametrize(
    ("ratio", "places", "shown"),
    [
        ("1", 1, "100.0%"),
        ("0.99998", 1, "99.9%"),  # A little is gone, and as many places are shown as of any other.
        ("0.995", 1, "99.5%"),
        ("0.0004", 1, "<0.1%"),
        ("0.00003", 0, "<1%"),
        ("-0.0004", 1, "-0.1%"),
        ("0", 1, "0.0%"),
        ("0.9999999", 4, "99.9999%"),
    ],
)
def test_a_share_has_as_many_places_as_its_column_and_is_never_rounded_to_all_or_nothing(
    ratio: str, places: int, shown: str
) -> None:
    assert percent(Decimal(ratio), places=places) == shown


def test_the_same_alert_about_many_services_is_one_line() -> None:
    dead = Firing("TargetsDown", "page", state="dead")
    status = Status(0, (), (), {f"shop-{number}": (dead,) for number in range(25)}, (), ())

    assert doubts(status) == ["shop-0 and 24 more: TargetsDown dead fires"]
