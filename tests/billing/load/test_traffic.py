"""What a load sends is valid, told apart, and spread as it was asked for."""

from collections import Counter
from itertools import islice

import pytest

from sretool.billing.event import decode, timestamp_us
from sretool.billing.keys import Client
from sretool.billing.load.traffic import DAY_US, Source, Traffic
from sretool.billing.manifest import place_of

NOW_US = 1_790_000_000_123_456
CLIENTS = tuple(Client(f"load-{n}", "k.s", tuple(f"customer-{n}-{c}" for c in range(150))) for n in range(1, 5))


def _source(**traffic) -> Source:
    return Source(CLIENTS, Traffic(**traffic), run="run-1", now_us=lambda: NOW_US)


def _batches(source, count=2_000):
    return list(islice(iter(source.next, None), count))


def test_a_rendered_batch_is_a_valid_one_of_as_many_events_as_were_asked_for():
    source = _source(batch=7)

    events = decode(source.render(source.next()))

    assert [place_of(event.transaction_id) for event in events] == [("run-1", 0, index) for index in range(7)]
    assert {timestamp_us(event) for event in events} == {NOW_US}


def test_every_variant_of_a_batch_is_valid_and_every_customer_has_its_turn():
    source = _source()

    seen = {event.customer_id for batch in _batches(source, 400) for event in decode(source.render(batch))}

    assert seen == {customer for client in CLIENTS for customer in client.customers}


def test_batches_are_numbered_and_no_id_comes_twice_without_duplicates():
    assert [batch.number for batch in _batches(_source())] == list(range(2_000))


def test_a_duplicate_is_the_same_bytes_again():
    source = _source(duplicate_share=0.3)
    bodies: dict[int, set[bytes]] = {}
    for batch in _batches(source):
        bodies.setdefault(batch.number, set()).add(source.render(batch))

    assert {len(same) for same in bodies.values()} == {1}
    assert 500 < 2_000 - len(bodies) < 700


def test_tenants_follow_a_zipf_law():
    counts = Counter(batch.tenant for batch in _batches(_source(zipf=1.0), 20_000))

    assert counts[0] / counts[1] == pytest.approx(2, rel=0.1)
    assert counts[0] / counts[3] == pytest.approx(4, rel=0.15)


def test_a_hot_tenant_gets_its_share_beside_its_part_of_the_rest():
    counts = Counter(batch.tenant for batch in _batches(_source(zipf=0.0, hot_share=0.8), 20_000))

    assert counts[0] / 20_000 == pytest.approx(0.8 + 0.2 / 4, abs=0.02)


def test_late_events_are_days_old_and_still_within_what_the_service_takes():
    source = _source(late_share=0.5)
    ages = [NOW_US - timestamp_us(decode(source.render(batch))[0]) for batch in _batches(source, 400)]
    late = [age for age in ages if age]

    assert 150 < len(late) < 250
    assert min(late) >= DAY_US
    assert max(late) <= 33 * DAY_US


def test_event_time_is_spread_over_the_span_that_was_asked_for():
    start_us, end_us = NOW_US - 20 * DAY_US, NOW_US - 10 * DAY_US
    source = _source(event_time_us=(start_us, end_us))
    instants = [timestamp_us(decode(source.render(batch))[0]) for batch in _batches(source, 400)]

    assert all(start_us <= instant < end_us for instant in instants)
    assert max(instants) - min(instants) > 9 * DAY_US


def test_the_same_seed_sends_the_same():
    first, second = _source(late_share=0.2, seed=7), _source(late_share=0.2, seed=7)

    assert [first.render(b) for b in _batches(first, 50)] == [second.render(b) for b in _batches(second, 50)]


@pytest.mark.parametrize("wrong", [{"batch": 101}, {"batch": 0}, {"late_share": 1.1}, {"duplicate_share": -0.1}])
def test_impossible_traffic_is_refused(wrong):
    with pytest.raises(ValueError, match="not"):
        Traffic(**wrong)
