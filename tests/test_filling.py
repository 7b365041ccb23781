"""A template is filled, or it is said in one line which file and line of it cannot be, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from sretool.assets import MissingAsset
from sretool.filling import BadTemplate, Words, filled, text

WORDS = Words({"doubled": lambda number: number + number}, {"even": lambda number: number % 2 == 0})


@dataclass(frozen=True)
class Incident:
    title: str = "Orders fail"
    opened: int = 3


def put(home: Path, content: str, name: str = "page.md.j2") -> Path:
    path = home / "templates" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def page(home: Path, *, words: Words = WORDS) -> str:
    return filled("page.md.j2", words, {"incident": Incident()}, instead=home)


def test_values_and_words_are_there(tmp_path: Path):
    put(tmp_path, "{{ incident.opened | doubled }} {{ incident.opened is even }}\n")

    assert page(tmp_path) == "6 False\n"


def test_values_are_escaped_in_html_alone(tmp_path: Path):
    put(tmp_path, "{{ '<' ~ incident.opened }}")

    assert page(tmp_path) == "<3"
    assert page(tmp_path, words=Words({}, {}, is_html=True)) == "&lt;3"


@pytest.mark.parametrize(
    ("template", "line", "said"),
    [
        ("{{ incident.title + 1 }}", 1, 'can only concatenate str (not "int") to str (TypeError)'),
        ("first\n{{ 1/0 }}", 2, "division by zero (ZeroDivisionError)"),
        ("a\nb\n{{ incident.titel }}", 3, "Incident has no titel: write title"),
        ("{{ incident.zzz }}", 1, "Incident has no zzz"),
        ("{{ incident.title[99] }}", 1, "str has no element 99"),
        ("\n{{ nosuch }}", 2, "there is no nosuch"),
        ("{{ incident.opened | nosuch }}", 1, "No filter named 'nosuch'."),
        ("\n{{ incident | doubled }}", 2, "unsupported operand type(s) for +: 'Incident' and 'Incident' (TypeError)"),
        ("{% if %}", 1, "Expected an expression, got 'end of statement block'"),
        ("\n\n{% include 'other.j2' %}", 3, "there is no template other.j2"),
        ("{{ incident.__class__.__mro__ }}", 1, "access to attribute '__class__' of 'Incident' object is unsafe."),
        ("{{ range(1000000) | list }}", 1, "Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000). "
         "(OverflowError)"),
        ("{% macro m() %}\n{{ m() }}{% endmacro %}{{ m() }}", 2, "maximum recursion depth exceeded"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_place(template: str, line: int, said: str, tmp_path: Path):
    path = put(tmp_path, template)

    with pytest.raises(BadTemplate) as raised:
        page(tmp_path)
    found = str(raised.value)
    assert "\n" not in found
    assert found.startswith(f"{path}:{line}: {said}")


def test_a_mistake_in_what_is_included_is_placed_there(tmp_path: Path):
    put(tmp_path, "\n\n{% include 'part.j2' %}")
    part = put(tmp_path, "\n{{ 1 // 0 }}", "part.j2")

    with pytest.raises(BadTemplate) as raised:
        page(tmp_path)
    assert str(raised.value).startswith(f"{part}:2: ")


def test_a_file_that_is_no_text_or_no_file_is_named(tmp_path: Path):
    style = put(tmp_path, "", "report.css")
    style.write_bytes(b"a\xff")
    directory = tmp_path / "templates" / "page.md.j2"
    directory.mkdir()

    with pytest.raises(BadTemplate) as raised:
        text("report.css", instead=tmp_path)
    assert str(raised.value) == f"{style} is not UTF-8 text: byte 1"
    with pytest.raises(BadTemplate) as raised:
        page(tmp_path)
    assert str(raised.value) == f"{directory} cannot be read: Is a directory"


def test_what_is_not_shipped_is_no_mistake_in_a_template(tmp_path: Path):
    with pytest.raises(MissingAsset, match=r"templates/nosuch\.j2"):
        filled("nosuch.j2", WORDS, {}, instead=tmp_path)
