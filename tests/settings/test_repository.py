"""Where the settings are found."""

from pathlib import Path

import pytest

from sretool.model.duration import MINUTE, SECOND
from sretool.settings.context import SpecContext
from sretool.settings.repository import find_repository


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory that is a place of its own: nothing above it holds settings."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(repository_diagnostics: tuple) -> list[str]:
    return [f"{diagnostic.place}: {diagnostic.code} {diagnostic.message}" for diagnostic in repository_diagnostics]


def test_without_a_file_everything_is_usual_and_anyone_may_own(here: Path):
    found = find_repository(Path(), {})

    assert found.settings.slos == ("slos",)
    assert found.context == SpecContext(MINUTE, None)
    assert found.diagnostics == ()


def test_settings_are_found_from_the_working_directory_up(here: Path, monkeypatch: pytest.MonkeyPatch):
    Path("sretool.yaml").write_text("slos: promises/\nscrape_interval: 30s\n", encoding="utf-8")
    Path("catalog.yaml").write_text("teams: {shop: }\n", encoding="utf-8")
    Path("promises/deep").mkdir(parents=True)
    monkeypatch.chdir("promises/deep")

    found = find_repository(Path(), {})

    assert found.settings.slos == ("../../promises",)
    assert found.context == SpecContext(SECOND * 30, frozenset(["shop"]))
    assert found.diagnostics == ()


def test_a_catalogue_that_is_named_must_be_there(here: Path):
    Path("sretool.yaml").write_text("catalog: teams.yaml\n", encoding="utf-8")

    found = find_repository(Path(), {})

    assert told(found.diagnostics) == ["teams.yaml:1:1: YA018 the file cannot be read: No such file or directory"]


def test_mistakes_of_both_files_and_of_the_environment_are_told(here: Path):
    Path("sretool.yaml").write_text("slo: a\n", encoding="utf-8")
    Path("catalog.yaml").write_text("- shop\n", encoding="utf-8")

    found = find_repository(Path(), {"SRETOOL_PROMETHEUS_URL": "x"})

    assert told(found.diagnostics) == [
        "SRETOOL_PROMETHEUS_URL:1:1: YA016 the variable holds no http or https URL",
        "catalog.yaml:1:1: YA013 a catalogue must be a mapping, not a list",
        "sretool.yaml:1:1: YA003 the key `slo` is not known",
    ]


@pytest.mark.parametrize("text", ["", "---\n", "a: [", "slos: a\n---\nslos: b\n"])
def test_settings_that_cannot_be_read_are_told_and_the_usual_ones_hold(here: Path, text: str):
    Path("sretool.yaml").write_text(text, encoding="utf-8")

    found = find_repository(Path(), {})

    assert found.diagnostics
    assert found.settings.scrape_interval == MINUTE


def test_settings_that_are_a_directory_are_told(here: Path):
    Path("sretool.yaml").mkdir()

    assert told(find_repository(Path(), {}).diagnostics) == [
        "sretool.yaml:1:1: YA018 the file cannot be read: Is a directory"
    ]


@pytest.mark.parametrize(
    ("path", "is_there"),
    [
        ("runbooks/a.md", True),
        ("/runbooks/a.md#first-look", True),
        ("runbooks/b.md", False),
        ("wiki/b", False),
        ("x" * 5_000, False),
        ("a\0", False),
    ],
)
def test_a_page_is_looked_for_from_the_root(here: Path, monkeypatch: pytest.MonkeyPatch, path: str, is_there: bool):
    Path("sretool.yaml").write_text("slos: slos/\n", encoding="utf-8")
    Path("runbooks").mkdir()
    Path("runbooks/a.md").write_text("# What to do\n", encoding="utf-8")
    Path("slos").mkdir()
    monkeypatch.chdir("slos")

    assert find_repository(Path(), {}).has_page(path) == is_there


@pytest.mark.parametrize(("path", "is_there"), [("runbooks/b.md", False), ("wiki/b", True)])
def test_pages_that_are_served_from_elsewhere_are_taken_to_be_there(here: Path, path: str, is_there: bool):
    Path("sretool.yaml").write_text("runbook_url: https://wiki.example/\n", encoding="utf-8")

    assert find_repository(Path(), {}).has_page(path) == is_there
