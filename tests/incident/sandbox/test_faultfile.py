"""Faults as JSON, read and written."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sretool.incident.sandbox.drill import Drill
from sretool.incident.sandbox.faultfile import FaultUnknown, fault_json, read_faults
from sretool.incident.sandbox.faults import Fault

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"fault": "lost"}', Fault("lost")),
        ('{"fault": "5xx", "share": "0.95", "seed": 7}', Fault("5xx", share=Decimal("0.95"), seed=7)),
        ('{"fault": "5xx", "share": "95%"}', Fault("5xx", share=Decimal("0.95"))),
        ('{"fault": "5xx", "share": 0.1}', Fault("5xx", share=Decimal("0.1"))),
        ('{"fault": "429", "on": "events"}', Fault("429", on="events")),
        ('{"fault": "slow", "seconds": 1.5}', Fault("slow", seconds=Decimal("1.5"))),
        ('{"fault": "5xx", "for": "38m"}', Fault("5xx", until=NOW + timedelta(minutes=38))),
        ('{"fault": "5xx", "until": "2026-03-04T04:00:00+01:00"}', Fault("5xx", until=NOW)),
    ],
)
def test_a_fault_is_read_and_written_alike(text, fault):
    read = read_faults(text, now=NOW)

    assert read == (fault,)
    assert read_faults(json.dumps([fault_json(one) for one in read]), now=NOW) == read


def test_no_faults_are_none():
    assert read_faults("[]", now=NOW) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "faults are JSON"),
        ("[" * 100_000, "faults are JSON"),
        ("7", "a fault is an object"),
        ("{}", "the fault None is not known"),
        ('{"fault": "fire"}', "write one of 5xx, 5xx-committed, 429"),
        ('{"fault": ["5xx"]}', "the fault ['5xx'] is not known"),
        ('{"fault": "5xx", "shares": "95%"}', "the key 'shares' is not known"),
        ('{"fault": "5xx", "share": "most"}', "'most' is not a share"),
        ('{"fault": "5xx", "share": "950%"}', "a share lies between 0 and 1, not 9.5"),
        ('{"fault": "5xx", "share": "NaN"}', "'NaN' is not a share"),
        ('{"fault": "slow", "seconds": "x"}', "'x' is not a number of seconds"),
        ('{"fault": "5xx", "seed": "x"}', "a seed is a whole number"),
        ('{"fault": "5xx", "on": "mail"}', "a fault is on all, rest, events"),
        ('{"fault": "5xx", "until": "soon"}', "soon"),
        ('{"fault": "5xx", "until": "2026-03-04T03:38:00"}', "has no zone"),
        ('{"fault": "5xx", "for": "a while"}', "is not a duration"),
        ('{"fault": "slow"}', "needs seconds above 0"),
        ('{"fault": "slow", "seconds": -1}', "late by 0 to 3600 seconds"),
        ('{"fault": "lost", "seconds": 1}', "needs seconds above 0"),
    ],
)
def test_what_is_no_fault_is_refused_in_a_sentence(text, words):
    with pytest.raises(FaultUnknown) as refused:
        read_faults(text, now=NOW)

    assert words in str(refused.value)


def test_a_drill_fails_a_share_first_and_then_loses_the_replies_to_the_others():
    end = NOW + timedelta(minutes=38)
    asked = Drill(fail_share="95%", are_replies_lost=True, lasting="38m", seed=7).faults(NOW)

    assert asked == (Fault("5xx", share=Decimal("0.95"), seed=7, until=end), Fault("lost", until=end))


def test_every_fault_of_a_drill_can_be_asked_for():
    asked = Drill(is_rate_limited=True, late_by_seconds=Decimal("1.5")).faults(NOW)

    assert asked == (Fault("429"), Fault("slow", seconds=Decimal("1.5")))


def test_an_end_without_anything_to_end_is_a_mistake():
    with pytest.raises(ValueError, match="--for says how long a fault lasts"):
        Drill(lasting="38m").faults(NOW)


@pytest.mark.parametrize(
    ("drill", "words"),
    [
        (Drill(fail_share="950%"), "a share lies between 0 and 1, not 9.5"),
        (Drill(fail_share="95%", lasting="ages"), "--for: 'ages' is not a duration"),
        (Drill(late_by_seconds=Decimal(4_000)), "a reply is late by 0 to 3600 seconds"),
    ],
)
def test_a_drill_that_cannot_be_is_refused_in_a_sentence(drill, words):
    with pytest.raises(ValueError, match=words):
        drill.faults(NOW)
