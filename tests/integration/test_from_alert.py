"""A real Alertmanager tells a real receiver, which tells a PagerDuty of our own: whatever dies in between."""

from __future__ import annotations

import json
import signal
import ssl
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from sretool.clock import now
from sretool.demo.measured import SRETOOL
from sretool.demo.processes import announced, started, wait_until
from sretool.demo.server import CONFIGURATION, alerting
from sretool.incident.acting import Author, resolve
from sretool.incident.history import Incident
from sretool.incident.ledger import Ledger

WAIT_SECONDS_MAX = 60
RECORDED, KNOWN = ('notifications_total{outcome="recorded"}', 'notifications_total{outcome="known"}')
FAST = {
    "alertname": "ErrorBudgetBurn",
    "service": "shop",
    "slo": "availability",
    "burn_tier": "1h-5m",
    "severity": "page",
}
SLOW = FAST | {"burn_tier": "6h-30m"}
# A receiver that dies once a notification is on the disk, and before it can say so.
DIES = """\
import os, signal, threading
from pathlib import Path
from sretool.incident.ledger import Ledger
from sretool.incident.listening import listening
from sretool.incident.receiver import PATH, Receiver

class Dying(Ledger):
    def append_if(self, decide, **how):
        super().append_if(decide, **how)
        os.kill(os.getpid(), signal.SIGKILL)

with listening(Receiver(Dying(Path("incidents")), pages=True), "127.0.0.1", 0) as url:
    print(url + PATH, flush=True)
    threading.Event().wait()
"""


@dataclass(frozen=True)
class Here:
    """A repository, and a PagerDuty for it."""

    home: Path
    pagerduty: Mapping[str, str]

    @property
    def incidents(self) -> tuple[Incident, ...]:
        return Ledger(self.home / "incidents").incidents()

    @property
    def pages(self) -> list[dict]:
        """Whom PagerDuty has woken."""
        return self._ask("pages")["pages"]

    def fail(self, faults: list[dict]) -> None:
        """Have PagerDuty fail so from now on."""
        self._ask("faults", json.dumps(faults).encode())

    def _ask(self, what: str, body: bytes | None = None) -> dict:
        trust = ssl.create_default_context(cafile=self.pagerduty["SSL_CERT_FILE"])
        url = f"{self.pagerduty['SRETOOL_PAGERDUTY_URL']}/sandbox/{what}"
        with urlopen(Request(url, body, method="PUT" if body else "GET"), context=trust) as answer:
            return json.load(answer)

    @contextmanager
    def receiver(self) -> Iterator[str]:
        """The command as a process; the URL to which notifications are posted."""
        command = [*SRETOOL, "incident", "from-alert", "--listen", "127.0.0.1:0", "--output", "json"]
        log = self.home / f"receiver-{now().timestamp()}.log"
        with announced(command, log=log, directory=self.home, environment=self.pagerduty) as ready:
            yield ready["url"]

    def wait(self, what: str, status: str, *, alerts: int) -> None:
        """Until there is one incident of that status, with so many alerts."""

        def is_so() -> bool:
            return [(one.status, len(one.alerts)) for one in self.incidents] == [(status, alerts)]

        wait_until(is_so, seconds_max=WAIT_SECONDS_MAX, what=what)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    log = tmp_path_factory.mktemp("sandbox") / "log"
    with announced([*SRETOOL, "incident", "sandbox", "--service", "PSHOP", "--output", "json"], log=log) as ready:
        yield ready["environment"]


@pytest.fixture
def here(tmp_path: Path, sandbox: Mapping[str, str]) -> Here:
    (tmp_path / "sretool.yaml").write_text("incidents: incidents/\n")
    (tmp_path / "catalog.yaml").write_text("teams: {shop: {}}\nservices: {shop: {team: shop, pagerduty: PSHOP}}\n")
    return Here(tmp_path, sandbox)


