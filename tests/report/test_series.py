from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
from burn.backtest.made_up import THREE_NINES
from report.made_up import WEEK, asked, hour

from sretool.model.period import Exclusion, OneOff
from sretool.model.slo import Service
from sretool.prometheus.answers import Matrix, Series
from sretool.report.series import read_left, read_pages, read_tiles
from sretool.report.week import week_so_far

KEY = ("shop/availability", ())
OF_IT = {"service": "shop", "slo": "availability"}


@dataclass
class Ranges:
    """Answers every range with the same series, and remembers what it was asked."""

    series: tuple[Series, ...]
    warnings: tuple[str, ...] = ()
    queries: list[tuple[str, float, float, float]] = field(default_factory=list)

    def query_range(self, expr: str, *, start: float, end: float, step: float) -> Matrix:
        self.queries.append((expr, start, end, step))
        return Matrix(self.series, self.warnings)


def series(name: str, *points: tuple[datetime, float], **labels: str) -> Series:
    return Series({"__name__": name, **OF_IT, **labels}, tuple((at.timestamp(), Decimal(str(v))) for at, v in points))


def firing(*minutes: int) -> Series:
    points = [(hour(minute / 60), 1.0) for minute in minutes]
    return series("ALERTS", *points, alertstate="firing", severity="page", burn_tier="1h-5m")


def test_tiles_of_all_slos_come_in_one_query_that_ends_with_the_week():
    server = Ranges((series("slo:bad_events:rate", (hour(1), 2)), series("slo:all_events:rate", (hour(1), 10))))

    found, _ = read_tiles(server, asked())

    ((expr, start, end, step),) = server.queries
    assert (start, end, step) == (WEEK.start + 300, WEEK.end, 300)
    assert 'service="shop"' in expr
    # The twelfth tile ends at one o'clock.
    assert np.flatnonzero(np.isfinite(found[KEY].bad)).tolist() == [11]
    assert (found[KEY].bad[11], found[KEY].all[11], len(found[KEY].all)) == (2, 10, 2_016)


def test_of_a_service_that_excludes_time_the_net_series_count():
    moved = Exclusion("a move", "ops", OneOff(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)))
    services = (Service("shop", (replace(THREE_NINES, exclusions=(moved,)),)),)
    server = Ranges((series("slo:bad_events:rate", (hour(1), 2)), series("slo:bad_events:net_rate", (hour(1), 1))))

    found, _ = read_tiles(server, asked(services=services))

    assert found[KEY].bad[11] == 1


def test_in_the_first_minutes_of_a_week_there_is_no_tile_to_ask_for():
    server = Ranges(())

    assert read_tiles(server, asked(week=week_so_far(WEEK.start + 299))) == ({}, ())
    assert server.queries == []


def test_of_many_slos_a_few_hundred_are_asked_for_at_once():
    many = tuple(
        Service(f"shop-{number}", tuple(replace(THREE_NINES, service=f"shop-{number}", name=str(n)) for n in range(90)))
        for number in range(5)
    )
    server = Ranges(())

    read_tiles(server, asked(services=many))

    assert [query.count("shop") for query, *_ in server.queries] == [2, 2, 1]


def test_series_of_what_is_not_promised_any_more_are_passed_over():
    stranger = series("slo:bad_events:rate", (hour(1), 2), slo="gone")

    assert read_tiles(Ranges((stranger,)), asked()) == ({}, ())


def test_what_fires_without_a_break_is_one_page_and_is_seen_for_a_minute_longer_than_it_lasts():
    found, warnings = read_pages(Ranges((firing(60, 61, 62, 63, 90, 91),), ("half of it",)), asked())

    assert [(one.started_at, one.ended_at) for one in found] == [
        (hour(1).timestamp(), hour(62 / 60).timestamp()),
        (hour(1.5).timestamp(), hour(1.5).timestamp()),
    ]
    assert found[0].labels == {**OF_IT, "severity": "page", "burn_tier": "1h-5m"}
    assert warnings == ("half of it",)


def test_what_fires_at_the_end_of_the_week_still_does():
    found, _ = read_pages(Ranges((firing(168 * 60 - 1, 168 * 60),)), asked())

    assert [one.ended_at for one in found] == [None]


def test_what_was_left_is_asked_for_by_the_hour_up_to_the_end_of_the_week():
    nan = series("slo:period_budget_remaining:ratio", (hour(1), 0.5), (hour(2), float("nan")))
    server = Ranges((nan,))

    found, _ = read_left(server, asked())

    assert found == {KEY: ((hour(1).timestamp(), Decimal("0.5")),)}
    assert server.queries[0][1:] == (WEEK.start, WEEK.end, 3_600)
