"""Incidents, and what happened to them, in words for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import assert_never

from sretool.incident.events import (
    Acknowledged,
    AlertsSeen,
    DeliveryTried,
    Event,
    Noted,
    Opened,
    PostmortemWritten,
    Reading,
    Resolved,
    SeenAlert,
    SeveritySet,
    Snapshot,
)
from sretool.incident.history import Delivery, Incident

_ACTIONS = {"trigger": "page", "acknowledge": "acknowledgement", "resolve": "resolution", "note": "note"}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_ALERTS_SHOWN_MAX = 10


def legible(text: str) -> str:
    """A text that steers no terminal, whoever wrote it: signs that cannot be seen are shown as they are written."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign == "\n" else ascii(sign)[1:-1] for sign in text)


def standing(incident: Incident) -> str:
    """`inc-20261128-7k3qd is acknowledged, by ada since 2026-11-28 03:07:12 UTC: Orders fail`."""
    since, by = incident.opened_at_utc, ""
    if incident.resolution is not None:
        since = incident.resolution[0].occurred_at_utc
    elif incident.acknowledgement is not None:
        since, by = incident.acknowledgement[0].occurred_at_utc, f", by {incident.acknowledgement[1].by}"
    return f"{incident.incident_id} is {incident.status}{by} since {instant(since)}: {legible(incident.title)}"


def about(incident: Incident, now: datetime) -> Iterator[tuple[str, str]]:
    """What is to be known of an incident before its timeline: a name and words each."""
    _, severity, reason = incident.severities[-1]
    yield "severity", f"{severity}: {reason}" if reason else severity
    yield "status", _status(incident, now)
    yield "opened", f"{instant(incident.opened_at_utc)} by {author(incident.events[0])}"
    if incident.slo or incident.service:
        yield ("SLO", incident.slo) if incident.slo else ("service", incident.service)
    if incident.snapshots:
        first = incident.snapshots[0]
        if first.failure:
            yield "budget", failure_words(first.failure)
        for read in first.readings:
            yield f"at {first.at_utc:%H:%M:%S}", reading(read)
    for words in _alerts(incident.alerts):
        yield "alert", words
    if incident.resolution is not None and incident.firing:
        count = len(incident.firing)
        which = "1 alert fires" if count == 1 else f"{count} alerts fire"
        yield "goes on", f"{which}, as far as was told, and nobody is paged until one begins anew"
    for link in runbooks(incident):
        yield "runbook", link
    yield "page", paging(incident)
    told = incident.pagerduty
    if told is not None:
        yield "PagerDuty", told.url or told.reference
    for one in incident.deliveries:
        if one.action != "trigger":
            yield "told", delivery(one)
    if incident.postmortem:
        yield "postmortem", incident.postmortem


def paging(incident: Incident) -> str:
    """Whether somebody is paged, in words."""
    page = next((one for one in incident.deliveries if one.action == "trigger"), None)
    if page is None:
        return "not asked for"
    verdict = page.verdict
    words = f": {verdict.words}" if verdict is not None and verdict.words and page.state != "delivered" else ""
    return f"{page.state}{words}"


def status(incident: Incident) -> str:
    """As short as a table has it; of what is resolved, also whether an alert of it was never told to have ended."""
    return "still fires" if incident.resolution is not None and incident.firing else incident.status


def runbooks(incident: Incident) -> list[str]:
    """Of its alerts and of what was read, each once."""
    of_alerts = [dict(seen.annotations).get("runbook_url", "") for seen in incident.alerts]
    of_readings = [one.runbook for snapshot in incident.snapshots for one in snapshot.readings]
    return [link for link in dict.fromkeys([*of_alerts, *of_readings]) if link]


def _status(incident: Incident, now: datetime) -> str:
    opened = incident.opened_at_utc
    if incident.resolution is not None:
        event, resolved = incident.resolution
        words = f": {resolved.resolution}" if resolved.resolution else ""
        lasted = span(event.occurred_at_utc - opened)
        return f"resolved at {instant(event.occurred_at_utc)}, after {lasted}, by {author(event)}{words}"
    if incident.acknowledgement is not None:
        event, acknowledged = incident.acknowledgement
        after = span(event.occurred_at_utc - opened)
        return f"acknowledged by {acknowledged.by} after {after}, open for {span(now - opened)}"
    return f"open for {span(now - opened)}, acknowledged by nobody"


def instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def span(length: timedelta) -> str:
    """`42s`, `3m05s`, `2h07m`, `3d04h`: two units at most, rounded down."""
    seconds = int(length.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    if seconds < _MINUTE:
        return f"{sign}{seconds}s"
    if seconds < _HOUR:
        return f"{sign}{seconds // _MINUTE}m{seconds % _MINUTE:02}s"
    if seconds < _DAY:
        return f"{sign}{seconds // _HOUR}h{seconds % _HOUR // _MINUTE:02}m"
    return f"{sign}{seconds // _DAY}d{seconds % _DAY // _HOUR:02}h"


def happened(event: Event) -> str:
    """What an event says, in one line or in as many as a note has."""
    match event.happening:
        case Opened(severity=severity, severity_reason=reason):
            return f"opened as {severity}: {reason}"
        case SeveritySet(severity=severity, reason=reason):
            return f"{severity}: {reason}"
        case Acknowledged(by=by):
            return f"acknowledged by {by}"
        case Noted(text=text):
            return text
        case AlertsSeen(alerts=alerts):
            return "; ".join(_alerts(alerts)) or "no alerts"
        case Snapshot(readings=readings, failure=failure):
            return failure_words(failure) if failure else "; ".join(map(reading, readings))
        case Resolved(resolution=resolution):
            return f"resolved: {resolution}" if resolution else "resolved"
        case DeliveryTried() as tried:
            return attempt(tried)
        case PostmortemWritten(path=path):
            return f"postmortem: {path}"
        case _ as unknown:
            assert_never(unknown)


def author(event: Event) -> str:
    """Who says so: what was seen and what was tried are not the words of whoever ran the command."""
    return event.origin if event.origin in ("prometheus", "outbox") or not event.actor else event.actor


def failure_words(failure: str) -> str:
    return f"how the budget stood is not known: {failure}"


def reading(one: Reading) -> str:
    """`shop/availability burning, 38.8% of the budget left, burn 5m 50x 1h 50x, firing: page 30m-5m`."""
    parts = [f"{one.slo} {one.verdict}"]
    if one.budget_left is not None:
        parts.append(f"{percent(one.budget_left)} of the budget left")
    if one.burn_rates:
        parts.append("burn " + " ".join(f"{window} {rate(value)}" for window, value in one.burn_rates))
    if one.firing:
        parts.append(f"firing: {', '.join(one.firing)}")
    return ", ".join([*parts, *(f"doubtful: {doubt}" for doubt in one.doubts)])


def alert(seen: SeenAlert) -> str:
    end = "" if seen.ended_at_utc is None else f", ended {instant(seen.ended_at_utc)}"
    return f"alert {seen.name} since {instant(seen.started_at_utc)}{end}"


def _alerts(alerts: Sequence[SeenAlert]) -> Iterator[str]:
    """As many as anybody reads; those that fire go before those that have ended."""
    in_turn = sorted(alerts, key=lambda seen: seen.ended_at_utc is not None)
    yield from map(alert, in_turn[:_ALERTS_SHOWN_MAX])
    left = in_turn[_ALERTS_SHOWN_MAX:]
    if left:
        yield f"and {len(left)} more, {sum(seen.ended_at_utc is None for seen in left)} of which fire"


def attempt(tried: DeliveryTried) -> str:
    action = _ACTIONS.get(tried.delivery_id.rpartition("/")[2], "delivery")
    outcome = {"later": "is to be tried again"}.get(tried.outcome, f"was {tried.outcome}")
    words = f": {tried.words}" if tried.words else ""
    url = f" ({tried.url})" if tried.url else ""
    return f"PagerDuty: the {action} {outcome}{words}{url}"


def delivery(one: Delivery) -> str:
    """Which it is, how it stands, and what was said last."""
    verdict = one.verdict
    tries = f" after {len(one.attempts)} attempts" if len(one.attempts) > 1 else ""
    words = f": {verdict.words}" if verdict is not None and verdict.words else ""
    return f"{_ACTIONS[one.action]} {one.state}{tries}{words}"


def percent(ratio: Decimal) -> str:
    return f"{(ratio * 100).quantize(Decimal('0.1'), ROUND_HALF_EVEN)}%"


def rate(value: Decimal) -> str:
    """A burn rate, to three digits."""
    shown = value.quantize(Decimal("0.01") if value < 10 else Decimal("0.1") if value < 100 else Decimal(1))
    return f"{shown.normalize():f}x"
