"""What /metrics shows: the families of the contract, and the text in which Prometheus reads them.

Every process keeps its figures as `Figures` and publishes them once a second in its status file, under "metrics"; the
gateway exposes its own together with theirs. A tenant is never a label.

    figures = Figures()
    figures.set("billing_applied_events_total", 7, "counted")
    figures.observe("billing_event_visible_seconds", 0.4, events=100)
    directory.write_status("applier", {"metrics": figures.published()})
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sretool.billing.faults import FAULTS

ACK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
VISIBLE_BUCKETS = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Family:
    """One metric name. `values` is the closed set of its label, empty where any value may stand."""

    name: str
    kind: str
    help: str
    label: str = ""
    values: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


def _family(name: str, kind: str, text: str, **rest: Any) -> tuple[str, Family]:
    return name, Family(name, kind, text, **rest)


FAMILIES: Mapping[str, Family] = dict(
    (
        _family(
            "billing_ingest_events_total",
            "counter",
            "Events sent to us, by what became of their batch.",
            label="outcome",
            values=("accepted", "client_error", "throttled", "shed", "error"),
        ),
        _family(
            "billing_ingest_ack_seconds",
            "histogram",
            "From a batch's header to its acknowledgement, durable.",
            buckets=ACK_BUCKETS,
        ),
        _family(
            "billing_event_visible_seconds",
            "histogram",
            "From an event's acknowledgement to the rollups.",
            buckets=VISIBLE_BUCKETS,
        ),
        _family("billing_journal_appended_events_total", "counter", "Events durable in the journal."),
        _family(
            "billing_applied_events_total",
            "counter",
            "Events decided, each once, by its first outcome.",
            label="outcome",
            values=("counted", "duplicate", "conflict", "quarantined"),
        ),
        _family(
            "billing_applied_watermark_timestamp_seconds",
            "gauge",
            "Everything durable before this instant is applied, as the applier stamped it.",
            label="shard",
        ),
        _family(
            "billing_quarantine_oldest_timestamp_seconds",
            "gauge",
            "When the oldest event held in quarantine came, 0 when none is held.",
        ),
        _family(
            "billing_hour_digest_mismatch_total", "counter", "Closed hours whose rollups differ from their recount."
        ),
        _family(
            "billing_invoice_recheck_total",
            "counter",
            "Finalized invoices recomputed from the journal.",
            label="result",
            values=("match", "mismatch"),
        ),
        _family(
            "billing_invoice_recheck_delta_minor_units_total",
            "counter",
            "Difference between invoices and their recount, without sign.",
            label="currency",
        ),
        _family(
            "billing_invoices_due_total",
            "counter",
            "Invoices whose deadline has passed, counted at that instant.",
            label="outcome",
            values=("on_time", "missed"),
        ),
        _family("billing_invoices_finalized_total", "counter", "Invoices finalized, every version."),
        _family("billing_invoices_overdue", "gauge", "Invoices past their deadline and not final."),
        _family("billing_billed_amount_minor_units_total", "counter", "Amounts finalized.", label="currency"),
        _family("billing_voided_amount_minor_units_total", "counter", "Amounts of voided invoices.", label="currency"),
        _family(
            "billing_late_unbilled_amount_minor_units",
            "gauge",
            "Late usage that no invoice has billed yet.",
            label="currency",
        ),
        _family(
            "billing_fault_active", "gauge", "1 while a fault is injected.", label="fault", values=tuple(sorted(FAULTS))
        ),
        _family("billing_build_info", "gauge", "Always 1; the version that runs.", label="version"),
        _family(
            "billing_probe_events_total",
            "counter",
            "Events of the probe's canary batches, by what became of them.",
            label="outcome",
            values=("ok", "refused", "timeout", "error"),
        ),
        _family(
            "billing_probe_ack_seconds",
            "histogram",
            "From the scheduled sending of a canary batch to its answer.",
            buckets=ACK_BUCKETS,
        ),
        _family(
            "billing_probe_visible_seconds",
            "histogram",
            "From a canary event's acknowledgement to its outcome being readable.",
            buckets=VISIBLE_BUCKETS,
        ),
        _family("billing_audit_acked_total", "counter", "Acknowledged events that an audit has looked for."),
        _family("billing_audit_acked_missing_total", "counter", "Acknowledged events that are not in the journal."),
        _family("billing_audit_double_applied_total", "counter", "Events counted more than once in the rollups."),
    )
)

PROBE_FAMILIES = tuple(name for name in FAMILIES if name.startswith(("billing_probe_", "billing_audit_")))
SERVICE_FAMILIES = tuple(name for name in FAMILIES if name not in PROBE_FAMILIES)


class Histogram:
    """Observations by bucket, as they are exposed cumulatively."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float, events: int = 1) -> None:
        self.counts[bisect_left(self.bounds, value)] += events
        self.sum += value * events


