"""What a Prometheus has of a week, in as many queries for two hundred SLOs as for one. An edge: it holds a server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import numpy as np

from sretool.model.duration import HOUR, MINUTE
from sretool.model.slo import Service, Slo
from sretool.prometheus.answers import Labels, Matrix, Series
from sretool.prometheus.server import Prometheus
from sretool.promql import names
from sretool.promql.literal import one_of
from sretool.report.facts import Asked, Fired, Key, Recorded
from sretool.rules.windows import all_series, bad_series

_PAGES_LOOK_BACK: Final = MINUTE * 2  # A rule is evaluated at least so often.
_SLOS_AT_ONCE: Final = 200


def read_tiles(server: Prometheus, asked: Asked) -> tuple[dict[Key, Recorded], tuple[str, ...]]:
    """Both series of every SLO at the end of each tile of the week; and the server's warnings. Raises NoAnswer."""
    step, week = asked.tile_seconds, asked.week
    length = int((week.end - week.start) // step)
    if not length:
        return {}, ()
    found: dict[Key, Recorded] = {}
    warnings: list[str] = []
    for some in _few_at_once(asked.services):
        bad, every = ({(one.name, side(one)) for one in some} for side in (bad_series, all_series))
        named = tuple(sorted({name for _, name in bad | every}))
        expr = f"{{{one_of('__name__', named)}, {_of(some)}}}"
        answer = server.query_range(expr, start=week.start + step, end=week.end, step=step)
        warnings += answer.warnings
        for series, key in _ours(answer, asked.slos):
            which = series.labels[names.SERVICE], series.labels["__name__"]
            if which in bad | every:
                sides = found.setdefault(key, Recorded(np.full(length, np.nan), np.full(length, np.nan)))
                values = sides.bad if which in bad else sides.all
                for at, value in series.points:
                    values[min(round((at - week.start) / step), length) - 1] = float(value)
    return found, tuple(dict.fromkeys(warnings))


def _few_at_once(services: Sequence[Service]) -> Iterable[tuple[Service, ...]]:
    """An answer about thousands of SLOs would not fit in anybody's memory."""
    some: list[Service] = []
    for service in services:
        if some and sum(len(one.slos) for one in (*some, service)) > _SLOS_AT_ONCE:
            yield tuple(some)
            some = []
        some.append(service)
    if some:
        yield tuple(some)


def read_left(server: Prometheus, asked: Asked) -> tuple[dict[Key, tuple[tuple[float, Decimal], ...]], tuple[str, ...]]:
    """The budget that was left at the end of each hour, and the server's warnings. Raises NoAnswer."""
    hour, week = float(asked.timing.scaled(HOUR).seconds), asked.week
    start = week.end - (week.end - week.start) // hour * hour
    answer = server.query_range(
        f"{names.PERIOD_REMAINING}{{{_of(asked.services)}}}", start=start, end=week.end, step=hour
    )
    found = {
        key: tuple((at, value) for at, value in series.points if value.is_finite())
        for series, key in _ours(answer, asked.slos)
    }
    return found, answer.warnings


def read_pages(server: Prometheus, asked: Asked) -> tuple[tuple[Fired, ...], tuple[str, ...]]:
    """Every alert of severity page that fired in the week, to the minute; and the warnings. Raises NoAnswer."""
    step, week = float(asked.timing.scaled(MINUTE).seconds), asked.week
    look_back = asked.timing.text(_PAGES_LOOK_BACK)
    matchers = f'alertstate="firing", {names.SEVERITY}="page", {_of(asked.services)}'
    expr = f"last_over_time(ALERTS{{{matchers}}}[{look_back}])"
    answer = server.query_range(expr, start=week.start, end=week.end, step=step)
    found = [fired for series in answer.series for fired in _runs(series, step, week.end)]
    found.sort(key=lambda one: (one.started_at, sorted(one.labels.items())))
    return tuple(found), answer.warnings


def _runs(series: Series, step: float, end: float) -> Iterable[Fired]:
    """A run is seen for a step longer than it lasts."""
    labels = {name: value for name, value in series.labels.items() if name not in ("__name__", "alertstate")}
    times = [at for at, _ in series.points]
    first = 0
    for place in range(1, len(times) + 1):
        if place == len(times) or times[place] - times[place - 1] > step * 1.5:
            last = times[place - 1]
            yield Fired(labels, times[first], None if last > end - step else max(times[first], last - step))
            first = place


def _ours(answer: Matrix, slos: Sequence[Slo]) -> Iterable[tuple[Series, Key]]:
    by_name: Mapping[tuple[str, str], Slo] = {(slo.service, slo.name): slo for slo in slos}
    for series in answer.series:
        slo = by_name.get((series.labels.get(names.SERVICE, ""), series.labels.get(names.SLO, "")))
        if slo is not None:
            yield series, (slo.full_name, group_of(slo, series.labels))


def group_of(slo: Slo, labels: Labels) -> tuple[str, ...]:
    return tuple(labels.get(label, "") for label in slo.group_by)


def _of(services: Sequence[Service]) -> str:
    return one_of(names.SERVICE, tuple(sorted(service.name for service in services)))
