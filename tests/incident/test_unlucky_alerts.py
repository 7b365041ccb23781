"""What an unlucky night does to whoever hears alerts: restarts, bugs of ours, and what comes back from long ago."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from incident.samples import Clock, ledger_in
from incident.webhooks import ended, firing, posted

from sretool.incident.ledger import Ledger
from sretool.incident.receiver import PATH, Receiver, Request
from sretool.incident.receiving import record

GROUPS = [f'{{}}:{{service="shop-{number}"}}' for number in range(8)]


def tell(ledger: Ledger, clock: Clock, body: bytes) -> None:
    record(ledger, body, pages=True, now=clock)
    clock.now += timedelta(minutes=20)


def post(receiver: Receiver, body: bytes) -> str:
    headers = {"content-type": "application/json"}
    return receiver.answer(Request("POST", PATH, headers, len(body), lambda: body)).text


def test_a_receiver_that_starts_anew_knows_which_of_two_incidents_of_an_alert_is_the_last(tmp_path: Path):
    """An Alertmanager that was cut off told an end, and later that it fires, as of the same beginning."""
    clock = Clock()
    ledger = ledger_in(tmp_path, clock)
    for group in GROUPS:
        for alert in (firing(), ended(), firing()):
            tell(ledger, clock, posted(alert, group=group))
    receiver = Receiver(ledger, now=clock)
    before = len(ledger.events())
    repeated = [post(receiver, posted(firing(), group=group)) for group in GROUPS]
    grown = len(ledger.events()) - before
    for group in GROUPS:
        post(receiver, posted(ended(), group=group))

    assert (repeated, grown) == (["known\n"] * 8, 0)
    assert [incident.status for incident in ledger.incidents()] == ["resolved"] * 16


def test_a_group_of_ten_thousand_alerts_is_not_too_long_to_page(tmp_path: Path):
    """Each of some 2 KB, as rules of ours have it; of all but one, blanks stand here for what takes long to read."""
    ledger = ledger_in(tmp_path)
    answer = post(Receiver(ledger, pages=True), posted(firing()) + b" " * 20_000_000)

    assert answer == "recorded\n"
    assert [delivery.action for delivery in ledger.incidents()[0].deliveries] == ["trigger"]
