from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sretool.incident.postmortem.reading import (
    SIZE_MAX,
    Postmortem,
    files_of,
    instant,
    read_actions,
    read_directory,
    read_postmortem,
)
from sretool.yamltext.diagnostics import Notes

GOLDEN = Path(__file__).with_name("golden.md").read_text(encoding="utf-8")


def read(content: str | bytes, *codes: str) -> Postmortem:
    notes = Notes()
    found = read_postmortem(content, "p.md", notes)
    assert [diagnostic.code for diagnostic in notes.diagnostics] == list(codes)
    assert found is not None
    return found


def test_the_head_is_the_front_matter_and_its_places_are_those_of_the_page():
    head = read(GOLDEN).head

    assert (head.incident_id, head.title) == ("inc-20261128-7k3qd", "Usage events are refused")
    assert head.status is not None
    assert head.status.value == "reviewed"
    assert [slo.value for slo in head.slos] == ["billing-ingest/availability"]
    assert head.severity is not None
    assert str(head.severity.place) == "p.md:4:11"


def test_times_and_durations_are_rows_of_tables():
    found = read(GOLDEN)

    assert [stamp.name.text for stamp in found.times] == [
        "Impact began", "Detected", "Paged", "Acknowledged", "Impact ended", "Resolved",
    ]  # fmt: skip
    assert instant(found.times[0].when.text) == datetime(2026, 11, 28, 3, tzinfo=UTC)
    assert [(took.since.text, took.until.text, took.length.text) for took in found.durations] == [
        ("Impact began", "Detected", "3m"),
        ("Impact began", "Impact ended", "10m"),
    ]


def test_an_action_has_its_type_owner_day_verification_status_and_place():
    one, two, three = read(GOLDEN).items

    assert (one.type, one.owner, one.due, one.status) == ("prevent", "ingest", date(2026, 12, 11), "open")
    assert one.incident_id == "inc-20261128-7k3qd"
    assert GOLDEN.splitlines()[one.place.line - 1].startswith("| Rotate the logs")
    assert (two.status, two.closed_on) == ("done", date(2026, 12, 2))
    assert two.verification == "a drill fills the disk | and pages"
    assert (three.status, three.reason) == ("dropped", "the logs are rotated now")


def test_a_cell_is_marked_from_its_first_letter_to_its_last():
    at = read(GOLDEN).actions[0].cells["owner"].at

    assert at.source.text[at.start : at.end] == "ingest"


def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing():
    windows = b"\xef\xbb\xbf" + GOLDEN.replace("\n", "\r\n").encode()

    assert read(windows).items == read(GOLDEN).items


def test_a_heading_that_the_form_does_not_know_is_part_of_the_section_above_it():
    found = read("## Impact\n\n### For customers\n\nThey wait.\n\n## Weather\n\nRain.\n")

    assert [section.title for section in found.sections] == ["", "Impact", "Weather"]
    assert not found.sections[1].is_blank


def test_sections_are_known_in_any_depth_and_capitals():
    found = read("# IMPACT\n\nNone.\n\n### actions\n\n| Action | Owner |\n|-|-|\n| Rest | ada |\n")

    assert found.section("Impact") is not None
    assert [(item.text, item.owner, item.due) for item in found.items] == [("Rest", "ada", None)]


def test_what_stands_in_code_is_no_heading_and_no_table():
    found = read("## Actions\n\n```\n## Impact\n| action |\n|---|\n| no |\n```\n")

    assert found.section("Impact") is None
    assert found.items == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-28T03:00:00Z", datetime(2026, 11, 28, 3, tzinfo=UTC)),
        ("2026-11-28T05:00+02:00 (by the SLI)", datetime(2026, 11, 28, 3, tzinfo=UTC)),
        ("2026-11-28 03:00:00.25z", datetime(2026, 11, 28, 3, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-11-28T03:00:00", None),
        ("2026-02-30T03:00:00Z", None),
        ("03:00Z", None),
        ("not known", None),
    ],
)
def test_a_time_has_a_day_and_a_zone(text: str, expected: datetime | None):
    assert instant(text) == expected


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\xff", ["YA006"]),
        (b"# " + b"x" * SIZE_MAX, ["YA007"]),
    ],
)
def test_what_is_no_page_is_told_and_not_read(content: bytes, codes: list[str]):
    notes = Notes()

    assert read_postmortem(content, "p.md", notes) is None
    assert [diagnostic.code for diagnostic in notes.diagnostics] == codes


def test_an_empty_page_and_one_of_a_head_alone_are_pages_without_sections():
    assert read("").section("Impact") is None
    assert not read("").head.is_there
    assert read("---\n---\n", "YA009").head.is_there


def test_a_head_that_never_ends_is_no_head():
    assert not read("---\nid: inc-1\n\n## Actions\n").head.is_there


def test_a_table_that_fills_a_page_is_read():
    row = "| Do something about it | prevent | ada | 2026-12-01 | it is done | open |\n"
    rows = row * ((SIZE_MAX - 1_000) // len(row))
    found = read(f"## Actions\n\n| action | type | owner | due | verified by | status |\n|-|-|-|-|-|-|\n{rows}")

    assert len(found.items) == rows.count("\n")


def test_ten_thousand_quotes_in_each_other_are_read():
    assert not read(">" * 10_000 + " deep\n").head.is_there


def test_a_directory_has_the_actions_of_its_pages_in_order_and_a_readme_is_none(tmp_path: Path):
    (tmp_path / "b.md").write_text(GOLDEN, encoding="utf-8")
    (tmp_path / "a.md").write_text(GOLDEN.replace("7k3qd", "aaaaa"), encoding="utf-8")
    (tmp_path / "README.md").write_text(GOLDEN, encoding="utf-8")
    (tmp_path / "c.md").write_bytes(b"\xff")
    notes = Notes()

    assert [item.incident_id[-5:] for item in read_actions(tmp_path)] == ["aaaaa"] * 3 + ["7k3qd"] * 3
    assert len(read_directory(tmp_path, notes)) == 2
    assert [diagnostic.code for diagnostic in notes.diagnostics] == ["YA006"]


def test_a_directory_that_is_not_there_has_no_actions(tmp_path: Path):
    assert read_actions(tmp_path / "postmortems") == ()
    with pytest.raises(OSError, match="no such directory"):
        files_of(tmp_path / "postmortems")
