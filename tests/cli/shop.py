"""A server that holds what the rules of one SLO have recorded, as well or as badly as a test wants it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from prometheus.fake import Request, Wire, hang_up, reply

SPEC = """apiVersion: sretool/v1
service: shop
owner: desk
slos:
  - name: availability
    description: Requests are answered.
    objective: 99.9%
    period: 30d
    sli:
      events:
        bad: requests_total{code="500"}
        total: requests_total
"""
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
OF_THE_SLO = {"service": "shop", "slo": "availability"}
PAGE = {
    "alertname": "ErrorBudgetBurn",
    "burn_tier": "1h-5m",
    "severity": "page",
    "owner": "desk",
    **OF_THE_SLO,
}


@dataclass
class Shop:
    """What is recorded of the one SLO at any instant, by name; `firing` are labels of alerts.

    A third of the budget is spent, unless something else is said.
    """

    recorded: dict[str, str] = field(default_factory=dict)
    firing: tuple[dict[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    retention: str = "60d"
    lost: bool = False
    failing: str = ""  # How the rule of the base series fails.

    def __post_init__(self) -> None:
        usual = {f"slo:error:ratio{window}": "0.0003" for window in WINDOWS}
        usual |= {"slo:period_bad_events:sum": "333", "slo:period_all_events:sum": "1000000"}
        usual |= {"slo:period_coverage:ratio": "1", "slo:objective:ratio": "0.999", "slo:base_age:seconds": "12"}
        self.recorded = usual | self.recorded

    def __call__(self, request: Request, wire: Wire) -> None:
        """Answer as Prometheus does."""
        if self.lost:
            hang_up(request, wire)
            return
        match request.target.partition("?")[0]:
            case "/api/v1/query":
                answer = self._vector(request.form["query"])
            case "/api/v1/query_range":
                answer = {"resultType": "matrix", "result": []}
            case "/api/v1/rules":
                answer = {"groups": [self._group()] if self.failing else []}
            case "/api/v1/status/runtimeinfo":
                answer = {"storageRetention": self.retention}
            case _:
                reply({"status": "error", "error": "not found"}, status=404)(request, wire)
                return
        reply({"status": "success", "data": answer, "warnings": list(self.warnings)})(request, wire)

    def _group(self) -> dict[str, Any]:
        rule = {"name": "slo:all_events:rate", "labels": OF_THE_SLO, "query": "1", "type": "recording"}
        rule |= {"health": "err", "lastError": self.failing, "evaluationTime": 0.1}
        rule |= {"lastEvaluation": "2026-11-28T03:00:00.714980265Z"}
        return {"name": "slo:shop:base", "interval": 30, "file": "/rules/shop.yaml", "rules": [rule]}

    def _vector(self, query: str) -> dict[str, Any]:
        found = [
            {"metric": {"__name__": name, **OF_THE_SLO}, "value": [0, value]}
            for name, value in self.recorded.items()
            if value and name in query
        ]
        if "ALERTS" in query:
            found += [
                {"metric": {"__name__": "ALERTS", "alertstate": "firing", **labels}, "value": [0, "1"]}
                for labels in self.firing
            ]
        return {"resultType": "vector", "result": found}


def notified(*, silenced: bool) -> bytes:
    """What an Alertmanager tells of the page."""
    state = {"state": "suppressed" if silenced else "active", "silencedBy": ["a silence"] if silenced else []}
    alert = {
        "labels": PAGE,
        "annotations": {},
        "startsAt": "2026-03-01T03:00:00.000Z",
        "endsAt": "2026-03-01T04:00:00.000Z",
        "updatedAt": "2026-03-01T03:00:00.000Z",
        "fingerprint": "f",
        "generatorURL": "",
        "receivers": [{"name": "desk"}],
        "status": state | {"inhibitedBy": [], "mutedBy": []},
    }
    return json.dumps([alert]).encode()
