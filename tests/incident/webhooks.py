"""Notifications as an Alertmanager 0.25 posts them, made of what differs between them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from incident.samples import NIGHT

GROUP = '{}/{owner="ingest"}:{service="shop", slo="availability"}'
BURN = {"alertname": "ErrorBudgetBurn", "service": "shop", "slo": "availability", "severity": "page"}
FAST, SLOW = {**BURN, "burn_tier": "1h-5m"}, {**BURN, "burn_tier": "6h-30m"}
NEVER = "0001-01-01T00:00:00Z"  # What a firing alert has as its end.


def firing(labels: dict[str, str] = FAST, *, began: datetime = NIGHT, **annotations: str) -> dict[str, Any]:
    return _alert("firing", labels, annotations, began.isoformat(), NEVER)


def ended(
    labels: dict[str, str] = FAST, *, began: datetime = NIGHT, after: timedelta = timedelta(minutes=9)
) -> dict[str, Any]:
    return _alert("resolved", labels, {}, began.isoformat(), (began + after).isoformat())


def posted(*alerts: dict[str, Any], group: str = GROUP, omitted: int = 0, **changed: Any) -> bytes:
    """The body of a request."""
    is_firing = any(alert["status"] == "firing" for alert in alerts)
    return json.dumps(
        {
            "receiver": "incidents",
            "status": "firing" if is_firing else "resolved",
            "alerts": list(alerts),
            "groupLabels": {},
            "commonLabels": {},
            "commonAnnotations": {},
            "externalURL": "http://alertmanager.example",
            "version": "4",
            "groupKey": group,
            "truncatedAlerts": omitted,
        }
        | changed
    ).encode()


def _alert(status: str, labels: dict[str, str], annotations: dict[str, str], began: str, end: str) -> dict[str, Any]:
    return {
        "status": status,
        "labels": labels,
        "annotations": annotations,
        "startsAt": began,
        "endsAt": end,
        "generatorURL": "http://prometheus.example/graph",
        "fingerprint": sha256(repr(sorted(labels.items())).encode()).hexdigest()[:16],
    }
