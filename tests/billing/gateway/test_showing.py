"""/metrics against the contract, from the first scrape on and over restarts; health and readiness."""

import re
import runpy
from pathlib import Path

import pytest
from billing.gateway.running import CATALOG, batch, event, running

from sretool.billing import metrics
from sretool.billing.faults import FAULTS
from sretool.billing.ledger import Effects, SqliteLedger
from sretool.billing.metrics import Figures, exposition

ROOT = Path(__file__).parents[3]
CONTRACT = runpy.run_path(str(ROOT / "tests/slos/conftest.py"))["CONTRACT"]
OURS = sorted(name for name in CONTRACT if not name.startswith(("billing_probe_", "billing_audit_")))


def samples(text: str) -> dict[str, set[tuple[str, str]]]:
    """Every sample by its metric's name: the label pair of each, ("", "") where there is none."""
    found: dict[str, set[tuple[str, str]]] = {}
    for line in text.splitlines():
        if match := re.fullmatch(r'(\w+)(?:\{(\w+)="([^"]*)"\})? \S+', line):
            name, label, value = match.groups()
            found.setdefault(name, set()).add((label or "", value or ""))
    return found


def test_the_families_are_those_of_the_contract_with_its_labels_and_buckets():
    for name, promised in CONTRACT.items():
        family = metrics.FAMILIES[name]
        label, values = next(iter(promised.labels.items()), ("", frozenset()))
        assert (name, family.label) == (name, label)
        assert {float(bound) for bound in promised.buckets} == set(family.buckets)
        if values is not None:
            assert (name, set(family.values)) == (name, values)
    assert set(metrics.FAMILIES) == set(CONTRACT)


@pytest.mark.parametrize("name", OURS)
def test_every_metric_of_the_contract_is_there_at_the_first_scrape_for_every_value_of_its_label(shared_gateway, name):
    found, promised = samples(shared_gateway.get("/metrics", key=None).body.decode()), CONTRACT[name]

    if promised.buckets:
        shown = {float(value) for _, value in found[f"{name}_bucket"]}
        assert shown == {float(bound) for bound in promised.buckets} | {float("inf")}
    elif name == "billing_applied_watermark_timestamp_seconds":
        assert name not in found  # Only ever as the applier stamped it.
    else:
        for label, values in promised.labels.items():
            assert {(label, value) for value in values or ()} <= found[name]
        assert found[name]


def test_amounts_are_there_from_the_start_for_every_currency_of_the_catalogue(shared_gateway):
    found = samples(shared_gateway.get("/metrics", key=None).body.decode())

    for name, promised in CONTRACT.items():
        if "currency" in promised.labels:
            assert found[name] == {("currency", "EUR"), ("currency", "JPY")}


def test_every_fault_is_shown_and_0_while_it_is_off(gateway):
    before = gateway.metrics()
    gateway.admin("POST", "faults", {"name": "rounding-bug"})
    after = gateway.metrics()

    shown = {
        name: (before[series], after[series])
        for name in FAULTS
        if (series := f'billing_fault_active{{fault="{name}"}}')
    }
    assert shown == {name: (0, int(name == "rounding-bug")) for name in FAULTS}


def test_no_tenant_is_a_label(gateway):
    gateway.ingest(batch())

    text = gateway.get("/metrics", key=None).body.decode()

    assert [tenant for tenant in CATALOG["tenants"] if tenant in text] == []


def test_what_other_processes_published_is_shown_as_it_is_and_ages(gateway):
    applier = Figures()
    applier.set("billing_applied_watermark_timestamp_seconds", 1234.5, "0")
    applier.set("billing_applied_events_total", 7, "counted")
    applier.observe("billing_event_visible_seconds", 2.0, events=7)
    gateway.directory.write_status("applier", {"metrics": applier.published()})

    found = [gateway.metrics() for _ in range(2)]

    assert found[0] == found[1]
    assert found[0]['billing_applied_watermark_timestamp_seconds{shard="0"}'] == 1234.5
    assert found[0]['billing_applied_events_total{outcome="counted"}'] == 7
    assert found[0]['billing_applied_events_total{outcome="conflict"}'] == 0
    assert found[0]['billing_event_visible_seconds_bucket{le="5"}'] == 7


def test_appended_events_are_counted_over_an_orderly_restart_and_a_lost_status_file(tmp_path):
    counts = []
    for name in ("t-1", "t-2", "t-3"):
        with running(tmp_path / "data", catalog=CATALOG) as one:
            one.ingest(batch(event(name), event(f"{name}-b")))
            counts.append(one.metrics()["billing_journal_appended_events_total"])
            directory = one.directory
        if name == "t-2":
            directory.status_file("gateway").unlink()

    assert counts == [2, 4, 6]


def test_appended_events_are_counted_although_the_status_file_is_older_than_the_journal(tmp_path):
    with running(tmp_path / "data", catalog=CATALOG) as one:
        one.get("/readyz")
        old = one.directory.status_file("gateway").read_bytes()
        one.ingest(batch(event("t-1")))
    one.directory.status_file("gateway").write_bytes(old)

    with running(tmp_path / "data") as one:
        assert one.metrics()["billing_journal_appended_events_total"] == 1


def test_label_values_are_escaped():
    figures = Figures()
    figures.set("billing_build_info", 1, 'a"b\\c\nd')

    assert exposition(figures).splitlines()[-1] == r'billing_build_info{version="a\"b\\c\nd"} 1'


def test_buckets_are_cumulative_and_hold_their_bound():
    figures = Figures()
    for seconds in (0.005, 0.0051, 20.0):
        figures.observe("billing_ingest_ack_seconds", seconds)

    lines = exposition(figures).splitlines()

    assert [line.split()[-1] for line in lines if 'le="0.005"' in line or 'le="0.01"' in line] == ["1", "2"]
    assert lines[-1] == "billing_ingest_ack_seconds_count 3"
    assert [line.split()[-1] for line in lines if 'le="+Inf"' in line] == ["3"]


def test_a_gateway_without_a_catalogue_lives_and_is_not_ready(tmp_path):
    with running(tmp_path / "data") as one:
        assert one.get("/healthz", key=None).status == 200
        assert one.get("/readyz", key=None).status == 503


def test_a_gateway_with_a_catalogue_is_ready(shared_gateway):
    assert shared_gateway.get("/readyz", key=None).json() == {"ready": True}


def test_a_gateway_whose_ledger_is_ahead_of_its_journal_is_not_ready(gateway):
    was_ready = gateway.get("/readyz").status
    ledger = SqliteLedger.open(gateway.directory.ledger)
    ledger.apply(0, ledger.acquire(), from_=0, to=3_411_775, effects=Effects(1))
    ledger.close()
    refused = gateway.get("/readyz")

    assert (was_ready, refused.status) == (200, 503)
    assert "was followed by ledger.db to 3411775" in refused.json()["error"]
    assert "restore the journal's files from a copy" in refused.json()["remedy"]
