"""Figures as our rules have recorded them, in four queries for any number of SLOs.

Two ask for all series by their names, the third for windows that have not been seen whole, which are few, and the last
for firing alerts and for how old the newest base sample is:
Prometheus hands out a value for five minutes after the last, and does not say so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from sretool.burn.figures import WINDOWS, Figures, Firing, Group, NoData, PeriodFigures
from sretool.burn.scales import another_scale, scale_of
from sretool.model.duration import Duration
from sretool.model.objective import plain
from sretool.model.slo import Service, Slo
from sretool.prometheus.answers import Labels, Sample
from sretool.prometheus.server import Prometheus
from sretool.promql import names
from sretool.promql.literal import one_of
from sretool.rules.timing import SLOW, Timing

_AGE = "slo:base_age:seconds"  # What a query of ours calls its result; nothing records it.
_WINDOW_NAMES = {names.error_ratio(window): window for window in WINDOWS}
_COVERAGE_NAMES = {names.coverage(window): window for window in WINDOWS}
_PERIOD_NAMES = (names.PERIOD_BAD, names.PERIOD_ALL, names.PERIOD_COVERAGE)
_GROSS_NAMES = (names.PERIOD_BAD_GROSS, names.PERIOD_ALL_GROSS)
_HISTORY_STEPS = 12
_NOT_LOADED = NoData("its rules are not loaded")

# What Prometheus adds to an alert's labels in its series ALERTS.
_OF_THE_SERIES = {("__name__", "ALERTS"), ("alertstate", "firing")}
Quiet = frozenset[frozenset[tuple[str, str]]]
Key = tuple[str, str]  # Service and SLO.


@dataclass(slots=True)
class _Recorded:
    """What was recorded of one group."""

    values: dict[str, Decimal] = field(default_factory=dict)
    firing: list[Firing] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Recording:
    """All that is recorded of some services at one instant."""

    by_slo: Mapping[Key, Mapping[Group, _Recorded]]
    parameters: Mapping[Key, Decimal]  # The objective that the rules on the server have.
    whole: Mapping[Key, tuple[Firing, ...]]  # Alerts that are about an SLO and none of its groups.
    services: Mapping[str, tuple[Firing, ...]]  # Alerts that are about a service and none of its SLOs.
    invariants: Mapping[Key, frozenset[str]]  # Names of alerts that fire, by service and invariant.
    warnings: tuple[str, ...]
    scales: Mapping[Key, frozenset[int]] = field(default_factory=dict)  # The time scale of the rules on the server.

    def another_scale(self, slo: Slo, timing: Timing) -> str:
        """That what is recorded of an SLO is of another time scale, in words; else nothing."""
        return another_scale(self.scales.get((slo.service, slo.name), ()), timing)

    def has(self, slo: Slo) -> bool:
        """Whether rules of this SLO are loaded there."""
        return (slo.service, slo.name) in self.parameters

    def figures(self, slo: Slo, timing: Timing) -> dict[Group, Figures]:
        """By group; of an SLO without any data a single one, without a group."""
        key = (slo.service, slo.name)
        whole = self.whole.get(key, ())
        groups = self.by_slo.get(key) or {(): _Recorded()}
        loaded, another = self.has(slo), self.another_scale(slo, timing)
        return {
            group: Figures(
                windows={window: _window(seen, name, loaded=loaded) for name, window in _WINDOW_NAMES.items()},
                windows_source="recorded",
                period=_period(seen, loaded=loaded),
                is_current=_AGE in seen.values,
                firing=tuple(sorted({*seen.firing, *whole}, key=lambda one: (one.severity, one.alert, one.burn_tier))),
                doubts=((another,) if another else ()) + tuple(_doubts(seen, timing, loaded=loaded)),
                notes=tuple(_notes(self.parameters.get(key), slo)),
                coverages={_COVERAGE_NAMES[name]: seen.values[name] for name in _COVERAGE_NAMES.keys() & seen.values},
            )
            for group, seen in groups.items()
        }


def read_recording(
    server: Prometheus, services: Sequence[Service], *, at: float, quiet: Quiet | None = None
) -> Recording:
    """Ask for all that is recorded of the services. Raises NoAnswer.

    `quiet` are the labels of alerts that an Alertmanager keeps to itself; None where no Alertmanager was asked.
    """
    of = one_of(names.SERVICE, tuple(sorted(service.name for service in services)))
    ages = f'label_replace(time() - timestamp({names.ALL}{{{of}}}), "__name__", "{_AGE}", "", "")'
    queries = (
        f"{{{one_of('__name__', tuple(_WINDOW_NAMES))}, {of}}}",
        f"{{{one_of('__name__', (*_PERIOD_NAMES, *_GROSS_NAMES, names.OBJECTIVE))}, {of}}}",
        f"{{{one_of('__name__', tuple(_COVERAGE_NAMES))}, {of}}} < 1",
        f'ALERTS{{alertstate="firing", {of}}} or {ages}',
    )
    # At once: the server works on the others while the first is read here.
    with ThreadPoolExecutor(len(queries)) as pool:
        answers = list(pool.map(partial(server.query, at=at), queries))
    return _recording(
        services,
        (sample for answer in answers for sample in answer.samples),
        warnings=tuple(warning for answer in answers for warning in answer.warnings),
        quiet=quiet,
    )


def read_history(
    server: Prometheus, services: Sequence[Service], *, at: float, length: Duration
) -> dict[tuple[str, Group], tuple[Decimal, ...]]:
    """The budget that was left at even steps up to now, by full name and group, oldest first. Raises NoAnswer."""
    slos = {(slo.service, slo.name): slo for service in services for slo in service.slos}
    of = one_of(names.SERVICE, tuple(sorted(service.name for service in services)))
    step = float(length.seconds) / _HISTORY_STEPS
    start = at - step * (_HISTORY_STEPS - 1)
    found: dict[tuple[str, Group], tuple[Decimal, ...]] = {}
    for series in server.query_range(f"{names.PERIOD_REMAINING}{{{of}}}", start=start, end=at, step=step).series:
        slo = slos.get((series.labels[names.SERVICE], series.labels.get(names.SLO, "")))
        if slo is not None:
            group = tuple(series.labels.get(label, "") for label in slo.group_by)
            found[slo.full_name, group] = tuple(value for _, value in series.points if value.is_finite())
    return found


def _recording(
    services: Iterable[Service], samples: Iterable[Sample], *, warnings: tuple[str, ...], quiet: Quiet | None
) -> Recording:
    slos = {(slo.service, slo.name): slo for service in services for slo in service.slos}
    by_slo: dict[Key, dict[Group, _Recorded]] = defaultdict(lambda: defaultdict(_Recorded))
    parameters: dict[Key, Decimal] = {}
    scales: dict[Key, frozenset[int]] = defaultdict(frozenset)
    whole: dict[Key, tuple[Firing, ...]] = defaultdict(tuple)
    about_services: dict[str, tuple[Firing, ...]] = defaultdict(tuple)
    invariants: dict[Key, frozenset[str]] = defaultdict(frozenset)
    for sample in samples:
        labels = sample.labels
        service, name = labels[names.SERVICE], labels["__name__"]
        if names.INVARIANT in labels:
            key = (service, labels[names.INVARIANT])
            invariants[key] |= {labels["alertname"]}
            continue
        slo = slos.get((service, labels.get(names.SLO, "")))
        if slo is None:
            if name == "ALERTS" and names.SLO not in labels:
                about_services[service] = (*about_services[service], _firing(labels, quiet))
            continue
        key, group = (slo.service, slo.name), tuple(labels.get(label, "") for label in slo.group_by)
        if name == names.OBJECTIVE:
            parameters[key] = sample.value
            scales[key] |= {scale_of(labels)}
        elif name != "ALERTS":
            by_slo[key][group].values[name] = sample.value
        elif all(group) and slo.group_by:
            by_slo[key][group].firing.append(_firing(labels, quiet))
        else:
            whole[key] = (*whole[key], _firing(labels, quiet))
    return Recording(by_slo, parameters, whole, about_services, invariants, warnings, scales)


def _firing(labels: Labels, quiet: Quiet | None) -> Firing:
    return Firing(
        labels["alertname"],
        labels.get(names.SEVERITY, ""),
        labels.get(names.BURN_TIER, ""),
        labels.get(names.STATE, ""),
        None if quiet is None else _is_quiet(labels, quiet),
    )


def _is_quiet(labels: Labels, quiet: Quiet) -> bool:
    """An Alertmanager's alert has the server's external labels, too."""
    own = labels.items() - _OF_THE_SERIES
    return any(own <= each for each in quiet)


def _window(seen: _Recorded, name: str, *, loaded: bool) -> Decimal | NoData:
    value = seen.values.get(name)
    if value is not None:
        return value if value.is_finite() else NoData(f"{name} is {value}")
    if not loaded:
        return _NOT_LOADED
    return NoData("no events" if _AGE in seen.values else "nothing is recorded")


def _period(seen: _Recorded, *, loaded: bool) -> PeriodFigures | NoData:
    figures = [seen.values.get(name) for name in _PERIOD_NAMES]
    if not loaded:
        return _NOT_LOADED
    if any(figure is not None and not figure.is_finite() for figure in figures):
        return NoData("what is recorded of the period is no number")
    bad, every, coverage = figures
    if bad is None or every is None or coverage is None:
        return NoData("nothing is recorded of the period")
    if not every:
        return NoData("no events in the period")
    gross = [seen.values.get(name) for name in _GROSS_NAMES]
    both = (gross[0], gross[1]) if gross[0] is not None and gross[1] is not None else None
    return PeriodFigures(bad, every, coverage, "recorded", both)


def _doubts(seen: _Recorded, timing: Timing, *, loaded: bool) -> Iterable[str]:
    yield from (f"{name} is {value}" for name, value in seen.values.items() if not value.is_finite())
    age = seen.values.get(_AGE)
    too_old = Decimal(str(timing.scaled(SLOW + SLOW).seconds))
    if age is not None and age > too_old:
        yield f"the newest recorded sample is {Duration.of(seconds=int(age))} old"
    elif age is None and loaded:
        yield "nothing is recorded now: its data is gone, or was never there"


def _notes(objective: Decimal | None, slo: Slo) -> Iterable[str]:
    if objective is not None and objective != slo.objective.ratio:
        yield f"the rules there have an objective of {plain(objective)}, the files {plain(slo.objective.ratio)}"
