"""What `sretool slo generate` does with the directory that it writes to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from specs import native_document, native_slo

from sretool.rules import directory


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos/checkout.yaml").write_text(native_document())
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks/a.md").write_text("# What to do\n")
    return tmp_path


def started(*arguments: object, cwd: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sretool", "slo", "generate", *map(str, arguments)]
    return subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def generate(*arguments: object, cwd: Path) -> tuple[int | None, str, str]:
    """The exit code, what was printed, and what was said."""
    run = started(*arguments, cwd=cwd)
    printed, said = run.communicate(timeout=60)
    return run.returncode, printed, said


def test_a_run_waits_for_another_one_and_says_so(repository):
    out = repository / "rules"
    with directory.held(out, [], waiting=lambda: None):
        run = started("--out", "rules", cwd=repository)
        assert run.stderr
        said = run.stderr.readline()
        written_meanwhile = list(out.iterdir())

    said_later = run.communicate(timeout=60)[1]

    assert said == "sretool slo generate: waiting for another run, which writes to rules\n"
    assert written_meanwhile == []
    assert (run.returncode, said_later) == (0, "")
    assert [path.name for path in out.iterdir()] == ["checkout.yaml"]


@pytest.mark.parametrize("asked", [(), ("--tests",)], ids=["without --tests", "with --tests"])
def test_the_tests_of_a_service_that_is_gone_go_with_its_rules(repository, asked):
    (repository / "slos/basket.yaml").write_text(native_document("service: basket"))
    (repository / "rules/tests").mkdir(parents=True)
    (repository / "rules/tests/by-hand.yaml").write_text("rule_files: [../checkout.yaml]\ntests: []\n")
    assert generate("--out", "rules", "--tests", cwd=repository)[0] == 0
    (repository / "slos/basket.yaml").unlink()

    refused = generate("--out", "rules", *asked, cwd=repository)
    pruned = generate("--out", "rules", *asked, "--prune", cwd=repository)

    assert (refused[0], "basket/availability; add --prune" in refused[2]) == (2, True)
    assert (pruned[0], "removed 3" in pruned[1]) == (0, True), pruned
    tests = sorted(path.name for path in (repository / "rules/tests").iterdir())
    assert tests == ["by-hand.yaml", "checkout.fast.yaml", "checkout.slow.yaml"]


def test_tests_of_the_usual_pace_are_said_to_fail_on_rules_that_run_faster(repository):
    generate("--out", "rules", "--tests", cwd=repository)

    done = generate("--out", "rules", "--time-scale", "60", cwd=repository)

    assert done[0] == 0
    assert done[2] == (
        "unit tests of an earlier run are left as they are in rules: "
        "they fail on rules of --time-scale 60, so keep these in another --out\n"
    )


@pytest.mark.parametrize("option", ["--prune", "--check"])
def test_tests_that_were_not_asked_for_are_left_and_mentioned(repository, option):
    generate("--out", "rules", "--tests", cwd=repository)
    tests = {path: path.read_text() for path in (repository / "rules/tests").iterdir()}
    (repository / "slos/checkout.yaml").write_text(native_slo("objective: 99.5%"))

    done = generate("--out", "rules", option, cwd=repository)

    assert "unit tests of an earlier run are left as they are in rules: --tests includes them\n" in done[2]
    assert {path: path.read_text() for path in (repository / "rules/tests").iterdir()} == tests


def test_where_there_are_no_tests_none_are_mentioned(repository):
    done = generate("--out", "rules", cwd=repository)

    assert (done[0], done[2]) == (0, "")


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (("owner=payments", "severity=page"), "payments-page"),
        (("owner=payments", "severity=ticket"), "payments-ticket"),
        (("owner=nobody", "severity=page"), "unowned-page"),
        (("owner=nobody", "severity=ticket"), "unowned"),
    ],
)
def test_whatever_pages_is_posted_to_the_receiver_of_incidents_whoever_owns_it(repository, labels, receiver):
    url = "http://127.0.0.1:9095/alerts"
    code, configuration, _ = generate("--target", "alertmanager", "--incidents", url, cwd=repository)
    (repository / "alertmanager.yaml").write_text(configuration)

    route = ["amtool", "config", "routes", "test", "--config.file=alertmanager.yaml", *labels]
    routed = subprocess.run(route, cwd=repository, capture_output=True, text=True, check=True).stdout.strip()
    posted = {
        one["name"]
        for one in yaml.safe_load(configuration)["receivers"]
        if one.get("webhook_configs") == [{"url": url}]
    }

    assert (code, routed) == (0, receiver)
    assert posted == {"payments-page", "unowned-page"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--incidents", "http://a"), "--incidents goes with --target alertmanager"),
        (("--target", "alertmanager", "--incidents", "a:1"), "--incidents a:1 is no http or https URL"),
    ],
)
def test_a_receiver_of_incidents_that_cannot_be_is_refused(repository, arguments, words):
    assert generate(*arguments, cwd=repository) == (2, "", f"sretool slo generate: {words}\n")


def test_an_alertmanager_that_runs_faster_waits_as_much_less(repository):
    _, usual, _ = generate("--target", "alertmanager", cwd=repository)
    _, fast, _ = generate("--target", "alertmanager", "--time-scale", "60", cwd=repository)

    def waits(text: str) -> list[str]:
        route = yaml.safe_load(text)["route"]
        return [route[name] for name in ("group_wait", "group_interval", "repeat_interval")]

    assert (waits(usual), waits(fast)) == (["30s", "5m", "4h"], ["500ms", "5s", "4m"])
