"""Settings to try in an SLO's place, as they are written on a command line: every combination is a candidate.

objective=99.9%,99.95%
tiers=default,1h-5m:14.4:page+6h-30m:6:page+3d-6h:1:ticket
min_bad_events=2,10
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from itertools import product
from typing import Final

from sretool.model.burn import can_fire
from sretool.model.duration import Duration
from sretool.model.objective import Objective
from sretool.model.slo import Slo
from sretool.model.tiers import SEVERITIES, BurnTier
from sretool.spec.part import Stated
from sretool.spec.tiers import burn_tier, cannot_fire, standard_tiers
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.source import Source, Spot

KEYS: Final = ("objective", "tiers", "min_bad_events", "min_events")
_MOST: Final = 500


class WrongSetting(ValueError):
    """What was written is no setting; the message is a sentence with a remedy."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An SLO as it would be, and in which settings it differs from the specification; in none: as it is."""

    slo: Slo
    differs: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        return " ".join(f"{key}={text}" for key, text in self.differs) or "as specified"


def candidates(slo: Slo, settings: Iterable[str]) -> list[Candidate]:
    """The SLO as it is, then every combination of what is set. Raises WrongSetting."""
    chosen: dict[str, list[str]] = {}
    for text in settings:
        for key, values in _read(text).items():
            chosen.setdefault(key, []).extend(values)
    if not chosen:
        return [Candidate(slo)]
    grid = [tuple(zip(chosen, values, strict=True)) for values in product(*map(dict.fromkeys, chosen.values()))]
    if len(grid) > _MOST:
        raise WrongSetting(
            f"--set makes {len(grid)} candidates, and a table of more than {_MOST} is not read: set less"
        )
    return [Candidate(slo), *(Candidate(_changed(slo, dict(differs)), differs) for differs in grid)]


def _read(text: str) -> Mapping[str, list[str]]:
    """`a=1,2,b=3` as the values of a and of b."""
    found: dict[str, list[str]] = {}
    key = ""
    for part in text.split(","):
        name, is_named, value = part.strip().partition("=")
        key, value = (name.strip(), value.strip()) if is_named else (key, name)
        if key not in KEYS or not value:
            raise WrongSetting(
                f"--set {text}: {part.strip()!r} sets nothing: write KEY=VALUE, KEY one of {', '.join(KEYS)}"
            )
        found.setdefault(key, []).append(value)
    return found


def _changed(slo: Slo, values: Mapping[str, str]) -> Slo:
    """The objective first, which decides what a tier can do."""
    if "objective" in values:
        slo = replace(slo, objective=_objective(values["objective"]))
    alerting = slo.alerting
    if "tiers" in values:
        alerting = replace(alerting, tiers=_tiers(slo, values["tiers"]))
    if "min_bad_events" in values:
        alerting = replace(alerting, min_bad_events=_events("min_bad_events", values["min_bad_events"]))
    if "min_events" in values:
        alerting = replace(alerting, min_events=_events("min_events", values["min_events"]))
    return replace(slo, alerting=alerting)


def _objective(text: str) -> Objective:
    try:
        if text.endswith("%"):
            return Objective(Decimal(text.removesuffix("%")) / 100)
    except (ValueError, InvalidOperation):
        pass
    raise WrongSetting(f"--set objective={text}: write a percentage between 0% and 100%, such as 99.9%")


def _tiers(slo: Slo, text: str) -> tuple[BurnTier, ...]:
    period = slo.period.length
    if text == "default":
        return standard_tiers(period)
    found = tuple(_tier(part.strip(), text, period=period) for part in text.split("+"))
    if len({tier.name for tier in found}) < len(found):
        raise WrongSetting(f"--set tiers={text}: two tiers watch the same windows; leave one of them out")
    dead = [cannot_fire(tier, slo.objective) for tier in found if not can_fire(tier, slo.objective)]
    if dead:
        raise WrongSetting(f"--set tiers={text}: {dead[0]}")
    return found


def _tier(part: str, text: str, *, period: Duration) -> BurnTier:
    try:
        windows, factor, severity = part.split(":")
        long, short = map(Duration.parse, windows.split("-"))
        times = Decimal(factor)
    except (ValueError, InvalidOperation):
        raise WrongSetting(_no_tier(part, text)) from None
    known = next((each for each in SEVERITIES if each == severity), None)
    if known is None or not times.is_finite():
        raise WrongSetting(_no_tier(part, text))
    at = Spot(Source("--set", part), 0, len(part))
    notes = Notes()
    tier = burn_tier(Stated(long, at), Stated(short, at), Stated(times, at), known, period=period, notes=notes)
    if tier is None:
        wrong = notes.diagnostics[0]
        raise WrongSetting(f"--set tiers={text}: {wrong.message}; {wrong.remedy}")
    return tier


def _no_tier(part: str, text: str) -> str:
    shape = "LONG-SHORT:FACTOR:page or ticket, such as 1h-5m:14.4:page, joined by +; or default"
    return f"--set tiers={text}: {part!r} is no tier: write {shape}"


def _events(key: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(-1)
    if not (number.is_finite() and number >= 0):
        raise WrongSetting(f"--set {key}={text}: write a number of events, 0 or more")
    return number
