"""What examples/ shows is what the commands make today."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sretool.incident.ledger import Ledger
from sretool.incident.receiver import Receiver, Request

CHECKOUT = Path(__file__).parents[2]
DIALECTS = sorted((CHECKOUT / "examples/dialects").glob("*.yaml"))


def sretool(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sretool", *map(str, arguments)]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", ["prometheus", "operator", "alertmanager"])
def test_the_generated_examples_have_not_drifted(target):
    directory = {"prometheus": "rules"}.get(target, target)

    done = sretool("slo", "generate", "slos/", "--target", target, "--out", f"examples/{directory}", "--check")

    assert done.returncode == 0, f"{done.stderr}\nrun: make examples"


@pytest.mark.parametrize("path", DIALECTS, ids=lambda path: path.stem)
def test_rules_of_every_dialect_are_accepted_by_promtool(path, promtool, tmp_path):
    done = sretool("slo", "generate", path, "--out", tmp_path)
    assert done.returncode == 0, done.stderr

    checked = subprocess.run(
        [promtool, "check", "rules", "--lint-fatal", *tmp_path.glob("*.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_prometheus_takes_the_configuration_to_copy(promtool):
    configuration = CHECKOUT / "examples/prometheus/prometheus.yml"

    checked = subprocess.run([promtool, "check", "config", configuration], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("series", "alert"),
    [
        ({}, "SretoolReceiverDown"),
        ({"up": "0x20"}, "SretoolReceiverDown"),
        ({"up": "1x20", 'sretool_receiver_notifications_total{outcome="failed"}': "0 1x20"}, "SretoolReceiverFails"),
        ({"up": "1x20", 'sretool_receiver_notifications_total{outcome="refused"}': "0 1x20"}, "SretoolReceiverRefuses"),
        ({"up": "1x20", "sretool_receiver_waiting_seconds": "301x20"}, "SretoolPagesWait"),
        ({"up": "1x20", "sretool_receiver_refused_pages": "1x20"}, "SretoolPageRefused"),
        ({"up": "1x20", "sretool_receiver_waiting_seconds": "0x20", "sretool_receiver_refused_pages": "0x20"}, ""),
    ],
)
def test_the_silence_of_a_receiver_is_noticed(series, alert, promtool, tmp_path):
    fires = {
        "interval": "1m",
        "input_series": [{"series": with_job(name), "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": "8m",
                "exp_samples": [{"labels": f'{{alertname="{alert}"}}', "value": 1}] if alert else [],
            }
        ],
    }
    rules = str(CHECKOUT / "examples/receiver/rules.yaml")
    (tmp_path / "test.yaml").write_text(
        json.dumps({"rule_files": [rules], "evaluation_interval": "30s", "tests": [fires]})
    )

    checked = subprocess.run(
        [promtool, "test", "rules", tmp_path / "test.yaml"], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def with_job(name: str) -> str:
    return name.replace("{", '{job="sretool-receiver", ') if "{" in name else f'{name}{{job="sretool-receiver"}}'


def test_the_alerts_about_a_receiver_read_what_it_exposes(tmp_path):
    rules = (CHECKOUT / "examples/receiver/rules.yaml").read_text()
    answer = Receiver(Ledger(tmp_path)).answer(Request("GET", "/metrics", {}, 0, bytes))

    exposed = set(re.findall(r"^# TYPE (\S+)", answer.text, re.MULTILINE))
    assert set(re.findall(r"sretool_receiver_\w+", rules)) <= exposed
