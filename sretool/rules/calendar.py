"""Local time in PromQL: zone offsets, weekly schedules, exclusions, the gate of a calendar month.

PromQL knows UTC only. A zone's offset is recorded as a series whose expression holds the zone's changes as
literals, so that daylight saving needs no server that knows zones.
"""

from __future__ import annotations

from sretool import clock
from sretool.model.duration import DAY, MINUTE
from sretool.model.period import CalendarMonth, Exclusion, OneOff, WeeklySchedule
from sretool.model.slo import Service
from sretool.promql import names
from sretool.promql.literal import string_literal
from sretool.rules.timing import TILE, Timing

# Fixed bounds keep the output independent of the day on which it is made. CHANGELOG tells when they move.
FIRST_YEAR, LAST_YEAR = 2024, 2037
_MONDAY_SECONDS = 3 * 86_400  # 1970-01-01 was a Thursday: three days after a Monday.
_WEEK_SECONDS = 7 * 86_400


def zones(service: Service) -> tuple[str, ...]:
    """Every zone that a service's rules need, sorted."""
    found = {slo.period.zone for slo in service.slos if isinstance(slo.period, CalendarMonth)}
    whens = [exclusion.when for slo in service.slos for exclusion in slo.exclusions]
    found |= {when.zone for when in whens if isinstance(when, WeeklySchedule)}
    if isinstance(service.traffic, WeeklySchedule):
        found.add(service.traffic.zone)
    return tuple(sorted(found))


def offset_expression(zone: str) -> str:
    """A zone's offset from UTC in seconds, now."""
    start, changes = clock.offsets(zone, first_year=FIRST_YEAR, last_year=LAST_YEAR)
    steps = [f"{'+' if grows > 0 else '-'} {abs(grows)} * (time() >= bool {at})" for at, grows in changes]
    return "\n".join([f"vector({start})", *steps])


def offset_seconds(service: str, zone: str) -> str:
    """The recorded offset as a scalar."""
    return f"scalar({_recorded(service, zone)})"


def _recorded(service: str, zone: str) -> str:
    return f"{names.ZONE_OFFSET}{{service={string_literal(service)}, zone={string_literal(zone)}}}"


def in_schedule(service: str, schedule: WeeklySchedule, *, and_seconds: str = "0") -> str:
    """1 within the schedule's spans and for some seconds after each, 0 outside. A vector without labels."""
    shift = f"{offset_seconds(service, schedule.zone)} + {_MONDAY_SECONDS}"
    second = f"(vector(time()) + {shift}) % {_WEEK_SECONDS}"
    longer = "" if and_seconds == "0" else f" + {and_seconds}"
    # A span that runs over the week's end is one modulo away from one that does not.
    spans = [
        f"(({second} - {span.start_second} + {_WEEK_SECONDS}) % {_WEEK_SECONDS} < bool {span.length_seconds}{longer})"
        for span in schedule.spans
    ]
    return _any_of(spans)


def excluded_expression(service: str, exclusions: tuple[Exclusion, ...], timing: Timing) -> str:
    """1 while any exclusion holds, and for as long after it as a rate looks back into it; else 0. Without labels.

    Else what happened in an exclusion's last five minutes would page just after it.
    """
    return _any_of([_holds(service, exclusion, timing) for exclusion in exclusions])


def _holds(service: str, exclusion: Exclusion, timing: Timing) -> str:
    looks_back = timing.seconds(TILE + timing.scrape_interval)
    match exclusion.when:
        case OneOff(start, end):
            at = f"vector(time()) >= bool {start.timestamp():.0f}"
            return f"(({at}) * (vector(time()) < bool {end.timestamp():.0f} + {looks_back}))"
        case WeeklySchedule():
            return f"({in_schedule(service, exclusion.when, and_seconds=looks_back)})"


def _any_of(conditions: list[str]) -> str:
    if len(conditions) == 1:
        return conditions[0]
    return "clamp_max(\n  " + "\n  + ".join(conditions) + ",\n  1\n)"


def in_this_month(service: str, zone: str, timing: Timing) -> str:
    """A filter for a subquery's steps: those in the local month of the evaluation. For `X and on () ...`.

    A second is taken off, so that the step at a month's first midnight belongs to the month that it closes.
    """
    # A vector rather than a scalar: where the offset is not known there is no month, while month(NaN) is December.
    local = f"vector(time() - 1) + sum({_recorded(service, zone)})"
    # The inner subquery is pinned to the evaluation's own instant, the outer one moves with the steps.
    now = f"last_over_time(({local})[{timing.text(MINUTE)}:{timing.text(MINUTE)}] @ end())"
    return f"month({local})\n== on ()\nmonth({now})"


def month_length_seconds(service: str, zone: str, timing: Timing) -> str:
    """The length of the local month, a scalar. An hour more or less where daylight saving changes is left out."""
    return f"({timing.seconds(DAY)} * scalar(days_in_month(vector(time() - 1) + {offset_seconds(service, zone)})))"


def needs_quarter_hours(zone: str) -> bool:
    """True for zones whose midnight is not on a half hour of UTC, such as Asia/Kathmandu."""
    start, changes = clock.offsets(zone, first_year=FIRST_YEAR, last_year=LAST_YEAR)
    return any(seconds % 1_800 for seconds in (start, *(grows for _, grows in changes)))
