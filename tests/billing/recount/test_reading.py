import json

import pytest
from billing.corpus import BODIES, PAIRS, QUANTITIES, TIMESTAMPS, body

from sretool.billing.recount.instant import microseconds
from sretool.billing.recount.reading import Unreadable, events, pico, same


@pytest.mark.parametrize("name", BODIES)
def test_the_recount_reads_exactly_the_batches_that_the_gateway_takes(name):
    raw, is_valid = BODIES[name]

    try:
        events(raw)
        was_read = True
    except Unreadable:
        was_read = False

    assert was_read is is_valid


@pytest.mark.parametrize("text", TIMESTAMPS)
def test_a_timestamp_is_the_same_instant_for_every_parser(text):
    try:
        instant = microseconds(text)
    except ValueError:
        instant = None

    assert instant == TIMESTAMPS[text]


@pytest.mark.parametrize(("value", "expected"), QUANTITIES)
def test_a_quantity_is_the_same_number_for_every_parser(value, expected):
    assert pico(value) == expected


@pytest.mark.parametrize(("one", "other", "expected"), PAIRS)
def test_two_payloads_are_the_same_for_every_parser(one, other, expected):
    first, second = events(body(one, other))

    assert same(first, second) is expected
    assert same(second, first) is expected


def test_an_event_that_was_kept_as_json_is_still_the_same():
    (event,) = events(
        body({"transaction_id": "t", "customer_id": "c", "event_type": "e", "timestamp": "2026-01-01T00:00:00Z"})
    )

    assert same(tuple(json.loads(json.dumps(event))), event)
