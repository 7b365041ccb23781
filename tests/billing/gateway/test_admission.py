"""How much is let in."""

from sretool.billing.gateway.admission import BytesInFlight, FaultyBatches, Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def throttle(rate: float) -> tuple[Throttle, Clock]:
    clock = Clock()
    one = Throttle(clock)
    one.contract({"acme": rate})
    return one, clock


def test_two_seconds_of_the_rate_may_come_at_once():
    one, _ = throttle(1_000)

    granted = sum(one.seconds_until("acme", 100) == 0 for _ in range(30))

    assert granted == 20


def test_over_ten_seconds_a_tenant_sends_its_rate_and_its_burst():
    one, clock = throttle(1_000)
    granted = sum(100 for _ in range(30) if one.seconds_until("acme", 100) == 0)

    for _ in range(1_280):
        clock.now += 1 / 128
        granted += sum(100 for _ in range(5) if one.seconds_until("acme", 100) == 0)

    assert granted == 12_000


def test_who_is_told_to_come_back_is_let_in_then():
    one, clock = throttle(50)
    assert one.seconds_until("acme", 100) == 0

    seconds = one.seconds_until("acme", 100)
    clock.now += seconds

    assert (seconds, one.seconds_until("acme", 100)) == (2, 0)


def test_a_full_batch_fits_at_any_rate():
    one, _ = throttle(1)

    assert one.seconds_until("acme", 100) == 0


def test_another_catalogue_does_not_fill_an_empty_bucket():
    one, _ = throttle(100)
    one.seconds_until("acme", 200)

    one.contract({"acme": 100, "globex": 100})

    assert (one.seconds_until("acme", 100), one.seconds_until("globex", 100)) == (1, 0)


def test_bytes_beyond_the_bound_find_no_room_until_others_are_given_back():
    room = BytesInFlight(maximum=10)

    first, second = room.take(6), room.take(6)
    room.give_back(6)

    assert (first, second, room.take(6)) == (True, False, True)


def test_a_tenant_with_many_faulty_batches_leaves_room_for_those_of_others():
    faulty = FaultyBatches(maximum=3, maximum_a_tenant=2)

    taken = [faulty.take(tenant) for tenant in ("acme", "acme", "acme", "globex", "globex")]
    faulty.give_back("acme")

    assert taken == [True, True, False, True, False]
    assert faulty.take("globex")
