"""A real Alertmanager: what fires, who silenced it, and what inhibits it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from sretool.demo.processes import wait_until
from sretool.demo.server import alerting
from sretool.prometheus.alertmanager import Alertmanager
from sretool.prometheus.connection import Endpoint
from sretool.prometheus.notified import Matcher, NotifiedAlert

CONFIGURATION = """route: {receiver: nobody, group_wait: 1s}
receivers: [{name: nobody}]
inhibit_rules:
- {source_matchers: [severity="page"], target_matchers: [severity="ticket"], equal: [slo]}
"""
BEGAN = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def alertmanager(alertmanager_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    home = tmp_path_factory.mktemp("alertmanager")
    with alerting(alertmanager_binary, home, CONFIGURATION) as url, Alertmanager(Endpoint(url)) as server:
        yield server


def post(server: Alertmanager, path: str, content: object) -> dict:
    request = Request(server.url + path, json.dumps(content).encode(), {"Content-Type": "application/json"})
    with urlopen(request) as response:
        return json.loads(response.read() or "{}")


def fire(server: Alertmanager, **labels: str) -> None:
    post(server, "/api/v2/alerts", [{"labels": labels, "annotations": {"summary": "s"}, "startsAt": BEGAN.isoformat()}])


def wait_for(
    server: Alertmanager, labels: dict[str, str], is_so: Callable[[NotifiedAlert], bool] = lambda _: True
) -> NotifiedAlert:
    """The alert of these labels, once it is so. What keeps it quiet is reckoned when it is asked for."""
    found: list[NotifiedAlert] = []

    def is_there() -> bool:
        found[:] = [alert for alert in server.alerts() if alert.labels == labels]
        return any(map(is_so, found))

    wait_until(is_there, seconds_max=60, what=f"an alert of {labels}")
    return found[0]


def test_an_alert_that_tells_somebody(alertmanager: Alertmanager):
    labels = {"alertname": "Loud", "slo": "loud"}

    fire(alertmanager, **labels)

    alert = wait_for(alertmanager, labels)
    assert (alert.annotations, alert.started_at_utc, alert.receivers) == ({"summary": "s"}, BEGAN, ("nobody",))
    assert (alert.silenced_by, alert.inhibited_by, alert.is_quiet) == ((), (), False)


def test_a_silence_keeps_an_alert_quiet_and_says_who_wanted_it(alertmanager: Alertmanager):
    labels = {"alertname": "Silenced", "slo": "silenced"}
    matchers = [
        {"name": "slo", "value": "silenced", "isRegex": False, "isEqual": True},
        {"name": "alertname", "value": "L.*", "isRegex": True, "isEqual": False},
    ]
    start, end = BEGAN, BEGAN + timedelta(days=3_650)

    times = {"startsAt": start.isoformat(), "endsAt": end.isoformat()}
    made = post(
        alertmanager, "/api/v2/silences", {"matchers": matchers, "createdBy": "ana", "comment": "a move"} | times
    )
    fire(alertmanager, **labels)

    alert = wait_for(alertmanager, labels)
    (silence,) = alertmanager.silences()
    assert (alert.silenced_by, alert.inhibited_by, alert.is_quiet) == ((made["silenceID"],), (), True)
    assert (silence.id, silence.state) == (made["silenceID"], "active")
    assert (silence.created_by, silence.comment, silence.ends_at_utc) == ("ana", "a move", end)
    assert set(silence.matchers) == {
        Matcher("slo", "silenced", is_regex=False, is_equal=True),
        Matcher("alertname", "L.*", is_regex=True, is_equal=False),
    }
    assert sorted(map(str, silence.matchers)) == ['alertname!~"L.*"', 'slo="silenced"']


def test_a_page_inhibits_a_ticket(alertmanager: Alertmanager):
    page = {"alertname": "Burn", "severity": "page", "slo": "inhibited"}
    ticket = page | {"severity": "ticket"}

    fire(alertmanager, **page)
    cause = wait_for(alertmanager, page)
    fire(alertmanager, **ticket)

    # Whoever inhibits hears of the page by a way of its own, which may be later.
    alert = wait_for(alertmanager, ticket, lambda one: bool(one.inhibited_by))
    assert (alert.silenced_by, alert.inhibited_by, alert.is_quiet) == ((), (cause.fingerprint,), True)
