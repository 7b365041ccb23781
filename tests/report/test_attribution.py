from collections import Counter
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sretool.report.attribution import Claim, Tiles, apportioned, attributed

STEP = 300


def hour(*bad: int) -> Tiles:
    return Tiles(0, STEP, [*bad, *[0] * (12 - len(bad))])


def test_what_fails_while_no_incident_goes_on_is_nobodys():
    found = attributed(Fraction(10), hour(0, 6, 4), [Claim("a", STEP, 2 * STEP)])

    assert (found.by_incident, found.unattributed) == ({"a": 6}, 4)


def test_the_whole_is_what_counters_say_and_recorded_series_only_spread_it():
    found = attributed(Fraction(30), hour(0, 6, 4), [Claim("a", STEP, 2 * STEP)])

    assert (found.by_incident, found.unattributed) == ({"a": 18}, 12)


def test_two_incidents_at_once_share_a_tile_by_the_time_that_each_lasted_in_it():
    first, second = Claim("a", 0, STEP), Claim("b", STEP - 100, 2 * STEP)

    found = attributed(Fraction(9), hour(8, 1), [first, second])

    # Of the first tile 300 s are of a and 100 s of b: 6 and 2 of its 8.
    assert (found.by_incident, found.unattributed) == ({"a": 6, "b": 3}, 0)


def test_what_failed_but_was_not_recorded_is_nobodys():
    found = attributed(Fraction(7), hour(), [Claim("a", 0, 3_600)])

    assert (found.by_incident, found.unattributed) == ({"a": 0}, 7)


def test_an_incident_that_took_no_time_spent_nothing():
    assert attributed(Fraction(5), hour(5), [Claim("a", 60, 60)]).unattributed == 5


TILES = st.builds(
    Tiles, st.sampled_from([0, 1_790_000_100]), st.just(STEP), st.lists(st.integers(0, 10**12), min_size=1, max_size=12)
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Fraction, Tiles, list[Claim]]:
    tiles = draw(TILES)
    ends = st.integers(tiles.start - 700, tiles.start + 13 * STEP)
    claims = draw(st.lists(st.builds(Claim, st.sampled_from("abcd"), ends, ends), max_size=6))
    return draw(st.fractions(min_value=0, max_value=10**12)), tiles, claims


@given(cases())
def test_the_parts_sum_to_the_whole_and_none_is_negative(case: tuple[Fraction, Tiles, list[Claim]]):
    whole, tiles, claims = case

    found = attributed(whole, tiles, claims)

    assert sum(found.by_incident.values()) + found.unattributed == whole
    assert min(found.unattributed, *found.by_incident.values(), 0) == 0


@given(cases())
def test_each_part_is_what_counting_second_by_second_gives(case: tuple[Fraction, Tiles, list[Claim]]):
    _, tiles, claims = case
    expected: Counter[str] = Counter()
    for number, bad in enumerate(tiles.bad):
        first = tiles.start + number * STEP
        went_on = [one.incident_id for one in claims for at in range(first, first + STEP) if one.start <= at < one.end]
        for incident_id, seconds in Counter(went_on).items():
            expected[incident_id] += Fraction(bad * seconds, len(went_on))  # type: ignore[assignment]

    found = attributed(Fraction(sum(tiles.bad)), tiles, claims)

    assert {incident_id: part for incident_id, part in found.by_incident.items() if part} == {
        incident_id: part for incident_id, part in expected.items() if part
    }


@given(st.lists(st.fractions(min_value=0, max_value=1_000), min_size=1, max_size=8), st.integers(0, 10**9))
def test_what_is_shown_of_the_parts_sums_to_what_is_shown_of_the_whole(parts: list[Fraction], whole: int):
    shown = apportioned(parts, whole)

    assert sum(shown) == whole
    if total := sum(parts):
        assert all(abs(one - part * whole / total) < 1 for one, part in zip(shown, parts, strict=True))
