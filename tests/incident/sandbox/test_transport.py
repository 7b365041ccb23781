"""The official client on the sandbox's routes without a socket: what a test with a clock of its own builds on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pagerduty
import pytest

from sretool.incident.sandbox.faults import Fault
from sretool.incident.sandbox.fresh import SERVICE, new_keys, new_sandbox
from sretool.incident.sandbox.transport import SandboxTransport

START = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)


@dataclass
class World:
    """A sandbox on a clock that stands still, and the official client on it, which tries everything once."""

    now: datetime = START
    clock: Callable[[], datetime] = field(init=False)

    def __post_init__(self):
        self.clock = lambda: self.now
        self.keys = new_keys()
        self.sandbox = new_sandbox(self.keys, clock=self.clock)
        through = SandboxTransport(self.sandbox)
        self.rest = pagerduty.RestApiV2Client(self.keys.api_key, default_from="on-call@example.com", transport=through)
        self.events = pagerduty.EventsApiV2Client(self.keys.routing_key, transport=through)
        for client in (self.rest, self.events):
            client.max_network_attempts = 0
            client.max_http_attempts = 0
            client.retry = {}

    def open(self, key: str = "K"):
        draft = {"type": "incident", "title": "Invoices are late", "incident_key": key}
        service = {"id": SERVICE.id, "type": "service_reference"}
        return self.rest.post("/incidents", json={"incident": {**draft, "service": service}})

    @property
    def pages(self) -> list[str]:
        return [page.key for page in self.sandbox.account.pages]


@pytest.fixture
def world() -> World:
    return World()


def test_a_new_urgent_incident_is_one_page(world):
    opened = world.open().json()["incident"]

    assert (opened["status"], opened["incident_key"], world.pages) == ("triggered", "K", ["K"])


def test_a_lost_reply_was_committed_and_is_seen_as_a_network_error(world):
    world.sandbox.fail_with([Fault("lost")])

    with pytest.raises(pagerduty.Error) as failed:
        world.open()

    assert (failed.value.response, world.pages) == (None, ["K"])


def test_an_unreachable_sandbox_does_nothing(world):
    world.sandbox.fail_with([Fault("unreachable")])

    with pytest.raises(pagerduty.Error):
        world.open()

    assert world.pages == []


def test_a_reply_slower_than_the_timeout_was_committed(world):
    world.sandbox.fail_with([Fault("slow", seconds=Decimal(6))])
    world.rest.timeout = 5

    with pytest.raises(pagerduty.Error):
        world.open()

    assert world.pages == ["K"]


def test_a_reply_slower_than_usual_is_a_reply(world):
    world.sandbox.fail_with([Fault("slow", seconds=Decimal(4))])
    world.rest.timeout = 5

    assert world.open().status_code == 201


def test_95_percent_of_requests_fail_for_38_minutes_and_none_after(world):
    end = START + timedelta(minutes=38)
    world.sandbox.fail_with([Fault("5xx", share=Decimal("0.95"), seed=7, until=end)])
    failed = [world.open(f"K{number}").status_code >= 500 for number in range(900)]
    world.now = end

    assert 830 <= sum(failed) <= 880  # 855 are expected; the deviation of such a count is 6.5.
    assert world.open("after").status_code == 201
    assert len(world.pages) == 901 - sum(failed)


def test_the_same_seed_fails_the_same_requests(world):
    other = World()
    faults = [Fault("5xx", share=Decimal("0.5"), seed=7)]
    world.sandbox.fail_with(faults)
    other.sandbox.fail_with(faults)

    statuses = [[one.open(f"K{number}").status_code for number in range(40)] for one in (world, other)]

    assert statuses[0] == statuses[1]
    assert {201, 500, 502, 503, 504} == set(statuses[0])


def test_a_fault_of_one_api_leaves_the_other_alone(world):
    world.sandbox.fail_with([Fault("5xx", on="rest")])

    assert world.open().status_code >= 500
    assert world.events.trigger("Invoices are late", "billing", dedup_key="K") == "K"
    assert world.pages == ["K"]
