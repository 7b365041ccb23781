import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sretool.yamltext.loading import load
from sretool.yamltext.nodes import Mapping, Node, Scalar
from sretool.yamltext.writing import OneLine, Plain, Value, mapping_lines, text

TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        "yes",
        "1e3",
        "0x1F",
        "12:30",
        "2026-01-01",
        "~",
        "a: b",
        "a #b",
        "{{ $value }}",
        "- a",
        "a\nb",
        "a\nb\n",
        "'",
        '"',
    ]
)
KEYS = TEXTS.filter(lambda key: key != "<<")
VALUES: st.SearchStrategy[Value] = st.recursive(
    TEXTS, lambda inner: st.dictionaries(KEYS, inner, min_size=1) | st.lists(TEXTS, min_size=1), max_leaves=12
)


def written(mapping: dict[str, Value]) -> str:
    return "\n".join(mapping_lines(mapping)) + "\n"


def as_said(node: Node) -> object:
    match node:
        case Scalar():
            return node.value
        case Mapping():
            return {key.value: as_said(value) for key, value in node.items()}
        case _:
            return [as_said(item) for item in node]


@given(st.dictionaries(KEYS, VALUES, min_size=1))
def test_what_is_written_reads_back_as_it_was(mapping: dict[str, Value]):
    loaded = load(written(mapping), "written.yaml")

    assert loaded.diagnostics == ()
    assert [as_said(document) for document in loaded.documents] == [mapping]


@given(st.dictionaries(KEYS, TEXTS, min_size=1))
def test_another_parser_reads_texts_as_texts(mapping: dict[str, str]):
    assert yaml.safe_load(written(mapping)) == mapping


@given(st.lists(TEXTS, min_size=1))
def test_a_list_on_one_line_reads_back_as_it_was(items: list[str]):
    assert yaml.safe_load(written({"items": OneLine(items)})) == {"items": items}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Usage events are accepted.", "Usage events are accepted."),
        ('requests_total{code=~"5.."}', 'requests_total{code=~"5.."}'),
        ("99.9", '"99.9"'),
        ("on", '"on"'),
        ("", '""'),
        ("so: it is", '"so: it is"'),
        ('{job="a"}', "'{job=\"a\"}'"),
        ("a\tb", '"a\\tb"'),
        ("caf\u00e9 \U0001f600", "caf\u00e9 \U0001f600"),
        ("a\u0085b", '"a\\x85b"'),
    ],
)
def test_a_text_has_quotes_only_where_it_needs_them(value: str, expected: str):
    assert text(value) == expected


def test_lines_are_a_block_and_what_is_no_text_is_plain():
    mapping = {
        "expr": "sum(a)\n/\nsum(b)",
        "ends": "with a\nnewline\n",
        "criticality": Plain("1"),
        "groups": OneLine(["eu", "us, east"]),
        "group": OneLine({"region": "eu", "factor": Plain("6")}),
        "labels": {"team": "a"},
        "nothing": {},
        "list": ["a", {"b": "c", "d": "e"}],
    }

    assert written(mapping) == (
        "expr: |-\n  sum(a)\n  /\n  sum(b)\n"
        "ends: |\n  with a\n  newline\n"
        "criticality: 1\n"
        'groups: [eu, "us, east"]\n'
        "group: {region: eu, factor: 6}\n"
        "labels:\n  team: a\n"
        "list:\n  - a\n  - b: c\n    d: e\n"
    )
