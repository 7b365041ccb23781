"""kill -9 anywhere: no acknowledged event is lost, none counts twice, and every invoice is what the recount says."""

import os
import random
import time
from collections import Counter
from contextlib import contextmanager

import pytest
from billing.crash.harness import EVENTS_A_ROUND, Service, play_round, tear

from sretool.billing.faults import FAIL_POINTS

pytestmark = pytest.mark.long

ROUNDS, LONG_ROUNDS = 10, 100
IN_RECOVERY = [point for point in FAIL_POINTS if point.startswith("recovery.")]
OF_A_RUN = ("biller.before_cut", "biller.after_cut")
OWNERS = {"journal": "gateway"}


def _play(tmp_path, rounds):
    seed = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(2**32))
    print(f"seed {seed}: CRASH_SEED={seed} plays the same rounds, as far as instants allow")
    with Service(tmp_path / "billing") as service:
        for number in rounds:
            began = time.monotonic()
            told = play_round(service, number, seed=seed)
            verdict = service.judge()
            print(f"round {number}: {told}; {time.monotonic() - began:.1f} s; {verdict.audit}")
            assert verdict.findings == []
        _finish(service, verdict.audit, rounds=len(rounds))


def _finish(service, audited, *, rounds):
    """Nothing crashes any more: what there is has to show, and the rounds must have had something to break."""
    service.grant_one(random.Random(0))
    service.next_month()
    verdict = service.judge()
    service.await_agreement_of_metrics()

    assert verdict.findings == []
    assert audited.acknowledged > EVENTS_A_ROUND * rounds
    assert verdict.recount.documents > 0
    assert service.credits_drawn() > 0
    assert all(verdict.own.outcomes[outcome] > rounds for outcome in ("duplicate", "conflict", "quarantined"))
    assert len(service.quarrel.acknowledged) > rounds
    states = Counter(verdict.own.held.values())
    assert states["quarantined", "released"] > rounds
    assert all(states[kind, "discarded"] > 0 for kind in ("quarantined", "conflict"))


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
            if point in OF_A_RUN:
                _die_in_a_run(service, point)
        client.kill()
        client.wait()
        verdict = service.judge()
        service.await_agreement_of_metrics()

        assert verdict.findings == []
        assert verdict.audit.acknowledged > 1_000


def _die_while_serving(service, point):
    family = point.partition(".")[0]
    owner = OWNERS.get(family, family)
    before = service.deaths_at_a_point(owner)
    service.crash_at(point)
    if owner == "biller":
        time.sleep(0.3)  # Longer than it takes what it sees of the faults for what they are.
        service.first_cut_of_next_month()
    service.wait(f"{owner} died at {point}", lambda: service.deaths_at_a_point(owner) > before)
    service.wait(f"{owner} serves again", service.is_serving)


def _die_in_a_run(service, point):
    service.wait("every period is closed", service.is_every_period_closed)
    service.crash_at(point)
    assert service.run_of_next_month().wait(60) == 137, f"{point} was not visited by a run"
    assert service.run_by_hand().wait(60) == 0
    service.wait("every child serves", service.is_serving)


def _die_in_recovery(service, point):
    service.kill_group()
    tear(service.directory, random.Random(point))
    dying = service.begin(SRETOOL_FAIL_POINT=point)
    assert dying.wait(60) == 137, f"{point} was not visited"
    service.kill_group()
    service.start()


@pytest.mark.parametrize("broken", ["offset first", "seen apart", "rollups first"])
def test_a_ledger_that_commits_in_two_steps_is_caught(tmp_path, broken):
    with Service(tmp_path / "billing", broken=broken) as service:
        before = service.deaths_at_a_point("applier")
        service.load(seed=1, rate=2_000, seconds=0.5).wait()
        # As long as nobody dies it comes right, be it only when the second step follows the first.
        service.wait("it looks right", lambda: service.judge().findings == [])

        service.crash_at("applier.before_commit")
        service.wait("the applier died", lambda: _is_dead_of_a_load(service, deaths_before=before))

        verdict = service.judge()
        assert verdict.audit.counted_twice + verdict.audit.not_counted > 0
        assert verdict.recount.found
        assert verdict.ours


def _is_dead_of_a_load(service, *, deaths_before):
    """Whether the applier died of one more load: what it takes before it looks at the faults again does not kill it.

    Of duplicates alone the audit would have nothing to miss: they are in no rollup.
    """

    def is_dead():
        return service.deaths_at_a_point("applier") > deaths_before

    service.load(seed=1 + service.clients, rate=2_000, seconds=0.5, duplicates=0.0).wait()
    service.wait("the applier took the load or died of it", lambda: is_dead() or service.is_drained())
    return is_dead()


@pytest.mark.parametrize("teller", ["manifest", "quarrel"])
def test_an_acknowledgement_before_the_write_is_caught_by_each_client_alone(tmp_path, teller):
    with Service(tmp_path / "billing", broken="acknowledge early") as service:
        before = service.deaths_at_a_point("gateway")
        with _sending(service, teller):
            service.crash_at("journal.before_write")
            service.wait("the gateway died", lambda: service.deaths_at_a_point("gateway") > before)

        verdict = service.judge()
        told = verdict.ours if teller == "quarrel" else verdict.audit.examples.get("lost", [])
        assert told
        assert teller == "manifest" or all(found.startswith("lost") for found in told)


@contextmanager
def _sending(service, teller):
    """One of the clients, from its first acknowledgement on. A batch that is lost is not sent again by chance."""
    if teller == "quarrel":
        heard = len(service.quarrel.acknowledged)
        with service.quarrelling(random.Random(3)):
            service.wait("something was acknowledged", lambda: len(service.quarrel.acknowledged) > heard)
            yield
        return
    client = service.load(seed=service.clients, rate=2_000, seconds=300, duplicates=0.0)
    service.wait("something was acknowledged", service.is_acknowledging)
    yield
    client.terminate()  # It waits for what is under way.
    client.wait()
