"""Whole files: what they hold, and what hostile ones are answered. The oracle of structure is PyYAML's own loader."""

import gc
import os
import sys
import threading
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sretool.yamltext.diagnostics import Notes, as_text
from sretool.yamltext.eventstream import pure_event_stream
from sretool.yamltext.loading import SIZE_MAX, Loaded, collector_paused, load, load_file, read_documents
from sretool.yamltext.nodes import Mapping, Node, Scalar, Sequence
from sretool.yamltext.source import Source

Plain = str | list["Plain"] | dict[str, "Plain"]


def plain(node: Node) -> Plain:
    """A tree as PyYAML's BaseLoader gives it: all scalars are text."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [plain(item) for item in node]
        case Mapping():
            return {key.value: plain(value) for key, value in node.items()}


def documents(text: str | bytes) -> list[Plain]:
    return [plain(document) for document in load(text, "f.yaml").documents]


def told(loaded: Loaded) -> list[tuple[str, str]]:
    """Codes and places."""
    return [(note.code, str(note.place)) for note in loaded.diagnostics]


def scalars_in(node: Node) -> list[Scalar]:
    match node:
        case Scalar():
            return [node]
        case Sequence():
            return [scalar for item in node for scalar in scalars_in(item)]
        case Mapping():
            return [scalar for key, value in node.items() for scalar in (key, *scalars_in(value))]


def test_a_file_is_a_tree_of_mappings_lists_and_text():
    assert documents("slos:\n  - name: availability\n    objective: 99.95%\n    alerting: {min_bad_events: 10}\n") == [
        {"slos": [{"name": "availability", "objective": "99.95%", "alerting": {"min_bad_events": "10"}}]}
    ]


def test_text_is_what_the_file_says_whatever_yaml_would_make_of_it():
    assert documents("[on, yes, 010, 1e3, 0x1F, 2024-01-01, 12:30:00, .inf, ~, null, 1_000]") == [
        ["on", "yes", "010", "1e3", "0x1F", "2024-01-01", "12:30:00", ".inf", "~", "null", "1_000"]
    ]


def test_all_documents_of_a_file_are_read_and_empty_ones_left_out():
    assert documents("--- \n---\na: 1\n---\nb: 2\n...\n---\n# the end\n") == [{"a": "1"}, {"b": "2"}]


@pytest.mark.parametrize(
    "content",
    [
        b"a: \xc3\xa9\nb: 1\n",
        b"\xef\xbb\xbfa: \xc3\xa9\nb: 1\n",
        b"a: \xc3\xa9\r\nb: 1\r\n",
        b"a: \xc3\xa9\rb: 1",
        "a: é\nb: 1\n",
        "\ufeffa: é\nb: 1\n",
    ],
)
def test_byte_order_marks_and_line_ends_of_every_kind_make_no_difference(content: str | bytes):
    loaded = load(content, "f.yaml")

    [document] = loaded.documents
    assert isinstance(document, Mapping)
    assert plain(document) == {"a": "é", "b": "1"}
    assert [str(document.key(name).place) for name in "ab"] == ["f.yaml:1:1", "f.yaml:2:1"]
    assert [loaded.line_text(1), loaded.line_text(2)] == ["a: é", "b: 1"]


def test_nodes_know_where_they_stand():
    [document] = load("slos:\n  - name: x\n    labels: {a: b}\n    list: [c]\n", "f.yaml").documents

    assert isinstance(document, Mapping)
    slos = document.get("slos")
    assert isinstance(slos, Sequence)
    [slo] = slos
    assert isinstance(slo, Mapping)
    places = {key.value: (key.place, value.place) for key, value in slo.items()}
    assert {name: [(p.line, p.column, p.end_column) for p in pair] for name, pair in places.items()} == {
        "name": [(2, 5, 9), (2, 11, 12)],
        "labels": [(3, 5, 11), (3, 13, 19)],
        "list": [(4, 5, 9), (4, 11, 14)],
    }
    assert (slos.place.line, slos.place.column) == (2, 3)


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "--- ~\n", "null", "--- \n--- \n", "\ufeff"])
def test_a_file_that_holds_nothing_says_so(text: str):
    loaded = load(text, "f.yaml")

    assert (told(loaded), loaded.documents) == ([("YA009", "f.yaml:1:1")], ())


def test_documents_before_one_that_breaks_off_are_kept():
    loaded = load("a: 1\n---\nb: [1\n---\nc: 1\n", "f.yaml")

    assert ([plain(document) for document in loaded.documents], [note.code for note in loaded.diagnostics]) == (
        [{"a": "1"}],
        ["YA001"],
    )


# Hostile and broken files.


def test_bytes_that_are_not_utf8_are_shown_where_they_stand():
    loaded = load(b"\xef\xbb\xbfa: 1\nname: caf\xe9 x\n", "f.yaml")

    assert told(loaded) == [("YA006", "f.yaml:2:10")]
    assert "byte 0xe9 is not UTF-8" in as_text(loaded.diagnostics[0])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_utf16_is_recognised_by_its_byte_order_mark(encoding: str):
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""

    loaded = load(mark + "a: 1\n".encode(encoding), "f.yaml")

    assert told(loaded) == [("YA006", "f.yaml:1:1")]
    assert "UTF-16" in loaded.diagnostics[0].message


@pytest.mark.parametrize(
    ("text", "place", "character"),
    [
        ("a: 1\nb: \x00x\n", "f.yaml:2:4", "U+0000"),
        ("a: \x1b[2J", "f.yaml:1:4", "U+001B"),
        ("a: \ud800", "f.yaml:1:4", "U+D800"),
        ("a: \uffff", "f.yaml:1:4", "U+FFFF"),
    ],
)
def test_characters_that_yaml_forbids_are_named(text: str, place: str, character: str):
    loaded = load(text, "f.yaml")

    assert told(loaded) == [("YA006", place)]
    assert character in loaded.diagnostics[0].message


def test_a_file_of_zeros_is_not_text():
    assert told(load(bytes(1000), "f.yaml")) == [("YA006", "f.yaml:1:1")]


def test_ten_thousand_brackets_are_refused_at_the_sixty_fifth():
    assert told(load("[" * 10_000 + "]" * 10_000, "f.yaml")) == [("YA008", "f.yaml:1:65")]


def test_ten_thousand_lists_within_lists_are_refused():
    assert told(load("- " * 10_000 + "x", "f.yaml")) == [("YA008", "f.yaml:1:129")]


def test_a_thousand_nested_keys_are_refused():
    text = "".join(" " * depth + "a:\n" for depth in range(1000))

    assert told(load(text, "f.yaml")) == [("YA008", "f.yaml:65:65")]


def test_sixty_four_levels_are_allowed():
    assert told(load("[" * 64 + "]" * 64, "f.yaml")) == []


def test_a_billion_laughs_are_refused():
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    assert [code for code, _ in told(load("\n".join(lines), "f.yaml"))] == ["YA010"]


def test_aliases_cannot_nest_deeper_than_brackets_may():
    chain = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 100)]

    assert told(load("\n".join(chain), "f.yaml")) == [("YA008", "f.yaml:64:12")]


def test_a_file_beyond_the_limit_is_refused_by_its_size_and_not_read(tmp_path: Path):
    huge = tmp_path / "huge.yaml"
    huge.touch()
    os.truncate(huge, 100 * 1024 * 1024)  # a hole: it takes no disk, and reading it would show zeros (YA006)

    assert told(load_file(huge)) == [("YA007", f"{huge}:1:1")]


def test_content_beyond_the_limit_is_refused():
    assert told(load(bytes(SIZE_MAX + 1), "<stdin>")) == [("YA007", "<stdin>:1:1")]


def test_a_pipe_is_read_like_a_file(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("a: 1\n",))
    writer.start()

    loaded = load_file(pipe)

    writer.join()
    assert [plain(document) for document in loaded.documents] == [{"a": "1"}]


def test_a_file_that_never_ends_is_read_only_so_far():
    assert told(load_file("/dev/zero")) == [("YA007", "/dev/zero:1:1")]


@pytest.mark.parametrize("name", [".", "missing.yaml", "nul\0byte.yaml"])
def test_a_file_that_cannot_be_read_is_a_diagnostic(tmp_path: Path, name: str):
    path = f"{tmp_path}/{name}"

    assert [note.code for note in load_file(path).diagnostics] == ["YA018"]


def test_a_file_is_shown_under_the_path_that_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a.yaml").write_text("a: [")
    monkeypatch.chdir(tmp_path)

    assert {note.place.path for note in load_file("a.yaml").diagnostics} == {"a.yaml"}


def test_two_hundred_mistakes_in_the_structure_of_a_file_are_enough():
    loaded = load("{" + "a, " * 100_000 + "}", "f.yaml")

    assert len(loaded.diagnostics) == 200
    assert loaded.diagnostics[-1].message.endswith("; this is mistake 200 in the file, and the rest is not read")
    assert loaded.documents == ()


def test_a_huge_line_is_quoted_again_and_again_without_being_copied():
    loaded = load("{" + "a, " * 100_000 + "}", "f.yaml")

    assert len({id(note.source_line) for note in loaded.diagnostics}) == 1
    assert max(len(line) for line in as_text(loaded.diagnostics[-1]).splitlines()) < 200


def test_the_collector_is_left_as_it_was_found():
    load("a: 1", "f.yaml")
    assert gc.isenabled()
    with collector_paused():
        load("a: 1", "f.yaml")
        assert not gc.isenabled()
    assert gc.isenabled()


def test_reading_a_deep_tree_leaves_room_on_the_stack():
    [document] = load("[" * 64 + "]" * 64, "f.yaml").documents
    depth_used = 3 * 64

    assert depth_used < sys.getrecursionlimit() / 4
    assert plain(document) is not None


# Any text at all.

YAML_SIGNS = st.text(alphabet="ab:{}[],-?&*!|>'\"%@`#~<= \n\t\r\\x0é\u2028\ufeff", max_size=60)


@settings(deadline=None)  # a busy machine is not a failure
@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise(content: bytes):
    loaded = load(content, "f.yaml")

    assert loaded.documents or loaded.diagnostics


@settings(deadline=None)
@given(YAML_SIGNS)
def test_no_text_makes_it_raise_and_both_parsers_agree_on_what_is_good(text: str):
    loaded = load(text, "f.yaml")
    notes = Notes()
    by_pure_parser = read_documents(Source("f.yaml", text.removeprefix("\ufeff")), notes, pure_event_stream)

    assert loaded.documents or loaded.diagnostics
    if not loaded.diagnostics and not notes.diagnostics and "\ufeff" not in text:  # of such in mid-file they differ
        assert [plain(document) for document in loaded.documents] == [plain(document) for document in by_pure_parser]


@settings(deadline=None)
@given(YAML_SIGNS)
def test_every_diagnostic_points_into_its_file_and_can_be_printed(text: str):
    for note in load(text, "f.yaml").diagnostics:
        lines = Source("f.yaml", text.removeprefix("\ufeff")).text
        assert note.place.line <= lines.count("\n") + lines.count("\r") + 1
        assert 1 <= note.place.column <= note.place.end_column
        assert note.place.column <= len(note.source_line) + 1
        assert as_text(note).startswith(f"f.yaml:{note.place.line}:{note.place.column}: {note.code}")


TEXTS = st.text(st.characters(codec="utf-8"), max_size=30) | st.text("ab \n:#'\"-{", max_size=20)
TREES = st.dictionaries(
    TEXTS,
    st.recursive(
        TEXTS | st.integers() | st.booleans() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=10,
    ),
    min_size=1,
    max_size=4,
)
STYLES = st.fixed_dictionaries(
    {
        "default_flow_style": st.booleans(),
        "default_style": st.sampled_from([None, "'", '"', "|", ">"]),
        "width": st.sampled_from([20, 80, 1000]),
        "allow_unicode": st.booleans(),
        "line_break": st.sampled_from(["\n", "\r\n"]),
        "indent": st.sampled_from([2, 4]),
    }
)


@settings(deadline=None)
@given(TREES, STYLES)
def test_a_tree_is_what_pyyaml_reads(tree: dict[str, object], style: dict[str, object]):
    text = yaml.safe_dump(tree, **style)  # type: ignore[call-overload]

    assert documents(text) == [yaml.load(text, yaml.BaseLoader)]  # BaseLoader makes nothing but text


@settings(deadline=None)
@given(TREES, STYLES)
def test_every_scalar_points_at_its_own_text(tree: dict[str, object], style: dict[str, object]):
    text = yaml.safe_dump(tree, **style)  # type: ignore[call-overload]
    [document] = load(text, "f.yaml").documents

    for scalar in scalars_in(document):
        written = text[scalar.start : scalar.end]
        if scalar.style in ("", "'", '"'):
            assert yaml.load(f"- {written}", yaml.BaseLoader) == [scalar.value]
        else:
            assert written[0] == scalar.style
