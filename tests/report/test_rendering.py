import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from markdown_it import MarkdownIt
from report.made_up import NONE, counted, facts, fired, incident, measured, recorded

from sretool.filling import BadTemplate
from sretool.incident.postmortem.reading import ActionItem
from sretool.money import Amount
from sretool.report import rendering, values
from sretool.report.building import report
from sretool.report.facts import Missing
from sretool.report.values import Report
from sretool.yamltext.source import Place

CHECKOUT = Path(__file__).parents[2]
KEY = ("shop/availability", ())
HOSTILE = (
    '</td><script>alert("1")</script> | `x` [a](javascript:b) *c* {{ 7 * 6 }}\n\n# heading \x1b[31m\x9b\u202eleft\ud800'
)


def made(**more: object) -> Report:
    return report(facts(**more), policy="policy.yaml")


def hostile() -> Report:
    """A week in which everything that people write is hostile."""
    one = incident(12.1, 13)
    opened = replace(one.opened, title=HOSTILE)
    action = ActionItem(HOSTILE, HOSTILE, HOSTILE, HOSTILE, date(2026, 1, 1), "", "open", Place("a", 1, 1, 2))
    return made(
        measured=measured(
            counts={KEY: counted(36_000)},
            recorded={KEY: recorded((12, 13, 1))},
            warnings=(HOSTILE,),
            doubts=(HOSTILE,),
            pages=(fired(20, 21, "", alertname=HOSTILE),),
        ),
        incidents=(replace(one, opened=opened),),
        postmortems={one.incident_id: f"postmortems/{HOSTILE}.md"},
        actions=(action,),
    )


def test_what_people_write_is_text_in_the_page_and_nothing_else():
    text = rendering.as_html(hostile(), root="", charts={})

    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "javascript:" not in "".join(re.findall(r'(?:href|src)="([^"]*)"', text))
    assert text.count("<td") == text.count("</td>")


def test_what_people_write_is_text_in_markdown_and_breaks_no_table():
    text = rendering.as_markdown(hostile(), root="")

    page = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert "<script" not in page
    assert "javascript:" not in "".join(re.findall(r'href="([^"]*)"', page))
    assert re.findall(r"<h1>(.*?)</h1>", page) == ["Reliability, week 2026-W48"]
    assert 'alert("1")' in page.replace("&quot;", '"')
    widths = [
        len({len(re.findall(r"<t[hd]", row)) for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)})
        for table in re.findall(r"<table>.*?</table>", page, re.DOTALL)
    ]
    assert set(widths) == {1}


@pytest.mark.parametrize("form", [rendering.as_json, rendering.as_markdown, rendering.as_html])
def test_what_people_write_moves_no_terminal_and_turns_no_page_around(form: Callable[..., str]):
    more = {rendering.as_json: {}, rendering.as_markdown: {"root": ""}, rendering.as_html: {"root": "", "charts": {}}}
    text = form(hostile(), **more[form])

    assert "left" in text
    assert [one for one in text if not one.isprintable() and one != "\n"] == []


def test_names_with_underscores_are_read_as_they_are_and_are_no_emphasis():
    names = "set SRETOOL_PROMETHEUS_URL or _this_, a__b, x_"

    shown = rendering.cell(names)
    assert shown == r"set SRETOOL_PROMETHEUS_URL or \_this\_, a\_\_b, x\_"
    assert MarkdownIt("gfm-like", {"linkify": False}).render(shown) == f"<p>{names}</p>\n"


def test_without_prometheus_the_reason_stands_once_and_each_section_names_what_it_lacks():
    lost = Missing("none is named: set SRETOOL_PROMETHEUS_URL")
    found = made(measured=lost)

    for text in (rendering.as_markdown(found, root=""), rendering.as_html(found, root="", charts={})):
        # Where the first section would stand, and under data quality.
        assert text.count("none is named: set SRETOOL_PROMETHEUS_URL") == 2
        assert text.count("Not known without Prometheus.") == len(("budgets", "invariants", "money", "pages"))


def test_a_section_that_alone_is_missing_says_why_in_its_place():
    found = made(measured=measured(pages=Missing("too many samples"), invariants=Missing("timed out")))

    for text in (rendering.as_markdown(found, root=""), rendering.as_html(found, root="", charts={})):
        assert "Not known: too many samples." in text
        assert "Not known: timed out." in text
        assert "Not known without Prometheus." not in text
    assert {"pages: too many samples", "invariants: timed out"} <= set(found.quality.missing)


@pytest.mark.parametrize(
    ("path", "root", "target"),
    [
        ("https://example.org/a?b=c", "..", "https://example.org/a?b=c"),
        ("javascript:alert(1)", "", "javascript%3Aalert%281%29"),
        ("postmortems/a b.md", "../..", "../../postmortems/a%20b.md"),
        ("postmortems/a.md", ".", "postmortems/a.md"),
        ("", "..", ""),
    ],
)
def test_a_link_leads_to_an_address_or_into_the_repository(path: str, root: str, target: str):
    assert rendering.link(path, root) == target


