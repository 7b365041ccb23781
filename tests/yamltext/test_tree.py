"""What a tree makes of duplicate keys, merges, anchors and tags. Merged values are those of PyYAML's own loader."""

import pytest
import yaml

from sretool.yamltext.diagnostics import Diagnostic
from sretool.yamltext.loading import load
from sretool.yamltext.nodes import Mapping, Node, Scalar, Sequence


def notes_of(text: str) -> list[Diagnostic]:
    return list(load(text, "f.yaml").diagnostics)


def root(text: str) -> Mapping:
    [document] = load(text, "f.yaml").documents
    assert isinstance(document, Mapping)
    return document


def texts(node: Node | None) -> dict[str, str]:
    assert isinstance(node, Mapping)
    return {key.value: value.value for key, value in node.items() if isinstance(value, Scalar)}


def test_a_key_given_twice_is_reported_at_the_second_with_the_place_of_the_first():
    [note] = notes_of("a: 1\nb: 2\na: 3\n")

    assert (note.code, str(note.place), note.message) == (
        "YA002",
        "f.yaml:3:1",
        "the key `a` was given before, at 1:1",
    )


def test_every_repetition_of_a_key_is_reported_and_the_first_counts():
    loaded = load("{a: 1, a: 2, a: 3, b: 4}", "f.yaml")

    assert [str(note.place) for note in loaded.diagnostics] == ["f.yaml:1:8", "f.yaml:1:14"]
    assert texts(loaded.documents[0]) == {"a": "1", "b": "4"}


def test_a_key_in_quotes_repeats_the_one_without():
    assert [note.code for note in notes_of("a: 1\n'a': 2\n")] == ["YA002"]


@pytest.mark.parametrize(
    "text",
    [
        "base: &base {a: 1, b: 2}\nhere:\n  <<: *base\n  b: 3\n",
        "base: &base {a: 1, b: 2}\nhere:\n  b: 3\n  <<: *base\n",
        "one: &one {a: 1}\ntwo: &two {a: 2, b: 2}\nhere:\n  <<: [*one, *two]\n  c: 3\n",
        "one: &one {a: 1}\ntwo: &two {<<: *one, b: 2}\nhere: {<<: *two, c: 3}\n",
        "here:\n  <<: {a: 1}\n",
        "here:\n  '<<': x\n",
    ],
)
def test_merged_keys_are_those_that_pyyaml_merges(text: str):
    expected = {key: str(value) for key, value in yaml.safe_load(text)["here"].items()}

    assert texts(root(text).get("here")) == expected
    assert notes_of(text) == []


def test_a_merged_key_points_at_the_mapping_that_it_comes_from():
    here = root("base: &base\n  a: 1\nhere:\n  <<: *base\n").get("here")

    assert isinstance(here, Mapping)
    assert str(here.key("a").place) == "f.yaml:2:3"


@pytest.mark.parametrize(
    ("value", "place", "found"),
    [("x", "f.yaml:2:5", "text"), ("[{a: 1}, x]", "f.yaml:2:14", "text"), ("", "f.yaml:2:1", "nothing")],
)
def test_only_mappings_can_be_merged(value: str, place: str, found: str):
    [note] = notes_of(f"b: 1\n<<: {value}\n")

    assert (note.code, str(note.place), note.message) == ("YA013", place, f"<< merges mappings, not {found}")


def test_an_alias_is_the_node_of_its_anchor():
    tree = root("a: &a [x]\nb: *a\n")

    assert tree.get("b") is tree.get("a")
    assert isinstance(tree.get("b"), Sequence)


def test_an_anchor_and_a_tag_are_not_part_of_the_place_of_their_text():
    tree = root('a: &x !!str text\nb: !!str &y "quoted"\nc: &z # why\n  below\nd: &empty\n')

    values = [tree.get(name) for name in "abcd"]
    assert [(v.place.line, v.place.column, v.place.end_column) for v in values if v] == [
        (1, 13, 17),
        (2, 13, 21),
        (4, 3, 8),
        (5, 10, 10),
    ]


@pytest.mark.parametrize("text", ["a: *nowhere\n", "a: *a\n", "a: &x 1\n---\nb: *x\n"])
def test_an_alias_without_an_anchor_above_it_is_reported(text: str):
    [note] = notes_of(text)

    assert note.code == "YA011"
    assert "names no anchor above it" in note.message


@pytest.mark.parametrize("text", ["&a [*a]", "&a {b: {c: *a}}", "x: &a 1\ny: &a [*a]\n"])
def test_an_alias_inside_what_it_names_is_reported(text: str):
    loaded = load(text, "f.yaml")

    assert [note.message for note in loaded.diagnostics] == ["*a stands inside the value that it names"]
    assert loaded.documents == ()


def test_a_document_with_a_broken_alias_is_left_out_and_the_others_are_read():
    loaded = load("a: *x\n---\nb: 1\n---\nc: *y\n", "f.yaml")

    assert [note.place.line for note in loaded.diagnostics] == [1, 5]
    assert [texts(document) for document in loaded.documents] == [{"b": "1"}]


def test_an_alias_may_be_a_key():
    assert texts(root("a: &k name\n*k : y\n")) == {"a": "name", "name": "y"}


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("!!python/object/apply:os.system", "!!python/object/apply:os.system"),
        ("!!binary", "!!binary"),
        ("!percent", "!percent"),
        ("!<tag:example.com,2000:x>", "tag:example.com,2000:x"),
    ],
)
@pytest.mark.parametrize("value", ["x", "[x]", "{x: y}"])
def test_a_tag_that_is_not_yaml_s_own_is_reported_and_never_obeyed(tag: str, shown: str, value: str):
    [note] = notes_of(f"a: {tag} {value}\n")

    assert (note.code, note.message) == ("YA012", f"the tag {shown} means nothing here")
    assert (note.place.column, note.place.end_column) == (4, 4 + len(tag))


def test_yaml_s_own_tags_are_accepted_and_str_makes_text_of_anything():
    tree = root("a: !!str ~\nb: !!int 5\nc: !!map {}\nd: !!seq []\ne: ! ~\nf: ~\n")

    nulls = {key.value: value.is_null for key, value in tree.items() if isinstance(value, Scalar)}
    assert nulls == {"a": False, "b": False, "e": False, "f": True}


@pytest.mark.parametrize("text", ["? [a, b]\n: c\n", "{[a]: b}", "? {a: b}\n: c\n"])
def test_a_key_that_is_not_text_is_reported(text: str):
    [note] = notes_of(text)

    assert note.code == "YA017"
    assert "a key must be text, not a" in note.message


def test_what_stands_beside_a_key_that_is_not_text_is_kept():
    assert texts(root("? [a]\n: b\nc: d\n")) == {"c": "d"}


def test_a_template_without_quotes_is_read_as_the_text_that_was_meant():
    loaded = load("summary: {{ $value }}\nb: 1\n", "f.yaml")

    assert texts(loaded.documents[0]) == {"summary": "{{ $value }}", "b": "1"}
    assert [note.remedy for note in loaded.diagnostics] == ["write '{{ $value }}'"]


def test_a_template_in_a_flow_mapping_ends_where_its_value_does():
    [note] = notes_of("{summary: {{ $value }}, b: 1}")

    assert (note.place.end_column, note.remedy) == (23, "write '{{ $value }}'")
