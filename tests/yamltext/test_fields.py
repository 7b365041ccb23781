"""Fields, on a reader of the shape that they are for, and field by field."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from sretool.yamltext.diagnostics import Notes, as_text, in_order
from sretool.yamltext.fields import Fields, as_mapping
from sretool.yamltext.loading import load
from sretool.yamltext.nodes import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class SampleSlo:
    name: str
    objective: Decimal
    labels: dict[str, str]
    bad: str


def read_slo(fields: Fields) -> SampleSlo | None:
    with fields:
        name = fields.text("name", required=True)
        objective = fields.decimal("objective", required=True, least=0, most=1)
        labels = fields.text_map("labels")
        sli = fields.section("sli", required=True)
    bad = read_sli(sli) if sli is not None else None
    if name is None or objective is None or bad is None:
        return None
    return SampleSlo(name, objective, labels, bad)


def read_sli(fields: Fields) -> str | None:
    with fields:
        return fields.text("bad", required=True)


def read_sample(text: str) -> tuple[list[SampleSlo], Notes]:
    loaded = load(text, "slos/a.yaml")
    notes = Notes(loaded.diagnostics)
    slos: list[SampleSlo | None] = []
    for document in loaded.documents:
        root = as_mapping(document, notes, what="a specification")
        if root is not None:
            with Fields(root, notes) as fields:
                fields.choice("apiVersion", ("sretool/v1",), required=True)
                slos += [read_slo(section) for section in fields.sections("slos")]
    return [slo for slo in slos if slo is not None], notes


GOOD = """\
apiVersion: sretool/v1
slos:
  - name: availability
    objective: 0.9995
    labels: {tier: gold}
    sli:
      bad: errors_total
"""


def test_a_reader_gets_its_values():
    slos, notes = read_sample(GOOD)

    assert slos == [SampleSlo("availability", Decimal("0.9995"), {"tier": "gold"}, "errors_total")]
    assert notes.diagnostics == []


BAD = """\
apiVersion: sretool/v2
slos:
  - nam: availability
    objective: 99.95
    labels: [gold]
    sli:
      bad: {job="x"}
  - name:
    objective: high
    sli: errors_total
    extra: 1
  - latency
"""

TOLD = """\
slos/a.yaml:1:13: YA016 `apiVersion` must be sretool/v1, not `sretool/v2`
  apiVersion: sretool/v2
              ^^^^^^^^^^
  remedy: write sretool/v1
slos/a.yaml:3:5: YA003 the key `slos[0].nam` is not known
  - nam: availability
    ^^^
  remedy: write name
slos/a.yaml:4:16: YA016 `slos[0].objective` must be 1 or less, not 99.95
  objective: 99.95
             ^^^^^
  remedy: write 1 or less
slos/a.yaml:5:13: YA013 `slos[0].labels` must be a mapping, not a list
  labels: [gold]
          ^^^^^^
  remedy: write `labels:` and its keys below it, indented
slos/a.yaml:7:12: YA013 `slos[0].sli.bad` must be text, not a mapping
  bad: {job="x"}
       ^^^^^^^^^
  remedy: write '{job="x"}'
slos/a.yaml:8:5: YA014 `slos[1].name` has no value
  - name:
    ^^^^
  remedy: write its value after the colon
slos/a.yaml:9:16: YA016 `slos[1].objective` must be a number, not `high`
  objective: high
             ^^^^
  remedy: write it in digits, such as 14.4
slos/a.yaml:10:10: YA013 `slos[1].sli` must be a mapping, not text
  sli: errors_total
       ^^^^^^^^^^^^
  remedy: write `sli:` and its keys below it, indented
slos/a.yaml:11:5: YA003 the key `slos[1].extra` is not known
  extra: 1
  ^^^^^
  remedy: remove it; the keys here are labels, name, objective, sli
