"""What holds for every picture, and what each says of its values."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from charts.samples import BEGAN, BUDGETS, DRAWN, END, INCIDENT, OVERSPENT, PAGES, SPENT, START, line

from sretool.charts.burndown import burn_down
from sretool.charts.canvas import Missing
from sretool.charts.impact import Mark, impact
from sretool.charts.layout import Point
from sretool.charts.pages import PagesByHour, pages_by_hour
from sretool.charts.palette import COLOURS
from sretool.charts.spending import Part, Spending, spending
from sretool.charts.svg import for_any_width

SVG = "{http://www.w3.org/2000/svg}"
EACH = pytest.mark.parametrize(("name", "size"), list(product(DRAWN, ("wide", "narrow"))))


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


def ids(svg: str) -> list[str]:
    return [element.attrib["id"] for element in ET.fromstring(svg).iter() if "id" in element.attrib]


@EACH
def test_a_picture_is_one_element_of_xml_that_names_and_describes_itself(name, size):
    svg = DRAWN[name]("one", size)

    root = ET.fromstring(svg.text)
    found = {element.attrib["id"]: element.text for element in root if "id" in element.attrib}
    assert (root.tag, root.attrib["role"]) == (f"{SVG}svg", "img")
    assert root.attrib["aria-labelledby"].split() == ["one-title", "one-desc"]
    assert (found["one-title"], found["one-desc"]) == (svg.title, svg.description)


@EACH
def test_a_picture_takes_the_width_of_its_place(name, size):
    root = ET.fromstring(DRAWN[name]("one", size).text)

    assert {"width", "height"}.isdisjoint(root.attrib)
    assert root.attrib["viewBox"].split()[:3] == ["0", "0", "840" if size == "wide" else "340"]


@EACH
def test_a_picture_has_no_date_no_marker_and_nothing_from_elsewhere(name, size):
    text = DRAWN[name]("one", size).text

    assert not re.search(
        r"#0102|dc:date|DejaVu|matplotlib|<image|href|url\(", text.replace("http://www.w3.org/2000/svg", "")
    )


@EACH
def test_texts_stay_texts(name, size):
    assert len(texts(DRAWN[name]("one", size).text)) >= 4


def test_two_pictures_in_a_page_share_no_id():
    together = [id_ for name in DRAWN for id_ in ids(f"<p>{for_any_width(DRAWN[name], name)}</p>")]

    assert len(together) == len(set(together)) == 2 * 3 * len(DRAWN)


def test_a_prefix_is_one_that_a_page_can_have():
    with pytest.raises(ValueError, match="not 'a b'"):
        DRAWN["spent"]("a b", "wide")


def test_the_same_values_give_the_same_bytes_whatever_the_machine_says(tmp_path: Path):
    code = (
        "import sys; sys.path.insert(0, 'tests'); from charts.samples import DRAWN; "
        "sys.stdout.buffer.write(''.join(draw('one', size).text for draw in DRAWN.values() "
        "for size in ('wide', 'narrow')).encode())"
    )
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 9\nfont.family: monospace\nsvg.fonttype: path\n")
    made_here = "".join(draw("one", size).text for draw in DRAWN.values() for size in ("wide", "narrow"))

    made = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[2],
            env=os.environ | {"MPLCONFIGDIR": str(tmp_path), "MATPLOTLIBRC": str(tmp_path)} | odd,
            capture_output=True,
            check=True,
        ).stdout
        for odd in (
            {"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "LC_ALL": "C"},
            {"PYTHONHASHSEED": "2", "TZ": "UTC", "SOURCE_DATE_EPOCH": "1"},
        )
    ]
    assert made == [made_here.encode()] * 2


def test_drawing_changes_no_setting_of_matplotlib_and_warns_of_nothing():
    before = dict(mpl.rcParams)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for draw in DRAWN.values():
            draw("one", "wide")

    assert dict(mpl.rcParams) == before


def test_a_home_that_cannot_be_written_is_no_news(tmp_path: Path):
    (tmp_path / "home").write_text("a file")
    homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR"), str(tmp_path / "home"))
    code = "import sys; sys.path.insert(0, '.'); from charts.samples import DRAWN; DRAWN['spent']('one', 'wide')"

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[1],
        env=os.environ | homes | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_without_matplotlib_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(Missing, match=re.escape("pip install 'sretool[report]'")):
        DRAWN["spent"]("one", "wide")


def test_only_the_canvas_imports_matplotlib_and_only_to_draw():
    code = "import sys, charts.samples; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1], check=False).returncode == 0


@pytest.mark.parametrize("side", ["light", "dark"])
@pytest.mark.parametrize("name", ["ink", "muted", "line", "wrong"])
def test_texts_are_told_from_their_paper(name: str, side: str):
    def luminance(colour: str) -> float:  # As WCAG 2 defines it.
        parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    found = sorted(luminance(getattr(COLOURS[one], side)) for one in (name, "paper"))
    assert (found[1] + 0.05) / (found[0] + 0.05) >= 4.5


# Budgets.


def test_budgets_are_told_by_name_with_what_is_left():
    shown = texts(burn_down(BUDGETS, prefix="one").text)

    assert {"shop/availability", "83.30% left", "40.00% left", "-630.00% left", "no data"} <= set(shown)
    assert "freeze below 0%" in shown


def test_the_threshold_is_told_where_no_line_goes_through_its_words():
    overspent, well = line("shop/overspent", "0.2", "-0.4"), line("shop/well", "1", "0.9")

    shown = texts(burn_down(replace(BUDGETS, lines=(overspent, well)), prefix="one").text)
    assert shown.count("freeze below 0%") == 1
    assert shown.index("freeze below 0%") > shown.index("shop/overspent")


def test_a_gap_is_no_line_and_is_said():
    whole = replace(BUDGETS, lines=(line("shop/latency", "1", "0.95", "0.9", "0.8", "0.4"),))
    with_gap = replace(BUDGETS, lines=(line("shop/latency", "1", "0.95", None, "0.8", "0.4"),))

    drawn = [burn_down(chart, prefix="one") for chart in (whole, with_gap)]
    assert [svg.text.count("stroke-width: 1.8") for svg in drawn] == [1, 2]
    assert "no data 15 Nov 00:00" in drawn[1].description


def test_budgets_are_described_for_those_who_do_not_see_them():
    assert burn_down(replace(BUDGETS, lines=BUDGETS.lines[:1]), prefix="one").description == (
        "The budget that was left from 1 Nov 00:00 to 29 Nov 00:00 UTC; below 0% the policy demands a freeze. "
        "shop/availability: 83.30% left at the end, at least 83.30% (on 29 Nov)."
    )


def test_what_is_outside_of_the_stretch_is_not_drawn():
    late = replace(BUDGETS.lines[0], points=(*BUDGETS.lines[0].points, Point(END + timedelta(days=1), Decimal("0.1"))))

    shown = texts(burn_down(replace(BUDGETS, lines=(late,)), prefix="one").text)
    assert "83.30% left" in shown


# Spending.


def test_parts_and_the_whole_are_told():
    shown = texts(spending(SPENT, prefix="one").text)

    assert [text for text in shown if "%" in text] == [
        *("41.30%", "12.00%", "8.70%", "62.00%"),
        *("100% of the budget", "50%", "0%"),
    ]


def test_parts_that_do_not_sum_to_the_whole_are_refused():
    with pytest.raises(ValueError, match=re.escape("the parts sum to 0.620, and the whole is 0.63")):
        replace(SPENT, whole=Decimal("0.63"))


def test_a_budget_that_nothing_spent_is_drawn():
    assert spending(Spending("Nothing", (), 0), prefix="one").description == "0.00% of the budget was spent."


def test_an_overspent_budget_keeps_its_parts_in_the_picture():
    shown = texts(spending(OVERSPENT, prefix="one", size="narrow").text)

    assert shown == ["1,250.00%", "A long day", "1,250.00%", "all of it", "100% of the budget"]


def test_a_part_spends_nothing_below_nothing():
    with pytest.raises(ValueError, match="-1"):
        Part("refund", -1)


# The impact of an incident.


def test_what_happened_is_told_at_its_instant():
    shown = texts(impact(INCIDENT, prefix="one").text)

    assert {
        "began 09:00",
        "detected 09:02",
        "paged 09:02",
        "acknowledged 09:07",
        "ended 09:38",
        "resolved 09:45",
    } <= set(shown)
    assert {"pages above 1.44%", "error ratio", "100%"} <= set(shown)


def test_an_incident_is_described_for_those_who_do_not_see_it():
    assert impact(INCIDENT, prefix="one").description == (
        "The error ratio from 12 Nov 08:00 to 12 Nov 11:00 UTC; at most 95%, at 12 Nov 09:00. Pages above: 1.44%. "
        "Began 12 Nov 09:00. Detected 12 Nov 09:02. Paged 12 Nov 09:02. Acknowledged 12 Nov 09:07. "
        "Ended 12 Nov 09:38. Resolved 12 Nov 09:45. No data 12 Nov 09:50 to 12 Nov 10:00."
    )


def test_without_data_the_marks_are_drawn_and_that_is_said():
    svg = impact(replace(INCIDENT, points=()), prefix="one")

    assert "began 09:00" in texts(svg.text)
    assert svg.description.startswith("The error ratio from 12 Nov 08:00 to 12 Nov 11:00 UTC: no data.")


def test_a_mark_outside_of_the_picture_is_described_only():
    svg = impact(replace(INCIDENT, marks=(Mark("began", BEGAN - timedelta(days=1)),)), prefix="one")

    assert not [text for text in texts(svg.text) if text.startswith("began")]
    assert "Began 11 Nov 09:00." in svg.description


def test_burn_rates_have_their_own_unit():
    rates = (Point(BEGAN, 43.9), Point(BEGAN + timedelta(minutes=1), 0.0))
    chart = replace(INCIDENT, points=rates, unit="x", axis="burn rate", threshold=Decimal("14.4"))

    assert {"burn rate", "60x", "pages above 14.4x"} <= set(texts(impact(chart, prefix="one").text))


def test_a_stretch_without_length_is_refused():
    with pytest.raises(ValueError, match="room"):
        impact(replace(INCIDENT, end=INCIDENT.start), prefix="one")


# Pages.


def test_each_hour_with_pages_has_their_number():
    counts = [[0] * 24 for _ in range(7)]
    counts[2][3] = 17

    svg = pages_by_hour(PagesByHour("Pages", tuple(map(tuple, counts))), prefix="one")
    assert [text for text in texts(svg.text) if text == "17"] == ["17"]
    assert svg.description == "17 pages by weekday and hour, in UTC. Most on Wed 03:00 (17)."


def test_hours_of_which_nothing_is_known_are_not_without_pages():
    svg = pages_by_hour(PAGES, prefix="one")

    assert (texts(svg.text).count("?"), svg.description.endswith("Of 24 hours nothing is known.")) == (24, True)


def test_a_week_has_its_hours():
    with pytest.raises(ValueError, match="7 days of 24 hours"):
        PagesByHour("Pages", ((1,),))


# Points.


def test_a_point_is_known_or_none_and_has_a_zone():
    with pytest.raises(ValueError, match="NaN"):
        Point(START, Decimal("NaN"))
    with pytest.raises(ValueError, match="time zone"):
        Point(datetime(2026, 11, 1), Decimal(1))  # noqa: DTZ001 - what is refused
