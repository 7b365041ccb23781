"""What is said of counts that cannot be, or of which something is missing."""

from decimal import Decimal
from pathlib import Path

import pytest
from burn.counting_server import CountingServer

from sretool.burn.cache import Days
from sretool.burn.counting import Count, Counting, count
from sretool.burn.spans import Span
from sretool.model.duration import DAY
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import EventsSli, LatencySli, Sli
from sretool.model.slo import Alerting, Slo

MIDNIGHT = 1_772_323_200
AT = MIDNIGHT + 43_200
OPEN = Span(AT - 3_600, AT)
CLOSED = Span(MIDNIGHT - 86_400, MIDNIGHT)
BAD = EventsSli("bad", "errors_total", "requests_total")
GOOD = EventsSli("good", "answered_total", "requests_total")
FAST = LatencySli("seconds", Decimal(1))


def counting(sli: Sli, numbers: dict[str, str], *, span: Span = OPEN, cache: Days | None = None, **more) -> Counting:
    slo = Slo("shop", "availability", Objective(Decimal("0.999")), RollingPeriod(DAY * 30), sli, Alerting(()))
    server = CountingServer({metric: (({}, number),) for metric, number in numbers.items()}, **more)
    return count(server, [slo], lambda _: [span], at=AT, cache=cache)


def counted(sli: Sli, **numbers: str) -> Count:
    return counting(sli, numbers).by_slo["shop/availability"][OPEN][()]


def test_what_is_whole_needs_no_words():
    assert counted(BAD, errors_total="2", requests_total="100") == Count(Decimal(2), Decimal(100))
    assert counted(GOOD, answered_total="98", requests_total="100") == Count(Decimal(2), Decimal(100))
    assert counted(FAST, seconds_bucket="98", seconds_count="100") == Count(Decimal(2), Decimal(100))


def test_bad_events_that_nobody_counted_are_none_and_good_ones_are_an_outage():
    assert counted(BAD, requests_total="100") == Count(Decimal(0), Decimal(100))
    assert counted(GOOD, requests_total="100") == Count(Decimal(100), Decimal(100))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_no_number_is_not_a_number_of_events(number: str):
    part = counted(BAD, errors_total=number, requests_total="100")
    every = counted(BAD, errors_total="2", requests_total=number)

    assert (part.bad, part.words) == (None, (f"errors_total is {number}",))
    assert (every.bad, every.words) == (None, (f"requests_total is {number}",))


def test_a_histogram_without_the_bucket_is_no_data():
    one = counted(FAST, seconds_count="100")

    assert one.bad is None
    assert one.words == ('seconds_bucket{le=~"1(\\\\.0)?"} is not there: the histogram has no such bucket',)


def test_a_histogram_that_observed_nothing_has_nothing_slow():
    assert counted(FAST, seconds_count="0") == Count(Decimal(0), Decimal(0))


def test_a_part_without_all_is_no_data():
    one = counted(BAD, errors_total="2")

    assert (one.bad, one.words) == (None, ("errors_total is counted, and requests_total is not",))


def test_a_part_that_is_more_than_all_is_said_to_be():
    one = counted(GOOD, answered_total="103", requests_total="100")

    assert one == Count(Decimal(0), Decimal(100), ("answered_total counts more than requests_total",))


def test_a_part_that_two_scrapes_made_larger_is_all():
    assert counted(GOOD, answered_total="102", requests_total="100") == Count(Decimal(0), Decimal(100))


def test_nothing_at_all_is_no_group():
    assert counting(BAD, {}).by_slo == {"shop/availability": {OPEN: {}}}


def test_what_a_server_warns_of_is_told_once_and_nothing_of_it_is_kept(tmp_path: Path):
    cache = Days(tmp_path, "http://one")
    numbers = {"errors_total": "2", "requests_total": "100"}

    found = counting(BAD, numbers, span=CLOSED, cache=cache, warnings=("a store did not answer",))

    assert found.warnings == ("a store did not answer",)
    assert cache.read(CLOSED.start) == {}
    assert counting(BAD, numbers, span=CLOSED, cache=cache).warnings == ()
    assert len(cache.read(CLOSED.start)) == 2


def test_a_cache_that_cannot_be_written_is_a_note_beside_the_count(tmp_path: Path):
    (tmp_path / "file").write_text("no directory")
    cache = Days(tmp_path / "file", "http://one")

    found = counting(BAD, {"errors_total": "2", "requests_total": "100"}, span=CLOSED, cache=cache)

    assert found.by_slo["shop/availability"][CLOSED] == {(): Count(Decimal(2), Decimal(100))}
    assert found.notes == (cache.trouble,)
