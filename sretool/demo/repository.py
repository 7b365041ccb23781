"""What the demonstration's repository says beside its SLOs: who owns what, what a budget decides, what people know."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

PAGED: Final = "billing-ingest"
_OWNERS: Final = {PAGED: "ingest", "billing-probe": "ingest", "billing-invoices": "invoicing"}
_IDS: Final = {PAGED: "PINGEST", "billing-probe": "PPROBER", "billing-invoices": "PINVOIC"}
SETTINGS: Final = "slos: slos/\nrunbooks: runbooks/\n"
POLICY: Final = """\
# Below this much of its budget only what makes a service more reliable ships; below that, with care.
freeze_below: 0%
caution_below: 25%
"""


def catalog(real_service: str = "") -> str:
    """Who owns what, and what PagerDuty calls it: the sandbox each its own, the real one all of them alike."""
    lines = [
        f"  {name}: {{team: {owner}, pagerduty: {real_service or _IDS[name]}}}\n" for name, owner in _OWNERS.items()
    ]
    return "teams: {ingest: {}, invoicing: {}}\nservices:\n" + "".join(lines)


def answers(today: date) -> str:
    """What only people know of the incident, as they would write it down."""
    due = today + timedelta(days=14)
    return f"""\
owner: ingest
summary: Every fifth batch of usage events was refused, since somebody had put a fault on to show what happens then.
customers: Callers got a 5xx for every fifth batch. They send again, so no usage is lost.
detection: The fastest pair of windows paged; nobody had noticed before.
factors:
  - The fault was put on by hand, and nothing but the alert would have taken it off.
  - A fault needs no word of why it is there, and has no end.
went_well:
  - The page came when it was computed to come.
went_wrong:
  - Nothing asks for a reason before a fault is put on.
lucky:
  - It was a demonstration.
actions:
  - action: Refuse a fault without a reason and an end
    type: prevent
    owner: ingest
    due: {due:%Y-%m-%d}
    verified by: a fault without an end is refused by a test
"""