slos/a.yaml:12:5: YA013 `slos[2]` must be a mapping, not text
  - latency
    ^^^^^^^
  remedy: write keys and values: `name: value`"""


def test_a_reader_reports_every_mistake_of_a_file_at_once():
    slos, notes = read_sample(BAD)

    assert slos == []
    assert "\n".join(as_text(note) for note in in_order(notes.diagnostics)) == TOLD


def test_a_document_that_is_no_mapping_is_reported():
    _, notes = read_sample("name:value\n")

    assert [note.message for note in notes.diagnostics] == ["a specification must be a mapping, not text"]


def fields_of(text: str) -> tuple[Fields, Notes]:
    [document] = load(text, "f.yaml").documents
    assert isinstance(document, Mapping)
    notes = Notes()
    return Fields(document, notes), notes


def told(notes: Notes) -> list[tuple[str, str]]:
    return [(note.code, note.message) for note in notes.diagnostics]


@pytest.mark.parametrize("written", ["on", "yes", "007", "1e3", "0x1F", "2024-01-01", "12:30", "true", "'on'", '"on"'])
def test_text_is_what_the_file_says(written: str):
    fields, notes = fields_of(f"a: {written}")

    assert fields.text("a") == written.strip("'\"")
    assert notes.diagnostics == []


@pytest.mark.parametrize("written", ["", "~", "null", "''", '" "'])
def test_a_field_without_a_value_counts_as_not_given_with_a_warning(written: str):
    fields, notes = fields_of(f"a: {written}")

    assert fields.text("a") is None
    assert told(notes) == [("YA015", "`a` has no value")]
    assert [note.level for note in notes.diagnostics] == ["warning"]


def test_a_required_field_without_a_value_is_an_error():
    fields, notes = fields_of("a:")

    assert fields.text("a", required=True) is None
    assert told(notes) == [("YA014", "`a` has no value")]


@pytest.mark.parametrize("read", ["text", "scalar", "boolean", "integer", "decimal", "mapping", "sequence", "any_node"])
def test_a_field_that_is_not_there_is_none_and_a_required_one_is_reported_at_the_end(read: str):
    fields, notes = fields_of("b: 1")
    fields.ignore("b")

    with fields:
        assert getattr(fields, read)("a") is None
        assert getattr(fields, read)("zzz", required=True) is None
    assert told(notes) == [("YA014", "`zzz` is missing")]


@pytest.mark.parametrize("read", ["text_map", "texts", "scalars", "mappings", "sections"])
def test_a_collection_that_is_not_there_is_empty(read: str):
    fields, notes = fields_of("b: 1")

    assert not getattr(fields, read)("a")
    assert notes.diagnostics == []


@pytest.mark.parametrize(
    ("written", "value"),
    [("true", True), ("True", True), ("yes", True), ("on", True), ("false", False), ("NO", False), ("off", False)],
)
def test_booleans_are_yaml_s_words_for_them(written: str, value: bool):
    fields, notes = fields_of(f"a: {written}")

    assert (fields.boolean("a"), notes.diagnostics) == (value, [])


@pytest.mark.parametrize(
    ("written", "message", "remedy"),
    [
        ('"true"', "`a` must be true or false, and quotes make it text", "write true without quotes"),
        ("1", "`a` must be true or false, not `1`", "write true or false"),
    ],
)
def test_other_words_and_quotes_are_no_boolean(written: str, message: str, remedy: str):
    fields, notes = fields_of(f"a: {written}")

    assert fields.boolean("a") is None
    assert [(note.message, note.remedy) for note in notes.diagnostics] == [(message, remedy)]


@pytest.mark.parametrize(("written", "value"), [("0", 0), ("30", 30), ("-5", -5), ("+7", 7), ("'12'", 12)])
def test_integers_are_decimal_digits(written: str, value: int):
    fields, notes = fields_of(f"a: {written}")

    assert (fields.integer("a"), notes.diagnostics) == (value, [])


@pytest.mark.parametrize(
    "written", ["017", "0x1F", "1_000", "1.0", "1e3", "12:30", "five", "9" * 10_000, "\uff11\uff12"]
)
def test_integers_in_other_dress_are_refused(written: str):
    fields, notes = fields_of(f"a: {written}")

    assert fields.integer("a") is None
    assert [note.code for note in notes.diagnostics] == ["YA016"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0.9995", "0.9995"),
        ("14.4", "14.4"),
        ("1e-3", "0.001"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-1", "-1"),
        ("'2.5'", "2.5"),
    ],
)
def test_decimals_are_exactly_what_is_written(written: str, value: str):
    fields, notes = fields_of(f"a: {written}")

    assert (fields.decimal("a"), notes.diagnostics) == (Decimal(value), [])


def test_a_decimal_keeps_its_digits_where_a_float_would_not():
    fields, _ = fields_of("a: 0.99999999999999999999")

    assert str(fields.decimal("a")) == "0.99999999999999999999"


@pytest.mark.parametrize("written", ["nan", ".nan", "inf", "-.inf", "1e9999", "99.9%", "1,5", "1_0", "9" * 10_000, "."])
def test_what_is_not_a_finite_number_is_refused(written: str):
    fields, notes = fields_of(f"a: {written}")

    assert fields.decimal("a") is None
    assert [note.code for note in notes.diagnostics] == ["YA016"]


@pytest.mark.parametrize(
    ("least", "most", "remedy"),
    [
        (1, 4, "write a whole number from 1 to 4"),
        (1, None, "write a whole number, 1 or more"),
        (None, 4, "write a whole number, 4 or less"),
        (None, None, "write a whole number, such as 30"),
    ],
)
def test_a_word_where_a_whole_number_is_expected_comes_with_the_range_of_it(
    least: int | None, most: int | None, remedy: str
):
    fields, notes = fields_of("a: high")

    assert fields.integer("a", least=least, most=most) is None
    assert [note.remedy for note in notes.diagnostics] == [remedy]


@pytest.mark.parametrize(
    ("value", "expected", "message"),
    [
        ("0", None, "`a` must be 1 or more, not 0"),
        ("1", 1, None),
        ("4", 4, None),
        ("5", None, "`a` must be 4 or less, not 5"),
    ],
)
def test_bounds_belong_to_the_range(value: str, expected: int | None, message: str | None):
    fields, notes = fields_of(f"a: {value}")

    assert fields.integer("a", least=1, most=4) == expected
    assert [note.message for note in notes.diagnostics] == ([message] if message else [])


def test_a_choice_is_one_of_its_words():
    fields, _ = fields_of("a: ticket")

    assert fields.choice("a", ("page", "ticket")) == "ticket"


@pytest.mark.parametrize(("written", "remedy"), [("tickets", "write ticket"), ("email", "write page or ticket")])
def test_another_word_is_refused_with_the_one_that_was_meant(written: str, remedy: str):
    fields, notes = fields_of(f"a: {written}")

    assert fields.choice("a", ("page", "ticket")) is None
    assert [(note.message, note.remedy) for note in notes.diagnostics] == [
        (f"`a` must be page or ticket, not `{written}`", remedy)
    ]


def test_a_long_value_is_shown_by_its_beginning():
    fields, notes = fields_of("a: |\n  " + "x" * 100 + "\n")

    fields.choice("a", ("page",))
    assert [note.message for note in notes.diagnostics] == [f"`a` must be page, not `{'x' * 37}...`"]


def test_a_text_where_a_list_is_expected_comes_with_the_list_that_was_meant():
    fields, notes = fields_of("a: job")

    assert fields.texts("a") == []
    assert [(note.message, note.remedy) for note in notes.diagnostics] == [
        ("`a` must be a list, not text", "write a: [job]")
    ]


def test_a_text_where_a_list_of_mappings_is_expected_is_not_to_be_put_into_a_list():
    fields, notes = fields_of("a: job")

    assert fields.sections("a") == []
    assert [(note.message, note.remedy) for note in notes.diagnostics] == [
        (
            "`a` must be a list, not text",
            "write `a:` and below it, after a dash, each item as keys and values: `- name: value`",
        )
    ]


def test_a_list_where_text_is_expected_is_reported():
    fields, notes = fields_of("a: [job]")

    assert fields.text("a") is None
    assert told(notes) == [("YA013", "`a` must be text, not a list")]


def test_items_that_are_not_text_are_reported_and_left_out():
    fields, notes = fields_of("a: [x, [y], ~, z]")

    assert fields.texts("a") == ["x", "z"]
    assert told(notes) == [("YA013", "`a[1]` must be text, not a list"), ("YA013", "`a[2]` must be text, not nothing")]


def test_entries_of_a_map_that_are_not_text_are_reported_and_left_out():
    fields, notes = fields_of("a: {x: 1, y: [1], z: , w: ''}")

    assert fields.text_map("a") == {"x": "1", "w": ""}
    assert told(notes) == [("YA013", "`a.y` must be text, not a list"), ("YA013", "`a.z` must be text, not nothing")]


def test_nodes_are_given_as_they_are():
    fields, notes = fields_of("m: {a: 1}\ns: [1]\nt: x\nl: [{a: 1}, {b: 2}]")

    assert isinstance(fields.mapping("m"), Mapping)
    assert isinstance(fields.sequence("s"), Sequence)
    assert fields.any_node("t") is fields.scalar("t")
    assert [list(mapping.entries) for mapping in fields.mappings("l")] == [["a"], ["b"]]
    assert notes.diagnostics == []


def test_keys_that_were_asked_for_or_ignored_are_known():
    fields, notes = fields_of("a: 1\nb: 2\nc: 3")

    with fields:
        fields.text("a")
        fields.any_node("b")
        fields.ignore("c", "d")
    assert notes.diagnostics == []


def test_keys_of_a_table_are_known_without_being_asked_for():
    [document] = load("a: 1\nb: 2\nc: 3", "f.yaml").documents
    assert isinstance(document, Mapping)
    notes = Notes()

    with Fields(document, notes, known=("a", "b")) as fields:
        fields.text("a")
    assert told(notes) == [("YA003", "the key `c` is not known")]


def test_asking_for_a_key_that_its_table_lacks_is_our_own_mistake():
    [document] = load("a: 1", "f.yaml").documents
    assert isinstance(document, Mapping)

    with pytest.raises(AssertionError, match="b is not among the known keys"):
        Fields(document, Notes(), known=("a",)).text("b")


def test_a_misspelt_required_key_is_one_mistake():
    fields, notes = fields_of("objectve: 1")

    with fields:
        fields.text("objective", required=True)
    assert [(note.code, note.remedy) for note in notes.diagnostics] == [("YA003", "write objective")]


def test_a_name_that_is_there_already_is_not_proposed():
    fields, notes = fields_of("name: x\nnames: y")

    with fields:
        fields.text("name")
    assert [note.remedy for note in notes.diagnostics] == ["remove it; the keys here are name"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metric: x", [("YA003", "the key `metric` is not known, and `histogram` is missing", "write histogram")]),
        ("histogam: x", [("YA003", "the key `histogam` is not known", "write histogram")]),
        (
            "metric: x\nunit: s",
            [
                ("YA003", "the key `metric` is not known", "remove it; the keys here are histogram"),
                ("YA003", "the key `unit` is not known", "remove it; the keys here are histogram"),
                ("YA014", "`histogram` is missing", "write `histogram:` and its value"),
            ],
        ),
    ],
)
def test_one_strange_key_where_another_is_missing_is_told_once(text: str, expected: list[tuple[str, str, str]]):
    fields, notes = fields_of(text)

    with fields:
        fields.text("histogram", required=True)

    assert [(note.code, note.message, note.remedy) for note in notes.diagnostics] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count: x", [("YA003", "the key `count` is not known, and `bad` or `good` is missing", "write bad or good")]),
        ("bat: x", [("YA003", "the key `bat` is not known", "write bad")]),
        ("{}", [("YA014", "`bad` or `good` is missing", "write `bad:` or `good:` and its value")]),
    ],
)
def test_one_of_two_keys_that_must_be_there_is_told_once(text: str, expected: list[tuple[str, str, str]]):
    fields, notes = fields_of(text)

    with fields:
        fields.ignore("bad", "good")
        fields.one_required("bad", "good")

    assert [(note.code, note.message, note.remedy) for note in notes.diagnostics] == expected


def test_a_thousand_unknown_keys_are_told_in_twenty_one_lines():
    fields, notes = fields_of("\n".join(f"key{n}: 1" for n in range(1000)))

    fields.finish()
    assert len(notes.diagnostics) == 21
    assert notes.diagnostics[-1].message == "980 more keys are not known here"


def test_a_reader_that_breaks_reports_no_unknown_keys_on_top():
    fields, notes = fields_of("a: 1")

    with pytest.raises(ZeroDivisionError), fields:
        raise ZeroDivisionError
    assert notes.diagnostics == []
