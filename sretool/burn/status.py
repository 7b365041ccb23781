"""How every SLO and invariant stands at one instant: asks, judges, and says what makes a figure doubtful.

All queries of one status carry the same time. Where a figure comes from, recorded series or counters, stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from sretool.burn.cache import Days
from sretool.burn.evaluate import Standing, standing, worst_first
from sretool.burn.failing import failing, failures
from sretool.burn.figures import AllFigures, Figures, Firing, Group
from sretool.burn.recorded import Quiet, Recording, read_history, read_recording
from sretool.burn.spans import period_seconds
from sretool.model.duration import Duration
from sretool.model.slo import Service, Slo
from sretool.prometheus.answers import RuleState
from sretool.prometheus.errors import NoAnswer
from sretool.prometheus.facts import Retention
from sretool.prometheus.server import Prometheus
from sretool.rules.timing import Timing
from sretool.yamltext.loading import collector_paused

if TYPE_CHECKING:
    from sretool.burn.invariants import InvariantStanding
    from sretool.prometheus.alertmanager import Alertmanager

SourceChoice = Literal["auto", "recorded", "counted"]
# Of more SLOs the server's rules are not compared one by one, nor is their history drawn: it would take longer than all
# else together.
FEW_SLOS = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """What a status is about: services with the SLOs and invariants that were asked for, one instant, and a source."""

    services: tuple[Service, ...]
    at: float
    timing: Timing
    source: SourceChoice = "auto"
    cache: Days | None = None

    @property
    def slos(self) -> list[Slo]:
        return [slo for service in self.services for slo in service.slos]


@dataclass(frozen=True, slots=True)
class Status:
    """Standings worst first, a group of an SLO each; the invariants; what fires about whole services.

    With `warnings` the server says that its answers are not whole. `notes` say what else is to be known.
    `history` is the budget that was left at even steps of the period up to now, where it is known.
    """

    at: float
    standings: tuple[Standing, ...]
    invariants: tuple[InvariantStanding, ...]
    service_alerts: Mapping[str, tuple[Firing, ...]]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    history: Mapping[tuple[str, Group], tuple[Decimal, ...]] = field(default_factory=dict)


def status(
    server: Prometheus, asked: Asked, whole_services: Sequence[Service], alertmanager: Alertmanager | None = None
) -> Status:
    """Ask and judge. `whole_services` are what rules are generated of, also where less was asked for.

    With an Alertmanager, alerts that are silenced or inhibited are known to be.

    Raises NoAnswer where the server does not answer what everything depends on.
    """
    with collector_paused():
        return _status(server, asked, whole_services, alertmanager)


def _status(
    server: Prometheus, asked: Asked, whole_services: Sequence[Service], alertmanager: Alertmanager | None
) -> Status:
    quiet, notes = _quiet(alertmanager)
    recording = read_recording(server, asked.services, at=asked.at, quiet=quiet)
    figures = _figures(server, asked, recording)
    from sretool.burn.invariants import alerted, measured  # They bring rules, and the server has been asked by now.

    warnings: tuple[str, ...] = ()
    if asked.source == "recorded":
        invariants = alerted(recording, asked.services)
    else:
        invariants, warnings = measured(server, asked.services, asked.timing, at=asked.at)
    running, unknown = _running(server, whole_services)
    return Status(
        at=asked.at,
        standings=tuple(worst_first(_standings(asked, figures.by_slo, _kept(server), failing(running, at=asked.at)))),
        invariants=tuple(sorted(invariants, key=lambda one: (one.state != "violated", one.state, one.full_name))),
        service_alerts=recording.services,
        warnings=tuple(dict.fromkeys((*recording.warnings, *figures.warnings, *warnings))),
        notes=(*notes, *figures.notes, *unknown, *_drift(running, asked, whole_services, recording)),
        history=_history(server, asked),
    )


def _figures(server: Prometheus, asked: Asked, recording: Recording) -> AllFigures:
    """As recorded, with what is to be counted in its place."""
    recorded = {slo.full_name: recording.figures(slo, asked.timing) for slo in asked.slos}
    if asked.source == "recorded":
        return AllFigures(recorded)
    from sretool.burn.counted import count_figures  # Half of all that status imports, and not always of use.

    with_rules = {slo.full_name for slo in asked.slos if asked.source == "auto" and recording.has(slo)}
    return count_figures(
        server,
        asked.slos,
        recorded,
        at=asked.at,
        timing=asked.timing,
        with_windows=recorded.keys() - with_rules,
        cache=asked.cache,
    )


def _quiet(alertmanager: Alertmanager | None) -> tuple[Quiet | None, tuple[str, ...]]:
    """The labels of alerts that nobody is told of; None where that is not known, and why."""
    if alertmanager is None:
        return None, ()
    try:
        alerts = alertmanager.alerts()
    except NoAnswer as error:  # What is silenced is worth knowing, and no figure depends on it.
        return None, (f"which alerts are silenced is not known: {error}",)
    return frozenset(frozenset(one.labels.items()) for one in alerts if one.is_quiet), ()


def _standings(
    asked: Asked,
    figures: Mapping[str, Mapping[Group, Figures]],
    kept: Retention | None,
    failed: Sequence[RuleState],
) -> Iterable[Standing]:
    for slo in asked.slos:
        length = Duration.of(seconds=period_seconds(slo.period, asked.at))
        forgotten = tuple(_forgotten(kept, length.per(asked.timing.scale)))
        for group, known in figures[slo.full_name].items():
            of_rules = failures(slo, failed) if known.windows_source == "recorded" else ()
            yield standing(slo, group, replace(known, doubts=(*known.doubts, *forgotten, *of_rules)), length=length)


def _forgotten(kept: Retention | None, length: Duration) -> Iterable[str]:
    if kept is not None and kept.time is not None and kept.time < length:
        yield (
            f"its period lasts {length.readable} and the server keeps {kept.text}: what is older is not seen, "
            f"so start the server with --storage.tsdb.retention.time={length.readable}"
        )


def _kept(server: Prometheus) -> Retention | None:
    try:
        return server.retention()
    except NoAnswer:  # What queries need is answered; not everybody who may ask may also see the server's settings.
        return None


def _running(server: Prometheus, whole_services: Sequence[Service]) -> tuple[tuple[RuleState, ...], tuple[str, ...]]:
    """The rules on the server; or a note that they are not known."""
    if sum(len(service.slos) for service in whole_services) > FEW_SLOS:
        return (), ()
    try:
        return server.rules(), ()
    except NoAnswer as error:  # Not every server that answers queries tells its rules.
        return (), (f"whether the rules there are those of the files is not known: {error}",)


def _drift(
    running: Sequence[RuleState], asked: Asked, whole_services: Sequence[Service], recording: Recording
) -> list[str]:
    if not running:
        return []
    from sretool.burn.drift import drift  # It brings the whole compiler of rules.

    doubtful: set[str] = set()
    if asked.source != "counted":  # Else what is recorded is in no figure's doubts.
        doubtful = {slo.service for slo in asked.slos if recording.another_scale(slo, asked.timing)}
    return drift([one for one in whole_services if one.name not in doubtful], running, asked.timing)


def _history(server: Prometheus, asked: Asked) -> Mapping[tuple[str, Group], tuple[Decimal, ...]]:
    """The longest period's, for all; what cannot be drawn is left out."""
    if not asked.slos or len(asked.slos) > FEW_SLOS:
        return {}
    length = max(asked.timing.scaled(slo.period.length) for slo in asked.slos)
    try:
        return read_history(server, asked.services, at=asked.at, length=length)
    except NoAnswer:  # A picture is not worth a failure: every figure is there without it.
        return {}