@contextmanager
def alertmanager(binary: Path, home: Path, url: str) -> Iterator[str]:
    """One that tells a receiver; its own URL."""
    home.mkdir()
    with alerting(binary, home, telling(url)) as own:
        yield own


def telling(url: str) -> str:
    """The configuration of an Alertmanager that tells a receiver; of latency, a fast alert mutes a slow one."""
    route = {"receiver": "incidents", "group_by": ["service", "slo"], "group_wait": "0s", "group_interval": "1s"}
    muted = {
        "source_matchers": ['burn_tier="1h-5m"'],
        "target_matchers": ['burn_tier="6h-30m"', 'slo="latency"'],
        "equal": ["service", "slo"],
    }
    receivers = [{"name": "incidents", "webhook_configs": [{"url": url}]}]
    return json.dumps({"route": route, "inhibit_rules": [muted], "receivers": receivers})


def tell(url: str, began: datetime, *all_labels: Mapping[str, str], ended: bool = False) -> None:
    """As Prometheus does: that alerts fire, or have ended."""
    times = {"startsAt": began.isoformat()} | ({"endsAt": now().isoformat()} if ended else {})
    alerts = [{"labels": labels, "annotations": {"summary": "It burns."}} | times for labels in all_labels]
    posted = Request(f"{url}/api/v2/alerts", json.dumps(alerts).encode(), {"Content-Type": "application/json"})
    urlopen(posted).close()


def test_a_group_of_alerts_is_one_incident_from_its_first_alert_to_the_end_of_the_last(
    here: Here, alertmanager_binary: Path, tmp_path: Path
):
    began = now() - timedelta(minutes=3)
    before = len(here.pages)
    with here.receiver() as receiver, alertmanager(alertmanager_binary, tmp_path / "am", receiver) as url:
        tell(url, began, FAST)
        here.wait("an incident", "open", alerts=1)
        tell(url, began, FAST, SLOW)
        here.wait("the second alert", "open", alerts=2)
        tell(url, began, FAST, ended=True)
        tell(url, began, SLOW)
        tell(url, began, FAST, SLOW, ended=True)
        here.wait("its end", "resolved", alerts=2)
        wait_until(lambda: is_told(here), seconds_max=WAIT_SECONDS_MAX, what="PagerDuty to be told")

    (incident,) = here.incidents
    assert (incident.title, incident.slo, incident.severity) == ("It burns.", "shop/availability", "sev2")
    assert all(alert.ended_at_utc is not None for alert in incident.alerts)
    assert [page["title"] for page in here.pages[before:]] == ["It burns."]


def test_a_slow_alert_that_was_muted_when_a_person_resolved_the_incident_wakes_nobody_again(
    here: Here, alertmanager_binary: Path, tmp_path: Path
):
    began, before = now() - timedelta(minutes=3), len(here.pages)
    fast, slow = FAST | {"slo": "latency"}, SLOW | {"slo": "latency"}
    with here.receiver() as receiver, alertmanager(alertmanager_binary, tmp_path / "am", receiver) as url:
        tell(url, began, fast)
        here.wait("an incident", "open", alerts=1)
        tell(url, began + timedelta(minutes=1), slow)
        wait_until(lambda: is_told(here), seconds_max=WAIT_SECONDS_MAX, what="the page")
        resolve(Ledger(here.home / "incidents"), Author("ada", "desk"), here.incidents[0].incident_id)
        tell(url, began, fast, ended=True)
        here.wait("the slow alert", "resolved", alerts=2)
        fires_on = [dict(alert.labels)["burn_tier"] for alert in here.incidents[0].firing]
        tell(url, began + timedelta(minutes=1), slow, ended=True)
        wait_until(lambda: not here.incidents[0].firing, seconds_max=WAIT_SECONDS_MAX, what="its end")

    assert fires_on == ["6h-30m"]
    assert len(here.incidents) == 1
    assert len(here.pages) - before == 1


