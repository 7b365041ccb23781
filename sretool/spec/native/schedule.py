"""Times: the period of a budget, when traffic is expected, and what is excluded."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Final

from sretool.model.duration import DAY
from sretool.model.period import (
    WEEKDAYS,
    CalendarMonth,
    Exclusion,
    OneOff,
    Period,
    WeeklySchedule,
    WeeklySpan,
    covers_the_week,
)
from sretool.spec import checks
from sretool.spec.native import keys
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Scalar
from sretool.yamltext.remedies import meant
from sretool.yamltext.source import Spot

_TIME: Final = re.compile("([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_INSTANT: Final = re.compile(
    r"(20[0-9]{2}-[0-9]{2}-[0-9]{2})(?:[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)([Zz]|[-+][0-9]{2}:[0-9]{2})?)?"
)
_DAY_SECONDS: Final = 86_400
_SPELLINGS: Final = {name: day for day, full in enumerate(WEEKDAYS) for name in (full, full[:3])}


def read_period(slo: Fields, notes: Notes) -> Period | None:
    """`30d`, or `{calendar: month, zone: Europe/Berlin}`."""
    node = slo.any_node("period", required=True)
    if isinstance(node, Scalar):
        if node.value in ("month", "calendar"):
            remedy = "write {calendar: month, zone: UTC}, with your own zone"
            notes.report("YA016", node, "a calendar month begins at midnight in some zone", remedy=remedy)
            return None
        return checks.rolling_period(node, notes)
    section = slo.section("period", known=keys.PERIOD) if node is not None else None
    if section is None:
        return None
    with section:
        calendar = section.choice("calendar", ("month",), required=True)
        zone_at = section.scalar("zone", required=True)
        zone = None if zone_at is None else checks.zone(zone_at, notes)
    return None if calendar is None or zone is None else _month(zone)


@lru_cache(maxsize=1024)
def _month(zone: str) -> CalendarMonth:
    return CalendarMonth(zone)


def read_weekly(document: Fields, notes: Notes) -> WeeklySchedule | None:
    """`traffic: {zone: ..., expected: [{days: mon-fri, from: "08:00", to: "18:00"}]}`."""
    section = document.section("traffic", known=keys.TRAFFIC)
    if section is None:
        return None
    with section:
        zone_at = section.scalar("zone", required=True)
        zone = None if zone_at is None else checks.zone(zone_at, notes)
        expected = section.sections("expected", required=True, known=keys.EXPECTED)
        spans = [span for fields in expected for span in _expected(fields, notes)]
    return WeeklySchedule(tuple(sorted(set(spans), key=_start)), zone) if zone is not None and spans else None


def _start(span: WeeklySpan) -> tuple[int, int]:
    return span.start_second, span.length_seconds


def _expected(fields: Fields, notes: Notes) -> list[WeeklySpan]:
    with fields:
        days_at = fields.scalar("days", required=True)
        days = [] if days_at is None else _days(days_at, days_at.value, notes)
        ends = [fields.scalar(key, required=True) for key in keys.ONE_OFF]
        start, end = (None if at is None else _seconds(at, at.value, notes) for at in ends)
    if start is None or end is None:
        return []
    if start == end:
        message = f"a span from {ends[0].value if ends[0] else ''} to the same time has no length"
        notes.report("SL126", ends[1] or fields.node, message, remedy="for the whole day write from 00:00 to 24:00")
        return []
    length = (end - start) % _DAY_SECONDS or _DAY_SECONDS
    return [WeeklySpan(day * _DAY_SECONDS + start % _DAY_SECONDS, length) for day in days]


def _days(at: Scalar, text: str, notes: Notes) -> list[int]:
    """`sunday`, `mon-fri`, `sat,sun`: days of the week from 0, Monday. A range may run over the week's end."""
    days: list[int] = []
    offset = 0
    for part in text.split(","):
        names = [name.strip().lower() for name in part.split("-")]
        found = [_SPELLINGS.get(name) for name in names]
        first, last = found[0], found[-1]
        if first is None or last is None or len(found) > 2:
            wrong = next((name for name, day in zip(names, found, strict=True) if day is None), part.strip())
            _report_day(at.part(offset, offset + len(part)), wrong, notes)
            return []
        days += [day % 7 for day in range(first, last + 1 if last >= first else last + 8)]
        offset += len(part) + 1
    return sorted(set(days))


def _report_day(at: Spot, name: str, notes: Notes) -> None:
    probably = meant(name, WEEKDAYS)
    remedy = f"write {probably}" if probably else "write days such as sunday, mon-fri or sat,sun"
    notes.report("SL126", at, f"`{name}` is no day of the week", remedy=remedy)


