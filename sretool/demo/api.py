"""Asking a Prometheus what it knows: samples, rules and their health, alerts. Its JSON becomes values here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode

_TIMEOUT_SECONDS = 60


class QueryRefused(Exception):
    """Prometheus answered, and what it says is that it will not."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One series at one instant, without its name."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """One series over time, without its name: (Unix time, value), oldest first."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class RuleState:
    """A rule as the server holds it. `error` is empty where the last evaluation went well."""

    group: str
    interval_seconds: float
    name: str
    labels: Mapping[str, str]
    expr: str
    is_alert: bool
    is_evaluated: bool
    error: str
    evaluation_seconds: float


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that is pending or firing. `labels` hold its name too."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    state: str
    value: float


@dataclass(frozen=True, slots=True)
class Api:
    """The HTTP interface of the Prometheus at `address`, such as 127.0.0.1:9090.

    Every method but is_ready raises OSError where nobody answers, and QueryRefused for any answer but 200.
    """

    address: str

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def query(self, expr: str, *, at: float | None = None) -> tuple[Sample, ...]:
        """An instant vector at a Unix time, or now."""
        return tuple(Sample(_labels(series), float(series["value"][1])) for series in self._result(expr, at))

    def samples(self, selector: str, *, at: float | None = None) -> tuple[Series, ...]:
        """What a range vector holds, such as up[5m]: raw samples with their own times."""
        return tuple(
            Series(_labels(series), tuple((float(time), float(value)) for time, value in series["values"]))
            for series in self._result(selector, at)
        )

    def rules(self) -> tuple[RuleState, ...]:
        return tuple(_rule_states(self._asked("/api/v1/rules")["groups"]))

    def alerts(self) -> tuple[Alert, ...]:
        return tuple(
            Alert(alert["labels"], alert["annotations"], alert["state"], float(alert["value"]))
            for alert in self._asked("/api/v1/alerts")["alerts"]
        )

    def is_ready(self) -> bool:
        """False while the server starts, and while nobody listens."""
        try:
            self._answer("GET", "/-/ready", "")
        except (OSError, HTTPException, QueryRefused):
            return False
        return True

    def _result(self, expr: str, at: float | None) -> Any:
        # By POST: long expressions do not fit in a URL.
        form = {"query": expr} | ({} if at is None else {"time": f"{at:.3f}"})
        return self._asked("/api/v1/query", form)["result"]

    def _asked(self, path: str, form: Mapping[str, str] | None = None) -> Any:
        body = self._answer("POST" if form else "GET", path, urlencode(form or {}))
        return json.loads(body)["data"]

    def _answer(self, method: str, path: str, body: str) -> bytes:
        connection = HTTPConnection(self.address, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body, {"Content-Type": "application/x-www-form-urlencoded"})
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise QueryRefused(f"{path} answered {response.status}: {answer.decode(errors='replace')[:1000]}")
        return answer


def _labels(series: Any) -> dict[str, str]:
    return {name: value for name, value in series["metric"].items() if name != "__name__"}


def _rule_states(groups: Any) -> Iterator[RuleState]:
    for group in groups:
        for rule in group["rules"]:
            yield RuleState(
                group=group["name"],
                interval_seconds=float(group["interval"]),
                name=rule["name"],
                labels=rule.get("labels", {}),
                expr=rule["query"],
                is_alert=rule["type"] == "alerting",
                is_evaluated=rule["health"] != "unknown",
                error=rule.get("lastError", ""),
                evaluation_seconds=float(rule["evaluationTime"]),
            )
