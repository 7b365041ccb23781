"""Stories of missing data: idleness, errors that never happened yet, series that go or never come, dead targets."""

from __future__ import annotations

from decimal import Decimal

from sretool.model.period import WEEK_SECONDS, WeeklySchedule
from sretool.model.sli import counts_time
from sretool.model.slo import Service
from sretool.promql import names
from sretool.promql.literal import string_literal
from sretool.rules.timing import Timing
from sretool.rules.unittests.actor import Actor
from sretool.rules.unittests.claims import (
    down_to_step,
    equals,
    fires,
    has_none,
    is_near,
    is_silent,
    up_to_step,
    was_silent,
)
from sretool.rules.unittests.concrete import Series
from sretool.rules.unittests.exclusions import second_of_week
from sretool.rules.unittests.notation import notation
from sretool.rules.unittests.reckoning import rate_of, tellers, well
from sretool.rules.unittests.scenario import Expectation, Input, LeftOut, Pace, Scenario, Told
from sretool.rules.unittests.sources import Phase, length

_HOUR, _HALF_HOUR = 3_600, 1_800
_BORN = 840  # Long enough for every alert on data to have told.
_HOLD = 600  # What the alert on missing data waits for.
_NONE, _ALL = Decimal(0), Decimal(1)


def idle(actor: Actor, service: Service) -> Told:
    """Traffic, then an hour of none."""
    title = "an idle hour is no error and no gap"
    if not actor.stimulus.countable:
        return None if counts_time(actor.slo.sli) else LeftOut(title, actor.slo.name, "its expression is not ours")
    rate = actor.events(rate_of(actor))
    begins = actor.quiet * actor.scrape
    at = up_to_step(begins + _HOUR + actor.stimulus.birth_seconds, "slow")
    phases = (Phase(actor.quiet, rate), Phase(actor.scrapes(at - begins) + 1, _NONE))
    expected = [
        equals("no bad events, rather than no data", actor.recorded(names.BAD), at, _NONE),
        equals("and no events", actor.recorded(names.ALL), at, _NONE),
        was_silent("nothing burns", actor.burning(actor.tiers), at),
        is_silent("nothing is missing", actor.telling("SloNoData"), at),
    ]
    match _is_expected(service, at - 1_800, at):
        case True:
            expected.append(fires("traffic is expected: idle", actor.telling("SloIdle"), at, times=len(actor.groups)))
        case False:
            expected.append(is_silent("traffic is not expected", actor.telling("SloIdle"), at))
    return Scenario(title, actor.slo.name, "slow", actor.inputs(phases), tuple(expected))


def _is_expected(service: Service, start: int, end: int) -> bool | None:
    """Whether a service expects traffic for some time after promtool's beginning; None where that changes meanwhile."""
    if not isinstance(service.traffic, WeeklySchedule):
        return service.traffic == "always"
    schedule = service.traffic
    answers = {
        any(
            (second_of_week(schedule.zone, second) - span.start_second) % WEEK_SECONDS < span.length_seconds
            for span in schedule.spans
        )
        for second in range(start, end + 1, 60)
    }
    return answers.pop() if len(answers) == 1 else None


def unborn(actor: Actor) -> Told:
    """A series that is made with its first event is not there yet."""
    if actor.stimulus.unborn is None:
        return None
    sources, outcome = actor.stimulus.unborn
    rate = actor.events(rate_of(actor))
    at = up_to_step(_BORN + actor.stimulus.birth_seconds, "slow")
    phases = (Phase(actor.scrapes(at) + 1, rate, _ALL if outcome == "failing" else _NONE),)
    bad, every = actor.recorded(names.BAD), actor.recorded(names.ALL)
    expected = [is_near("all events are counted", every, at, rate / actor.scrape, within=Decimal("0.01"))]
    match outcome:
        case "well":
            expected.append(equals("errors that never happened are none", bad, at, _NONE))
            expected.append(was_silent("nothing burns", actor.burning(actor.tiers), at))
        case "failing":
            claim = "good events that never happened are a total outage"
            expected.append(is_near(claim, f"{bad} / {every}", at, _ALL, within=Decimal("0.001")))
        case "no data":
            expected.append(has_none("a bucket that was never there is no data", bad, at))
            if len(actor.groups) == 1:
                alert = actor.telling("SloNoData", state="never_seen")
                expected.append(fires("and the alert says so", alert, at))
    title = "what is not born yet is read right"
    inputs = actor.inputs(phases, others=well(phases), sources=sources)
    return Scenario(title, actor.slo.name, "slow", inputs, tuple(expected))


