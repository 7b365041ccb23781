"""A Prometheus-compatible server, as what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote

from sretool.model.duration import Duration
from sretool.prometheus import answers, facts
from sretool.prometheus.answers import Alert, Matrix, RuleState, Vector
from sretool.prometheus.asking import Server
from sretool.prometheus.errors import Absent
from sretool.prometheus.facts import Build, Count, Head, Retention, Target, Texts

Value = TypeVar("Value")
_ENDINGS: Final = ("_total", "_bucket", "_count", "_sum")  # Of samples, where OpenMetrics tells the type of a family.


class Prometheus(Server):
    """Every method but is_ready raises an error of `sretool.prometheus.errors`, and takes its times in Unix seconds.

    What not every product tells of itself is None (or has nothing in it) where this one does not.
    """

    def query(self, expr: str, *, at: float) -> Vector:
        """An instant vector."""
        return self._posted(answers.vector, "/api/v1/query", {"query": expr, "time": _time(at)})

    def samples(self, selector: str, *, at: float) -> Matrix:
        """What a range vector holds, such as up[5m]: raw samples with their own times."""
        return self._posted(answers.matrix, "/api/v1/query", {"query": selector, "time": _time(at)})

    def query_range(self, expr: str, *, start: float, end: float, step: float) -> Matrix:
        """An expression at every step from start to end, both included. Prometheus allows 11,000 steps."""
        form = {"query": expr, "start": _time(start), "end": _time(end), "step": _time(step)}
        return self._posted(answers.matrix, "/api/v1/query_range", form)

    def rules(self) -> tuple[RuleState, ...]:
        return self._got(answers.rule_states, "/api/v1/rules")

    def alerts(self) -> tuple[Alert, ...]:
        return self._got(answers.alerts, "/api/v1/alerts")

    def targets(self) -> tuple[Target, ...]:
        """What is scraped now; nothing where another program scrapes for the server."""
        return self._told(facts.targets, "/api/v1/targets", {"state": "active"}) or ()

    def label_values(self, label: str, *, selector: str | None = None, start: float, end: float) -> Texts:
        """The values of a label between two times, of the series that a selector finds or of all."""
        bounds = {"start": _time(start), "end": _time(end)}
        chosen = {"match[]": selector} if selector else {}
        return self._got(facts.texts, f"/api/v1/label/{quote(label, safe='')}/values", bounds | chosen)

    def series_count(self, selector: str, *, at: float) -> Count:
        """How many series a selector has at a time."""
        return self._posted(facts.count, "/api/v1/query", {"query": f"count({selector})", "time": _time(at)})

    def metric_type(self, name: str) -> str | None:
        """Such as counter, gauge or histogram, as a target says of the metric, or of the family that it is part of."""
        families = [name, *(name.removesuffix(ending) for ending in _ENDINGS)]
        for family in dict.fromkeys(families):
            types = self._told(facts.metric_types, "/api/v1/metadata", {"metric": family}) or {}
            if family in types:
                return types[family]
        return None

    def build(self) -> Build:
        """Which product this is, and which version of it."""
        return self._told(facts.build, "/api/v1/status/buildinfo") or Build("unknown", "")

    def retention(self) -> Retention | None:
        return self._told(facts.retention, "/api/v1/status/runtimeinfo")

    def flags(self) -> Mapping[str, str]:
        """What it was started with, by the names of the flags without their dashes."""
        return self._told(facts.flags, "/api/v1/status/flags") or {}

    def lookback_delta(self) -> Duration | None:
        """How old a sample may be that a query still reads."""
        return facts.duration(self.flags().get("query.lookback-delta", ""))

    def head(self) -> Head | None:
        """What of its storage is in memory."""
        return self._told(facts.head, "/api/v1/status/tsdb")

    def _told(
        self, read: Callable[[Any], Value], path: str, parameters: Mapping[str, str] | None = None
    ) -> Value | None:
        """What a server tells of itself; None where this product does not, which is no error."""
        try:
            return self._got(read, path, parameters)
        except Absent:
            return None


def _time(seconds: float) -> str:
    """To the millisecond, as Prometheus keeps time."""
    return f"{seconds:.3f}"
