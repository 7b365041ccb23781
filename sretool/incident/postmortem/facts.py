"""What is known of an incident, as a page tells it: texts, each with its source. Pure; nothing is asked here.

A source is an event of the incident ledger, by its id, or a question to Prometheus, by its number in the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sretool.burn.figures import NoData
from sretool.incident.events import AlertsSeen, DeliveryTried, Event, PostmortemWritten, Snapshot
from sretool.incident.history import Incident
from sretool.incident.postmortem import form, times
from sretool.incident.postmortem.answers import Answers
from sretool.incident.postmortem.times import Length, Time, event_source, rfc3339
from sretool.incident.wording import happened, percent
from sretool.model.duration import Duration
from sretool.money import Amount

if TYPE_CHECKING:  # They need numpy, and a page is written without it, too.
    from sretool.incident.postmortem.impact import Late, Measured, SloImpact
    from sretool.incident.postmortem.searching import Asked, Burnt


_ALERTS_MAX: Final = 5
_TEXT_MAX: Final = 500  # Of a note in the timeline; sretool incident show has all of it.


@dataclass(frozen=True, slots=True)
class Question:
    """What Prometheus was asked, and of when."""

    name: str
    expr: str
    when: str


@dataclass(frozen=True, slots=True)
class ImpactRow:
    """What one SLO lost. `spent` is of the period's budget, as is what was gone by the page and at the end, in all."""

    slo: str
    bad: str
    every: str
    spent: str
    spent_when_paged: str
    gone_when_paged: str
    gone_at_end: str
    source: str
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Something that happened."""

    when: datetime
    what: str
    source: str

    @property
    def told(self) -> str:
        return rfc3339(self.when)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a template may tell. `unmeasured` says why nothing is known of SLOs, where that is so."""

    incident: Incident
    owner: str
    slos: tuple[str, ...]
    times: tuple[Time, ...]
    lengths: tuple[Length, ...]
    impacts: tuple[ImpactRow, ...]
    untouched: tuple[tuple[str, str], ...]
    violations: tuple[tuple[str, str], ...]
    unmeasured: str
    late: str
    late_source: str
    detection: tuple[tuple[str, str], ...]
    timeline: tuple[Row, ...]
    runbooks: tuple[str, ...]
    questions: tuple[Question, ...]
    answers: Answers


@dataclass
class _Numbered:
    """Questions by number, in the order in which they are first told of."""

    asked: dict[Asked, str] = field(default_factory=dict)

    def told(self, asked: Sequence[Asked]) -> str:
        return ", ".join(self.asked.setdefault(one, f"Q{len(self.asked) + 1}") for one in asked)

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(Question(name, one.expr, _when(one)) for one, name in self.asked.items())


def facts(
    incident: Incident,
    measured: Measured | str,
    *,
    owner: str,
    slos: Sequence[str],
    runbooks: Sequence[str],
    answers: Answers,
) -> Facts:
    """Of an incident and what was measured of it, or why nothing was."""
    numbered = _Numbered()
    known = None if isinstance(measured, str) else measured
    all_times = (
        *_of_impact(incident, measured, numbered, form.BEGAN),
        times.detected(incident),
        times.paged(incident),
        times.acknowledged(incident),
        *_of_impact(incident, measured, numbered, form.ENDED),
        times.resolved(incident),
    )
    rows = () if known is None else tuple(_impact_row(one, numbered) for one in known.impacts)
    late, late_source = _late(measured if isinstance(measured, str) else measured.late, numbered)
    return Facts(
        incident=incident,
        owner=owner,
        slos=tuple(slos),
        times=all_times,
        lengths=tuple(times.lengths(all_times)),
        impacts=rows,
        untouched=() if known is None else tuple(_others(known)),
        violations=() if known is None else tuple(_violations(known, numbered)),
        unmeasured=measured if isinstance(measured, str) else "",
        late=late,
        late_source=late_source,
        detection=tuple(_detection(incident)),
        timeline=tuple(_timeline(incident, all_times)),
        runbooks=tuple(dict.fromkeys(runbooks)),
        questions=numbered.questions,
        answers=answers,
    )


def own(incident: Incident, measured: Measured) -> tuple[SloImpact, ...]:
    """The impacts that the incident's times are of: those of its own SLO; where that did not burn, all."""
    mine = tuple(one for one in measured.impacts if one.burnt.course.slo.full_name == incident.slo)
    return mine or measured.impacts


def _of_impact(incident: Incident, measured: Measured | str, numbered: _Numbered, name: str) -> Iterator[Time]:
    if isinstance(measured, str):
        yield Time(name, None, "", measured)
        return
    mine = own(incident, measured)
    if not mine:
        yield Time(name, None, "", _untouched(measured))
        return
    if name == form.BEGAN:
        chosen, at = min(((one, one.began) for one in mine), key=lambda pair: pair[1])
    else:
        burning = next((one for one in mine if one.ended is None), None)
        if burning is not None:
            yield Time(name, None, "", f"not yet: {_name(burning)} still burns")
            return
        chosen, at = max(((one, one.ended or 0.0) for one in mine), key=lambda pair: pair[1])
    source = f"{_name(chosen)} burns above 1x, {numbered.told(chosen.burnt.course.asked)}"
    yield Time(name, datetime.fromtimestamp(int(at), UTC), source + _beside(chosen.burnt, name))


