"""Burn tiers: windows that fit and factors that can alert."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.model.duration import DAY, Duration
from sretool.model.objective import Objective
from sretool.model.tiers import BurnTier
from sretool.spec.part import Stated
from sretool.spec.tiers import burn_tier, cannot_fire, same_windows, standard_tiers
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.source import Source, Spot

HERE = Spot(Source("a.yaml", "x"), 0, 1)
MINUTES = st.integers(1, 60 * 24 * 40).map(lambda minutes: Duration.of(minutes=minutes))


def tier(long: Duration, short: Duration, factor: Decimal, notes: Notes) -> BurnTier | None:
    stated = (Stated(long, HERE), Stated(short, HERE))
    return burn_tier(*stated, Stated(factor, HERE), "page", period=DAY * 30, notes=notes)


@given(MINUTES, MINUTES, st.decimals(Decimal("0.5"), Decimal(40), places=1))
def test_windows_and_a_factor_make_a_tier_or_are_told(long: Duration, short: Duration, factor: Decimal):
    notes = Notes()

    made = tier(long, short, factor, notes)

    assert (made is None) == bool(notes.diagnostics)
    assert made is None or (made.long, made.short, made.factor) == (long, short, factor)


@pytest.mark.parametrize(
    ("long", "short", "wrong"),
    [
        ("1h", "5m", []),
        ("30d", "6h", []),
        ("31d", "6h", ["a window of 31d is longer than the period, 30d"]),
        ("2h", "5m", []),
        ("2h1m", "10m", ["a window of 2h1m is not made of steps of 5m, as all above 2h are"]),
        ("1h", "4m", ["a window of 4m is shorter than the 5m over which events are first counted"]),
        ("5m", "5m", ["the short window, 5m, must be below the long one, 5m"]),
    ],
)
def test_the_border_of_what_fits(long: str, short: str, wrong: list[str]):
    notes = Notes()

    tier(Duration.parse(long), Duration.parse(short), Decimal(2), notes)

    assert [diagnostic.message for diagnostic in notes.diagnostics] == wrong


def test_every_remedy_for_a_window_fits():
    notes = Notes()
    tier(Duration.parse("3h7m"), Duration.parse("12m30s"), Decimal(2), notes)

    long, short = (Duration.parse(diagnostic.remedy.removeprefix("write ")) for diagnostic in notes.diagnostics)

    assert tier(long, short, Decimal(2), Notes()) is not None


def test_tiers_are_the_same_when_both_their_windows_are():
    notes = Notes()
    pairs = (("1h", "5m"), ("1h", "10m"), ("60m", "5m"))
    tiers = [BurnTier(Duration.parse(long), Duration.parse(short), Decimal(2), "page") for long, short in pairs]

    same_windows([Stated(each, HERE) for each in tiers], notes)

    assert [diagnostic.message for diagnostic in notes.diagnostics] == ["a tier over 1h and 5m is there already"]


def test_why_a_tier_cannot_fire_is_an_arithmetic_that_one_can_check():
    fastest = standard_tiers(DAY * 30)[0]

    assert cannot_fire(fastest, Objective(Decimal("0.93"))) == (
        "the tier 1h-5m can never fire: 14.4 times a budget of 7% is 100.8% of all events"
    )
