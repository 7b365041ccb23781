"""Quoted text is read as Prometheus reads it."""

import json
import subprocess
from pathlib import Path

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.promql.literal import string_literal
from sretool.promql.quoting import unquoted

WELL_FORMED = st.text(st.characters(exclude_categories=["Cs"]))
# promql-parser takes bytes of escapes for code points, which Prometheus does not: these are asked of promtool alone.
AS_BYTES = [(r'"\xc3\xa9"', "é"), (r'"\303\251"', "é")]
LITERALS = [
    ('"plain"', "plain"),
    ("'it is \"plain\"'", 'it is "plain"'),
    (r'"\"\\\n\t"', '"\\\n\t'),
    (r"'\''", "'"),
    (r'"\x41\101A\U0001F600"', "AAA\N{GRINNING FACE}"),
    (r"`\n is two characters`", r"\n is two characters"),
]


@pytest.mark.parametrize(("literal", "expected"), LITERALS + AS_BYTES)
def test_a_literal_stands_for(literal: str, expected: str) -> None:
    assert unquoted(literal) == expected


@pytest.mark.parametrize(("literal", "expected"), LITERALS)
def test_promql_parser_reads_literals_the_same(literal: str, expected: str) -> None:
    assert promql_parser.parse(literal).val == expected


def test_prometheus_reads_literals_the_same(promtool: Path, tmp_path: Path) -> None:
    cases = [
        {
            "expr": f'label_replace(vector(1), "value", {literal.replace("$", "$$")}, "", "")',
            "eval_time": "1m",
            "exp_samples": [{"labels": f"{{value={json.dumps(expected, ensure_ascii=False)}}}", "value": 1}],
        }
        for literal, expected in LITERALS + AS_BYTES
    ]
    path = tmp_path / "literals.yaml"
    document = {"rule_files": [], "tests": [{"interval": "1m", "promql_expr_test": cases}]}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")

    ran = subprocess.run([promtool, "test", "rules", path], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_bytes_that_are_no_text_become_replacement_characters() -> None:
    assert unquoted(r'"a\xffb"') == "a\N{REPLACEMENT CHARACTER}b"


@given(WELL_FORMED)
def test_what_we_quote_is_read_back_by_us_and_by_the_parser(value: str) -> None:
    literal = string_literal(value)

    assert unquoted(literal) == value
    assert promql_parser.parse(literal).val == value
