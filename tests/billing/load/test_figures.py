"""What came of a load."""

import pytest

from sretool.billing.load.figures import OUTCOMES, Tally, figures, outcome_of, percentiles, refusal


def test_a_percentile_is_a_latency_that_was_measured():
    assert percentiles([float(value) for value in range(1, 1001)]) == {
        50.0: 500.0, 90.0: 900.0, 99.0: 990.0, 99.9: 999.0, 100.0: 1000.0,
    }  # fmt: skip


def test_of_one_value_every_percentile_is_that_value_and_of_none_there_is_none():
    assert set(percentiles([0.5]).values()) == {0.5}
    assert percentiles([]) == {}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *[(200, "acknowledged"), (429, "throttled"), (400, "refused"), (401, "refused"), (413, "refused")],
        *[(503, "shed"), (500, "error"), (302, "error"), (0, "broken")],
    ],
)
def test_a_status_says_what_became_of_a_batch(status, outcome):
    assert outcome_of(status) == outcome


def test_figures_name_every_outcome():
    tally = Tally()
    tally.acknowledged(100, 0.25)

    figured = figures(tally, asked=50.0, seconds=2.0)

    assert tuple(figured.events) == OUTCOMES
    assert (figured.acknowledged_per_second, figured.failed_events) == (50.0, 0)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": "no key", "remedy": "send one"}', "no key"),
        (
            b'{"error": "faults", "events": [{"index": 3, "faults": [{"path": "timestamp", "reason": "is old",'
            b' "remedy": "send new"}]}]}',
            "faults; timestamp is old: send new",
        ),
        (
            b'{"error": "faults", "batch": [{"path": "", "reason": "none", "remedy": "send some"}]}',
            "faults; none: send some",
        ),
        *[(body, "") for body in (b"", b"[]", b"{}", b"7", b'{"error": "x", "events": [7]}')],
    ],
)
def test_what_a_service_said_is_its_reason_and_its_first_fault(body, said):
    assert refusal(body) == said