class Figures:
    """The values of one process by family and label value; closed label sets and histograms are at 0 from the start."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.values: dict[str, dict[str, float]] = {}
        self.histograms: dict[str, Histogram] = {}
        for name in names:
            family = FAMILIES[name]
            if family.buckets:
                self.histograms[name] = Histogram(family.buckets)
            elif not family.label:
                self.values[name] = {"": 0}
            else:
                self.values[name] = dict.fromkeys(family.values, 0)

    def set(self, name: str, value: float, label_value: str = "") -> None:
        self.values.setdefault(name, {})[label_value] = value

    def add(self, name: str, value: float = 1, label_value: str = "") -> None:
        of_family = self.values.setdefault(name, {})
        of_family[label_value] = of_family.get(label_value, 0) + value

    def observe(self, name: str, value: float, events: int = 1) -> None:
        if name not in self.histograms:
            self.histograms[name] = Histogram(FAMILIES[name].buckets)
        self.histograms[name].observe(value, events)

    def published(self) -> dict[str, Any]:
        """As JSON: for the status file of a process."""
        histograms = {name: {"counts": own.counts, "sum": own.sum} for name, own in self.histograms.items()}
        return {**self.values, **histograms}

    def take(self, published: Mapping[str, Any]) -> None:
        """Let what another process published stand in place of these values."""
        for name, value in published.items():
            family = FAMILIES.get(name)
            if family is None:
                continue
            if family.buckets:
                histogram = self.histograms[name] = Histogram(family.buckets)
                histogram.counts, histogram.sum = list(value["counts"]), value["sum"]
            else:
                self.values.setdefault(name, {}).update(value)


def exposition(figures: Figures) -> str:
    """The text of /metrics, families and label values sorted."""
    lines: list[str] = []
    for name in sorted(figures.values.keys() | figures.histograms.keys()):
        family = FAMILIES[name]
        lines += [f"# HELP {name} {family.help}", f"# TYPE {name} {family.kind}"]
        if family.buckets:
            lines += _histogram_lines(name, figures.histograms[name])
        else:
            lines += _value_lines(family, figures.values[name])
    return "\n".join(lines) + "\n"


def _value_lines(family: Family, values: Mapping[str, float]) -> Iterator[str]:
    for label_value, value in sorted(values.items()):
        labels = f'{{{family.label}="{_escaped(label_value)}"}}' if family.label else ""
        yield f"{family.name}{labels} {value!r}"


def _histogram_lines(name: str, histogram: Histogram) -> Iterator[str]:
    total = 0
    for bound, count in zip((*histogram.bounds, float("inf")), histogram.counts, strict=True):
        total += count
        le = "+Inf" if bound == float("inf") else f"{bound:g}"
        yield f'{name}_bucket{{le="{le}"}} {total}'
    yield f"{name}_sum {histogram.sum!r}"
    yield f"{name}_count {total}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