def _seconds(at: Spot, text: str, notes: Notes, *, days: str = "") -> int | None:
    """Seconds since midnight. 24:00 is the end of the day. `days` is what stands before the time, in one text."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        _report_time(at, text.strip(), notes, days=days)
        return None
    return _DAY_SECONDS if found[1] is None else int(found[1]) * 3600 + int(found[2]) * 60


def _report_time(at: Spot, text: str, notes: Notes, *, days: str) -> None:
    full = text.zfill(len("02:00"))
    is_short = _TIME.fullmatch(full) is not None
    if days:
        remedy = f"write {days} {full}" if is_short else f"write hours and minutes, such as {days} 02:00"
    else:
        remedy = f'write "{full}"' if is_short else 'write hours and minutes in quotes, from "00:00" to "24:00"'
    notes.report("SL126", at, f"`{text}` is no time of day", remedy=remedy)


def read_exclusions(fields: Fields, notes: Notes, *, shared: tuple[Exclusion, ...] = ()) -> tuple[Exclusion, ...]:
    """Of a document or an SLO, in their order. Those of the document, which are `shared`, hold for the SLO as well."""
    read = [_exclusion(section, notes) for section in fields.sections("exclusions", known=keys.EXCLUSION)]
    found = tuple(exclusion for exclusion in read if exclusion is not None)
    if found and _nothing_counts((*shared, *found)) and not _nothing_counts(shared):
        message = "the exclusions that repeat by the week cover all of it, so nothing would ever count"
        notes.report("SL126", fields.node.key("exclusions"), message, remedy="leave some of the week to be counted")
    return found


def _nothing_counts(exclusions: tuple[Exclusion, ...]) -> bool:
    """Whether those of one zone leave nothing of the week. Between zones it would depend on the date."""
    by_zone: dict[str, list[WeeklySpan]] = {}
    for exclusion in exclusions:
        if isinstance(exclusion.when, WeeklySchedule):
            by_zone.setdefault(exclusion.when.zone, []).extend(exclusion.when.spans)
    return any(covers_the_week(spans) for spans in by_zone.values())


def _exclusion(fields: Fields, notes: Notes) -> Exclusion | None:
    with fields:
        reason = fields.text("reason", required=True)
        approver = fields.text("approver", required=True)
        when = _when(fields, notes)
    return (
        None
        if reason is None or approver is None or when is None
        else Exclusion(reason.strip(), approver.strip(), when)
    )


def _when(fields: Fields, notes: Notes) -> OneOff | WeeklySchedule | None:
    once = [key for key in keys.ONE_OFF if key in fields.node]
    often = [key for key in keys.RECURRING if key in fields.node]
    if once and often:
        message = f"`{often[0]}` repeats by the week and `{once[0]}` is one interval: an exclusion is one of the two"
        remedy = "keep from and to, or every, for and zone; write two exclusions if both are meant"
        notes.report("SL126", fields.node.key(often[0]), message, remedy=remedy)
        fields.ignore(*keys.ONE_OFF, *keys.RECURRING)
        return None
    return _recurring(fields, notes) if often else _one_off(fields, notes)


def _one_off(fields: Fields, notes: Notes) -> OneOff | None:
    start_at, end_at = (fields.scalar(key, required=True) for key in keys.ONE_OFF)
    start, end = (None if at is None else _instant(at, notes) for at in (start_at, end_at))
    if start is None or end is None or end_at is None:
        return None
    if end <= start:
        notes.report("SL126", end_at, "the interval ends before it starts", remedy="swap the two, or correct one")
        return None
    return OneOff(start, end)


def _instant(at: Scalar, notes: Notes) -> datetime | None:
    found = _INSTANT.fullmatch(at.value.strip())
    example = f"{found[1] if found else '2026-11-01'}T{(found and found[2]) or '00:00:00'}"
    if found is None:
        notes.report("SL126", at, f"`{at.value}` is no instant of this century", remedy=f"write such as {example}Z")
        return None
    if found[3] is None:
        message = f"`{at.value}` needs its time and its offset from UTC"
        notes.report("SL126", at, message, remedy=f"write {example}Z, or an offset such as {example}+01:00")
        return None
    try:
        return datetime.fromisoformat(at.value.strip().upper())
    except ValueError as error:
        notes.report("SL126", at, f"`{at.value}` is no instant: {error}", remedy="correct the date or the time")
        return None


def _recurring(fields: Fields, notes: Notes) -> WeeklySchedule | None:
    every_at = fields.scalar("every", required=True)
    starts = None if every_at is None else _every(every_at, notes)
    length_at = fields.scalar("for", required=True)
    length = None if length_at is None else checks.duration(length_at, notes, what="an exclusion")
    zone_at = fields.scalar("zone", required=True)
    zone = None if zone_at is None else checks.zone(zone_at, notes)
    if length is None or length_at is None:
        return None
    seconds, rest = divmod(length.milliseconds, 1_000)
    if rest or length > DAY * 7:
        message = f"an exclusion that repeats by the week lasts whole seconds, at most 7d, not {length}"
        notes.report("SL126", length_at, message, remedy="write such as 2h")
        return None
    if not starts or zone is None:
        return None
    return WeeklySchedule(tuple(WeeklySpan(start, seconds) for start in starts), zone)


def _every(at: Scalar, notes: Notes) -> list[int]:
    """`sunday 02:00`: the seconds of the week at which it starts."""
    days_text, _, time_text = at.value.rpartition(" ")
    if not days_text.strip():
        message = f"`{at.value}` is no day and time"
        notes.report("SL126", at, message, remedy="write such as sunday 02:00, mon-fri 02:00 or sat,sun 02:00")
        return []
    days = _days(at, days_text, notes)
    seconds = _seconds(at.part(len(days_text) + 1, len(at.value)), time_text, notes, days=days_text.strip())
    if seconds is None or seconds == _DAY_SECONDS:
        if seconds is not None:
            notes.report("SL126", at, "a day ends at 24:00", remedy="write 00:00 of the day after")
        return []
    return [day * _DAY_SECONDS + seconds for day in days]
