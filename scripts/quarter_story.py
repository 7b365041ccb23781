"""What happened in the made-up quarter: what failed and who was paged, and the incidents that came of it."""

from __future__ import annotations

from datetime import UTC, datetime

from quarter import Fault, Paged, Stream, at

from sretool.incident.events import (
    Acknowledged,
    AlertsSeen,
    DeliveryTried,
    Happening,
    Noted,
    Opened,
    PostmortemWritten,
    Resolved,
    SeenAlert,
    Severity,
)
from sretool.incident.ledger import Draft

STREAMS = (
    Stream(
        "billing-ingest",
        "availability",
        2_000,
        a_minute=2_400,
        bad='billing_ingest_events_total{outcome="error"}',
        good='billing_ingest_events_total{outcome="accepted"}',
        noise_per_million=90,
        faults=(
            Fault(at("08-19 09:40"), at("08-19 10:25"), 3_000),
            Fault(at("09-04 20:05"), at("09-04 20:40"), 2_600),
            Fault(at("09-22 02:14"), at("09-22 02:52"), 9_500),
            Fault(at("09-25 06:00"), at("09-26 06:00"), 18),
        ),
        pages=(Paged(at("09-22 02:18"), at("09-22 03:06")), Paged(at("09-22 02:31"), at("09-22 03:24"), "6h-30m")),
    ),
    Stream(
        "billing-ingest",
        "ack-latency",
        100,
        a_minute=600,
        bad='billing_ingest_ack_seconds_bucket{le="unused"}',
        good='billing_ingest_ack_seconds_bucket{le="0.25"}',
        total="billing_ingest_ack_seconds_count",
        noise_per_million=1_500,
        faults=(Fault(at("09-26 22:08"), at("09-26 23:31"), 6_000),),
        pages=(Paged(at("09-26 22:19"), at("09-26 23:42")),),
        recorded_percent=70,
    ),
    Stream(
        "billing-invoices",
        "timeliness",
        1_000,
        a_minute=12,
        bad='billing_invoices_due_total{outcome="missed"}',
        good='billing_invoices_due_total{outcome="on_time"}',
        noise_per_million=60,
        is_of_month=True,
    ),
    Stream(
        "checkout",
        "availability",
        1_000,
        a_minute=600,
        bad='checkout_requests_total{code="500",region="eu"}',
        good='checkout_requests_total{code="200",region="eu"}',
        labels=(("region", "eu"),),
        faults=(
            Fault(at("09-12 11:00"), at("09-12 11:50"), 1_100),
            Fault(at("09-24 13:05"), at("09-24 13:40"), 500),
            Fault(at("09-24 13:20"), at("09-24 14:30"), 1_900),
        ),
        pages=(Paged(at("09-24 13:11"), at("09-24 14:44")),),
    ),
    Stream(
        "checkout",
        "availability",
        1_000,
        a_minute=480,
        bad='checkout_requests_total{code="500",region="us"}',
        good='checkout_requests_total{code="200",region="us"}',
        labels=(("region", "us"),),
        faults=(
            Fault(at("09-23 09:30"), at("09-23 09:32"), 3_000),
            Fault(at("09-27 18:44"), at("09-27 18:46"), 3_400),
        ),
        pages=(Paged(at("09-23 09:33"), at("09-23 09:42")), Paged(at("09-27 18:47"), at("09-27 18:56"))),
    ),
    Stream(
        "search",
        "availability",
        200,
        a_minute=300,
        bad='search_requests_total{code="500"}',
        good='search_requests_total{code="200"}',
        noise_per_million=700,
        faults=(
            Fault(at("09-08 07:15"), at("09-08 10:40"), 7_800),
            Fault(at("09-21 16:40"), at("09-21 17:02"), 6_500),
        ),
        pages=(Paged(at("09-21 16:45"), at("09-21 17:13")),),
    ),
)


def _incident(
    incident_id: str,
    title: str,
    slo: str,
    *,
    severity: Severity,
    times: tuple[str, str, str],
    by: str,
    region: str = "",
    note: str = "",
    written: str = "",
) -> list[tuple[int, str, Draft]]:
    """Opened by an alert, acknowledged and resolved by somebody, and written up on a day, if at all."""
    opened, acknowledged, resolved = map(at, times)
    happened: list[tuple[int, Happening]] = [
        (opened, Opened(title, severity, "proposed from its burn", slo.partition("/")[0], slo)),
        (
            opened,
            DeliveryTried(
                f"{incident_id}/trigger",
                "delivered",
                "PagerDuty has it",
                "rest",
                f"Q{incident_id[-5:].upper()}",
                f"https://example.pagerduty.com/incidents/Q{incident_id[-5:].upper()}",
            ),
        ),
        (acknowledged, Acknowledged(by)),
        (resolved, Resolved("errors are back to normal")),
    ]
    if region:
        service, _, name = slo.partition("/")
        labels = (("region", region), ("service", service), ("slo", name))
        began = datetime.fromtimestamp(opened - 60, UTC)
        happened.append((opened, AlertsSeen((SeenAlert(incident_id, "ErrorBudgetBurn", labels, (), began),))))
    if note:
        happened.append((acknowledged + 300, Noted(note)))
    if written:
        happened.append((at(f"{written} 15:00"), PostmortemWritten(f"postmortems/{incident_id}.md")))
    return [(when, incident_id, Draft(incident_id, what, actor=f"{by}@laptop")) for when, what in happened]


INCIDENTS = (
    _incident(
        "inc-20260819-4hq2m",
        "Usage events refused after a certificate expired",
        "billing-ingest/availability",
        severity="sev2",
        times=("08-19 09:45", "08-19 09:49", "08-19 10:31"),
        by="ada",
        written="08-21",
    ),
    _incident(
        "inc-20260908-w3k9t",
        "Search answers errors while its index is rebuilt",
        "search/availability",
        severity="sev3",
        times=("09-08 07:22", "09-08 07:40", "09-08 10:55"),
        by="grace",
        written="09-10",
    ),
    _incident(
        "inc-20260921-m7x2c",
        "Search times out",
        "search/availability",
        severity="sev3",
        times=("09-21 16:46", "09-21 16:52", "09-21 17:10"),
        by="grace",
    ),
    _incident(
        "inc-20260922-7k3qd",
        "Usage events refused after the deploy of the gateway",
        "billing-ingest/availability",
        severity="sev1",
        times=("09-22 02:18", "09-22 02:21", "09-22 02:58"),
        by="ada",
        note="rolled back to the release of Monday",
        written="09-24",
    ),
    _incident(
        "inc-20260924-p5v8r",
        "Checkout in the EU fails on a full disk",
        "checkout/availability",
        severity="sev3",
        times=("09-24 13:12", "09-24 13:15", "09-24 13:45"),
        by="grace",
        region="eu",
    ),
    _incident(
        "inc-20260924-z2d6h",
        "The payment provider of the EU answers slowly",
        "checkout/availability",
        severity="sev2",
        times=("09-24 13:26", "09-24 13:31", "09-24 14:36"),
        by="ada",
        region="eu",
        written="09-25",
    ),
    _incident(
        "inc-20260926-c4n1y",
        "Acknowledgements are slow while the journal's disk is scrubbed",
        "billing-ingest/ack-latency",
        severity="sev3",
        times=("09-26 22:20", "09-26 22:29", "09-26 23:40"),
        by="ada",
    ),
)
