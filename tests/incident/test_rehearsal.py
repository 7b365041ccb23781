"""What `--dry-run` shows is what is sent."""

import json

import httpx2
import pytest
from incident.night import Night

from sretool.incident import acting
from sretool.incident.outbox import still_to_send
from sretool.incident.pagerduty.pager import PagerDuty
from sretool.incident.pagerduty.rehearsal import as_json, as_text, rehearsed
from sretool.incident.pagerduty.wire import ClientWire
from sretool.incident.rehearsing import RehearsalLedger
from sretool.incident.sandbox.transport import SandboxTransport


class Heard(httpx2.BaseTransport):
    """The sandbox, and what it was sent."""

    def __init__(self, sandbox):
        self.inner, self.heard = SandboxTransport(sandbox), []

    def handle_request(self, request):
        self.heard.append((request.method, str(request.url), json.loads(request.read() or b"null")))
        return self.inner.handle_request(request)


def shown(request):
    """Method, URL and body of a request as its text shows them, which are those of its JSON."""
    head, _, body = as_text(request).partition("\n\n")
    method, url = head.splitlines()[0].split(" ")
    found = as_json(request)
    assert (method, url, json.loads(body) if body else None) == (found["method"], found["url"], found["body"])
    return found["method"], found["url"], found["body"]


@pytest.mark.parametrize("action", ["trigger", "acknowledge", "note", "resolve"])
def test_the_requests_that_are_shown_are_those_that_are_made(tmp_path, action):
    night = Night(tmp_path / "incidents", has_events=False)
    incident = night.open()
    if action != "trigger":
        night.deliver()
        getattr(night, action)(incident)
    (delivery,) = still_to_send(night.incident(incident))
    requests = list(rehearsed(night.access, night.incident(incident), delivery, is_fresh=True, now=night.now))
    heard = Heard(night.sandbox)
    PagerDuty(night.access, ClientWire(night.access, transport=heard), night.now).tell(
        delivery, night.incident(incident), is_fresh=True, until=1e12
    )

    assert [shown(request) for request in requests] == heard.heard


def test_a_ledger_for_rehearsals_says_what_it_would_and_writes_nothing(tmp_path):
    night = Night(tmp_path / "incidents")
    ledger = RehearsalLedger(night.directory, now=night.now)
    opened = acting.open_incident(ledger, night.author, now=night.now(), title="Orders fail")
    acting.acknowledge(ledger, night.author, opened.incident_id)
    (incident,) = ledger.incidents()

    assert (incident.status, incident.title) == ("acknowledged", "Orders fail")
    assert [delivery.action for delivery in still_to_send(incident)] == ["trigger", "acknowledge"]
    assert not night.directory.exists()


def test_a_ledger_for_rehearsals_knows_what_was_recorded(tmp_path):
    night = Night(tmp_path / "incidents")
    incident = night.open()
    before = [path.read_bytes() for path in night.directory.glob("*.jsonl")]
    ledger = RehearsalLedger(night.directory, now=night.now)
    acting.resolve(ledger, night.author, incident)
    found = ledger.incident(incident)

    assert found is not None
    assert found.status == "resolved"
    assert night.incident(incident).status == "open"
    assert [path.read_bytes() for path in night.directory.glob("*.jsonl")] == before
