"""Where an SLO burnt around an incident, by series that are made up, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from specs import native_document, read

from sretool.incident.postmortem.searching import Around, Burnt, burnt
from sretool.model.slo import Slo
from sretool.prometheus.answers import Matrix, Series
from sretool.promql import names
from sretool.rules.timing import Timing

SEEN = 1_800_000_000  # A multiple of a day and of half minutes.
MINUTE = 60
TILE = 5 * MINUTE
(SERVICE,) = read(native_document()).services


def an_slo() -> Slo:
    return SERVICE.slos[0]


@dataclass
class Recorded:
    """A server with the two series: a hundred events a second, of which all fail in some stretches of time.

    A stretch is in seconds from when the incident was seen. Rules look five minutes back, and so do these series.
    """

    stretches: tuple[tuple[float, float], ...]
    known: Callable[[float], bool] = lambda at: True
    back: float = TILE
    asked: list[tuple[str, float, float, float]] = field(default_factory=list)

    def query_range(self, expr: str, *, start: float, end: float, step: float) -> Matrix:
        self.asked.append((expr, start, end, step))
        steps = round((end - start) / step) + 1
        times = [start + number * step for number in range(steps)]
        points = tuple((at, self._value(expr, at - SEEN)) for at in times if self.known(at - SEEN))
        return Matrix((Series({}, points),) if points else ())

    def _value(self, expr: str, at: float) -> Decimal:
        if names.BAD not in expr:
            return Decimal(100)
        return Decimal(100 if any(first <= at < end + self.back for first, end in self.stretches) else 0)


@dataclass
class Sparse(Recorded):
    """One event in two seconds, of which these failed, in seconds from when the incident was seen.

    Five minutes have 150 events, of which one that failed is 6.7 times what three nines allow.
    """

    failed: tuple[float, ...] = ()

    def _value(self, expr: str, at: float) -> Decimal:
        if names.BAD not in expr:
            return Decimal("0.5")
        return Decimal(sum(one <= at < one + self.back for one in self.failed)) / Decimal(self.back)


def failing(first_minute: float, end_minute: float) -> tuple[float, ...]:
    """Every event of a stretch, each two seconds."""
    return tuple(range(round(first_minute * MINUTE), round(end_minute * MINUTE), 2))


def found(server: Recorded, *, over: float = 30 * MINUTE, now: float = 10 * 3_600, scale: int = 1) -> Burnt | None:
    around = Around(SEEN, SEEN + over, SEEN + now, Timing(scale=scale))
    _, parts = burnt(server, an_slo(), around)  # type: ignore[arg-type]
    return parts[0] if parts else None


def minutes(one: Burnt | None) -> tuple[float, float]:
    """When it happened, in minutes from when it was seen."""
    assert one is not None
    return tuple((one.course.at(place) - SEEN) / MINUTE for place in (one.happened.first, one.happened.end))  # type: ignore[return-value]


def test_it_is_the_stretch_that_goes_on_while_the_incident_does():
    server = Recorded(((-300 * MINUTE, -290 * MINUTE), (-4 * MINUTE, 10 * MINUTE), (200 * MINUTE, 201 * MINUTE)))

    assert minutes(found(server)) == (-4, 10)


def test_a_burn_that_was_over_when_its_alert_came_is_it():
    assert minutes(found(Recorded(((-40 * MINUTE, -30 * MINUTE),)))) == (-40, -30)


def test_what_burns_on_after_the_incident_was_resolved_belongs_to_it():
    assert minutes(found(Recorded(((-4 * MINUTE, 50 * MINUTE),)))) == (-4, 50)


def test_two_stretches_in_one_incident_are_told_as_one_with_a_pause():
    one = found(Recorded(((-4 * MINUTE, 2 * MINUTE), (20 * MINUTE, 25 * MINUTE))))

    assert minutes(one) == (-4, 25)
    assert one is not None
    assert one.pauses == 1


@pytest.mark.parametrize(("gap_minutes", "pauses"), [(4.5, 0), (5, 1)])
def test_less_than_five_minutes_in_which_the_series_does_not_burn_are_no_pause(gap_minutes: float, pauses: int):
    first_end = 2 * MINUTE
    again = first_end + TILE + gap_minutes * MINUTE
    one = found(Recorded(((-4 * MINUTE, first_end), (again, again + MINUTE))))

    assert one is not None
    assert one.pauses == pauses


@pytest.mark.parametrize("strays", [(-50,), (-50, -40, -12), (-50, -41, -33, -26, -19.5, -10)])
def test_stray_errors_before_an_outage_are_not_its_beginning(strays: tuple[float, ...]):
    failed = tuple(minute * MINUTE for minute in strays)
    one = found(Sparse((), failed=(*failed, *failing(-3, 10))))

    assert minutes(one) == (-3, 10)
    assert one is not None
    assert (one.lesser, one.pauses, one.is_whole) == (len(strays), 0, True)


def test_an_outage_without_stray_errors_begins_with_the_first_event_that_failed():
    one = found(Sparse((), failed=failing(-3, 10)))

    assert minutes(one) == (-3, 10)
    assert one is not None
    assert one.lesser == 0


def test_stray_errors_every_few_minutes_of_a_day_are_not_looked_for_further_back():
    server = Sparse((), failed=(*(minute * MINUTE for minute in range(-2_000, -9, 8)), *failing(-3, 10)))

    assert minutes(found(server)) == (-3, 10)
    assert min(start for _, start, _, _ in server.asked) == SEEN - 6 * 3_600


# Thirteen minutes of outage have 390 bad events: a tenth of them fail in 78 seconds.
@pytest.mark.parametrize(("burst_seconds", "began"), [(120, -20), (30, -3)])
def test_a_burst_before_an_outage_is_its_beginning_if_it_was_large(burst_seconds: int, began: float):
    burst = failing(-20, -20 + burst_seconds / MINUTE)

    assert minutes(found(Sparse((), failed=(*burst, *failing(-3, 10))))) == (began, 10)


def test_a_slow_ramp_begins_where_more_than_the_budget_fails():
    @dataclass
    class Ramp(Recorded):
        """A hundred events a second; from an hour before it was seen ever more fail, half of them after that hour."""

        def _value(self, expr: str, at: float) -> Decimal:
            if names.BAD not in expr:
                return Decimal(100)
            end, first = (min(max(0.0, one + 3_600), 4_200.0) for one in (at, at - TILE))
            return Decimal((end**2 - first**2) / 2 * 50 / 3_600 / TILE)

    # After t seconds 50 / 3600 * t**2 / 2 events have failed; 30 in five minutes are allowed, so from 66 seconds on.
    assert minutes(found(Ramp(())))[0] == -60 + 1.5


def test_a_burst_that_nobody_saw_stop_is_the_beginning():
    burst = failing(-14, -13.5)
    server = Sparse((), failed=(*burst, *failing(-3, 10)), known=lambda at: not -10 * MINUTE < at < -3 * MINUTE)

    assert minutes(found(server))[0] == -14


def test_what_was_seen_is_the_beginning_however_much_worse_it_became():
    one = found(Sparse((), failed=(-1 * MINUTE, *failing(20, 40))), over=60 * MINUTE)

    assert minutes(one) == (-1, 40)


def test_what_still_burns_has_no_end():
    one = found(Recorded(((-4 * MINUTE, 1e9),)), over=20 * MINUTE, now=20 * MINUTE)

    assert one is not None
    assert not one.is_over
    assert minutes(one)[0] == -4


def test_what_began_a_day_before_it_was_seen_is_looked_for_further_back():
    server = Recorded(((-1_300 * MINUTE, 5 * MINUTE),))

    assert minutes(found(server)) == (-1_300, 5)
    assert min(start for _, start, _, _ in server.asked) == SEEN - 86_400


def test_what_began_before_anything_is_known_is_not_told_as_whole():
    one = found(Recorded(((-1e9, 5 * MINUTE),)))

    assert one is not None
    assert not one.is_whole


def test_nothing_burns_where_nothing_is_known_or_nothing_fails():
    assert found(Recorded(())) is None
    assert found(Recorded(((-4 * MINUTE, 10 * MINUTE),), known=lambda _: False)) is None


def test_an_incident_that_nobody_resolved_is_asked_about_in_pieces_and_not_for_ever():
    days = 100 * 86_400
    server = Recorded(((-4 * MINUTE, 3 * 86_400),))

    assert minutes(found(server, over=days, now=days)) == (-4, 3 * 1_440)
    assert all((end - start) / step <= 10_000 for _, start, end, step in server.asked)
    assert max(end for _, _, end, _ in server.asked) <= SEEN + 35 * 86_400


def test_on_a_clock_sixty_times_as_fast_everything_is_sixty_times_as_short():
    server = Recorded(((-4, 10),), back=TILE / 60)
    one = found(server, over=30, now=600, scale=60)

    assert minutes(one) == (-4 / MINUTE, 10 / MINUTE)
    assert {step for _, _, _, step in server.asked} == {0.5}


def test_without_rules_the_rules_own_expressions_are_asked():
    @dataclass
    class Unruled(Recorded):
        def query_range(self, expr: str, *, start: float, end: float, step: float) -> Matrix:
            if names.BAD in expr or names.ALL in expr:
                return Matrix(())
            return super().query_range(names.BAD if "errors_total" in expr else "all", start=start, end=end, step=step)

    one = found(Unruled(((-4 * MINUTE, 10 * MINUTE),)))

    assert minutes(one) == (-4, 10)
    assert one is not None
    assert "rate(" in one.course.asked[0].expr
