"""The recount lets the applier go first, but not for ever."""

import pytest

from sretool.billing.directory import DataDirectory
from sretool.billing.recount.giving_way import GivingWay

NOW_US = 1_800_000_000_000_000


class Clock:
    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def directory(tmp_path):
    directory = DataDirectory(tmp_path)
    directory.create()
    return directory


def publish(directory, *, applied, seconds_behind):
    watermark_us = None if seconds_behind is None else NOW_US - int(seconds_behind * 1e6)
    directory.write_status("applier", {"applied": applied, "watermark_us": watermark_us})


def giving_way(directory, clock):
    return GivingWay(directory, now_us=lambda: NOW_US, monotonic=clock)


@pytest.mark.parametrize(("seconds_behind", "is_due"), [(0.5, False), (1.0, False), (1.5, True), (None, False)])
def test_an_applier_that_is_behind_and_moves_goes_first(directory, seconds_behind, is_due):
    publish(directory, applied=1_000, seconds_behind=seconds_behind)
    given = giving_way(directory, Clock())

    publish(directory, applied=2_000, seconds_behind=seconds_behind)

    assert given.is_due() is is_due


def test_an_applier_that_stands_still_is_not_waited_for(directory):
    clock = Clock()
    publish(directory, applied=1_000, seconds_behind=60)
    given = giving_way(directory, clock)
    publish(directory, applied=2_000, seconds_behind=60)

    looks = []
    for seconds in (0, 4.9, 5.1, 60):
        clock.seconds = 100.0 + seconds
        looks.append(given.is_due())

    assert looks == [True, True, False, False]


def test_an_applier_that_gets_on_is_waited_for_however_long(directory):
    clock = Clock()
    publish(directory, applied=0, seconds_behind=60)
    given = giving_way(directory, clock)

    looks = []
    for applied in range(1, 20):
        publish(directory, applied=applied, seconds_behind=60)
        clock.seconds += 4
        looks.append(given.is_due())

    assert looks == [True] * 19


def test_what_a_dead_applier_said_last_holds_nobody_back(directory):
    publish(directory, applied=1_000, seconds_behind=3_600)

    assert not giving_way(directory, Clock()).is_due()


def test_where_there_is_no_applier_nobody_waits(directory):
    assert not giving_way(directory, Clock()).is_due()
