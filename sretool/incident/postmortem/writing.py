"""Writes a postmortem: asks what can be known, fills the template, puts page and picture where they belong. An edge."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sretool.incident.events import PostmortemWritten
from sretool.incident.history import Incident
from sretool.incident.identifiers import is_incident_id
from sretool.incident.ledger import Draft, Ledger
from sretool.incident.postmortem import times
from sretool.incident.postmortem.answers import Answers
from sretool.incident.postmortem.facts import Facts, facts, own
from sretool.incident.postmortem.linting import lint
from sretool.incident.postmortem.reading import SUFFIX, read_postmortem
from sretool.incident.postmortem.render import line, rendered
from sretool.incident.postmortem.sharing import with_sharers
from sretool.lint.check import Facts as LintFacts
from sretool.lint.linting import Choice
from sretool.model.duration import HOUR
from sretool.model.slo import Service, Slo
from sretool.prometheus.errors import NoAnswer
from sretool.rules.timing import Timing
from sretool.settings.settings import Settings
from sretool.yamltext.diagnostics import Notes

if TYPE_CHECKING:
    from sretool.burn.status import SourceChoice
    from sretool.incident.postmortem.impact import Measured
    from sretool.prometheus.server import Prometheus

_LINK = re.compile(r"(?:https?://)?[\w.~/#?&=%+:@-]+")
_NO_NUMPY = "not known: to find it in the SLI takes numpy: pip install 'sretool[report]'"


class NotWritten(Exception):
    """There is no page, or the one that was there is as it was. The message says why."""


@dataclass(frozen=True, slots=True)
class Written:
    """Where the page is, how many questions it leaves to people, and what is to be said beside that."""

    path: Path
    questions: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class World:
    """Who is asked: the services of the repository, Prometheus, or why there is none; and how fast the rules run."""

    services: tuple[Service, ...]
    server: Prometheus | str
    timing: Timing
    now: datetime
    source: SourceChoice = "auto"


def write(
    incident: Incident, world: World, answers: Answers, settings: Settings, ledger: Ledger, *, actor: str, force: bool
) -> Written:
    """Write the page of an incident and record it. Raises NotWritten, filling.BadTemplate, ledger.Unwritable.

    With `force` a page that is there is written anew.
    """
    if not is_incident_id(incident.incident_id):
        raise NotWritten(f"{incident.incident_id} is no name for a page: the incident ledger was written by others")
    path = settings.postmortems / f"{incident.incident_id}{SUFFIX}"
    if path.exists() and not force:
        raise NotWritten(f"{path} is there already: --force writes it anew, and what was written in it is lost")
    services, slos = concerned(incident, world.services)
    measured = _measured(incident, world, services, slos)
    if not isinstance(measured, str):
        others = [one for one in ledger.incidents() if one.incident_id != incident.incident_id]
        hour = float(world.timing.scaled(HOUR).seconds)
        measured = with_sharers(measured, others, now=world.now, look_back_seconds=hour)
    told = facts(
        incident,
        measured,
        owner=next((slo.owner for slo in slos if slo.owner), ""),
        slos=_named(slos, measured, incident),
        runbooks=list(_runbooks(incident, services, settings)),
        answers=answers,
    )
    picture, note = _picture(incident, measured, told)
    plot = path.with_suffix(".svg") if picture else None
    page = rendered(told, plot=plot.name if plot else "", templates=settings.assets)
    if plot is not None:
        _put(plot, picture)
    _put(path, page)
    ledger.append([_draft(incident, path, settings, actor)])
    notes = [f"what its SLOs did is {told.unmeasured}" if told.unmeasured else "", note]
    return Written(path, _questions(page, path, world.now.date()), tuple(one for one in notes if one))


def concerned(incident: Incident, services: Sequence[Service]) -> tuple[tuple[Service, ...], tuple[Slo, ...]]:
    """The services that an incident and its alerts name, and their SLOs: those that are named themselves first."""
    labels = [dict(alert.labels) for alert in incident.alerts]
    named = [incident.slo, *(f"{one.get('service', '')}/{one.get('slo', '')}" for one in labels)]
    names = {incident.service, *(one.partition("/")[0] for one in named)}
    chosen = tuple(service for service in services if service.name in names)
    slos = [slo for service in chosen for slo in service.slos]
    return chosen, tuple(
        sorted(slos, key=lambda slo: named.index(slo.full_name) if slo.full_name in named else len(named))
    )


def _measured(incident: Incident, world: World, services: Sequence[Service], slos: Sequence[Slo]) -> Measured | str:
    """What Prometheus says of the SLOs, or why nothing is known."""
    if isinstance(world.server, str):
        return f"not known: {world.server.partition(': ')[0]}"  # What to do about it is for whoever runs the command.
    if find_spec("numpy") is None:
        return _NO_NUMPY
    from sretool.incident.postmortem.impact import measure
    from sretool.incident.postmortem.searching import Around

    seen, page = times.detected(incident).at, times.paged(incident).at
    assert seen is not None, "an incident was opened"
    over = incident.resolved_at_utc or world.now
    around = Around(seen.timestamp(), over.timestamp(), world.now.timestamp(), world.timing, world.source)
    try:
        return measure(world.server, services, slos, around, paged=None if page is None else page.timestamp())
    except NoAnswer as error:
        return f"not known: {error}"


def _named(slos: Sequence[Slo], measured: Measured | str, incident: Incident) -> tuple[str, ...]:
    """The SLOs that the page is about: that of the incident, and those that burnt."""
    burnt = [] if isinstance(measured, str) else [one.burnt.course.slo.full_name for one in measured.impacts]
    known = {slo.full_name for slo in slos}
    return tuple(dict.fromkeys([*([incident.slo] if incident.slo in known else []), *burnt]))


def _runbooks(incident: Incident, services: Sequence[Service], settings: Settings) -> Iterator[str]:
    """As links from the page: of the SLO or invariant that the incident names, and of its alerts."""
    for service in services:
        promised = (*((one.full_name, one.runbook) for one in service.slos),
                    *((f"{one.service}/{one.name}", one.runbook) for one in service.invariants))  # fmt: skip
        yield from (_link(runbook, settings) for name, runbook in promised if runbook and name == incident.slo)
    for alert in incident.alerts:
        annotations = dict(alert.annotations)
        runbook = annotations.get("runbook_url") or annotations.get("runbook")
        if runbook:
            yield _link(runbook, settings)


def _link(runbook: str, settings: Settings) -> str:
    """What comes with an alert may be any text, and is only a link where it looks like one."""
    if not _LINK.fullmatch(runbook):
        return line(runbook)
    if "://" in runbook:
        return f"<{runbook}>"
    if settings.runbook_url is not None:
        return f"<{settings.runbook_url.rstrip('/')}/{runbook}>"
    return f"[{runbook}]({os.path.relpath(settings.root / runbook, settings.postmortems)})"


def _picture(incident: Incident, measured: Measured | str, told: Facts) -> tuple[str, str]:
    """The picture, or nothing; and, where one could have been, why there is none."""
    mine = () if isinstance(measured, str) else own(incident, measured)
    if not mine:
        return "", ""
    from sretool.charts.canvas import Missing
    from sretool.incident.postmortem.plot import plotted

    worst = max(mine, key=lambda one: one.bad / one.every if one.every else 0)
    try:
        return plotted(worst, told.times, title=incident.title, prefix=incident.incident_id), ""
    except Missing as error:
        return "", f"it has no picture: {error}"


def _draft(incident: Incident, path: Path, settings: Settings, actor: str) -> Draft:
    return Draft(incident.incident_id, PostmortemWritten(os.path.relpath(path, settings.root)), actor=actor)


def _put(path: Path, text: str) -> None:
    """Whole or not at all."""
    made: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        made = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:  # A template may let anything by.
            file.write(text)
        made.chmod(0o644)
        made.replace(path)
    except OSError as error:
        raise NotWritten(f"{path} cannot be written: {error.strerror}") from error
    finally:
        if made is not None:
            made.unlink(missing_ok=True)


def _questions(page: str, path: Path, today: date) -> int:
    read = read_postmortem(page, str(path), Notes())
    found = lint([] if read is None else [read], [], facts=LintFacts(), today=today, choice=Choice(("PM002",)))
    return len(found.findings)