def lost(actor: Actor) -> Told:
    """Every series stops, and nobody said why."""
    title = "series that are lost are missed"
    match actor.stimulus.when_lost:
        case "no data":
            return _missed(actor, title)
        case "failing":
            return _lost_and_failing(actor, title)
        case "well":
            at = up_to_step(_gone(actor) + actor.stimulus.lost_seconds + _HOLD, "slow")
            expected = equals("missing data count as good", actor.recorded(names.BAD), at, _NONE)
            return Scenario(title, actor.slo.name, "slow", actor.inputs(_until_gone(actor, at)), (expected,))


def _missed(actor: Actor, title: str) -> Scenario:
    fading = 300 if counts_time(actor.slo.sli) else 0  # An average over time fades as its samples do.
    missing = _gone(actor) + actor.stimulus.lost_seconds + fading
    at = up_to_step(missing + _HOLD + actor.scrape, "slow") + 300
    alert = actor.telling("SloNoData", state="lost")
    expected = (
        is_silent("not within ten minutes", alert, down_to_step(_gone(actor) + _HOLD, "slow")),
        fires("after ten minutes without data", alert, at),
        is_silent("it was seen once", actor.telling("SloNoData", state="never_seen"), at),
        was_silent("nothing burns", actor.burning(actor.tiers), at),
    )
    return Scenario(title, actor.slo.name, "slow", actor.inputs(_until_gone(actor, at)), expected)


def _lost_and_failing(actor: Actor, title: str) -> Told:
    pace: Pace = "fast" if tellers(actor, "fast") and actor.stimulus.lost_seconds <= _HALF_HOUR else "slow"
    told = tellers(actor, pace)
    if not told:
        return LeftOut(title, actor.slo.name, "no tier tells it in a few hours") if actor.tiers else None
    tier = min(told, key=lambda tier: told[tier])
    at = up_to_step(_gone(actor) + actor.stimulus.lost_seconds + told[tier], pace)
    phases = _until_gone(actor, at)
    expected = fires(f"missing data are bad: {tier.name} fires", actor.burning([tier], only_first_group=True), at)
    inputs = actor.inputs(phases, others=(Phase(length(phases), phases[0].events),))
    return Scenario(title, actor.slo.name, pace, inputs, (expected,))


def _gone(actor: Actor) -> int:
    """The second of the last scrape that finds anything."""
    return actor.quiet * actor.scrape


def _until_gone(actor: Actor, at: int) -> tuple[Phase, Phase]:
    missing = actor.scrapes(at - _gone(actor)) + 1
    return Phase(actor.quiet, actor.events(rate_of(actor))), Phase(missing, _NONE, present=False)


def never_seen(actor: Actor) -> Told:
    """Nothing was ever there."""
    title = "what was never there is told apart from what was lost"
    slo = actor.slo
    at = up_to_step(_HOLD + 600, "slow")
    expected: list[Expectation] = []
    if not counts_time(slo.sli) or slo.no_data == "exclude":
        expected = [
            fires("never seen", actor.telling("SloNoData", state="never_seen"), at),
            is_silent("and so not lost", actor.telling("SloNoData", state="lost"), at),
        ]
    elif slo.no_data == "bad":
        expected = [equals("no data are bad", actor.recorded(names.BAD), at, _ALL)]
    else:
        expected = [equals("no data are good", actor.recorded(names.BAD), at, _NONE)]
    return Scenario(title, slo.name, "slow", (), tuple(expected))


def target_dead(service: Service, timing: Timing) -> Scenario | None:
    """Every target answers, then none does, then there is none."""
    if not service.targets:
        return None
    scrape = int(timing.scrape_interval.seconds)
    up = Series("up", tuple(sorted({"instance": "one", **dict(service.targets)}.items())))
    dead_ones = f'alertname="SloTargetsDead", alertstate="firing", service={string_literal(service.name)}'
    alert = {state: f'ALERTS{{{dead_ones}, state="{state}"}}' for state in ("all", "some")}
    well, dead = -(-600 // scrape), -(-900 // scrape)
    samples = [_ALL] * (well + 1) + [_NONE] * dead + [None] * dead
    begins = well * scrape
    expected = (
        is_silent("all targets answer", alert["all"], up_to_step(begins, "slow")),
        fires("none answers", alert["all"], up_to_step(begins + scrape + 600, "slow")),
        fires("which one", alert["some"], up_to_step(begins + scrape + 600, "slow")),
        fires("none is there", alert["all"], up_to_step((well + 2 * dead) * scrape, "slow")),
        is_silent("none to name", alert["some"], up_to_step((well + 2 * dead) * scrape, "slow")),
    )
    values = Input("up", str(up), notation(samples))
    return Scenario("dead targets are told apart from missing data", service.name, "slow", (values,), expected)
