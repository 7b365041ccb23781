"""An Alertmanager, as what can be asked of it (API v2)."""

from __future__ import annotations

from sretool.prometheus import notified
from sretool.prometheus.asking import Server
from sretool.prometheus.notified import NotifiedAlert, Silence

_ALL = {"active": "true", "silenced": "true", "inhibited": "true", "unprocessed": "true"}


class Alertmanager(Server):
    """Every method but is_ready raises an error of `sretool.prometheus.errors`."""

    def alerts(self) -> tuple[NotifiedAlert, ...]:
        """All alerts that fire, those too that are silenced or inhibited."""
        return self._got(notified.alerts, "/api/v2/alerts", _ALL)

    def silences(self) -> tuple[Silence, ...]:
        """All that it remembers; those that are over it forgets after some days."""
        return self._got(notified.silences, "/api/v2/silences")
