import pytest
import yaml

from sretool.yamltext import eventstream
from sretool.yamltext.loading import load


def test_libyaml_reads_here_since_ours_would_be_twenty_times_slower():
    assert yaml.__with_libyaml__
    assert eventstream.event_stream("a: 1").__self__.__class__.__name__ == "CParser"  # type: ignore[attr-defined]


def test_without_libyaml_files_are_read_all_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(eventstream, "CParser", None)

    loaded = load("a: 1\nb: {{ $x }}\nc: [\n", "f.yaml")

    assert [(note.code, str(note.place)) for note in loaded.diagnostics] == [
        ("YA017", "f.yaml:2:4"),
        ("YA001", "f.yaml:3:4"),
    ]


def test_without_libyaml_escapes_work_up_to_the_last_character(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(eventstream, "CParser", None)

    [document] = load('"\\U0010FFFF"', "f.yaml").documents

    assert getattr(document, "value", None) == "\U0010ffff"
