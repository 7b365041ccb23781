"""What a user installs, in an environment that has nothing else, far from the checkout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from incident.webhooks import firing, posted

CHECKOUT = Path(__file__).parents[2]


def run(*command: object, cwd: Path, **environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**clean, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def installed_in(place: Path, *, extra: str = "") -> Path:
    """The directory of the programs of a fresh environment with the wheel and its dependencies, and no more."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run(*pip, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", place, CHECKOUT, cwd=place)
    (wheel,) = place.glob("*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", place / "environment", cwd=place)
    programs = place / "environment" / "bin"
    # By our own pip, and without compiling what nobody runs: a fifth of the time.
    into = ["--python", programs / "python", "install", "-q", "--no-compile"]
    run(*pip, *into, "-c", CHECKOUT / "constraints.txt", f"{wheel}{extra}", cwd=place)
    return programs


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed_in(tmp_path_factory.mktemp("wheel"))


def test_a_new_repository_goes_from_init_to_rules_that_promtool_accepts(installed, promtool, tmp_path):
    sretool = installed / "sretool"

    run(sretool, "init", "reliability", cwd=tmp_path)
    home = tmp_path / "reliability"
    validated = run(sretool, "slo", "validate", cwd=home)
    run(sretool, "slo", "generate", "--out", "rules", "--tests", cwd=home)
    explained = run(sretool, "slo", "explain", "checkout/availability", cwd=home)

    assert validated.startswith("ok: ")
    assert "of events (" in explained
    assert (home / ".github/workflows/slo.yaml").is_file()
    rules = sorted((home / "rules").glob("*.yaml"))
    run(promtool, "check", "rules", "--lint-fatal", *rules, cwd=home)
    # To the byte what the checkout makes, whose unit tests are run elsewhere.
    run(sys.executable, "-m", "sretool", "slo", "generate", "--out", "rules", "--tests", "--check", cwd=home)


def test_the_installed_schema_and_version_answer(installed, tmp_path):
    assert '"$schema"' in run(installed / "sretool", "schema", cwd=tmp_path)
    assert run(installed / "sretool", "--version", cwd=tmp_path).startswith("sretool ")


def test_an_incident_has_a_postmortem_without_any_extra_and_without_a_server(installed, tmp_path):
    sretool = installed / "sretool"

    run(sretool, "init", "reliability", cwd=tmp_path)
    home = tmp_path / "reliability"
    opened = run(sretool, "incident", "open", "--slo", "checkout/availability", "--severity", "sev2", cwd=home).strip()
    page = home / run(sretool, "postmortem", "new", opened, cwd=home).strip()

    assert page.read_text(encoding="utf-8").startswith(f"---\nid: {opened}\n")
    run(sretool, "postmortem", "lint", "--ignore", "PM002", cwd=home)


def test_an_incident_goes_from_an_alert_to_a_postmortem(installed, tmp_path):
    sretool = installed / "sretool"
    (tmp_path / "fires.json").write_bytes(posted(firing(summary="It burns.")))

    opened = run("sh", "-c", f"{sretool} incident from-alert < fires.json", cwd=tmp_path)
    written = run(sretool, "postmortem", "new", opened.split()[0], cwd=tmp_path).strip()

    assert (tmp_path / written).read_text().count("It burns.") >= 2
    assert run(sretool, "incident", "verify", cwd=tmp_path)


@pytest.mark.extra
def test_the_demonstration_goes_round_the_loop_with_nothing_but_what_is_installed(
    prometheus_binary, alertmanager_binary, tmp_path
):
    place, out = tmp_path / "wheel", tmp_path / "out"
    place.mkdir()
    programs = installed_in(place, extra="[demo]")

    told = run(programs / "sretool", "demo", "--out", out, cwd=tmp_path)

    assert told == (out / "transcript.txt").read_text()
    (page,) = (out / "postmortems").glob("inc-*.md")
    # Nothing is wrong with it, but that it is a draft.
    assert "info: this is a draft" in told
    assert "\n1 info in 1 file\n" in told
    # In that repository, with neither the servers nor the checkout.
    report = run(programs / "sretool", "report", "weekly", "--out", out / "again.html", cwd=out)
    for written in (out / "report.html", out / "again.html"):
        assert page.stem in written.read_text(), report
