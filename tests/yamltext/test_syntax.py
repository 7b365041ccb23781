"""Each mistake is read by libyaml and by PyYAML's own parser: what we say must not depend on which one is there."""

from collections.abc import Callable

import pytest

from sretool.yamltext.diagnostics import Diagnostic, Notes
from sretool.yamltext.eventstream import NextEvent, event_stream, pure_event_stream
from sretool.yamltext.loading import read_documents
from sretool.yamltext.source import Source

STREAMS = [event_stream, pure_event_stream]

MISTAKES = [
    # text, line:column, message, remedy
    ("a:\n\tb: 1\n", "2:1", "a tab stands where YAML wants spaces", "indent with spaces"),
    ("a:\n  b: 1\n\tc: 2\n", "3:1", "a tab stands where YAML wants spaces", "indent with spaces"),
    (
        "description: burn: too fast\n",
        "1:18",
        "a value without quotes cannot hold a colon and a space",
        "write 'burn: too fast'",
    ),
    (
        "- description: it's a note: x\n",
        "1:27",
        "a value without quotes cannot hold a colon and a space",
        'write "it\'s a note: x"',
    ),
    ("name:foo\nb: 1\n", "1:5", "a space is missing after the colon", "write name: foo"),
    ("a: 1\nname:foo\n", "2:5", "a space is missing after the colon", "write name: foo"),
    ("a:\n  - name:foo\n    b: 1\n", "2:9", "a space is missing after the colon", "write name: foo"),
    ('a: "foo\nb: 1\n', "1:4", "the quote that opens here is never closed", 'write " at the end of the value'),
    ("a: 'foo\nb: 1\n", "1:4", "the quote that opens here is never closed", "write ' at the end of the value"),
    (
        'a: "foo\nb: "x"\n',
        "1:4",
        "the quote that opens here is not closed on its line",
        'write " at the end of the value',
    ),
    ("a: 'it's down'\n", "1:8", "the value goes on after its closing '", 'write "it\'s down"'),
    ('expr: "a" or "b"\n', "1:11", 'the value goes on after its closing "', 'write \'"a" or "b"\''),
    ('expr: {job="x"} > 1\n', "1:19", "the value goes on after its closing }", "write '{job=\"x\"} > 1'"),
    ("a: [5m] x\n", "1:9", "the value goes on after its closing ]", "write '[5m] x'"),
    ('a: "\\d+"\n', "1:5", "\\d is not an escape that YAML knows", "write \\\\d, or use single quotes"),
    ("a: %foo\n", "1:4", "a value without quotes cannot begin with %", "write '%foo'"),
    ("a: @foo\n", "1:4", "a value without quotes cannot begin with @", "write '@foo'"),
    ("a: `foo`\n", "1:4", "a value without quotes cannot begin with `", "write '`foo`'"),
    ("a: *.foo\n", "1:4", "a value without quotes cannot begin with *", "write '*.foo'"),
    ("a: & b\n", "1:4", "a value without quotes cannot begin with &", "write '& b'"),
    (
        "a: {b: 1\nc: 2\n",
        "1:4",
        "the { that opens here is not closed as it should be",
        "write } where it ends, or put the whole value in quotes if it is text",
    ),
    (
        "a: [1, 2\nc: 3\n",
        "1:4",
        "the [ that opens here is not closed as it should be",
        "write ] where it ends, or put the whole value in quotes if it is text",
    ),
    (
        "a: [{b: 1}, {c: [2],\n",
        "1:13",
        "the { that opens here is not closed as it should be",
        "write } where it ends, or put the whole value in quotes if it is text",
    ),
    (
        "a: > 5\n",
        "1:4",
        "> begins a block of text, and nothing may follow it on its line",
        "start the text on the next line, or put the whole value in quotes if > belongs to it",
    ),
    (
        "a: 1\n  b: 2\n",
        "2:3",
        "this key is indented deeper than the one above it, which has its value already",
        "align it with the key above",
    ),
    (
        "a:\n    b: 1\n  c: 2\n",
        "3:3",
        "this line fits neither the key nor the list item above it",
        "align it with the line it belongs to",
    ),
    (
        "a:\n  - x\n  b: 1\n",
        "3:3",
        "this line fits neither the key nor the list item above it",
        "align it with the line it belongs to",
    ),
    (
        "a: |\nfoo\nb: 1\n",
        "2:1",
        "this line is neither a key with its value nor a list item",
        "write key: value; if it goes on from the line above, indent it deeper",
    ),
    ("a: - b\n", "1:4", "a list cannot begin on the line of its key", "begin it on the next line"),
    (
        "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n",
        "2:1",
        "a merge conflict was left in the file",
        "resolve it and remove its marks",
    ),
]


def diagnostics_of(text: str, stream: Callable[[str], NextEvent]) -> list[Diagnostic]:
    notes = Notes()
    read_documents(Source("f.yaml", text), notes, stream)
    return notes.diagnostics


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize(("text", "place", "message", "remedy"), MISTAKES)
def test_a_usual_mistake_is_named_where_it_was_made(
    text: str, place: str, message: str, remedy: str, stream: Callable[[str], NextEvent]
):
    notes = diagnostics_of(text, stream)

    assert [(note.code, str(note.place), note.message, note.remedy) for note in notes] == [
        ("YA001", f"f.yaml:{place}", message, remedy)
    ]


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("rest", ["", " is down", ' is "down": really'])
def test_a_template_without_quotes_is_one_mistake_whatever_follows_it(rest: str, stream: Callable[[str], NextEvent]):
    notes = diagnostics_of(f"summary: {{{{ $labels.job }}}}{rest}\nb: 1\n", stream)

    assert [(str(note.place), note.message, note.remedy) for note in notes] == [
        ("f.yaml:1:10", "{{ opens a YAML mapping, not a template", f"write '{{{{ $labels.job }}}}{rest}'")
    ]


def test_what_is_not_recognised_is_told_in_the_words_of_the_parser():
    [note] = diagnostics_of("a: , b\n", event_stream)

    assert note.message == "YAML does not parse: did not find expected node content while parsing a block node"
    assert str(note.place) == "f.yaml:1:4"


def test_a_place_after_wide_text_and_carriage_returns_is_what_an_editor_shows():
    [note] = diagnostics_of("é: 1\r\nname: @x\r\n", event_stream)

    assert (str(note.place), note.source_line) == ("f.yaml:2:7", "name: @x")


@pytest.mark.parametrize("text", ["a: '\\x", '"\\UFFFFFFFF"', '"\\uD800"', "%YAML 1." + "9" * 5000 + "\n--- a\n"])
def test_numbers_that_yaml_does_not_allow_are_mistakes_for_either_parser(text: str):
    assert [[note.code for note in diagnostics_of(text, stream)] for stream in STREAMS] == [["YA001"], ["YA001"]]
