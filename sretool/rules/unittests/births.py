"""Stories of little data: minima of events, short histories, services that never worked."""

from __future__ import annotations

import math
from decimal import Decimal

from sretool.model.burn import LONGEST_UNSTEPPED, RAMP_SECONDS, STEP
from sretool.promql import names
from sretool.rules.unittests.actor import Actor
from sretool.rules.unittests.claims import down_to_step, exceeds, fires, up_to_step, was_silent
from sretool.rules.unittests.reckoning import rate_of, rounded, spoken, tellers, well
from sretool.rules.unittests.scenario import LeftOut, Pace, Scenario, Told
from sretool.rules.unittests.sources import Phase

_NONE, _ALL = Decimal(0), Decimal(1)


def guard(actor: Actor) -> Told:
    """An idle service: one bad event fewer than the minimum, then one more."""
    title = "a page needs its minimum of bad events"
    minimum = math.ceil(actor.slo.alerting.min_bad_events)
    tiers = [tier for tier in actor.pages if tier.long <= LONGEST_UNSTEPPED]
    if not tiers or minimum < 2:
        return None
    if not actor.stimulus.countable:
        return None
    budget = actor.slo.objective.budget
    seen = max(float(tier.threshold(budget)) * float(tier.long.seconds) for tier in tiers)
    first = _off_tiles(actor, actor.scrapes(actor.stimulus.birth_seconds + 1.3 * seen + RAMP_SECONDS))
    second = _off_tiles(actor, first + actor.scrapes(RAMP_SECONDS + 120))
    phases = (
        Phase(first, _NONE),
        Phase(1, Decimal(minimum - 1), _ALL),
        Phase(second - first - 1, _NONE),
        Phase(1, _ALL, _ALL),
        Phase(actor.scrapes(RAMP_SECONDS + 60), _NONE),
    )
    before = down_to_step(second * actor.scrape, "fast")
    after = up_to_step((second + 1) * actor.scrape + RAMP_SECONDS, "fast")
    expected = [
        was_silent(f"{minimum - 1} bad and no page, though nothing else happens", actor.burning(actor.pages), before),
        *(
            fires(f"{minimum} are a page of {tier.name}", actor.burning([tier], only_first_group=True), after)
            for tier in tiers
        ),
    ]
    return Scenario(title, actor.slo.name, "fast", actor.inputs(phases, others=well(phases)), tuple(expected))


def _off_tiles(actor: Actor, scrape: int) -> int:
    """A scrape after which comes none at a whole five minutes: what it brings is read by one tile, not by two."""
    step = int(STEP.seconds)
    while actor.scrape < step and (scrape + 1) * actor.scrape % step == 0:
        scrape += 1
    return scrape


def short_history(actor: Actor) -> Told:
    """A short fault soon after birth, which would be a page if the little that was seen were the whole window."""
    title = "a short fault soon after birth is no page"
    if not actor.pages:
        return None
    budget, share = actor.slo.objective.budget, actor.stimulus.failing_share
    needed = min(tier.threshold(budget) * tier.long.milliseconds / 1_000 for tier in actor.pages) / share
    brief = Decimal("0.6") * needed
    if actor.stimulus.countable:
        lasting = min(actor.scrapes(float(brief)), actor.scrapes(900))
        ratio = min(_ALL, rounded(brief / (lasting * actor.scrape)))
    else:
        lasting, ratio = min(int(brief // actor.scrape), actor.scrapes(900)), _ALL
    if actor.stimulus.delay_seconds and not actor.stimulus.countable:
        return LeftOut(title, actor.slo.name, "a short fault does not show in the range that it looks back over")
    if not lasting:
        return LeftOut(title, actor.slo.name, "one scrape that fails is a page")
    rate = actor.events(rate_of(actor, share=ratio))
    phases = (Phase(actor.quiet, rate), Phase(lasting, rate, ratio), Phase(actor.scrapes(600) + 1, rate))
    at = up_to_step((actor.quiet + lasting) * actor.scrape + 600, "fast")
    peak = up_to_step((actor.quiet + lasting) * actor.scrape + RAMP_SECONDS + actor.scrape, "fast")
    failed = ratio * lasting * actor.scrape * share
    expected = [was_silent("no page", actor.burning(actor.pages), at)]
    for tier in actor.pages:
        threshold = tier.threshold(budget)
        if (
            failed / peak > threshold * Decimal("1.3")
            and not actor.stimulus.delay_seconds
            and tier.long <= LONGEST_UNSTEPPED
        ):
            claim = f"though what was seen is above the threshold of {tier.name}"
            expected.append(exceeds(claim, actor.recorded(names.error_ratio(tier.long)), peak, threshold))
    return Scenario(title, actor.slo.name, "fast", actor.inputs(phases, others=well(phases)), tuple(expected))


def broken_from_birth(actor: Actor, pace: Pace) -> Told:
    """Nothing ever worked."""
    bounds = tellers(actor, pace)
    if not bounds:
        return None
    rate = actor.events(rate_of(actor))
    birth = actor.stimulus.birth_seconds
    phases = (Phase(actor.scrapes(max(bounds.values()) + birth) + 1, rate, _ALL),)
    expected = tuple(
        fires(
            f"{tier.name} fires within {spoken(bound + birth)} of birth",
            actor.burning([tier], only_first_group=True),
            up_to_step(bound + birth, pace),
        )
        for tier, bound in bounds.items()
    )
    inputs = actor.inputs(phases, others=well(phases))
    return Scenario("what never worked is told in time", actor.slo.name, pace, inputs, expected)