def test_figures_are_rounded_down_and_never_say_all_of_what_is_less():
    assert [rendering.percent(Decimal(text)) for text in ("0.99999", "-0.28749", "12.5")] == [
        "99.99%",
        "-28.75%",
        "1,250.00%",
    ]
    assert [rendering.points(Decimal(text)) for text in ("0.00004", "-0.6152", "0.2")] == ["±0", "-61.52", "+20.00"]
    assert rendering.percent(None) == rendering.points(None) == rendering.count(None) == rendering.amount(None) == "-"


def test_amounts_are_shown_to_the_last_minor_unit_of_their_currency():
    amounts = [(123_456_789, "EUR"), (-5, "EUR"), (1_234, "JPY"), (1_234_567, "KWD")]

    assert [rendering.amount(Amount(*one)) for one in amounts] == [
        "1,234,567.89 EUR", "-0.05 EUR", "1,234 JPY", "1,234.567 KWD",
    ]  # fmt: skip


def test_how_long_something_lasted_is_told_in_seconds_in_minutes_and_from_two_days_on_in_hours():
    assert [rendering.lasted(each) for each in (0, 15.9, 59.9, 60, 89, 3_599, 8_100, 200_000)] == [
        "0 s", "15 s", "59 s", "1 min", "1 min", "1 h 00 min", "2 h 15 min", "2 d 7 h",
    ]  # fmt: skip


def test_the_json_is_the_values_by_their_names_with_exact_numbers():
    found = json.loads(rendering.as_json(hostile()))

    assert found["version"] == values.VERSION
    assert found["week"] == {
        "name": "2026-W48",
        "start_utc": "2026-11-23T00:00:00Z",
        "as_of_utc": "2026-11-30T00:00:00Z",
        "is_whole": True,
    }
    assert found["budgets"][0]["parts"] == [
        {"incident_id": "inc-20261123-aaaaa", "bad_events": 36000, "spent": "1.3888"}
    ]
    assert found["incidents"][0]["spent"] == {"shop/availability": "1.3888"}
    assert found["money"] == {"missing": NONE.missing}


def test_the_same_values_give_the_same_bytes():
    first, second = hostile(), hostile()

    assert rendering.as_json(first) == rendering.as_json(second)
    assert rendering.as_markdown(first, root="") == rendering.as_markdown(second, root="")
    assert rendering.as_html(first, root="", charts={}) == rendering.as_html(second, root="", charts={})


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_an_empty_week_and_one_without_sources_are_pages_too(form: str):
    for one in (made(), made(measured=measured(), incidents=(), actions=())):
        text = rendering.as_html(one, root="", charts={}) if form == "html" else rendering.as_markdown(one, root="")
        assert "Data quality" in text
        assert "None" not in text.replace("None went on", "").replace("None is promised", "")


def test_a_team_may_bring_templates_of_its_own(tmp_path: Path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/report.md.j2").write_text(
        "week {{ report.week.name }}: {{ 0.5 | percent if false else '' }}"
    )

    assert rendering.as_markdown(made(), root="", templates=tmp_path) == "week 2026-W48: \n"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{% if %}", "report.md.j2:1: "),
        ("\n{{ report.wek }}", "report.md.j2:2: Report has no wek: write week"),
        ("{{ report.__class__.__mro__ }}", "unsafe"),
        ("{{ 1 / 0 }}", "report.md.j2:1: division by zero"),
        ("\n\n{{ report.week | percent }}", "report.md.j2:3: "),
        ("{% include 'other.j2' %}", "other.j2"),
    ],
)
def test_a_template_that_is_wrong_is_named_with_its_place_and_cause(template: str, words: str, tmp_path: Path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/report.md.j2").write_text(template)

    with pytest.raises(BadTemplate, match=re.escape(words)):
        rendering.as_markdown(made(), root="", templates=tmp_path)


def every_name(kind: Any) -> Iterator[str]:
    """Of a dataclass, its fields and those of the values in them."""
    if get_origin(kind) in (tuple, UnionType) or get_args(kind):
        for each in get_args(kind):
            yield from every_name(each)
    elif is_dataclass(kind) and kind is not Amount:
        hints = get_type_hints(kind)
        for field in fields(kind):
            yield f"{field.name}"
            yield from every_name(hints[field.name])


def test_every_name_of_the_json_is_explained():
    page = (CHECKOUT / "docs/report.md").read_text(encoding="utf-8")

    assert [name for name in dict.fromkeys(every_name(Report)) if f"`{name}`" not in page] == []
