"""kill -9 anywhere: no acknowledged event is lost, none counts twice, and every invoice is what the recount says."""

import random
import time

import pytest
from billing.crash.harness import Service, play_round, tear

from sretool.billing.faults import FAIL_POINTS

ROUNDS, LONG_ROUNDS = 10, 100
IN_RECOVERY = [point for point in FAIL_POINTS if point.startswith("recovery.")]
OWNERS = {"journal": "gateway"}


def _play(tmp_path, rounds):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    with Service(tmp_path / "billing") as service:
        for number in rounds:
            began = time.monotonic()
            told = play_round(service, number, seed=seed)
            verdict = service.judge()
            print(f"round {number}: {told}; {time.monotonic() - began:.1f} s; {verdict.audit}")
            assert verdict.findings == []
        assert verdict.audit.acknowledged > 100 * len(rounds)
        assert verdict.recount.documents > 0


@pytest.mark.parametrize("half", [0, 1])
def test_killed_anywhere_the_service_loses_nothing_and_counts_nothing_twice(tmp_path, half):
    _play(tmp_path, range(half * ROUNDS, (half + 1) * ROUNDS))


@pytest.mark.soak
def test_killed_a_hundred_times_the_service_loses_nothing_and_counts_nothing_twice(tmp_path):
    _play(tmp_path, range(LONG_ROUNDS))


def test_every_fail_point_is_visited_and_survived(tmp_path):
    with Service(tmp_path / "billing") as service:
        client = service.load(seed=1, rate=800, seconds=300)  # It outlives them all, and is killed as well.
        for point in FAIL_POINTS:
            if point in IN_RECOVERY:
                _die_in_recovery(service, point)
            else:
                _die_while_serving(service, point)
        client.kill()
        client.wait()
        service.drain()
        verdict = service.judge()

        assert verdict.findings == []
        assert verdict.audit.acknowledged > 1_000


def _die_while_serving(service, point):
    family = point.partition(".")[0]
    owner = OWNERS.get(family, family)
    before = service.restarts(owner)
    service.crash_at(point)
    if owner == "biller":
        time.sleep(0.3)  # The biller has to have seen that the fault is set.
        service.first_cut_of_next_month()
    service.wait(f"{owner} died at {point}", lambda: service.restarts(owner) > before)
    service.wait(f"{owner} serves again", service.is_serving)


def _die_in_recovery(service, point):
    service.kill_group()
    tear(service.directory, random.Random(point))
    dying = service.begin(SRETOOL_FAIL_POINT=point)
    assert dying.wait(30) == 137, f"{point} was not visited"
    service.kill_group()
    service.start()


@pytest.mark.parametrize("broken", ["offset first", "seen apart", "rollups first"])
def test_a_ledger_that_commits_in_two_steps_is_caught(tmp_path, broken):
    with Service(tmp_path / "billing", broken=broken) as service:
        before = service.restarts("applier")
        service.load(seed=1, rate=2_000, seconds=0.5).wait()
        service.drain()
        assert service.judge().findings == []  # As long as nobody dies it looks right.

        service.crash_at("applier.before_commit")
        time.sleep(0.3)
        service.load(seed=2, rate=2_000, seconds=0.5).wait()
        service.wait("the applier died", lambda: service.restarts("applier") > before)
        service.drain()

        verdict = service.judge()
        assert verdict.audit.counted_twice + verdict.audit.not_counted > 0
        assert verdict.recount.found
