"""Asks for all that a report is made of: a Prometheus, the incident ledger, postmortems. An edge.

A source that is not there is a Missing with its reason, never an error; whoever reads the report is told.
"""

from __future__ import annotations

import os
from collections.abc import Container, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from sretool.burn import invariants, policy, status
from sretool.burn.batching import Asking
from sretool.burn.cache import Days
from sretool.burn.counted import count_span
from sretool.incident.history import Incident, fold
from sretool.incident.identifiers import opened_on
from sretool.incident.ledger import Ledger, files_of
from sretool.incident.postmortem.reading import ActionItem, read_directory
from sretool.model.slo import Service
from sretool.prometheus.errors import NoAnswer
from sretool.prometheus.server import Prometheus
from sretool.report.amounts import facts_of_money
from sretool.report.facts import Asked, Facts, Measured, Missing
from sretool.report.series import read_left, read_pages, read_tiles
from sretool.report.week import Week
from sretool.settings.policy import Policy
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.loading import collector_paused

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where to look. `whole_services` are all that are promised, also where less was asked for."""

    server: Prometheus | Missing
    cache: Days | None
    whole_services: Sequence[Service]
    policy: Policy | Missing
    incidents: Path
    postmortems: Path
    root: Path


def gather(sources: Sources, asked: Asked) -> Facts:
    """All that there is."""
    with collector_paused():
        measured = _measured(sources, asked)
    only = _only(sources, asked)
    incidents, unread, later = _incidents(sources.incidents, asked.week, only)
    pages, actions = _postmortems(sources, asked.week, only, later)
    return Facts(
        asked=asked,
        measured=measured,
        policy=sources.policy,
        review=_review(measured, sources),
        incidents=incidents,
        unread=unread,
        postmortems=pages,
        actions=actions,
    )


def _review(measured: Measured | Missing, sources: Sources) -> policy.Review | None:
    if isinstance(measured, Missing) or isinstance(sources.policy, Missing):
        return None
    return policy.review(measured.status, sources.policy, sources.whole_services)


def _only(sources: Sources, asked: Asked) -> Container[str] | None:
    """The services whose incidents are asked about; None for all, also of services that promise nothing."""
    names = {service.name for service in asked.services}
    return None if names == {service.name for service in sources.whole_services} else names


def lacking(facts: Facts) -> tuple[str, ...]:
    """Why there is no source at all to make a report of; nothing where there is one."""
    sources = (("Prometheus: ", facts.measured), ("", facts.incidents), ("", facts.actions))
    missing = tuple(f"{name}{one.missing}" for name, one in sources if isinstance(one, Missing))
    return missing if len(missing) == len(sources) else ()


def _measured(sources: Sources, asked: Asked) -> Measured | Missing:
    if isinstance(sources.server, Missing):
        return sources.server
    try:
        return _answers(sources.server, sources, asked)
    except NoAnswer as error:
        return Missing(str(error))


def _answers(server: Prometheus, sources: Sources, asked: Asked) -> Measured:
    """Long answers are asked for at once: the server makes one while another is read here."""
    week, at = asked.week, float(asked.week.end)
    asking = Asking(server, at)
    with ThreadPoolExecutor(3) as pool:
        tiles = pool.submit(read_tiles, server, asked)
        pages = pool.submit(read_pages, server, asked)
        left = pool.submit(read_left, server, asked)
        hours = pool.submit(
            partial(invariants.hourly, server, asked.services, asked.timing, start=week.start, end=week.end)
        )
        money = pool.submit(facts_of_money, asking, asked)
        question = status.Asked(asked.services, at, asked.timing, "auto", sources.cache)
        standing = status.status(server, question, sources.whole_services)
        counts, counted_warnings = count_span(server, asked.slos, week.span, at=at, cache=sources.cache)
        (recorded, _), (remaining, _) = needed = (tiles.result(), left.result())
        (fired, _), (held, _) = others = (_or_missing(pages), _or_missing(hours))
        amounts = money.result()
    warnings = [*counted_warnings, *asking.warnings, *(words for _, some in (*needed, *others) for words in some)]
    return Measured(standing, counts, recorded, remaining, fired, held, amounts, tuple(dict.fromkeys(warnings)))


def _or_missing(answer: Future[tuple[Value, tuple[str, ...]]]) -> tuple[Value | Missing, tuple[str, ...]]:
    """What one section needs and the others do not, such as the pages: its want is not theirs."""
    try:
        return answer.result()
    except NoAnswer as error:
        return Missing(str(error)), ()


def _incidents(
    directory: Path, week: Week, only: Container[str] | None
) -> tuple[tuple[Incident, ...] | Missing, tuple[str, ...], frozenset[str]]:
    """As they stood when the report's week ended: nothing that happened later is known to it.

    Beside them, what nobody can read, and which incidents were opened later.
    """
    try:
        if not files_of(directory):
            return Missing(f"there is no incident ledger at {directory}"), (), frozenset()
        contents = Ledger(directory).contents()
    except OSError as error:
        return Missing(f"{error.filename or directory} cannot be read: {error.strerror}"), (), frozenset()
    known = fold(event for event in contents.events if event.occurred_at_utc <= week.as_of_utc)
    chosen = tuple(one for one in known if only is None or one.service in only)
    later = frozenset(event.incident_id for event in contents.events) - {one.incident_id for one in known}
    return chosen, tuple(f"{one}, and is left out" for one in contents.unread), later


def _postmortems(
    sources: Sources, week: Week, only: Container[str] | None, later: Container[str]
) -> tuple[Mapping[str, str], tuple[ActionItem, ...] | Missing]:
    """The path of the postmortem of each incident that has one, and the actions of all; not of `later` ones."""
    directory = sources.postmortems
    if not directory.is_dir():
        return {}, Missing(f"there are no postmortems at {directory}")
    read = [(one.head.incident_id or Path(one.source.path).stem, one) for one in read_directory(directory, Notes())]
    of_week = [(called, one) for called, one in read if called not in later and not _is_later(called, week)]
    pages = {called: _from(sources.root, one.source.path) for called, one in of_week}
    return pages, tuple(item for _, one in of_week if only is None or one.head.service in only for item in one.items)


def _is_later(incident_id: str, week: Week) -> bool:
    """By its name alone, where the ledger does not know it."""
    opened = opened_on(incident_id)
    return opened is not None and opened > week.as_of_utc.date()


def _from(root: Path, path: str) -> str:
    return Path(os.path.relpath(path, root)).as_posix()
