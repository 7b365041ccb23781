"""sretool.yaml: what it says, and what holds without it."""

from pathlib import Path

import pytest

from sretool.model.duration import MINUTE, SECOND
from sretool.settings.servers import ServerSettings
from sretool.settings.settings import Settings, default_settings, read_settings, with_environment
from sretool.yamltext.diagnostics import Notes, as_text
from sretool.yamltext.loading import load
from sretool.yamltext.nodes import Mapping

ROOT = Path("repository")


def settings_of(text: str) -> tuple[Settings, str]:
    """The settings, and what is wrong with them as it is printed."""
    loaded = load(text, "sretool.yaml")
    notes = Notes(loaded.diagnostics)
    (document,) = loaded.documents
    assert isinstance(document, Mapping)
    settings = read_settings(document, ROOT, notes)
    return settings, "\n".join(as_text(diagnostic) for diagnostic in notes.diagnostics)


def test_every_setting_is_read():
    text = """slos: [slos/, ../shared/*.yaml]
catalog: teams/catalog.yaml
runbooks: docs/runbooks
incidents: ops/incidents
postmortems: docs/postmortems
policy: teams/policy.yaml
assets: ours
scrape_interval: 15s
prometheus: http://prometheus:9090
alertmanager: http://alertmanager:9093
runbook_url: https://example.org/runbooks/
target_version: "2.53"
"""

    assert settings_of(text) == (
        Settings(
            ROOT,
            slos=("repository/slos", "repository/../shared/*.yaml"),
            runbooks=Path("repository/docs/runbooks"),
            incidents=Path("repository/ops/incidents"),
            postmortems=Path("repository/docs/postmortems"),
            policy=Path("repository/teams/policy.yaml"),
            catalog=Path("repository/teams/catalog.yaml"),
            assets=Path("repository/ours"),
            scrape_interval=SECOND * 15,
            prometheus=ServerSettings("http://prometheus:9090"),
            alertmanager=ServerSettings("http://alertmanager:9093"),
            runbook_url="https://example.org/runbooks/",
            target_version=(2, 53),
        ),
        "",
    )


def test_what_is_not_said_is_usual():
    assert settings_of("slos: slos") == (default_settings(ROOT), "")
    assert default_settings(ROOT) == Settings(
        ROOT,
        slos=("repository/slos",),
        runbooks=Path("repository/runbooks"),
        incidents=Path("repository/incidents"),
        postmortems=Path("repository/postmortems"),
        scrape_interval=MINUTE,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "scrape_intervall: 1m",
            "sretool.yaml:1:1: YA003 the key `scrape_intervall` is not known\n"
            "  scrape_intervall: 1m\n"
            "  ^^^^^^^^^^^^^^^^\n"
            "  remedy: write scrape_interval",
        ),
        (
            "scrape_interval: 10m",
            "sretool.yaml:1:18: YA016 `scrape_interval` must be from 1s to 5m, not 10m\n"
            "  scrape_interval: 10m\n"
            "                   ^^^\n"
            "  remedy: scrape at least every 5m: Prometheus forgets what it has not seen for longer",
        ),
        (
            "scrape_interval: 60",
            "sretool.yaml:1:18: YA016 '60' is not a duration such as 30d, 1h30m or 250ms\n"
            "  scrape_interval: 60\n"
            "                   ^^\n"
            "  remedy: write what Prometheus' own configuration says, such as 30s or 1m",
        ),
        (
            "prometheus: localhost:9090",
            "sretool.yaml:1:13: YA016 `prometheus` must be an http or https URL\n"
            "  prometheus: localhost:9090\n"
            "              ^^^^^^^^^^^^^^\n"
            "  remedy: write such as https://example.org",
        ),
        (
            "target_version: latest",
            "sretool.yaml:1:17: YA016 `target_version` must be a version of Prometheus, not `latest`\n"
            "  target_version: latest\n"
            "                  ^^^^^^\n"
            '  remedy: write such as "2.45", in quotes',
        ),
        (
            "target_version: 2.41.0",
            "sretool.yaml:1:17: YA016 the rules need Prometheus 2.42, which brought keep_firing_for, and "
            "`target_version` is 2.41.0\n"
            "  target_version: 2.41.0\n"
            "                  ^^^^^^\n"
            '  remedy: update the servers that are older, then write "2.42"',
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_write(text: str, said: str):
    assert settings_of(text) == (default_settings(ROOT), said)


def test_the_environment_goes_before_the_file():
    notes = Notes()
    settings, _ = settings_of("prometheus: http://file:9090")

    variables = {"SRETOOL_PROMETHEUS_URL": "https://elsewhere", "SRETOOL_ALERTMANAGER_URL": "https://alerts"}
    changed = with_environment(settings, variables, notes)

    assert (changed.prometheus, changed.alertmanager, notes.diagnostics) == (
        ServerSettings("https://elsewhere"),
        ServerSettings("https://alerts"),
        [],
    )
    assert with_environment(settings, {"SRETOOL_PROMETHEUS_URL": ""}, notes) == settings
    assert with_environment(settings, {}, notes) == settings


def test_a_variable_that_holds_no_url_is_told_without_its_text():
    notes = Notes()

    assert with_environment(default_settings(ROOT), {"SRETOOL_PROMETHEUS_URL": "se://cret"}, notes) == default_settings(
        ROOT
    )
    assert [as_text(diagnostic) for diagnostic in notes.diagnostics] == [
        "SRETOOL_PROMETHEUS_URL:1:1: YA016 the variable holds no http or https URL\n  remedy: set it to http://host:9090"
    ]
