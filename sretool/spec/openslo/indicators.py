"""SLIs: the queries of an indicator and what they are, before a budgeting method says how to count them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sretool.model.sli import WINDOW_PLACEHOLDER
from sretool.promql.grammar import read
from sretool.promql.placeholders import filled
from sretool.spec.expressions import expression
from sretool.spec.foreign import no_effect, no_template_left, one_kind, unsupported
from sretool.spec.openslo.objects import Object, referred
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Scalar

WINDOWS: Final = frozenset(("{{.window}}", WINDOW_PLACEHOLDER))
_SOURCE: Final = "prometheus"


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL with $window where the file has a placeholder, and where the file says it."""

    text: str
    at: Scalar


@dataclass(frozen=True, slots=True)
class Ratio:
    """Good or bad events among all. `counter` says that the queries read counters, and None that nobody said so."""

    side: Literal["good", "bad"]
    some: Query
    total: Query
    counter: bool | None


@dataclass(frozen=True, slots=True)
class Raw:
    """A ratio made elsewhere, of good events or of bad ones."""

    of_good: bool
    ratio: Query


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value that an objective compares."""

    value: Query


Indicator = Ratio | Raw | Threshold


def read_sources(found: Mapping[str, Object], notes: Notes) -> dict[str, bool]:
    """Data sources by name, and whether each is a Prometheus. One that is not is reported here, once."""
    return {name: _is_prometheus(each.spec, notes) for name, each in found.items()}


def _is_prometheus(fields: Fields, notes: Notes) -> bool:
    with fields:
        fields.ignore("description")
        no_effect(fields, "connectionDetails", "the rules run in the Prometheus that loads them", notes)
        at = fields.scalar("type", required=True)
    return at is not None and _speaks_promql(at, notes)


def _speaks_promql(at: Scalar, notes: Notes) -> bool:
    if at.value.lower() == _SOURCE:
        return True
    unsupported(at, f"queries of `{at.value}` are not read", notes, remedy="write Prometheus, and a query in PromQL")
    return False


def read_indicator(fields: Fields, sources: Mapping[str, bool], notes: Notes) -> Indicator | None:
    """The `spec` of an SLI."""
    with fields:
        fields.ignore("description")
        given = one_kind(fields, ("ratioMetric", "thresholdMetric"), notes, what="an indicator is of one kind")
        section = fields.section(given, required=True) if given else None
    if section is None:
        return None
    with section:
        if given == "ratioMetric":
            return _ratio(section, sources, notes)
        value = _query(section, sources, notes)
        return None if value is None else Threshold(value)


def _ratio(fields: Fields, sources: Mapping[str, bool], notes: Notes) -> Ratio | Raw | None:
    counter = fields.boolean("counter")
    given = one_kind(fields, ("good", "bad", "raw"), notes, what="a ratio is of good, of bad or of raw")
    if given == "raw":
        return _raw(fields, sources, notes)
    sides = {side: _metric(fields, side, sources, notes) for side in (given, "total") if side is not None}
    some, total = sides.get(given or ""), sides.get("total")
    if given is None or some is None or total is None:
        fields.ignore("rawType")
        return None
    return Ratio("good" if given == "good" else "bad", some, total, counter)


def _raw(fields: Fields, sources: Mapping[str, bool], notes: Notes) -> Raw | None:
    kind = fields.choice("rawType", ("success", "failure"), required=True)
    ratio = _metric(fields, "raw", sources, notes)
    return None if kind is None or ratio is None else Raw(kind == "success", ratio)


def _metric(fields: Fields, key: str, sources: Mapping[str, bool], notes: Notes) -> Query | None:
    section = fields.section(key, required=True)
    if section is None:
        return None
    with section:
        return _query(section, sources, notes)


def _query(fields: Fields, sources: Mapping[str, bool], notes: Notes) -> Query | None:
    """The query of a `metricSource`, if it is Prometheus'."""
    source = fields.section("metricSource", required=True)
    if source is None:
        return None
    with source:
        ref, kind = source.scalar("metricSourceRef"), source.scalar("type")
        spec = source.section("spec", required=True)
        speaks = [_speaks_promql(kind, notes)] if kind is not None else []
        if ref is not None:
            speaks.append(referred("DataSource", ref, sources, notes) or False)
        if not speaks:
            source.scalar("type", required=True)
    if spec is None:
        return None
    with spec:
        spec.choice("queryType", ("promql",))
        at = spec.scalar("query", required=True)
    return None if at is None or not speaks or not all(speaks) else _read_query(at, notes)


def _read_query(at: Scalar, notes: Notes) -> Query | None:
    parsed = expression(at, notes, placeholders=WINDOWS)
    if parsed is None:
        return None
    if parsed.value_type != "vector":
        message = f"an indicator is made of a vector, and this is a {parsed.value_type}"
        notes.report("PQ201", at, message, remedy="write such as sum(queue_length)")
        return None
    root = read(parsed.text)
    text = filled(parsed.text[root.start : root.end], dict.fromkeys(WINDOWS, WINDOW_PLACEHOLDER))
    return Query(text, at) if no_template_left(at, text, notes) else None
