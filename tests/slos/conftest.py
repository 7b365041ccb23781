"""The metric contract of the billing pipeline, against which slos/, runbooks/ and the service are written apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from sretool.model.slo import Service
from sretool.rules.compile import compile_service
from sretool.rules.rule import RuleFile
from sretool.rules.timing import Timing
from sretool.settings.context import SpecContext
from sretool.spec.load import read_specs
from sretool.yamltext.loading import load

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Metric:
    """Label names with their closed values, None where any value may stand. A histogram has buckets."""

    labels: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    buckets: frozenset[str] = frozenset()

    def has(self, label: str, value: str) -> bool:
        values = self.labels.get(label, frozenset())
        return values is None or value in values


def _one_of(values: str) -> frozenset[str]:
    return frozenset(values.split())


_ACK = Metric(buckets=_one_of(".005 .01 .025 .05 .1 .25 .5 1 2.5 5 10"))
_VISIBLE = Metric(buckets=_one_of("1 5 15 30 60 120 300 900 3600"))
_BY_CURRENCY = Metric({"currency": None})

CONTRACT = {
    "billing_ingest_events_total": Metric({"outcome": _one_of("accepted client_error throttled shed error")}),
    "billing_ingest_ack_seconds": _ACK,
    "billing_event_visible_seconds": _VISIBLE,
    "billing_journal_appended_events_total": Metric(),
    "billing_applied_events_total": Metric({"outcome": _one_of("counted duplicate conflict quarantined")}),
    "billing_applied_watermark_timestamp_seconds": Metric({"shard": None}),
    "billing_quarantine_oldest_timestamp_seconds": Metric(),
    "billing_hour_digest_mismatch_total": Metric(),
    "billing_invoice_recheck_total": Metric({"result": _one_of("match mismatch")}),
    "billing_invoice_recheck_delta_minor_units_total": _BY_CURRENCY,
    "billing_invoices_due_total": Metric({"outcome": _one_of("on_time missed")}),
    "billing_invoices_finalized_total": Metric(),
    "billing_invoices_overdue": Metric(),
    "billing_billed_amount_minor_units_total": _BY_CURRENCY,
    "billing_voided_amount_minor_units_total": _BY_CURRENCY,
    "billing_late_unbilled_amount_minor_units": _BY_CURRENCY,
    "billing_fault_active": Metric({"fault": None}),
    "billing_build_info": Metric({"version": None}),
    "billing_probe_events_total": Metric({"outcome": _one_of("ok refused timeout error")}),
    "billing_probe_ack_seconds": _ACK,
    "billing_probe_visible_seconds": _VISIBLE,
    "billing_audit_acked_total": Metric(),
    "billing_audit_acked_missing_total": Metric(),
    "billing_audit_double_applied_total": Metric(),
}


@pytest.fixture(scope="session")
def contract() -> dict[str, Metric]:
    return CONTRACT


@pytest.fixture(scope="session")
def documents() -> dict[str, dict]:
    """slos/ as plain YAML by service: read by another parser than the one that generates."""
    read = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "slos").glob("*.yaml"))]
    return {document["service"]: document for document in read}


@pytest.fixture(scope="session")
def promises(documents: dict[str, dict]) -> list[dict]:
    """Every SLO and invariant of slos/."""
    return [promise for document in documents.values() for promise in document["slos"] + document.get("invariants", [])]


@pytest.fixture(scope="session")
def services() -> dict[str, Service]:
    """slos/ by service, as it is generated from."""
    return _read(ROOT / "slos")


@pytest.fixture(scope="session")
def rule_files(services: dict[str, Service]) -> list[RuleFile]:
    """The rules of slos/, and of the repository that `sretool init` writes."""
    everything = [*services.values(), *_read(ROOT / "templates/starter/slos").values()]
    return [compile_service(service, Timing()) for service in everything]


def _read(directory: Path) -> dict[str, Service]:
    sources = [load(path.read_bytes(), str(path)) for path in sorted(directory.glob("*.yaml"))]
    specs = read_specs(sources, SpecContext())
    assert [str(diagnostic) for diagnostic in specs.diagnostics] == []
    return {service.name: service for service in specs.services}
