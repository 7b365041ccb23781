"""Every text has tokens, and together with blanks and comments they are the text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.promql.tokens import is_duration, tokenize

BLANK_OR_COMMENT = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
WORDS = 'up sum ( ) { } [ ] 5m 1.5 0x1F nan Infra :a : "s" \' ` \\ $w {{.window}} {{ @ , =~ ! = < # é “ && || 1e \x00'
PIECES = st.sampled_from([*WORDS.split(" "), " ", "\n"])


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokenize(text)]


@given(st.text() | st.lists(PIECES).map("".join))
def test_tokens_tile_any_text(text: str) -> None:
    end = 0
    for token in tokenize(text):
        assert BLANK_OR_COMMENT.fullmatch(text, end, token.start)
        assert token.text == text[token.start : token.end] != ""
        end = token.end
    assert BLANK_OR_COMMENT.fullmatch(text, end)


@given(st.binary())
def test_no_bytes_are_without_tokens(raw: bytes) -> None:
    text = raw.decode(errors="surrogateescape")

    last = (*tokenize(text),)[-1:]

    assert all(token.end <= len(text) for token in last)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("up", [("identifier", "up")]),
        ("job:up:sum", [("identifier", "job:up:sum")]),
        (":up", [("identifier", ":up")]),
        (":", [("identifier", ":")]),
        ("1 1.5 .5 1.", [("number", "1"), ("number", "1.5"), ("number", ".5"), ("number", "1.")]),
        ("1e3 1E-3 0x1F", [("number", "1e3"), ("number", "1E-3"), ("number", "0x1F")]),
        ("Inf nan", [("number", "Inf"), ("number", "nan")]),
        ("infra nan_total", [("identifier", "infra"), ("identifier", "nan_total")]),
        ("5m 1h30m 5ms", [("duration", "5m"), ("duration", "1h30m"), ("duration", "5ms")]),
        ("[5m:1m]", [("bracket", "["), ("duration", "5m"), ("colon", ":"), ("duration", "1m"), ("bracket", "]")]),
        ("[5m :1m]", [("bracket", "["), ("duration", "5m"), ("colon", ":"), ("duration", "1m"), ("bracket", "]")]),
        ("[5m:]", [("bracket", "["), ("duration", "5m"), ("colon", ":"), ("bracket", "]")]),
        ("[1h:$w]", [("bracket", "["), ("duration", "1h"), ("colon", ":"), ("placeholder", "$w"), ("bracket", "]")]),
        ("{{.window}}", [("placeholder", "{{.window}}")]),
        ("{{ .window }}", [("placeholder", "{{ .window }}")]),
        ("${__rate_interval}", [("placeholder", "${__rate_interval}")]),
        ("{}", [("brace", "{"), ("brace", "}")]),
        ("a=~b", [("identifier", "a"), ("operator", "=~"), ("identifier", "b")]),
        ("!~!=<=>=", [("operator", "!~"), ("operator", "!="), ("operator", "<="), ("operator", ">=")]),
        ("a@5", [("identifier", "a"), ("at", "@"), ("number", "5")]),
        (r'"a\"b"', [("string", r'"a\"b"')]),
        (r"'a\'b'", [("string", r"'a\'b'")]),
        ("`a\n\\`", [("string", "`a\n\\`")]),
        ('"# no comment" # a comment "', [("string", '"# no comment"')]),
        ('"never closed\nup', [("unknown", '"never closed'), ("identifier", "up")]),
        ("5min 1.5h 1_000", [("unknown", "5min"), ("unknown", "1.5h"), ("unknown", "1_000")]),
        ("a && b", [("identifier", "a"), ("unknown", "&&"), ("identifier", "b")]),
    ],
)
def test_the_tokens_of(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("5m", True), ("1h30m", True), ("300", False), ("0x5d", False), ("1e3", False), ("", False)]
)
def test_a_duration_ends_in_its_unit(text: str, expected: bool) -> None:
    assert is_duration(text) is expected
