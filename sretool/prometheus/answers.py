"""What servers answer, as values. Numbers are Decimal from their text: NaN and infinities are among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One series at one instant. Its labels hold its `__name__`, if it has one."""

    labels: Labels
    value: Decimal


@dataclass(frozen=True, slots=True)
class Vector:
    """The answer to an instant query, and what the server warned of: a partial response, for one."""

    samples: tuple[Sample, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """One series over time: (Unix time in seconds, value), oldest first."""

    labels: Labels
    points: tuple[tuple[float, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The answer to a range query, and what the server warned of."""

    series: tuple[Series, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleState:
    """A rule as the server holds it. `error` is empty where it went well at last, `file` where none is told.

    `evaluated_at` is a Unix time.
    """

    group: str
    interval_seconds: float
    name: str
    labels: Labels
    expr: str
    is_alert: bool
    is_evaluated: bool
    error: str
    evaluation_seconds: float
    file: str = ""
    evaluated_at: float = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that is pending or firing, as Prometheus tells it. `labels` hold its name too."""

    labels: Labels
    annotations: Labels
    state: str
    value: float


def vector(answer: Mapping[str, Any]) -> Vector:
    """Of an instant query. A scalar is a sample without labels. Raises KeyError, TypeError or ValueError."""
    data = answer["data"]
    match data["resultType"]:
        case "vector":
            _refuse_others(data["result"], "histogram")
            samples = tuple(Sample(one["metric"], Decimal(one["value"][1])) for one in data["result"])
        case "scalar":
            samples = (Sample({}, Decimal(data["result"][1])),)
        case other:
            raise ValueError(f"an instant vector was asked for, and a {other} came")
    return Vector(samples, warnings(answer))


def matrix(answer: Mapping[str, Any]) -> Matrix:
    """Of a range query, or of an instant query for a range vector. Raises KeyError, TypeError or ValueError."""
    data = answer["data"]
    if data["resultType"] != "matrix":
        raise ValueError(f"a range vector was asked for, and a {data['resultType']} came")
    _refuse_others(data["result"], "histograms")
    series = tuple(
        Series(one["metric"], tuple((float(time), Decimal(value)) for time, value in one["values"]))
        for one in data["result"]
    )
    return Matrix(series, warnings(answer))


def _refuse_others(result: list[Mapping[str, Any]], histogram_key: str) -> None:
    for one in result:
        if histogram_key in one:
            raise ValueError("native histograms came where numbers were asked for")
        if not isinstance(one["metric"], dict):
            raise ValueError("a series came without labels")


def rule_states(answer: Mapping[str, Any]) -> tuple[RuleState, ...]:
    """Of /api/v1/rules. Raises KeyError, TypeError or ValueError."""
    return tuple(
        RuleState(
            group=group["name"],
            interval_seconds=float(group["interval"]),
            name=rule["name"],
            labels=rule.get("labels") or {},
            expr=rule["query"],
            is_alert=rule["type"] == "alerting",
            is_evaluated=rule["health"] != "unknown",
            error=rule.get("lastError", ""),
            evaluation_seconds=float(rule["evaluationTime"]),
            file=group.get("file", ""),
            evaluated_at=datetime.fromisoformat(rule["lastEvaluation"]).timestamp() if rule.get("lastError") else 0,
        )
        for group in answer["data"]["groups"] or ()  # Servers written in Go may write nothing as null.
        for rule in group["rules"]
    )


def alerts(answer: Mapping[str, Any]) -> tuple[Alert, ...]:
    """Of /api/v1/alerts. Raises KeyError, TypeError or ValueError."""
    return tuple(
        Alert(alert["labels"], alert.get("annotations") or {}, alert["state"], float(alert["value"]))
        for alert in answer["data"]["alerts"] or ()
    )


def warnings(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """What the server warned of. `infos` say only that a counter's name has an unusual ending."""
    told = tuple(answer.get("warnings") or ())
    # So a cluster of VictoriaMetrics says that it did not hear from all of its parts.
    return (*told, "the response is partial") if answer.get("isPartial") else told
