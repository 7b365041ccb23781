"""When batches are due."""

from sretool.billing.load.pace import ClosedPace, OpenPace


def _open(**rest) -> OpenPace:
    return OpenPace(**({"start": 100.0, "seconds": 2.0, "batches_per_second": 10.0, "patience": 5.0} | rest))


def test_an_open_loop_is_due_at_its_instants_however_late_one_looks():
    pace = _open()

    assert [pace.take(100.25) for _ in range(4)] == [100.0, 100.1, 100.2, None]


def test_an_open_loop_ends_after_rate_times_seconds():
    pace = _open(patience=1_000)

    taken = [pace.take(200.0) for _ in range(21)]

    assert taken[-1] is None
    assert None not in taken[:20]
    assert pace.is_over


def test_what_waited_longer_than_patience_is_dropped_and_counted():
    pace = _open(patience=1.0)

    assert pace.take(101.55) == 100.6
    assert pace.dropped == 6


def test_a_closed_loop_is_due_at_once_until_its_end():
    pace = ClosedPace(start=100.0, seconds=1.0)

    assert [pace.take(100.0), pace.take(100.9), pace.take(101.0)] == [100.0, 100.9, None]
    assert pace.is_over


def test_a_stopped_pace_is_over():
    pace = _open()
    pace.take(100.0)
    pace.stop()

    assert pace.take(101.0) is None
    assert pace.is_over
