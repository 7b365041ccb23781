"""How an SLO's burn is told: the tiers, and what its alerts carry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache
from typing import Final

from sretool.model.burn import can_fire
from sretool.model.duration import Duration
from sretool.model.objective import Objective, plain
from sretool.model.period import Period
from sretool.model.slo import DEFAULT_MIN_BAD_EVENTS, RESERVED_LABELS, Alerting, SeverityWords
from sretool.model.tiers import SEVERITIES, BurnTier, Severity, burn_factor
from sretool.settings.context import SpecContext
from sretool.spec import checks
from sretool.spec.native import keys
from sretool.spec.part import Stated
from sretool.spec.templates import alert_map
from sretool.spec.tiers import MOST_FACTOR, cannot_fire, factor_fits, same_windows, standard_tiers, windows_fit
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Scalar
from sretool.yamltext.source import Spot

_SHARE: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{0,10})?|\.[0-9]{1,10})\s*(%?)")
_MOST_EVENTS: Final = 10**12
_OFF: Final = frozenset(("off", "Off", "OFF", "false", "False", "FALSE", "no", "No", "NO"))


def read_alerting(
    slo: Fields,
    objective: Objective | None,
    period: Period | None,
    group_by: Sequence[str],
    notes: Notes,
    *,
    context: SpecContext,
) -> Alerting | None:
    """None where it cannot be said, for want of an objective or a period; what is wrong with it is in the notes."""
    section = slo.section("alerting", known=keys.ALERTING)
    at = slo.node.entries["objective"][1] if objective is not None else slo.node
    if section is None:
        if objective is None or period is None:
            return None
        if (unfit := _unfireable(period.length, objective)) is not None:
            _report_unfireable(unfit, objective, at, notes)
        return _standard(period.length)
    with section:
        reserved = RESERVED_LABELS.union(group_by)
        off, words = _severities(section, reserved, notes, context)
        tiers = _tiers(section, period, notes, at=at)
        chosen = [tier for tier in tiers if tier.value.severity not in off]
        if objective is not None:
            for tier in chosen:
                if not can_fire(tier.value, objective):
                    _report_unfireable(tier.value, objective, tier.at, notes)
        name = _name(section, notes)
        min_bad_events = section.decimal("min_bad_events", least=0, most=_MOST_EVENTS)
        return Alerting(
            tiers=tuple(tier.value for tier in chosen),
            name=name,
            min_bad_events=DEFAULT_MIN_BAD_EVENTS if min_bad_events is None else min_bad_events,
            min_events=section.decimal("min_events", least=0, most=_MOST_EVENTS) or Decimal(0),
            labels=alert_map(section, "labels", notes, context, reserved=reserved),
            annotations=alert_map(section, "annotations", notes, context),
            severities=words,
        )


@lru_cache(maxsize=256)
def _standard(period: Duration) -> Alerting:
    return Alerting(standard_tiers(period))


@lru_cache(maxsize=4096)
def _unfireable(period: Duration, objective: Objective) -> BurnTier | None:
    return next((tier for tier in standard_tiers(period) if not can_fire(tier, objective)), None)


def _report_unfireable(tier: BurnTier, objective: Objective, at: Spot, notes: Notes) -> None:
    bound = plain((1 / objective.budget).quantize(Decimal("0.01"), ROUND_DOWN))
    remedy = f"give `alerting` tiers with factors below {bound}, or promise more"
    notes.report("SL104", at, cannot_fire(tier, objective), remedy=remedy)


def _name(section: Fields, notes: Notes) -> str | None:
    at = section.scalar("name")
    if at is None:
        return None
    name = at.value.strip()
    if "\n" not in name and "{{" not in name:
        return name
    notes.report(
        "SL121", at, "an alert's name is one line without templates", remedy="write a name such as CheckoutBurn"
    )
    return None


def _severities(
    alerting: Fields, reserved: frozenset[str], notes: Notes, context: SpecContext
) -> tuple[frozenset[str], tuple[SeverityWords, ...]]:
    """The severities that are off, and what is said of the others."""
    section = alerting.section("severities", known=keys.SEVERITIES)
    if section is None:
        return frozenset(), ()
    off: set[str] = set()
    words: list[SeverityWords] = []
    with section:
        for severity in SEVERITIES:
            node = section.any_node(severity)
            if isinstance(node, Scalar) and node.value in _OFF and not node.style:
                off.add(severity)
            elif isinstance(node, Scalar):
                message = f"`{severity}` must be a mapping or off, not `{node.value}`"
                notes.report("YA016", node, message, remedy="write off, or remove the key: it is on by default")
            elif (said := section.section(severity, known=keys.SEVERITY)) is not None:
                words.append(_words(severity, said, reserved, notes, context))
    return frozenset(off), tuple(words)


def _words(
    severity: Severity, fields: Fields, reserved: frozenset[str], notes: Notes, context: SpecContext
) -> SeverityWords:
    """A label `severity` may be given here, so that pages and tickets keep apart under other names."""
    with fields:
        labels = alert_map(fields, "labels", notes, context, reserved=reserved - {"severity"})
        return SeverityWords(severity, labels, alert_map(fields, "annotations", notes, context))


def _tiers(section: Fields, period: Period | None, notes: Notes, *, at: Spot) -> list[Stated[BurnTier]]:
    """The tiers that are given, or else the standard ones, as if they were written at the objective."""
    given = section.sections("tiers", required="tiers" in section.node, known=keys.TIER)
    if "tiers" not in section.node:
        return [Stated(tier, at) for tier in standard_tiers(period.length)] if period is not None else []
    read = [_tier(tier, None if period is None else period.length, notes) for tier in given]
    tiers = [tier for tier in read if tier is not None]
    same_windows(tiers, notes)
    return tiers


def _tier(fields: Fields, period: Duration | None, notes: Notes) -> Stated[BurnTier] | None:
    with fields:
        long, short = _window(fields, "long", notes), _window(fields, "short", notes)
        severity = fields.choice("severity", SEVERITIES, required=True)
        factor = _factor(fields, long, period, notes)
    if long is None:
        return None
    # A period that could not be read fits every window: its own mistake has been told.
    fits = short is not None and windows_fit(long, short, period or long.value, notes)
    fits = factor is not None and factor_fits(factor, long, notes) and fits
    if not fits or short is None or factor is None or severity is None or period is None:
        return None
    return Stated(BurnTier(long.value, short.value, factor.value, severity), factor.at)


def _window(fields: Fields, key: str, notes: Notes) -> Stated[Duration] | None:
    at = fields.scalar(key, required=True)
    length = None if at is None else checks.duration(at, notes, what=f"a {key} window")
    return None if at is None or length is None else Stated(length, at)


def _factor(
    fields: Fields, long: Stated[Duration] | None, period: Duration | None, notes: Notes
) -> Stated[Decimal] | None:
    """The burn factor: given, or from the share of the budget that goes within the long window."""
    budget_at = fields.scalar("budget")
    factor = fields.decimal("factor", most=MOST_FACTOR)
    if "budget" in fields.node and "factor" in fields.node:
        message = "`factor` stands beside `budget`, from which it follows"
        notes.report("SL104", fields.node.key("factor"), message, remedy="keep one of the two")
        return None
    if factor is not None:
        return Stated(factor, fields.node.entries["factor"][1])
    if budget_at is None:
        if "budget" not in fields.node and "factor" not in fields.node:
            message = "a tier needs `budget`, the share of it that may go within the long window, or `factor`"
            notes.report("SL104", fields.node, message, remedy="write such as budget: 2%")
        return None
    share = _share(budget_at, notes)
    if share is None or long is None or period is None:
        return None
    return Stated(burn_factor(budget_share=share, period=period, window=long.value), budget_at)


def _share(at: Scalar, notes: Notes) -> Decimal | None:
    found = _SHARE.fullmatch(at.value.strip())
    share = Decimal(found[1]) / (100 if found[2] else 1) if found else Decimal(0)
    if 0 < share <= 1:
        return share
    remedy = f"write {at.value}%" if found and not found[2] and 1 < share <= 100 else "write such as 2%"
    message = f"a share of the budget lies above 0% and is at most 100%, not `{at.value}`"
    notes.report("SL104", at, message, remedy=remedy)
    return None
