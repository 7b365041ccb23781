"""What notifications make of the incident ledger, whoever tells them, in whatever order and however often."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from incident.samples import NIGHT, Clock, ledger_in
from incident.webhooks import BURN, FAST, GROUP, SLOW, ended, firing, posted

from sretool.incident.acting import Author, resolve
from sretool.incident.events import AlertsSeen, SeveritySet
from sretool.incident.history import Incident
from sretool.incident.ledger import Draft, Ledger
from sretool.incident.receiving import record

LATER = NIGHT + timedelta(hours=1)
TICKET = {**BURN, "severity": "ticket", "burn_tier": "3d-6h"}
ADA = Author("ada", "desk")


class Told:
    """A ledger to which notifications are told."""

    def __init__(self, directory: Path) -> None:
        self.clock = Clock()
        self.ledger: Ledger = ledger_in(directory, self.clock)

    def tell(self, *bodies: bytes, pages: bool = True) -> None:
        for body in bodies:
            record(self.ledger, body, pages=pages, now=self.clock)
            self.clock.now += timedelta(seconds=30)

    @property
    def incidents(self) -> tuple[Incident, ...]:
        return self.ledger.incidents()

    @property
    def only(self) -> Incident:
        (incident,) = self.incidents
        return incident


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def test_a_group_that_fires_opens_an_incident_that_is_to_be_paged(told: Told):
    told.tell(posted(firing(summary="shop/availability spends its budget 40 times too fast")))

    assert (told.only.status, told.only.opened.group) == ("open", GROUP)
    assert told.only.title == "shop/availability spends its budget 40 times too fast"
    assert (told.only.service, told.only.slo) == ("shop", "shop/availability")
    assert (told.only.severity, told.only.opened.severity_reason) == ("sev2", "its alert has the severity page")
    assert [delivery.action for delivery in told.only.deliveries] == ["trigger"]
    assert [alert.fingerprint for alert in told.only.alerts] == [firing()["fingerprint"]]


def test_without_a_key_nothing_is_to_be_paged(told: Told):
    told.tell(posted(firing()), pages=False)

    assert told.only.deliveries == ()


def test_the_same_group_twice_is_one_incident_and_nothing_more_to_record(told: Told):
    told.tell(posted(firing(burn_rate="40")), posted(firing(burn_rate="41")))

    assert len(told.ledger.events()) == 2


def test_further_alerts_of_the_group_join_it(told: Told):
    told.tell(posted(firing()), posted(firing(), firing(SLOW, began=LATER)))

    assert [alert.started_at_utc for alert in told.only.alerts] == [NIGHT, LATER]


def test_another_group_is_another_incident(told: Told):
    told.tell(posted(firing()), posted(firing(), group="{}:{}"))

    assert len(told.incidents) == 2


def test_it_is_over_when_all_its_alerts_have_ended_and_not_before(told: Told):
    told.tell(posted(firing(), firing(SLOW)), posted(ended(), firing(SLOW)))
    before = told.only.status
    told.tell(posted(ended(), ended(SLOW)))

    assert (before, told.only.status) == ("open", "resolved")
    assert [delivery.action for delivery in told.only.deliveries] == ["trigger", "resolve"]


def test_an_alert_that_is_silenced_while_the_others_end_keeps_it_open(told: Told):
    told.tell(posted(firing(), firing(SLOW)), posted(ended()))

    assert told.only.status == "open"


def test_what_a_truncated_notification_does_not_show_keeps_it_open(told: Told):
    told.tell(posted(firing(), omitted=2), posted(ended(), omitted=2))
    before = told.only.status
    told.tell(posted(ended()))

    assert (before, told.only.status) == ("open", "resolved")


def test_what_fires_again_later_is_another_incident(told: Told):
    told.tell(posted(firing()), posted(ended()), posted(firing(began=LATER)))

    assert [incident.status for incident in told.incidents] == ["resolved", "open"]


def test_what_is_told_late_of_what_is_over_is_no_incident(told: Told):
    told.tell(posted(firing()), posted(ended()), posted(firing()), posted(ended()))

    assert told.only.status == "resolved"


def test_what_ended_in_an_incident_that_goes_on_does_not_begin_again_by_late_news(told: Told):
    told.tell(posted(firing(), firing(SLOW)), posted(ended(), firing(SLOW)), posted(firing(), firing(SLOW)))
    told.tell(posted(ended(), ended(SLOW)))

    assert told.only.status == "resolved"


def test_an_alert_that_only_seemed_to_end_is_another_incident_once_it_can_be_no_late_news(told: Told):
    told.tell(posted(firing()), posted(ended()))
    told.clock.now += timedelta(minutes=15)
    told.tell(posted(firing()))

    assert [incident.status for incident in told.incidents] == ["resolved", "open"]


def test_an_end_of_which_nobody_knew_the_beginning_is_nothing(told: Told):
    told.tell(posted(ended()))

    assert told.incidents == ()


def test_what_a_person_has_resolved_stays_so_while_the_same_alerts_fire_on(told: Told):
    told.tell(posted(firing()))
    resolve(told.ledger, ADA, told.only.incident_id, "it is by design")
    told.tell(posted(firing()), posted(ended()))

    assert told.only.status == "resolved"
    assert told.only.alerts[0].ended_at_utc is not None


def test_an_alert_that_begins_after_a_person_has_resolved_is_another_incident(told: Told):
    told.tell(posted(firing()))
    resolve(told.ledger, ADA, told.only.incident_id)
    told.tell(posted(firing(), firing(SLOW, began=LATER)))

    assert [incident.status for incident in told.incidents] == ["resolved", "open"]
    assert [alert.started_at_utc for alert in told.incidents[1].alerts] == [LATER]


def test_a_slower_alert_that_was_muted_when_a_person_resolved_it_pages_nobody_again(told: Told):
    told.tell(posted(firing()))
    told.clock.now += timedelta(minutes=30)
    resolve(told.ledger, ADA, told.only.incident_id, "rolled back")
    muted = NIGHT + timedelta(minutes=10)
    told.tell(posted(ended(), firing(SLOW, began=muted)))
    fires_on = [alert.started_at_utc for alert in told.only.firing]
    told.tell(posted(ended(), ended(SLOW, began=muted)))

    assert (fires_on, told.only.firing) == ([muted], ())
    assert [delivery.action for delivery in told.only.deliveries] == ["trigger"]


@pytest.mark.parametrize(
    "untold",
    [
        {**SLOW, "slo": "latency"},
        {**SLOW, "region": "eu"},
        {**SLOW, "alertname": "SloNoData"},
        {"alertname": "Foreign", "job": "shop"},
    ],
)
def test_another_thing_in_the_group_that_nobody_was_told_of_is_another_incident_whenever_it_began(told: Told, untold):
    told.tell(posted(firing()))
    resolve(told.ledger, ADA, told.only.incident_id)
    told.tell(posted(firing(), firing(untold, began=NIGHT - timedelta(minutes=1))))

    assert [incident.status for incident in told.incidents] == ["resolved", "open"]


def test_a_page_that_began_before_a_person_resolved_a_ticket_is_another_incident(told: Told):
    told.tell(posted(firing(TICKET)))
    resolve(told.ledger, ADA, told.only.incident_id)
    told.tell(posted(firing(TICKET), firing(began=NIGHT - timedelta(minutes=1))))

    assert [incident.severity for incident in told.incidents] == ["sev4", "sev2"]


def test_a_ticket_that_a_page_had_muted_when_a_person_resolved_it_is_no_incident(told: Told):
    told.tell(posted(firing()))
    resolve(told.ledger, ADA, told.only.incident_id)
    told.tell(posted(ended(), firing(TICKET, began=NIGHT - timedelta(minutes=1))))

    assert told.only.severity == "sev2"


def test_a_slower_alert_that_goes_on_when_the_group_has_ended_by_itself_is_another_incident(told: Told):
    """Nobody has looked at it, and it burns."""
    told.tell(posted(firing()), posted(ended()), posted(firing(SLOW)))

    assert [incident.status for incident in told.incidents] == ["resolved", "open"]


def test_what_a_person_says_was_over_earlier_covers_no_alert_that_began_since(told: Told):
    told.tell(posted(firing()))
    told.clock.now += timedelta(hours=2)
    resolve(told.ledger, replace(ADA, at=NIGHT + timedelta(minutes=5)), told.only.incident_id)
    told.tell(posted(ended(), firing(SLOW, began=NIGHT + timedelta(hours=1))))

    assert [incident.status for incident in told.incidents] == ["resolved", "open"]


def test_a_graver_alert_that_joins_makes_it_graver_and_a_lesser_one_does_not(told: Told):
    told.tell(
        posted(firing(TICKET)), posted(firing(TICKET), firing()), posted(firing({**TICKET, "burn_tier": "1d-2h"}))
    )

    assert [severity for _, severity, _ in told.only.severities] == ["sev4", "sev2"]


def test_how_grave_it_is_by_a_persons_word_stays(told: Told):
    told.tell(posted(firing(TICKET)))
    told.ledger.append([Draft(told.only.incident_id, SeveritySet("sev3", "ada said so"))])
    told.tell(posted(firing(TICKET), firing()))

    assert told.only.severity == "sev3"


@pytest.mark.parametrize(
    ("labels", "severity", "words"),
    [
        (
            {"alertname": "InvariantViolated", "invariant": "sum", "severity": "page"},
            "sev1",
            "an invariant is violated",
        ),
        ({"alertname": "InvariantNotMeasured", "invariant": "sum", "severity": "ticket"}, "sev4", "ticket"),
        ({"alertname": "Foreign", "severity": "Critical"}, "sev2", "Critical"),
        ({"alertname": "Foreign", "severity": "warning"}, "sev3", "warning"),
        ({"alertname": "Foreign", "severity": "P5"}, "sev2", "P5, which says nothing here"),
        ({"alertname": "Foreign"}, "sev2", "no severity: nobody knows"),
    ],
)
def test_how_grave_it_is_follows_from_the_alert(told: Told, labels, severity, words):
    told.tell(posted(firing(labels)))

    assert told.only.severity == severity
    assert words in told.only.opened.severity_reason


@pytest.mark.parametrize(
    ("labels", "annotations", "title", "service"),
    [
        ({"alertname": "Down", "job": "api", "instance": "a:1"}, {}, "Down on a:1", "api"),
        ({"alertname": "Down", "job": "api"}, {"summary": " It is\n down. "}, "It is down.", "api"),
        ({"alertname": "Down"}, {"message": "gone"}, "gone", ""),
        ({}, {}, "an alert without a name", ""),
    ],
)
def test_alerts_that_are_not_ours_have_titles_and_services_too(told: Told, labels, annotations, title, service):
    told.tell(posted(firing(labels, **annotations)))

    assert (told.only.title, told.only.service, told.only.slo) == (title, service, "")


def test_the_title_is_of_the_worst_alert_and_counts_the_others(told: Told):
    told.tell(
        posted(firing(TICKET, summary="slow"), firing(FAST, summary="fast"), firing(SLOW, began=LATER), omitted=4)
    )

    assert told.only.title == "fast (and 6 more alerts)"


def test_an_invariant_is_named_as_an_slo_is(told: Told):
    told.tell(posted(firing({"alertname": "InvariantViolated", "service": "shop", "invariant": "sum"})))

    assert told.only.slo == "shop/sum"


@settings(max_examples=25)
@given(st.data())
def test_whatever_is_told_again_changes_nothing(tmp_path_factory, data):
    story = [
        posted(firing()),
        posted(firing(), firing(SLOW)),
        posted(ended(), firing(SLOW)),
        posted(ended(), ended(SLOW)),
    ]
    once, often = Told(tmp_path_factory.mktemp("once")), Told(tmp_path_factory.mktemp("often"))

    once.tell(*story)
    for place, body in enumerate(story):
        repeated = data.draw(st.lists(st.sampled_from(story[: place + 1]), max_size=3))
        often.tell(body, *repeated)

    assert once.only.status == often.only.status == "resolved"
    assert once.only.alerts == often.only.alerts
    assert len(often.only.deliveries) == 2


@settings(max_examples=25)
@given(st.data())
def test_what_began_before_a_person_resolved_it_is_one_incident_in_whatever_order_it_is_told(tmp_path_factory, data):
    muted = NIGHT + timedelta(seconds=10)
    fast, slow = [firing(), ended()], [firing(SLOW, began=muted), ended(SLOW, began=muted)]
    bodies = [posted(one) for one in (*fast, *slow)] + [posted(one, other) for one in fast for other in slow]
    told = Told(tmp_path_factory.mktemp("told"))

    told.tell(posted(firing()))
    resolve(told.ledger, ADA, told.only.incident_id)
    for body in data.draw(st.lists(st.sampled_from(bodies), max_size=8)):
        told.clock.now += timedelta(minutes=data.draw(st.sampled_from([0, 20])))
        told.tell(body)

    assert [delivery.action for delivery in told.only.deliveries] == ["trigger"]


def test_a_hundred_thousand_letters_of_one_alert_are_no_line_that_fills_a_disk(told: Told):
    labels = {f"label_{number:04}": "x" * 10_000 for number in range(200)}

    told.tell(posted(firing(labels, summary="y" * 100_000)))

    lines = [line for path in told.ledger.directory.glob("*.jsonl") for line in path.read_bytes().splitlines()]
    assert sum(map(len, lines)) < 100_000
    assert all(json.loads(line) for line in lines)


def test_an_alert_whose_clock_is_ahead_is_no_trouble(told: Told):
    told.tell(posted(firing(began=datetime.fromisoformat("2099-01-01T00:00:00Z"))))

    assert told.only.opened_at_utc == NIGHT
    assert [seen for _, seen in told.only.all(AlertsSeen)]
