"""A Prometheus-compatible server, as what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

from sretool.prometheus import answers
from sretool.prometheus.answers import Alert, Matrix, RuleState, Vector
from sretool.prometheus.connection import Connection, Endpoint
from sretool.prometheus.errors import NotUnderstood

Value = TypeVar("Value")


class Prometheus:
    """Every method raises an error of `sretool.prometheus.errors`, and takes its times in Unix seconds.

    It may be used by several threads at once.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._connection = Connection(endpoint)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @property
    def url(self) -> str:
        return self._connection.endpoint.url

    def is_ready(self) -> bool:
        """False while the server starts, and while nobody listens."""
        return self._connection.is_fine("/-/ready")

    def query(self, expr: str, *, at: float) -> Vector:
        """An instant vector."""
        return self._value(answers.vector, "/api/v1/query", {"query": expr, "time": f"{at:.3f}"})

    def samples(self, selector: str, *, at: float) -> Matrix:
        """What a range vector holds, such as up[5m]: raw samples with their own times."""
        return self._value(answers.matrix, "/api/v1/query", {"query": selector, "time": f"{at:.3f}"})

    def query_range(self, expr: str, *, start: float, end: float, step: float) -> Matrix:
        """An expression at every step from start to end, both included. Prometheus allows 11,000 steps."""
        form = {"query": expr, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:.3f}"}
        return self._value(answers.matrix, "/api/v1/query_range", form)

    def rules(self) -> tuple[RuleState, ...]:
        return self._value(answers.rule_states, "/api/v1/rules")

    def alerts(self) -> tuple[Alert, ...]:
        return self._value(answers.alerts, "/api/v1/alerts")

    def _value(
        self, read: Callable[[Mapping[str, Any]], Value], path: str, form: Mapping[str, str] | None = None
    ) -> Value:
        answer = self._connection.post(path, form) if form else self._connection.get(path)
        try:
            return read(answer)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise NotUnderstood(f"{self.url}{path} answers something else than Prometheus does: {error}") from error