def is_told(here: Here) -> bool:
    return all(delivery.state == "delivered" for one in here.incidents for delivery in one.deliveries)


def test_a_receiver_that_dies_before_it_answers_has_opened_one_incident_which_the_next_delivers(
    here: Here, alertmanager_binary: Path, tmp_path: Path
):
    began, log, before = now(), tmp_path / "dying.log", len(here.pages)
    with ExitStack() as parts:
        dying = parts.enter_context(started([sys.executable, "-c", DIES], log=log, directory=here.home))
        wait_until(lambda: log.read_text().endswith("\n"), seconds_max=WAIT_SECONDS_MAX, what="the first receiver")
        url = parts.enter_context(alertmanager(alertmanager_binary, tmp_path / "am", log.read_text().strip()))
        tell(url, began, FAST)
        assert dying.wait(WAIT_SECONDS_MAX) == -signal.SIGKILL
        here.wait("what it left", "open", alerts=1)
        receiver = parts.enter_context(here.receiver())
        # Not on the same port, which somebody else may have taken by now.
        (tmp_path / "am" / CONFIGURATION).write_text(telling(receiver))
        urlopen(Request(f"{url}/-/reload", method="POST")).close()
        wait_until(
            lambda: metric(receiver, KNOWN) > 0, seconds_max=WAIT_SECONDS_MAX, what="the Alertmanager to try again"
        )
        wait_until(lambda: is_told(here), seconds_max=WAIT_SECONDS_MAX, what="PagerDuty to be told")

    assert len(here.incidents) == 1
    assert len(here.pages) - before == 1


def metric(receiver: str, name: str) -> float:
    """Of the receiver's own metrics."""
    with urlopen(receiver.replace("/alerts", "/metrics")) as answer:
        lines = [line.rpartition(" ") for line in answer.read().decode().splitlines()]
    (value,) = (value for found, _, value in lines if found == f"sretool_receiver_{name}")
    return float(value)


def test_two_alertmanagers_that_tell_two_receivers_of_a_directory_are_one_incident(
    here: Here, alertmanager_binary: Path, tmp_path: Path
):
    began, before = now(), len(here.pages)
    with ExitStack() as parts:
        receivers = [parts.enter_context(here.receiver()) for _ in range(2)]
        urls = [
            parts.enter_context(alertmanager(alertmanager_binary, tmp_path / name, receiver))
            for name, receiver in zip("ab", receivers, strict=True)
        ]
        for url in urls:
            tell(url, began, FAST)
        wait_until(lambda: all(map(has_heard, receivers)), seconds_max=WAIT_SECONDS_MAX, what="both to be told")
        wait_until(lambda: is_told(here), seconds_max=WAIT_SECONDS_MAX, what="PagerDuty to be told")

    assert len(here.incidents) == 1
    assert len(here.pages) - before == 1


def has_heard(receiver: str) -> bool:
    return metric(receiver, RECORDED) + metric(receiver, KNOWN) > 0


def test_while_pagerduty_is_away_the_receiver_says_what_waits_and_tells_it_afterwards(
    here: Here, alertmanager_binary: Path, tmp_path: Path
):
    before = len(here.pages)
    with here.receiver() as receiver, alertmanager(alertmanager_binary, tmp_path / "am", receiver) as url:
        here.fail([{"fault": "5xx"}])
        tell(url, now(), FAST)
        failed = 'deliveries_total{outcome="failed"}'
        wait_until(lambda: metric(receiver, failed) > 0, seconds_max=WAIT_SECONDS_MAX, what="an attempt that fails")
        assert (metric(receiver, "waiting_incidents"), len(here.pages) - before) == (1, 0)
        here.fail([])
        wait_until(lambda: metric(receiver, "waiting_incidents") == 0, seconds_max=WAIT_SECONDS_MAX, what="the page")

    assert len(here.pages) - before == 1