def _beside(burnt: Burnt, name: str) -> str:
    """What else there was: of the beginning what came before it, of the end how often there seemed to be one."""
    if name == form.BEGAN:
        return f", after {_some(burnt.lesser, 'lesser burn')}, no part of it" if burnt.lesser else ""
    return f", with {_some(burnt.pauses, 'pause')}" if burnt.pauses else ""


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _untouched(measured: Measured) -> str:
    if not measured.untouched:
        return "not known: neither the incident nor its alerts name an SLO of this repository"
    first = measured.untouched[0]  # That of the incident, if it names one: what others do says nothing of it.
    return "not known: no SLO burnt faster than its budget allows" if first.is_known else first.words


def _others(measured: Measured) -> Iterator[tuple[str, str]]:
    """The SLOs that did not burn, those of which the same is said together."""
    for words in dict.fromkeys(one.words for one in measured.untouched):
        yield ", ".join(one.slo.full_name for one in measured.untouched if one.words == words), words


def _violations(measured: Measured, numbered: _Numbered) -> Iterator[tuple[str, str]]:
    for one in measured.violations:
        rose = "not known: its counter is not there" if one.rose is None else f"rose by {one.rose:,.0f}"
        yield f"invariant {one.full_name}: {rose}", numbered.told([one.asked])


def _name(one: SloImpact) -> str:
    course = one.burnt.course
    pairs = ", ".join(f"{label}={value}" for label, value in zip(course.slo.group_by, course.group, strict=True))
    return f"{course.slo.full_name}{{{pairs}}}" if pairs else course.slo.full_name


def _impact_row(one: SloImpact, numbered: _Numbered) -> ImpactRow:
    how = "counted" if one.is_counted else "summed up from rates"
    return ImpactRow(
        slo=_name(one),
        bad=f"{one.bad:,.0f}",
        every=f"{one.every:,.0f}",
        spent=_percent(one.spent),
        spent_when_paged=_percent(one.spent_when_paged),
        gone_when_paged=_percent(one.all_when_paged),
        gone_at_end=_percent(one.all_at_end),
        source=f"{how}, {numbered.told(one.asked)}",
        doubts=one.doubts,
    )


def _percent(ratio: Decimal | NoData) -> str:
    return f"not known: {ratio.reason}" if isinstance(ratio, NoData) else percent(ratio)


def _late(late: Late | str, numbered: _Numbered) -> tuple[str, str]:
    if isinstance(late, str):
        return "not known, for the same reason", ""
    if late.words:
        return late.words, ""
    after, before = _amounts(late.after), _amounts(late.before) if late.before else "not known"
    return f"{after} at the end, {before} when it began", numbered.told(late.asked)


def _amounts(amounts: Sequence[Amount]) -> str:
    return ", ".join(str(amount) for amount in amounts if amount.minor) or "nothing"


def _detection(incident: Incident) -> Iterator[tuple[str, str]]:
    """By which alerts, and how the budget stood when it was opened: each with its source."""
    by_words: dict[str, str] = {}
    for event, seen in incident.all(AlertsSeen):
        for alert in seen.alerts:
            labels = dict(alert.labels)
            kind = ", ".join(labels[key] for key in ("severity", "burn_tier") if key in labels)
            told = f"alert {alert.name}{f' ({kind})' if kind else ''} since {rfc3339(alert.started_at_utc)}"
            by_words.setdefault(told, event_source(event))
    yield from list(by_words.items())[:_ALERTS_MAX]
    if len(by_words) > _ALERTS_MAX:
        yield f"{len(by_words) - _ALERTS_MAX} more alerts", f"sretool incident show {incident.incident_id}"
    first = next(incident.all(Snapshot), None)
    if first is not None:
        yield f"when it was opened: {happened(first[0])}", event_source(first[0])


def _timeline(incident: Incident, all_times: Sequence[Time]) -> Iterator[Row]:
    """Everything that somebody did or saw, with the impact. Snapshots are told of elsewhere."""
    of_impact = [time for time in all_times if time.name in (form.BEGAN, form.ENDED)]
    rows = [Row(time.at, time.name, time.source) for time in of_impact if time.at is not None]
    rows += [
        Row(event.occurred_at_utc, _shortened(happened(event)), event_source(event))
        for event in _worth_telling(incident)
    ]
    yield from sorted(rows, key=lambda row: row.when)


def _worth_telling(incident: Incident) -> Iterator[Event]:
    """Of a delivery that is tried again and again the first attempt and the last; of alerts only what is new."""
    waiting: set[str] = set()
    alerts: set[str] = set()
    for event in incident.events:
        match event.happening:
            case Snapshot() | PostmortemWritten():
                continue
            case DeliveryTried(delivery_id=which, outcome="later"):
                if which in waiting:
                    continue
                waiting.add(which)
            case AlertsSeen():
                if happened(event) in alerts:
                    continue
                alerts.add(happened(event))
        yield event


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}..."


def _when(asked: Asked) -> str:
    start, end = (rfc3339(datetime.fromtimestamp(at, UTC)) for at in (asked.start, asked.end))
    if asked.step_seconds is None:
        return f"at {end}"
    return f"from {start} to {end}, every {Duration(round(asked.step_seconds * 1000))}"
