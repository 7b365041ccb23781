"""PagerDuty answers 5xx for 38 minutes: nobody's incident is lost, nobody is woken twice, or for what is over.

What happened is read from the sandbox's own record of whom it woke, never from our ledger.
"""

import tempfile
from itertools import count
from pathlib import Path

import pytest
from incident.outage import END, INCIDENTS, Replay, broken, half_done, mixed

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def directories(tmp_path_factory):
    """New ones, in memory where there is a place for them: a replay syncs thousands of lines to the disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path_factory.mktemp("replays")) as made:
        yield (Path(made) / str(number) / "incidents" for number in count())


@pytest.fixture(scope="module")
def of_5xx(directories):
    return replayed(next(directories), broken(seed=1), 1)


def replayed(directory, faults, seed, *, shares_keys=True):
    replay = Replay(directory, faults, seed, shares_keys=shares_keys)
    return replay, replay.run()


def assert_each_is_paged_exactly_once(replay, night):
    pages = {name: night.pages_of(name) for name in replay.opened}
    once = [name for name in replay.opened if len(pages[name]) == 1]
    never = [name for name in replay.opened if not pages[name]]
    late = [name for name in once if name in replay.resolved_at and pages[name][0] > replay.resolved_at[name]]

    assert len(replay.opened) == INCIDENTS
    assert len(once) + len(never) == INCIDENTS, "somebody was woken twice for the same incident"
    assert set(never) <= set(replay.resolved_at), "an incident was lost"
    assert late == [], "somebody was woken for what was over"


def assert_pagerduty_knows_how_each_ended(replay, night):
    for name in replay.opened:
        expected = "triggered"
        if name in replay.resolved_at:
            expected = "resolved"
        elif name in replay.acknowledged:
            expected = "acknowledged"
        assert set(night.statuses_of(name)) <= {expected}, name


def test_a_hundred_incidents_of_an_outage_are_paged_exactly_once(of_5xx):
    replay, night = of_5xx

    assert_each_is_paged_exactly_once(replay, night)
    assert_pagerduty_knows_how_each_ended(replay, night)


@pytest.mark.parametrize(
    ("faults", "seed"),
    [(half_done, 2), (mixed, 3)],
    ids=["half of it done", "every fault"],
)
def test_so_they_are_if_nobody_knows_what_was_carried_out(directories, faults, seed):
    replay, night = replayed(next(directories), faults(seed=seed), seed)

    assert_each_is_paged_exactly_once(replay, night)
    assert_pagerduty_knows_how_each_ended(replay, night)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10, 40))
@pytest.mark.parametrize("faults", [broken, half_done, mixed])
def test_the_same_holds_with_any_seed(directories, faults, seed):
    replay, night = replayed(next(directories), faults(seed=seed), seed)

    assert_each_is_paged_exactly_once(replay, night)
    assert_pagerduty_knows_how_each_ended(replay, night)


def test_an_outage_leaves_something_to_do_when_it_ends_and_pages_during_it(of_5xx):
    """Otherwise the replay would prove nothing."""
    replay, night = of_5xx
    pages = [at for name in replay.opened for at in night.pages_of(name)]

    assert any(at < END for at in pages)
    assert any(at >= END for at in pages)
    assert len(pages) < INCIDENTS


def test_should_the_two_apis_not_heed_each_others_keys_a_page_may_come_twice_and_nothing_stays_open(directories):
    """The worse world: then who cannot be asked whether it paged is not waited for, since no page is worse than two."""
    replay, night = replayed(next(directories), mixed(seed=5), 5, shares_keys=False)
    pages = {name: night.pages_of(name) for name in replay.opened}

    assert {len(of_one) for of_one in pages.values()} <= {0, 1, 2}
    assert all(pages[name] or name in replay.resolved_at for name in replay.opened)
    assert all(at <= replay.resolved_at.get(name, at) for name in replay.opened for at in pages[name])
    assert_pagerduty_knows_how_each_ended(replay, night)
