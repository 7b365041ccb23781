"""Texts that take an unguarded promql-parser down, or make it print a stack trace, are refused in good order."""

import itertools
import json
import subprocess
import sys

import pytest

from sretool.promql.failure import ParseFailure
from sretool.promql.guards import CHARACTERS_MAX, NESTING_MAX, OPERATORS_MAX, refusal
from sretool.promql.parse import Expression, parse

NO_LENGTHS = [
    "Inf",
    "-Inf",
    "+Inf",
    "NaN",
    "inf",
    "nan",
    "1e300",
    "-1e300",
    "1e530",
    "1e15",
    "9" * 400,
    "0x" + "F" * 40,
]
NO_LENGTHS += ["1.8e19", "9" * 30 + "y", "106752d", "300y", "0" * 30 + "293y"]
PLACES = ["x offset {}", "x  offset\n{}", "x OFFSET {}", "x[{}]", "x[{}:]", "x[{}:10s]", "x[5m:{}]", "x[5m : {} ]"]
PLACES += ["x[5m] offset {}", "rate(x[5m:1m] offset -{})", "x offset # so\n {}", "sum(x offset - {})"]
HOSTILE = [place.format(length) for place, length in itertools.product(PLACES, NO_LENGTHS)]
HOSTILE += [
    "+".join(["a"] * 5_000),
    "+".join(["a"] * 9_999),
    " or ".join(["a"] * 2_000),
    "^".join(["a"] * 5_000),
    "(" * 9_999 + "a" + ")" * 9_999,
    "(" * 19_999,
    "(" * 100_000,
    "-" * 19_999 + "a",
    "-" * 100_000 + "a",
    "abs(" * 4_000 + "a" + ")" * 4_000,
    "sum by(a)(" * 1_500 + "a" + ")" * 1_500,
    "a{" * 9_000,
    "x[" * 9_000,
    "a{b=~'" + "(" * 9_000 + "'}",
    '"' * 19_999,
    "\\" * 19_999,
    "#" * 19_999,
    "a" * 1_000_000,
    "1m" * 9_999,
    " : " * 6_000,
    '" ' * 9_999,
    "\x00",
    "\ud800",
    'x{a="\ud800"}',
    "x # \ud800",
]
CHILD = """
import json, sys
from sretool.promql.parse import parse
sys.setrecursionlimit(1000)
for text in json.load(sys.stdin):
    print(type(parse(text)).__name__)
"""


def test_no_hostile_text_ends_the_process_or_writes_to_the_terminal() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", CHILD], input=json.dumps(HOSTILE), capture_output=True, text=True, check=False
    )

    verdicts = ran.stdout.split()
    accepted = [text[:80] for text, verdict in zip(HOSTILE, verdicts, strict=True) if verdict != "ParseFailure"]
    assert (ran.returncode, ran.stderr, accepted) == (0, "", [])


def test_a_panic_that_got_past_the_guards_would_be_a_rejection() -> None:
    unguarded = "from sretool.promql.parse import _judged; print(type(_judged('x offset Inf')).__name__)"

    ran = subprocess.run([sys.executable, "-c", unguarded], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout) == (0, "Rejection\n")
    assert "panicked" in ran.stderr


def test_times_before_1970_are_harmless() -> None:
    """Reading them from promql-parser's tree panics; nobody does."""
    assert parse("foo @ -100") == Expression("foo @ -100", "vector")


@pytest.mark.parametrize(
    "text",
    [
        "(" * NESTING_MAX + "a" + ")" * NESTING_MAX,
        "+".join(["a"] * (OPERATORS_MAX + 1)),
        "-" * OPERATORS_MAX + "a",
        "a" * CHARACTERS_MAX,
        "x[292y]",
        "x offset 1w1d",
        "x offset -106751d",
        "kafka_offset_lag",
        'x{job="order"} or y',
        "x[106751d:1ms]",
    ],
)
def test_what_is_just_within_the_limits_is_read(text: str) -> None:
    assert refusal(text) is None
    assert isinstance(parse(text), Expression)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a" * (CHARACTERS_MAX + 1), "it is 20,001 characters long, and at most 20,000 are read"),
        ("(" * 201 + "a" + ")" * 201, "it is nested 201 deep, and at most 200 are read"),
        ("+".join(["a"] * 1_002), "it has 1,001 operators, and at most 1,000 are read"),
    ],
)
def test_a_text_that_is_too_large_says_by_how_much(text: str, message: str) -> None:
    failure = refusal(text)

    assert failure is not None
    assert failure.message == f"the expression is too large: {message}"
    assert failure.remedy is not None
    assert (failure.start, failure.end) == (0, len(text))


@pytest.mark.parametrize(
    ("text", "blamed"),
    [
        ("x offset Inf", "Inf"),
        ("x offset 1e300", "1e300"),
        ("x[1e530:10s]", "1e530"),
        ("x[5m:1e300]", "1e300"),
        ("x[0]", "0"),
        ("rate(x[300y])", "300y"),
    ],
)
def test_a_length_of_time_that_is_none_is_shown(text: str, blamed: str) -> None:
    failure = refusal(text)

    assert failure is not None
    assert text[failure.start : failure.end] == blamed


def test_or_between_matchers_is_refused_as_prometheus_does() -> None:
    text = 'up{job="a"  # one\n or job="b"}'

    failure = parse(text)

    assert isinstance(failure, ParseFailure)
    assert text[failure.start : failure.end] == "or"
