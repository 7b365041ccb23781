"""What an SLO measures: the one kind under `sli`, each kind with its own keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from sretool.model.duration import Duration
from sretool.model.sli import (
    CohortSli,
    CompletenessSli,
    EventsSli,
    ExprSli,
    FreshnessSli,
    LatencySli,
    Sli,
    TimeSliceSli,
)
from sretool.spec import checks
from sretool.spec.expressions import comparison, histogram, selector, windowed
from sretool.spec.native import keys
from sretool.spec.sides import sides_differ
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Scalar
from sretool.yamltext.remedies import one_of

_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9}")

_SECONDS_MAX: Final = 60
_SIDES: Final = {"bad": ("bad", "err", "fail"), "good": ("good", "succ", "ok")}  # and how words for each begin


def read_sli(slo: Fields, notes: Notes) -> Sli | None:
    section = slo.section("sli", required=True, known=keys.SLI)
    if section is None:
        return None
    with section:
        given = [kind for kind in keys.SLI if kind in section.node]
        found = [_read_kind(section, kind, notes) for kind in given]
    if len(given) == 1:
        return found[0]
    _report_not_one(section, given, keys.SLI, notes, what="an SLI is of one kind", choices=keys.SLI)
    return None


def _read_kind(section: Fields, kind: str, notes: Notes) -> Sli | None:
    known, read = _KINDS[kind]
    fields = section.section(kind, required=True, known=known)
    if fields is None:
        return None
    with fields:
        return read(fields, notes)


def _report_not_one(
    fields: Fields, given: Sequence[str], known: Sequence[str], notes: Notes, *, what: str, choices: Sequence[str]
) -> None:
    """Several keys where one is wanted; or none, which a misspelt key says already if there is one."""
    first, *others = sorted(given, key=lambda key: fields.node.key(key).start) or ("",)
    for other in others:
        message = f"{what}, and `{other}` stands beside `{first}`"
        notes.report("SL128", fields.node.key(other), message, remedy="keep one of the two")
    if not given and all(key.value in known for key, _ in fields.node.items()):
        notes.report("SL128", fields.node, f"{what}, and here is none", remedy=f"write {one_of(choices)}")


def _events(fields: Fields, notes: Notes) -> EventsSli | None:
    sides = {side: fields.scalar(side, required=side in fields.node) for side in ("bad", "good")}
    total_at = fields.scalar("total", required=True)
    total = None if total_at is None else selector(total_at, notes)
    given = [side for side in sides if side in fields.node]
    found = {side: selector(at, notes) for side, at in sides.items() if at is not None}
    if not given and fields.unknown:
        fields.one_required(*_sides_meant(fields.unknown))
        return None
    if len(given) != 1:
        what = "an SLI counts bad events or good ones"
        _report_not_one(fields, given, keys.EVENTS, notes, what=what, choices=tuple(sides))
        return None
    chosen = found.get(given[0])
    if chosen is None or total is None or total_at is None:
        return None
    sli = EventsSli("bad" if given[0] == "bad" else "good", chosen, total)
    return sli if sides_differ(sli, total_at, notes) else None


def _sides_meant(unknown: Sequence[Scalar]) -> list[str]:
    """Which side of the events some keys that we do not know speak of; both where they do not tell."""
    words = [word for key in unknown for word in re.split("[-_ ]", key.value.lower())]
    told = [side for side, stems in _SIDES.items() if any(word.startswith(stems) for word in words)]
    return told if len(told) == 1 else list(_SIDES)


def _latency(fields: Fields, notes: Notes) -> LatencySli | None:
    at = fields.scalar("histogram", required=True)
    found = None if at is None else histogram(at, notes)
    threshold_at = fields.scalar("threshold", required=True)
    threshold = None if threshold_at is None else _threshold(threshold_at, notes)
    native = fields.boolean("native")
    return None if found is None or threshold is None else LatencySli(found, threshold, native or False)


def _threshold(at: Scalar, notes: Notes) -> Decimal | None:
    """Seconds, from a duration or a number of seconds."""
    if _SECONDS.fullmatch(at.value):
        seconds = Decimal(at.value)
        if seconds:
            _warn_of_no_unit(at, seconds, notes)
            return seconds
    length = checks.duration(at, notes, what="a threshold", example="250ms, or seconds such as 0.25")
    return None if length is None else Decimal(length.milliseconds) / 1_000


def _warn_of_no_unit(at: Scalar, seconds: Decimal, notes: Notes) -> None:
    """Few events are promised to take minutes: a number so high is most often in milliseconds."""
    milliseconds = seconds * 1_000
    if seconds <= _SECONDS_MAX or milliseconds % 1:
        return
    read_as = Duration(int(milliseconds)).readable
    remedy = f"write {read_as}" if seconds % 1 else f"write {int(seconds)}ms or {int(seconds)}s"
    notes.report("SL135", at, f"a threshold without a unit is in seconds, and {at.value} is {read_as}", remedy=remedy)


def _time_slice(fields: Fields, notes: Notes) -> TimeSliceSli | None:
    at = fields.scalar("expr", required=True)
    return None if at is None else comparison(at, notes)


def _freshness(fields: Fields, notes: Notes) -> FreshnessSli | None:
    watermark = _selector(fields, "watermark", notes)
    max_age = _length(fields, "max_age", notes, what="an age")
    shards = fields.integer("shards", least=1)
    return None if watermark is None or max_age is None else FreshnessSli(watermark, max_age, shards)


def _completeness(fields: Fields, notes: Notes) -> CompletenessSli | CohortSli | None:
    cohorts = [key for key in keys.COHORTS if key in fields.node]
    counters = [key for key in keys.COUNTERS if key in fields.node]
    if cohorts and counters:
        message = f"`{cohorts[0]}` is of counted cohorts and `{counters[0]}` of running counters: one of the two forms"
        remedy = "keep expected and missing, or ingested, metered and allowed_lag"
        notes.report("SL128", fields.node.key(cohorts[0]), message, remedy=remedy)
        return None
    if cohorts:
        expected, missing = (_selector(fields, key, notes) for key in keys.COHORTS)
        return None if expected is None or missing is None else CohortSli(expected, missing)
    ingested, metered = (_selector(fields, key, notes) for key in ("ingested", "metered"))
    lag = _length(fields, "allowed_lag", notes, what="an allowed lag")
    return None if ingested is None or metered is None or lag is None else CompletenessSli(ingested, metered, lag)


def _expr(fields: Fields, notes: Notes) -> ExprSli | None:
    if "good" in fields.node and "bad" not in fields.node:
        fields.ignore(*keys.EXPR, "good")
        message = "the kind `expr` counts bad events, and these are the good ones"
        notes.report("SL128", fields.node.key("good"), message, remedy="write bad: and the total less these")
        return None
    sides = [fields.scalar(side, required=True) for side in keys.EXPR]
    bad, total = (None if at is None else windowed(at, notes) for at in sides)
    if bad is None or total is None:
        return None
    sli = ExprSli(bad, total)
    return sli if sides_differ(sli, fields.node.entries["total"][1], notes) else None


def _selector(fields: Fields, key: str, notes: Notes) -> str | None:
    at = fields.scalar(key, required=True)
    return None if at is None else selector(at, notes)


def _length(fields: Fields, key: str, notes: Notes, *, what: str) -> Duration | None:
    at = fields.scalar(key, required=True)
    return None if at is None else checks.duration(at, notes, what=what)


_KINDS: Final[dict[str, tuple[tuple[str, ...], Callable[[Fields, Notes], Sli | None]]]] = {
    "events": (keys.EVENTS, _events),
    "latency": (keys.LATENCY, _latency),
    "time_slice": (keys.TIME_SLICE, _time_slice),
    "freshness": (keys.FRESHNESS, _freshness),
    "completeness": (keys.COMPLETENESS, _completeness),
    "expr": (keys.EXPR, _expr),
}
