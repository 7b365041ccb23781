"""The page in a real browser: nothing runs over, nothing is missing, nobody complains."""

from __future__ import annotations

import html
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "examples" / "report" / "report.html"
WIDTHS = (360, 1_280)
FLAGS = (
    "--headless", "--hide-scrollbars", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-sync", "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr",
)  # fmt: skip
# A window of a headless Chromium is at least 500 pixels wide; a frame may be narrower, and is the page's viewport.
MEASURE = """
const found = [];
for (const frame of document.querySelectorAll("iframe")) {
  const page = frame.contentDocument, width = page.documentElement.clientWidth;
  const over = [...page.body.querySelectorAll("*")].filter(one => one.getBoundingClientRect().right > width + 0.5);
  found.push({
    width, scrolls: page.documentElement.scrollWidth, over: over.map(one => one.tagName + " " + one.className),
    text: page.querySelector("h1").textContent, ground: frame.contentWindow.getComputedStyle(page.body).backgroundColor,
    pictures: [...page.querySelectorAll("svg")].filter(one => one.getBoundingClientRect().width > 0).length,
  });
}
document.getElementById("found").textContent = JSON.stringify(found);
"""


@dataclass(frozen=True)
class Look:
    """What a browser says of the page at each width, and what it printed."""

    frames: list[dict[str, object]]
    console: list[str]


def look(browser: Path, home: Path, *options: str, page: str = PAGE.read_text("utf-8")) -> Look:
    frames = "".join(
        f'<iframe width="{width}" height="900" style="border:0" srcdoc="{html.escape(page)}"></iframe>'
        for width in WIDTHS
    )
    (home / "frames.html").write_text(
        f'<!doctype html><meta charset="utf-8"><body>{frames}<pre id="found"></pre>'
        f"<script>addEventListener('load', () => {{{MEASURE}}})</script>",
        encoding="utf-8",
    )
    command = [browser, *FLAGS, f"--user-data-dir={home / 'profile'}", *options, "--dump-dom"]
    done = subprocess.run(
        [*command, (home / "frames.html").as_uri()], capture_output=True, text=True, check=True, timeout=120
    )
    found = re.search(r'<pre id="found">(.+?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stderr
    return Look(json.loads(html.unescape(found[1])), [line for line in done.stderr.splitlines() if "CONSOLE" in line])


@pytest.mark.extra
def test_the_page_fits_a_telephone_and_a_desk_and_the_browser_has_nothing_to_say(browser: Path, tmp_path: Path):
    seen = look(browser, tmp_path)

    assert seen.console == []
    assert [frame["width"] for frame in seen.frames] == list(WIDTHS)
    for frame in seen.frames:
        assert (frame["scrolls"], frame["over"]) == (frame["width"], []), frame
        assert frame["text"] == "Reliability, week 2026-W39"


@pytest.mark.extra
def test_what_would_run_over_or_be_fetched_is_seen(browser: Path, tmp_path: Path):
    wrong = '<img src="https://example.org/a.png"><div style="width: 400px">wide</div></body>'

    seen = look(browser, tmp_path, page=PAGE.read_text("utf-8").replace("</body>", wrong))

    assert len(seen.console) == len(WIDTHS)
    assert [frame["scrolls"] for frame in seen.frames] != list(WIDTHS)


@pytest.mark.extra
def test_of_each_chart_one_form_is_shown_at_either_width(browser: Path, tmp_path: Path):
    charts = PAGE.read_text("utf-8").count('<div class="chart">')

    assert [frame["pictures"] for frame in look(browser, tmp_path).frames] == [charts, charts]


@pytest.mark.extra
def test_the_page_is_dark_where_its_reader_wants_that(browser: Path, tmp_path: Path):
    light = look(browser, tmp_path)
    dark = look(browser, tmp_path, "--blink-settings=preferredColorScheme=0")

    assert {frame["ground"] for frame in light.frames} == {"rgb(255, 255, 255)"}
    assert {frame["ground"] for frame in dark.frames} == {"rgb(13, 17, 23)"}


def test_the_page_asks_for_nothing_from_outside():
    text = PAGE.read_text("utf-8")

    assert re.findall(r'(?:src|href)="(?!https://example\.pagerduty\.com/|postmortems/|data:,")[^"]*"', text) == []
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []
    assert "<script" not in text


def test_every_picture_says_in_words_what_it_shows():
    text = PAGE.read_text("utf-8")
    ids = re.findall(r' id="([^"]+)"', text)

    assert text.count("<svg") == text.count("<desc id=") == text.count('role="img"') > 0
    assert len(ids) == len(set(ids))
