"""What is accepted, and of which type; what is rejected, where, and in which words."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.promql.failure import ParseFailure
from sretool.promql.grammar import read
from sretool.promql.parse import Expression, parse
from sretool.promql.versions import Requirement, requirements

ACCEPTED = {
    "up": "vector",
    'billing_ingest_events_total{outcome=~"error|shed"}': "vector",
    "rate(x[5m])": "vector",
    "x[5m]": "matrix",
    "(x[5m])": "matrix",
    "x[5m:1m] offset 1h": "matrix",
    "max_over_time(rate(x[5m])[1h:])": "vector",
    "sum by (a) (rate(x[5m]))": "vector",
    "1": "scalar",
    "-(1 + 2) * 3": "scalar",
    "time() - 5": "scalar",
    "scalar(x)": "scalar",
    "1 + x": "vector",
    "x + 1": "vector",
    "-x": "vector",
    "1 > bool 2": "scalar",
    "vector(1)": "vector",
    '"text"': "string",
    "('text')": "string",
    "holt_winters(x[5m], 0.5, 0.5)": "vector",
    "x @ 100 offset 5m": "vector",
    "x @ start()": "vector",
    "a atan2 on (x) group_left b": "vector",
    "x # why\n": "vector",
    "sum{a='b'}": "vector",
    'x{a="#", b=`{`}': "vector",
    "a or b and c unless d": "vector",
    "absent(x)": "vector",
    'count_values("v", x)': "vector",
    "topk by (a) (3, x)": "vector",
}
# What is wrong, and the text to blame for it.
REJECTED = {
    "": "",
    "# nothing": "# nothing",
    "foo bar": "bar",
    "foo >": ">",
    "> foo": ">",
    "sum(a": "(",
    "rate(x[5m]": "(",
    "a)": ")",
    "a]": "]",
    "a}": "}",
    'a{b="c"': "{",
    'a{b="c}': '"c}',
    "a{b=c}": "c",
    "a{b=1}": "1",
    'a{b=="c"}': "==",
    'a{b="c" d="e"}': "d",
    'a{b="c",,}': ",",
    "a{,}": ",",
    "a = b": "=",
    "a && b": "&&",
    "a || b": "||",
    "a; b": ";",
    "a + “b”": "“",
    "rate(x[$w])": "$w",
    "rate(x[{{.window}}])": "{{.window}}",
    "5min": "5min",
    "x[5min]": "5min",
    "x[]": "]",
    "sum by a (x)": "by a",
    "sum by a, b (x)": "by a, b",
    "sum by (1) (x)": "1",
    "sum(a,)": ",",
    "a by (b)": "by",
    "()": "()",
    "rate(sum(x)[5m])": "rate(sum(x)[5m])",
    "max_over_time(sum(x)[5m])": "[5m]",
    "x offset 5m [5m]": "[5m]",
    "a * group_left (b) c": "group_left",
    "rate(x[5m]) offset 5m": "offset 5m",
    "a @ b": "b",
    "on": "on",
    # The right shape, and wrong all the same.
    "sum(rate(x)) > 1": "x",
    "rate(sum(x))": "rate(sum(x))",
    "sum(x[5m])": "x[5m]",
    "round(a, b)": "b",
    "rte(x[5m])": "rte",
    "1 + foo(x)": "foo",
    "clamp(x)": "clamp",
    "sum(1, x)": "sum",
    "topk(x)": "topk",
    "1 + (2 == 3)": "==",
    "a and 1": "and",
    "a[5m] + 1": "+",
    "a + bool b": "+",
    "a / on (x) group_left (x) b": "/ on (x) group_left (x)",
    "a and on (x) group_left b": "and on (x) group_left",
    "a + {}": "{}",
    'a + b{c="d",e=~"("}': 'e=~"("',
    'a{b=~"(?=c)"}': 'b=~"(?=c)"',
    'x{a="\\q"}': 'x{a="\\q"}',
    'm{__name__="x"}': 'm{__name__="x"}',
    "a + b[30m1h]": "b[30m1h]",
    "a offset 5m offset 5m": "a offset 5m offset 5m",
    "-x[5m]": "-x[5m]",
}
NEWER = {
    "a </ b": "</",
    "a >/ b": ">/",
    "rate(x[5m] anchored)": "anchored",
    "x smoothed": "smoothed",
    "x[5m + 1m]": "+",
    "x[step()]": "step",
    "x[-5m]": "-",
    "x offset (5m)": "(",
    "x > 1_000": "1_000",
}
# Accepted by promql-parser; whether a Prometheus accepts them depends on its version and on its feature flags.
DEPENDING = ["x[300]", "x offset 300", "x > 5m", '{"m"}', 'x{"a"="b"}', "limitk(1, x)", "info(x)", "a + fill(0) b"]
WORDS = 'up sum rate by ( ) { } [ ] [5m] 5m 1 "s" = =~ + and or offset @ , : $w {{.x}} bool nan Inf'
DEPENDING += ["mad_over_time(x[5m])", "histogram_avg(x)", "sum by ('a') (x)", "x @ 5m", "x[5m:60]"]


@pytest.mark.parametrize(("text", "value_type"), ACCEPTED.items())
def test_an_expression_has_a_type(text: str, value_type: str) -> None:
    assert parse(text) == Expression(text, value_type)


@pytest.mark.parametrize(("text", "blamed"), REJECTED.items())
def test_what_is_no_promql_is_blamed_on_its_place(text: str, blamed: str) -> None:
    failure = parse(text)

    assert isinstance(failure, ParseFailure)
    assert text[failure.start : failure.end] == blamed
    assert failure.certain


@pytest.mark.parametrize(("text", "blamed"), NEWER.items())
def test_what_newer_servers_accept_is_not_called_wrong(text: str, blamed: str) -> None:
    failure = parse(text)

    assert isinstance(failure, ParseFailure)
    assert text[failure.start : failure.end] == blamed
    assert not failure.certain


def test_the_installed_prometheus_accepts_and_rejects_the_same(promtool: Path, tmp_path: Path) -> None:
    texts = [*ACCEPTED, *REJECTED, *NEWER, *DEPENDING]
    version = _version(promtool)

    rejected = _rejected(promtool, tmp_path / "rules.yaml", texts)

    ours = {text for text in texts if not _accepted_by(version, text)}
    # Of what is newer than our parser a server may say either.
    assert ours - NEWER.keys() == rejected - NEWER.keys()


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("rate(x{a='b'})", '"rate" takes a range vector here, and this is an instant vector', "x{a='b'}[5m]"),
        ("rate(x offset 1h)", '"rate" takes a range vector here, and this is an instant vector', "x[5m] offset 1h"),
        ("rate(sum(x))", '"rate" takes the range of a counter, and what sum() gives is none', "sum(rate(x[5m]))"),
        ("rate(a + b)", '"rate" takes a range vector here, and this is an instant vector', "(a + b)[5m:1m]"),
        ("abs(x[5m])", '"abs" takes an instant vector here, and this is a range vector', "rate(x[5m])"),
        ("abs(1)", '"abs" takes an instant vector here, and this is a number', "vector(1)"),
        ("vector(x)", '"vector" takes a number here, and this is an instant vector', "scalar(x)"),
        ("rte(x[5m])", 'there is no function "rte"', "did you mean rate?"),
        ("RATE(x[5m])", 'there is no function "RATE"', "did you mean rate?"),
        ("rate(x[5m], 1)", '"rate" takes 1 argument, and is given 2', None),
        ("clamp(x)", '"clamp" takes 3 arguments, and is given 1', None),
        ("1 == 1", "comparing two numbers gives 0 or 1, which must be said", "write == bool"),
        ("a and 1", '"and" joins two vectors, and one side is a number', "vector(number)"),
        ("a{b=c}", 'the value of a label stands in quotes, and here is "c"', 'write "c"'),
        ("a = 1", '"=" is no operator here', 'compare with "=="'),
        ("a && b", '"&&" is no operator here', 'write "and"'),
        ("foo bar", 'an operator is missing between "foo" and "bar"', "join the two with an operator"),
        ("sum(x", 'this "(" is never closed', 'add ")"'),
        ("x)", 'nothing opens this ")"', "leave it out"),
        ("x > ", 'the expression ends after ">": something is missing', None),
        ("", "there is no expression", "write a PromQL expression"),
        ("x{a=“b”}", 'PromQL has no "“" outside quotes', "straight quotes"),
        ("a\u00a0+ b", "PromQL has no U+00A0 outside quotes", None),
        ("x > $limit", "$limit is a template's placeholder, and PromQL has none", "write the value itself"),
        ('a{b=~"("}', "this regular expression does not compile", "RE2"),
        ("x[5min]", '"5min" is neither a number nor a duration', "90s, 1h30m"),
    ],
)
def test_a_failure_says_what_is_wrong_and_what_to_write(text: str, message: str, remedy: str | None) -> None:
    failure = parse(text)

    assert isinstance(failure, ParseFailure)
    assert failure.message == message
    assert (failure.remedy is None) if remedy is None else (remedy in (failure.remedy or ""))


@given(
    st.text()
    | st.text("aA_:1.e+-/()[]{}\"'`=~!<>@,$#\\ \n5mhs")
    | st.lists(st.sampled_from(WORDS.split())).map(" ".join)
    | st.binary().map(lambda raw: raw.decode(errors="surrogateescape"))
)
def test_any_text_is_an_expression_or_a_failure_within_it(text: str) -> None:
    parsed = parse(text)

    if isinstance(parsed, Expression):
        assert read(parsed.text).end <= len(text)
    else:
        assert 0 <= parsed.start <= parsed.end <= len(text)
        assert parsed.message


def _accepted_by(version: tuple[int, int], text: str) -> bool:
    if not isinstance(parse(text), Expression):
        return False
    return all(_has(version, requirement) for requirement in requirements(text))


def _has(version: tuple[int, int], requirement: Requirement) -> bool:
    """As it is installed: with no feature enabled."""
    flagged = requirement.since is not None and requirement.since.feature is not None
    return requirement.is_met_by(version) and not flagged


def _version(promtool: Path) -> tuple[int, int]:
    said = subprocess.run([promtool, "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"version (\d+)\.(\d+)", said.stdout + said.stderr)
    assert found is not None
    return int(found[1]), int(found[2])


def _rejected(promtool: Path, path: Path, texts: list[str]) -> set[str]:
    """Those that it reports; one run for all, which names the rules by their places."""
    rules = [{"record": "r", "expr": text} for text in texts]
    document = {"groups": [{"name": "g", "rules": rules}]}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    ran = subprocess.run([promtool, "check", "rules", path], capture_output=True, text=True, check=False)
    places = {int(place) for place in re.findall(r'group "g", rule (\d+), "r"', ran.stdout + ran.stderr)}
    assert places, ran.stdout + ran.stderr
    return {texts[place - 1] for place in places}
