"""How commands come by a server, and how they end without one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus.fake import reply, serving

from sretool.cli.main import app
from sretool.cli.outcome import Exit, Stop

SPEC = """apiVersion: sretool/v1
service: shop
slos:
  - name: availability
    objective: 99.9%
    period: 30d
    sli: {events: {bad: 'errors_total', total: 'requests_total'}}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos/shop.yaml").write_text(SPEC)
    return tmp_path


def status(home: Path, *options: str, **variables: str) -> tuple[int, str]:
    """How the command ends, and what it says last."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SRETOOL_")}
    command = [sys.executable, "-m", "sretool", "slo", "status", *options]
    done = subprocess.run(command, cwd=home, env=kept | variables, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr.strip().splitlines()[-1]


def test_a_command_without_a_server_says_how_to_name_one(home: Path):
    assert status(home) == (
        2,
        "no Prometheus is named: give --prometheus URL, set SRETOOL_PROMETHEUS_URL, or write prometheus: URL into "
        "sretool.yaml",
    )


def test_a_server_that_does_not_answer_is_one_sentence_and_exit_3(home: Path):
    with serving(reply(b"", status=401)) as fake:
        ended = status(home, SRETOOL_PROMETHEUS_URL=fake.url)

    assert ended == (
        3,
        f"{fake.url}/api/v1/query wants to know who asks (401): set SRETOOL_PROMETHEUS_TOKEN, or bearer_token_file or "
        "basic_auth under prometheus: in sretool.yaml",
    )


def test_what_is_no_url_and_what_cannot_be_sent_are_wrong_input(home: Path):
    assert status(home, "--prometheus", "localhost:9090") == (
        2,
        "'localhost:9090' is no http or https URL of a server: write such as http://host:9090",
    )
    assert status(home, "--prometheus", "http://localhost", "--header", "Cookie=a") == (
        2,
        "--header Cookie would show a secret to whoever lists processes: see docs/servers.md",
    )


@pytest.mark.parametrize(
    "command",
    [
        ("slo", "status", "--prometheus"),
        ("slo", "status", "--alertmanager"),
        ("slo", "gate", "--prometheus"),
        ("slo", "watch", "--prometheus"),
        ("slo", "explain", "availability", "--live", "--prometheus"),
        ("slo", "backtest", "availability", "--prometheus"),
        ("slo", "plan", "--against"),
        ("slo", "backfill", "--data-dir", "data", "--against"),
        ("policy", "check", "--prometheus"),
        ("incident", "open", "--title", "Down", "--prometheus"),
        ("incident", "from-alert", "--prometheus"),
        ("postmortem", "new", "--prometheus"),
        ("report", "weekly", "--prometheus"),
    ],
    ids=" ".join,
)
def test_an_option_that_is_no_url_ends_each_command_before_anything_is_done(command: tuple[str, ...]):
    with pytest.raises(Stop) as stopped:
        app([*command, "nonsense"])

    said = "'nonsense' is no http or https URL of a server: write such as http://host:9090"
    assert (stopped.value.code, str(stopped.value)) == (Exit.WRONG_INPUT, said)


def test_options_go_before_the_environment_and_that_before_the_file(home: Path):
    forbidden = reply(b"", status=403)
    with serving(forbidden) as file, serving(forbidden) as environment, serving(forbidden) as option:
        (home / "sretool.yaml").write_text(f"prometheus: {file.url}\n")

        status(home, "--header", "X-Asker=first")
        status(home, "--header", "X-Asker=second", SRETOOL_PROMETHEUS_URL=environment.url)
        status(home, "--header", "X-Asker=third", "--prometheus", option.url, SRETOOL_PROMETHEUS_URL=environment.url)

        askers = [{request.headers["x-asker"] for request in fake.requests} for fake in (file, environment, option)]

    assert askers == [{"first"}, {"second"}, {"third"}]


def test_headers_token_and_time_limit_reach_the_server(home: Path):
    (home / "token").write_text("token-of-the-ring\n")
    with serving(reply(b"", status=403)) as fake:
        (home / "sretool.yaml").write_text(f"prometheus: {{url: '{fake.url}/prom', bearer_token_file: token}}\n")

        status(home, "--header", "X-Scope-OrgID=payments", "--timeout", "5")

    request = fake.requests[0]
    assert request.target.startswith("/prom/api/v1/")
    assert request.headers["authorization"] == "Bearer token-of-the-ring"
    assert request.headers["x-scope-orgid"] == "payments"


def test_what_a_status_needs_later_is_not_imported_before_the_server_is_asked():
    code = "import sys, sretool.burn.status; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    late = {"sretool.burn.invariants", "sretool.burn.counted", "sretool.burn.births", "sretool.prometheus.alertmanager"}
    assert late & {*done.stdout.split()} == set()
