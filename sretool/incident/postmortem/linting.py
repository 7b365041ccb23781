"""Pages and checks to findings, through the engine, comments and formats of `sretool.lint`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

from sretool.incident.ledger import Ledger
from sretool.incident.naming import full_name
from sretool.incident.postmortem.checks import CHECKS, incident_id
from sretool.incident.postmortem.reading import SUFFIX, Postmortem, files_of, read_file
from sretool.lint import suppressions
from sretool.lint.check import Facts
from sretool.lint.engine import able_checks, run
from sretool.lint.linting import Choice, Report
from sretool.model.slo import Invariant, Service, Slo
from sretool.settings.catalog import Catalog
from sretool.spec.load import Specs
from sretool.yamltext.codes import CODES
from sretool.yamltext.diagnostics import Diagnostic, Notes, in_order
from sretool.yamltext.source import Source, Spot


def read_paths(paths: Iterable[str], notes: Notes) -> tuple[Postmortem, ...]:
    """The postmortems that paths name, each once. A directory has all that lie below it. An edge: it reads files."""
    found: list[Postmortem] = []
    seen: set[str] = set()
    for path in paths:
        for file in _files(path, notes):
            if (real := os.path.realpath(file)) not in seen:
                seen.add(real)
                postmortem = read_file(file, notes)
                found += [postmortem] if postmortem is not None else []
    return tuple(found)


def split_paths(paths: Iterable[str], directory: Path) -> tuple[list[str], list[str]]:
    """Paths of postmortems, which lie below a directory, among others; and the others. One above it is both."""
    mine: list[str] = []
    others: list[str] = []
    for path in paths:
        real, home = (Path(os.path.realpath(each)) for each in (path, directory))
        is_below = real.is_relative_to(home)
        if is_below and (real.is_dir() or real.suffix == SUFFIX):
            mine.append(path)
            continue
        if home.is_relative_to(real) and directory.is_dir() and files_of(directory):
            mine.append(str(directory))
        others.append(path)
    return mine, others


def lint(
    postmortems: Sequence[Postmortem],
    read: Sequence[Diagnostic],
    *,
    facts: Facts,
    today: date,
    choice: Choice,
) -> Report:
    """What is wrong with some postmortems. `read` is what was found when they were read."""
    checks = [check for check in CHECKS if choice.has(check.code)]
    told = [finding.diagnostic for finding in run(postmortems, checks, facts)]
    sources = {one.source.path: one.source for one in postmortems}
    unable = {check.code for check in checks} - {check.code for check in able_checks(checks, facts)}
    if facts.incidents is None:  # The check of ids runs all the same, and finds but some of what it would.
        unable.add(incident_id.CHECK.code)
    judged = frozenset(code for code in CODES if choice.has(code) and code not in unable)
    rest = suppressions.apply(dict.fromkeys((*read, *told)), sources, today=today, judged=judged, linted=sources)
    kept = in_order(each for each in rest.left if choice.has(each.code))
    files = {*sources, *(each.place.path for each in read)}
    return Report(tuple(kept), rest.accepted, len(files), ())


def facts_of(
    postmortems: Iterable[Postmortem],
    catalog: Catalog | None,
    incidents: Path,
    promised: Callable[[], Specs | None],
) -> Facts:
    """What is known beside the pages; of SLOs only where a page names one. An edge: it reads the incident ledger."""
    specs = promised() if any(one.head.slos for one in postmortems) else None
    return Facts(owners=owners_of(catalog), incidents=_incidents_of(incidents), promises=_promises_of(specs))


def owners_of(catalog: Catalog | None) -> frozenset[str] | None:
    """Who may own an action: the teams and people of the catalogue; None where there is none, and anyone may."""
    if catalog is None:
        return None
    return frozenset((*(team.name for team in catalog.teams), *(person.name for person in catalog.people)))


def _incidents_of(directory: Path) -> frozenset[str] | None:
    """The ids in an incident ledger; None where there is none, or where some of it cannot be read."""
    try:
        contents = Ledger(directory).contents()
    except OSError:
        return None
    if contents.unread or not contents.events:
        return None
    return frozenset(event.incident_id for event in contents.events)


def _promises_of(specs: Specs | None) -> frozenset[str] | None:
    """The full names of what is promised; None where nothing is, or where some of it cannot be read."""
    if specs is None or specs.has_errors or not specs.services:
        return None
    return frozenset(full_name(one) for service in specs.services for one in _of(service))


def _of(service: Service) -> tuple[Slo | Invariant, ...]:
    return (*service.slos, *service.invariants)


def _files(path: str, notes: Notes) -> Sequence[str]:
    if not Path(path).is_dir():
        return [path]
    found = [str(file) for file in files_of(Path(path))]
    if not found:
        nowhere = Spot(Source(path, ""), 0, 0)
        notes.report("YA018", nowhere, "no postmortem is in this directory", remedy="write one: sretool postmortem new")
    return found
