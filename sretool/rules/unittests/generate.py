"""From a service to promtool test files, and to the list of what could not be tested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sretool.model.slo import Service, Slo
from sretool.rules.rule import RuleFile
from sretool.rules.timing import Timing
from sretool.rules.unittests import births, burns, exclusions, silences
from sretool.rules.unittests.actor import actor
from sretool.rules.unittests.arithmetic import NotUnderstood
from sretool.rules.unittests.emit import emit_tests
from sretool.rules.unittests.scenario import LeftOut, Pace, Scenario, Told
from sretool.rules.unittests.violations import violations

_PACES: tuple[Pace, ...] = ("fast", "slow")


@dataclass(frozen=True, slots=True)
class GeneratedTests:
    """Texts of test files by pace, the slow one for stories of many hours; and the stories that could not be told."""

    files: tuple[tuple[Pace, str], ...]
    left_out: tuple[LeftOut, ...]


def unit_tests(service: Service, rules: RuleFile, timing: Timing, *, rules_path: str) -> GeneratedTests:
    """Tests of `rules`, which were compiled of `service`. `rules_path` leads to them from the tests' directory."""
    if timing.scale != 1:
        raise ValueError(f"tests tell of hours as they are, not divided by {timing.scale}")
    found = list(_stories(service, timing))
    told = sorted((story for story in found if isinstance(story, Scenario)), key=lambda story: story.title)
    left_out = tuple(story for story in found if isinstance(story, LeftOut))
    files = tuple(
        (pace, emit_tests(rules, of_pace, left_out, pace, timing=timing, rules_path=rules_path))
        for pace in _PACES
        if (of_pace := [story for story in told if story.pace == pace])
    )
    return GeneratedTests(files, left_out)


def _stories(service: Service, timing: Timing) -> Iterator[Scenario | LeftOut]:
    for slo in sorted(service.slos, key=lambda slo: slo.name):
        yield from _of_slo(service, slo, timing)
    for invariant in sorted(service.invariants, key=lambda invariant: invariant.name):
        yield from violations(invariant, timing)
    dead = silences.target_dead(service, timing)
    if dead is not None:
        yield dead


def _of_slo(service: Service, slo: Slo, timing: Timing) -> Iterator[Scenario | LeftOut]:
    try:
        on_stage = actor(slo, timing)
    except NotUnderstood as reason:
        yield LeftOut("all stories", slo.name, str(reason))
        return
    told = (
        *(burns.outage(on_stage, pace) for pace in _PACES),
        burns.untold_outage(on_stage),
        burns.slow_burn(on_stage),
        burns.healthy(on_stage),
        births.guard(on_stage),
        births.short_history(on_stage),
        *(births.broken_from_birth(on_stage, pace) for pace in _PACES),
        silences.idle(on_stage, service),
        silences.unborn(on_stage),
        silences.lost(on_stage),
        silences.never_seen(on_stage),
    )
    for story in told:
        undisturbed = _undisturbed(slo, story)
        if undisturbed is not None:
            yield undisturbed
    in_maintenance = exclusions.maintenance(on_stage)
    if in_maintenance is not None:
        yield in_maintenance


def _undisturbed(slo: Slo, story: Told) -> Told:
    """An exclusion at the time of a story would change it."""
    if isinstance(story, Scenario) and exclusions.disturbs(slo, max(e.at for e in story.expectations)):
        return LeftOut(story.title, slo.name, "an exclusion falls on promtool's 1 January 1970")
    return story
