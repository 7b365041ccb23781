"""What the live commands ask about: which SLOs, at which instant, of which server."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sretool.cli.connecting import alertmanager_server, prometheus_server
from sretool.cli.outcome import Exit, Stop

if TYPE_CHECKING:
    from sretool.burn.status import Asked, Status
    from sretool.model.duration import Duration
    from sretool.model.slo import Service
    from sretool.prometheus.server import Prometheus

Names = Annotated[
    list[str] | None,
    typer.Argument(
        help="SLOs or invariants, as service/name, or name where that is unique. Default: all.",
        metavar="[NAME]...",
        show_default=False,
    ),
]
Slos = Annotated[
    list[str] | None,
    typer.Option("--slos", help="Files or directories of SLOs; may be repeated. Default: slos: of sretool.yaml.",
                 show_default=False),
]  # fmt: skip
ServiceName = Annotated[str | None, typer.Option("--service", help="Only the SLOs of this service.")]
Owner = Annotated[str | None, typer.Option("--owner", help="Only what this team owns.")]
At = Annotated[
    str | None, typer.Option("--at", help="The instant, as 2026-11-28T03:00:00Z or in Unix seconds. Default: now.")
]
Source = Annotated[
    Literal["auto", "recorded", "counted"],
    typer.Option(
        "--source",
        help="Recorded series, counters, or: windows recorded where rules are loaded, periods counted where they can.",
    ),
]
TimeScale = Annotated[
    int, typer.Option("--time-scale", min=1, help="As the rules were generated, for demonstrations and tests.")
]

_FIRST = 946_684_800  # 2000-01-01: a period before it is still after 1970.
_SKEW_SECONDS_MAX = 60  # By which a clock may be ahead of ours.


@dataclass(frozen=True, slots=True)
class Reach:
    """The servers, as the options name them; what they leave out the settings say."""

    prometheus: str | None
    alertmanager: str | None
    timeout_seconds: float | None
    headers: Sequence[str] | None


def ask(
    services: Sequence[Service],
    names: Sequence[str] | None,
    *,
    service: str | None,
    owner: str | None,
    at: str | None,
    source: Literal["auto", "recorded", "counted"],
    time_scale: int,
    reach: Reach,
) -> Status:
    """How what is asked about stands. Ends the command where the input is wrong or the server does not answer."""
    from sretool.burn.status import status

    question = asked(
        services, names, service=service, owner=owner, at=instant(at), source=source, time_scale=time_scale
    )
    notified = alertmanager_server(reach.alertmanager, timeout_seconds=reach.timeout_seconds, headers=reach.headers)
    with connected(question, reach) as (server, remembering), notified as notifier:
        return status(server, remembering, services, notifier)


@contextmanager
def connected(question: Asked, reach: Reach) -> Iterator[tuple[Prometheus, Asked]]:
    """The server, and the question with what is remembered of that server. Ends the command where it is silent."""
    from sretool.burn.cache import Days, default_directory

    with prometheus_server(reach.prometheus, timeout_seconds=reach.timeout_seconds, headers=reach.headers) as server:
        yield server, replace(question, cache=Days(default_directory(os.environ), server.identity))


def promised(paths: Sequence[str] | None) -> tuple[Service, ...]:
    """The services at the paths. Warnings are for whoever writes promises, and not for whoever is woken by one."""
    from sretool.cli.inputs import read, usable

    specs = read(paths)
    return usable(specs) if specs.has_errors else specs.services


def asked(
    services: Sequence[Service],
    names: Sequence[str] | None,
    *,
    service: str | None,
    owner: str | None,
    at: float,
    source: Literal["auto", "recorded", "counted"],
    time_scale: int,
) -> Asked:
    """What is asked about. Ends the command where a name is unknown, or where nothing is left to ask about."""
    from sretool.burn.status import Asked
    from sretool.cli.inputs import settings
    from sretool.rules.timing import Timing

    chosen = _named(services, names) if names else list(services)
    chosen = [_owned(one, owner) for one in chosen if service in (None, one.name)]
    chosen = [one for one in chosen if one.slos or one.invariants]
    if not chosen:
        raise Stop(Exit.WRONG_INPUT, "no SLO is left to ask about: sretool slo list shows all, with their owners")
    return Asked(tuple(chosen), at, Timing(settings().scrape_interval, time_scale), source)


def _named(services: Sequence[Service], names: Sequence[str]) -> list[Service]:
    from sretool.cli.inputs import find

    wanted: set[str] = set()
    for name in names:
        invariants = [
            f"{one.service}/{one.name}"
            for service in services
            for one in service.invariants
            if name in (one.name, f"{one.service}/{one.name}")
        ]
        wanted.add(invariants[0] if len(invariants) == 1 else find(services, name).full_name)
    return [
        replace(
            service,
            slos=tuple(slo for slo in service.slos if slo.full_name in wanted),
            invariants=tuple(one for one in service.invariants if f"{one.service}/{one.name}" in wanted),
        )
        for service in services
    ]


def _owned(service: Service, owner: str | None) -> Service:
    if owner is None:
        return service
    return replace(
        service,
        slos=tuple(slo for slo in service.slos if slo.owner == owner),
        invariants=tuple(one for one in service.invariants if one.owner == owner),
    )


def duration(option: str, text: str) -> Duration:
    """What an option such as --last says. Ends the command where that is no duration."""
    from sretool.model.duration import Duration

    try:
        return Duration.parse(text)
    except ValueError as error:
        raise Stop(Exit.WRONG_INPUT, f"{option}: {error}") from error


def instant(text: str | None, *, option: str = "--at") -> float:
    """Unix seconds, to the whole one, of an instant that figures can be of. Ends the command where it is none.

    What is yet to come has none, but for the little by which clocks differ.
    """
    from sretool.clock import now

    present = float(int(now().timestamp()))
    if text is None:
        return present
    found = moment(text, option=option)
    if found > present + _SKEW_SECONDS_MAX:
        raise Stop(Exit.WRONG_INPUT, f"{option} {text} is yet to come: give an instant up to now")
    if found < _FIRST:
        raise Stop(Exit.WRONG_INPUT, f"{option} {text} is before 2000, of which no server knows anything")
    return found


def moment(text: str, *, option: str = "--at") -> float:
    """Unix seconds, to the whole one. Ends the command where the text is no instant."""
    try:
        return float(int(text))
    except (ValueError, OverflowError):
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        words = f"{option} {text} is no instant: write such as 2026-11-28T03:00:00Z, or Unix seconds"
        raise Stop(Exit.WRONG_INPUT, words)
    return float(int(found.timestamp()))
