"""The published schema against the reader: what the one refuses the other must refuse, and valid files pass both."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from specs import native_document, native_slo, read, reference_examples
from strategies import as_yaml, native_documents, native_specs

from sretool.spec.native import keys
from sretool.spec.schema import native_schema
from sretool.yamltext.loading import load
from sretool.yamltext.nodes import Mapping, Node, Scalar, Sequence

ROOT = Path(__file__).parents[2]
SCHEMA = native_schema()
_PARTS = frozenset(("NO_DATA", "ONE_OFF", "RECURRING", "COUNTERS", "COHORTS"))  # of one form, or words
VALIDATOR = Draft202012Validator(SCHEMA)
_FENCED = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INTEGER = re.compile("[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def as_json(node: Node) -> Any:
    """What an editor hands to its validator: plain scalars are what YAML 1.2 makes of them."""
    match node:
        case Mapping():
            return {key.value: as_json(value) for key, value in node.items()}
        case Sequence():
            return [as_json(item) for item in node.items]
        case Scalar() if node.is_null:
            return None
        case Scalar(style="", value="true" | "True" | "TRUE" | "false" | "False" | "FALSE" as word):
            return word.lower() == "true"
        case Scalar(style="", value=text) if _INTEGER.fullmatch(text):
            return int(text)
        case Scalar(style="", value=text) if _FLOAT.fullmatch(text):
            return float(text)
        case _:
            return node.value


def refusals(text: str) -> list[str]:
    return [error.message for root in load(text, "a.yaml").documents for error in VALIDATOR.iter_errors(as_json(root))]


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


@given(native_specs())
def test_a_valid_specification_passes_the_schema(text: str):
    assert refusals(text) == []


def _shipped() -> list[Path]:
    found = [path for part in ("slos", "templates/starter/slos", "examples") for path in (ROOT / part).rglob("*.yaml")]
    whole = [path for path in found if "broken" not in path.parts]  # Of those each is wrong, as its name says.
    return sorted(path for path in whole if "apiVersion: sretool/v1\n" in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", _shipped(), ids=lambda path: path.name)
def test_the_specifications_that_we_ship_pass_the_schema(path: Path):
    assert refusals(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "page",
    # What is wrong with a catalogue or with rules is shown by one of these.
    [page for page in sorted((ROOT / "docs" / "checks").glob("SL1[0-3]*.md")) if page.stem not in ("SL107", "SL133")],
    ids=lambda page: page.stem,
)
def test_what_the_pages_say_to_write_passes_the_schema(page: Path):
    _, right = _FENCED.findall(page.read_text(encoding="utf-8"))

    assert refusals(right) == []


@pytest.mark.parametrize("text", reference_examples())
def test_the_examples_of_the_reference_pass_the_schema(text: str):
    assert refusals(text) == []


def mappings(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of a mapping with keys of its own, with where it stands."""
    if isinstance(schema, dict):
        if "properties" in schema:
            yield path, schema
        for key, value in schema.items():
            yield from mappings(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for index, value in enumerate(schema):
            yield from mappings(value, f"{path}/{index}")


def test_the_keys_of_every_mapping_are_those_that_are_read():
    tables = {
        tuple(value)
        for name, value in vars(keys).items()
        if name.isupper()
        and isinstance(value, tuple)
        and name not in ("NO_DATA", "ONE_OFF", "RECURRING", "COUNTERS", "COHORTS")
    }

    assert {tuple(schema["properties"]) for _, schema in mappings(SCHEMA)} == tables


def test_no_mapping_takes_a_key_that_it_does_not_name():
    assert [path for path, schema in mappings(SCHEMA) if schema["additionalProperties"] is not False] == []


def test_everything_is_described_for_whoever_hovers_over_it():
    silent = [
        f"{path}/{key}"
        for path, schema in mappings(SCHEMA)
        for key, value in schema["properties"].items()
        if not {"description", "$ref", "anyOf", "examples"} & set(value)
    ]

    assert silent == []


def examples(schema: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    if isinstance(schema, dict):
        for example in schema.get("examples", ()):
            yield schema, example
        for value in schema.values():
            yield from examples(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from examples(value)


def test_every_example_is_one():
    wrong = [
        example
        for schema, example in examples(SCHEMA)
        if not Draft202012Validator(schema | {"$defs": SCHEMA["$defs"]}).is_valid(example)
    ]

    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        native_document("slo: []"),
        native_slo("objektive: 99%"),
        native_slo("sli: {}"),
        native_slo("sli: {events: {bad: a, good: b, total: c}}"),
        native_slo("sli: {completeness: {ingested: a, missing: b}}"),
        native_slo("objective: 99.9"),
        native_slo("objective: 1"),
        native_slo("period: 30 days"),
        native_slo("period: {calendar: quarter, zone: UTC}"),
        native_slo("alerting: {tiers: [{long: 1h, short: 5m, severity: page}]}"),
        native_slo("exclusions: [{reason: a, approver: b, from: 2026-11-01T00:00:00Z}]"),
        native_slo("group_by: region"),
        native_document("owner: [a]"),
        native_document("service: Checkout"),
    ],
)
def test_the_schema_refuses_what_is_made_of_the_wrong_parts(text: str):
    assert refusals(text)


@given(native_documents(), st.data())
def test_what_the_schema_refuses_the_reader_refuses_too(document: dict[str, Any], data: st.DataObject):
    text = as_yaml(_damaged(document, data))

    if refusals(text):
        assert read(text).has_errors


def _damaged(document: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """The document with a key removed, renamed, or given another value, anywhere in it."""
    containers = list(_containers(document))
    container = data.draw(st.sampled_from([each for each in containers if each]))
    key = data.draw(st.sampled_from(sorted(container) if isinstance(container, dict) else range(len(container))))
    other = data.draw(st.sampled_from(["x", "30d", 1, 0, -1, 99.9, True, [], {}, ["x"], {"x": "y"}, [{}]]))
    match data.draw(st.sampled_from(["remove", "rename", "replace"])):
        case "remove":
            del container[key]
        case "rename" if isinstance(container, dict):
            container[f"{key}s"] = container.pop(key)
        case _:
            container[key] = other
    return document


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for child in value.values() if isinstance(value, dict) else value:
            yield from _containers(child)
