"""OpenSLO's durations, a number and a letter, and the time windows made of them."""

from __future__ import annotations

import re
from typing import Final

from sretool.model.duration import Duration
from sretool.model.period import CalendarMonth, Period
from sretool.spec import checks
from sretool.spec.foreign import reworded, unsupported
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Scalar

_SHORTHAND: Final = re.compile(r"([0-9]{1,9})([mhdwMQY])")
# What OpenSLO's own library makes of the letters that Prometheus does not have.
_DAYS: Final = {"M": 30, "Q": 90, "Y": 365}
_FIRST_MIDNIGHT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-01[ Tt]00:00(:00)?")


def duration(at: Scalar, notes: Notes) -> Duration | None:
    """A length of time, 0m too."""
    prometheus = _as_prometheus(at, notes)
    return None if prometheus is None else Duration.parse(prometheus)


def _as_prometheus(at: Scalar, notes: Notes) -> str | None:
    found = _SHORTHAND.fullmatch(at.value)
    if found is not None:
        days = _DAYS.get(found[2])
        return at.value if days is None else f"{int(found[1]) * days}d"
    message = f"`{at.value}` is not a duration such as 28d, 4w or 1M"
    notes.report("YA016", at, message, remedy="write one whole number and one of m, h, d, w, M, Q and Y")
    return None


def period(slo: Fields, notes: Notes) -> Period | None:
    """The one time window of an SLO."""
    windows = slo.sections("timeWindow", required=True)
    read = [_window(window, notes) for window in windows]
    if not read and slo.node.get("timeWindow") is not None:
        notes.report("YA014", slo.node.key("timeWindow"), "there is no time window", remedy="write one, of such as 28d")
    for extra in windows[1:]:
        notes.report("YA016", extra.node, "an SLO has one time window", remedy="keep one of them")
    return read[0] if len(read) == 1 else None


def _window(fields: Fields, notes: Notes) -> Period | None:
    with fields:
        at = fields.scalar("duration", required=True)
        is_rolling, calendar = fields.boolean("isRolling"), fields.section("calendar")
    month = None if calendar is None else _calendar(calendar, notes)
    if at is None:
        return None
    if calendar is None and is_rolling is False:
        message = "a time window that does not roll needs its calendar"
        notes.report("YA014", fields.node, message, remedy="write calendar: {startTime: ..., timeZone: ...}")
        return None
    if calendar is not None and is_rolling:
        message = "a time window either rolls or follows a calendar"
        notes.report("YA016", fields.node.key("isRolling"), message, remedy="write isRolling: false")
        return None
    if calendar is not None:
        return month if _is_month(at, notes) else None
    prometheus = _as_prometheus(at, notes)
    return None if prometheus is None else checks.rolling_period(reworded(at, prometheus), notes)


def _is_month(at: Scalar, notes: Notes) -> bool:
    if at.value == "1M":
        return True
    message = f"of calendar windows only the month is kept, not `{at.value}`"
    unsupported(at, message, notes, remedy="write 1M, or a rolling window such as 28d")
    return False


def _calendar(fields: Fields, notes: Notes) -> CalendarMonth | None:
    with fields:
        start, zone_at = fields.scalar("startTime", required=True), fields.scalar("timeZone", required=True)
    zone = None if zone_at is None else checks.zone(zone_at, notes)
    if start is not None and not _FIRST_MIDNIGHT.fullmatch(start.value.strip()):
        message = "a calendar month begins at midnight of its first day"
        unsupported(start, message, notes, remedy="write such as 2026-01-01 00:00:00")
        return None
    return None if zone is None or start is None else CalendarMonth(zone)
