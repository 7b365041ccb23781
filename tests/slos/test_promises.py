"""The billing pipeline's SLOs keep to the metric contract, give their reasons, and do not read silence as health."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from sretool.model.duration import Duration
from sretool.model.slo import Service
from sretool.promql.grammar import read
from sretool.promql.tree import Selector, walk
from sretool.rules.compile import compile_service
from sretool.rules.emit import emit
from sretool.rules.timing import Timing

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "slos").glob("*.yaml"))

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def expressions(sli: dict) -> Iterator[str]:
    """The PromQL of an SLI: every text in it that is no duration."""
    for kind in sli.values():
        yield from (value for key, value in kind.items() if key not in {"threshold", "max_age", "allowed_lag"})


def selectors(document: dict) -> Iterator[Selector]:
    texts = [text for slo in document["slos"] for text in expressions(slo["sli"])]
    texts += [invariant["zero"] for invariant in document.get("invariants", [])]
    yield from (node for text in texts for node in walk(read(text)) if isinstance(node, Selector))


@every_file
def test_a_promise_is_made_over_metrics_of_the_contract(file, contract):
    document = yaml.safe_load(file.read_text(encoding="utf-8"))

    assert {selector.name for selector in selectors(document)} - set(contract) == set()


@every_file
def test_a_promise_selects_labels_and_values_of_the_contract(file, contract):
    document = yaml.safe_load(file.read_text(encoding="utf-8"))

    selected = {
        (selector.name, matcher.label, value)
        for selector in selectors(document)
        for matcher in selector.matchers
        for value in matcher.value.split("|")
    }

    assert {(name, label, value) for name, label, value in selected if not contract[name].has(label, value)} == set()


@every_file
def test_a_latency_threshold_is_a_bucket_of_its_histogram(file, contract):
    slos = yaml.safe_load(file.read_text(encoding="utf-8"))["slos"]
    latencies = [slo["sli"]["latency"] for slo in slos if "latency" in slo["sli"]]

    missing = [
        latency
        for latency in latencies
        if Decimal(Duration.parse(latency["threshold"]).milliseconds) / 1000
        not in {Decimal(bound) for bound in contract[latency["histogram"]].buckets}
    ]

    assert missing == []


@every_file
def test_every_objective_gives_its_reason_on_the_line_above(file):
    lines = file.read_text(encoding="utf-8").splitlines()

    above = [lines[number - 1].strip() for number, line in enumerate(lines) if line.strip().startswith("objective:")]

    assert above
    assert [line for line in above if not line.startswith("# ")] == []


@every_file
def test_every_promise_is_described_and_its_service_is_in_the_catalogue_under_its_owner(file):
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    catalogue = yaml.safe_load((ROOT / "catalog.yaml").read_text(encoding="utf-8"))

    assert catalogue["services"][document["service"]]["team"] == document["owner"]
    assert all(promise["description"] for promise in document["slos"] + document.get("invariants", []))


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def of_one(service: Service, name: str, *, groups: tuple[str, ...]) -> str:
    """The rules of one SLO, of the groups that matter: promtool evaluates all that it is given."""
    file = compile_service(replace(service, slos=tuple(slo for slo in service.slos if slo.name == name)), Timing())
    return emit(replace(file, groups=tuple(group for group in file.groups if group.name.endswith(groups))))


def test_promtool_accepts_the_rules(rule_files, promtool, tmp_path):
    for file in rule_files:
        (tmp_path / f"{file.service}.yaml").write_text(emit(file), encoding="utf-8")

    checked = run(promtool, "check", "rules", "--lint-fatal", *sorted(tmp_path.iterdir()))

    assert checked.returncode == 0, checked.stdout


# Promtool's clock starts at 0 on 1970-01-01. Ten minutes after a day something held since second 1 is too old, and
# something held since second 86,400 is ten minutes old.
QUARANTINE = "billing_quarantine_oldest_timestamp_seconds"
NO_DATA_IS_BAD = {
    "an empty quarantine": ("billing-invoices", "quarantine", {QUARANTINE: "0x1460"}, 0),
    "something held for ten minutes": ("billing-invoices", "quarantine", {QUARANTINE: "86400x1460"}, 0),
    "something held for more than a day": ("billing-invoices", "quarantine", {QUARANTINE: "1x1460"}, 1),
    "a quarantine that nobody measures": ("billing-invoices", "quarantine", {}, 1),
    "no invoice overdue": ("billing-invoices", "overdue", {"billing_invoices_overdue": "0x1460"}, 0),
    "one invoice overdue": ("billing-invoices", "overdue", {"billing_invoices_overdue": "1x1460"}, 1),
    "overdue invoices that nobody counts": ("billing-invoices", "overdue", {}, 1),
    "an audit that goes on": ("billing-probe", "audit", {"billing_audit_acked_total": "0+60x1460"}, 0),
    "an audit that stands still": ("billing-probe", "audit", {"billing_audit_acked_total": "60x1460"}, 1),
    "an audit that is gone": ("billing-probe", "audit", {}, 1),
    "a watermark that nobody stamps": ("billing-ingest", "freshness", {}, 1),
}


@pytest.mark.parametrize(("service", "slo", "series", "bad"), NO_DATA_IS_BAD.values(), ids=NO_DATA_IS_BAD)
def test_time_counts_as_bad_exactly_when_the_promise_is_broken_or_unknown(
    service, slo, series, bad, services, promtool, tmp_path
):
    rules = of_one(services[service], slo, groups=("base", "alerts"))
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    recorded = f'slo:bad_events:rate{{service="{service}", slo="{slo}"}}'
    test = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "5m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": [
                    {"expr": recorded, "eval_time": "24h10m", "exp_samples": [{"labels": recorded, "value": bad}]}
                ],
            }
        ],
    }
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(test), encoding="utf-8")

    tested = run(promtool, "test", "rules", tmp_path / "test.yaml")

    assert tested.returncode == 0, tested.stdout


# A quiet day, then two thousand invoices fall due at once. Two may be late.
INVOICE_RUNS = {
    "one late invoice is within the budget": (1, set()),
    "ten are a ticket": (10, {"ticket"}),
    "forty wake somebody": (40, {"page", "ticket"}),
}
ALERTS_READ = ("base", "windows", "seldom", "long-windows", "parameters", "alerts")


@pytest.mark.parametrize(("missed", "severities"), INVOICE_RUNS.values(), ids=INVOICE_RUNS)
def test_late_invoices_are_told_by_their_share_of_the_run(missed, severities, services, promtool, tmp_path):
    rules = of_one(services["billing-invoices"], "timeliness", groups=ALERTS_READ)
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    due = {"on_time": 2000 - missed, "missed": missed}
    firing = 'ALERTS{alertname="ErrorBudgetBurn", slo="timeliness", alertstate="firing"}'
    test = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "5m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": f'billing_invoices_due_total{{outcome="{outcome}"}}', "values": f"0x1440 {count}x60"}
                    for outcome, count in due.items()
                ],
                "promql_expr_test": [
                    {
                        "expr": f"count by (severity) ({firing})",
                        "eval_time": "24h20m",
                        "exp_samples": [{"labels": f'{{severity="{one}"}}', "value": 1} for one in sorted(severities)],
                    }
                ],
            }
        ],
    }
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(test), encoding="utf-8")

    tested = run(promtool, "test", "rules", tmp_path / "test.yaml")

    assert tested.returncode == 0, tested.stdout
