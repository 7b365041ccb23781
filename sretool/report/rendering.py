"""A report as HTML, Markdown or JSON. The first two are templates, which a team may replace: docs/report.md."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import quote

from sretool import filling
from sretool.charts.svg import STYLE
from sretool.filling import Words
from sretool.model.objective import plain
from sretool.money import Amount, decimal_text
from sretool.report.facts import Missing
from sretool.report.values import Report

_MARKDOWN_SPECIAL: Final = str.maketrans({each: f"\\{each}" for each in "\\`*[]|"} | {"<": "&lt;", "&": "&amp;"})
# Within a word it is no emphasis, and names such as SRETOOL_PROMETHEUS_URL are read in terminals, too.
_EMPHATIC_UNDERSCORE: Final = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_UNKNOWN: Final = "-"


def as_json(report: Report) -> str:
    return json.dumps(_plain(report), indent=2, ensure_ascii=False) + "\n"


def as_markdown(report: Report, *, root: str, templates: Path | None = None) -> str:
    """`root` is where the repository is, seen from the report, for links; `templates` a directory of the user's own."""
    text = _filled("report.md.j2", templates, report=report, root=root)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def as_html(report: Report, *, root: str, charts: Mapping[str, str], templates: Path | None = None) -> str:
    """`charts` are SVG by name."""
    from markupsafe import Markup

    return _filled(
        "report.html.j2",
        templates,
        is_html=True,
        report=report,
        root=root,
        charts={name: Markup(svg) for name, svg in charts.items()},  # noqa: S704 - charts are our own
        charts_css=Markup(STYLE),  # noqa: S704
        css=Markup(filling.text("report.css", instead=templates)),  # noqa: S704
    )


def percent(ratio: Decimal | None, places: int = 2) -> str:
    """A share of a budget, or of anything, rounded down: those of a report are in hundredths of a percent already."""
    if ratio is None:
        return _UNKNOWN
    return f"{(ratio * 100).quantize(Decimal(1).scaleb(-places), ROUND_FLOOR):,}%"


def percent_up(ratio: Decimal) -> str:
    """The upper bound of an interval, in whole percents, rounded up."""
    return f"{(ratio * 100).quantize(Decimal(1), ROUND_CEILING)}%"


def exactly(ratio: Decimal) -> str:
    """A share that somebody chose, with all of its digits."""
    return f"{plain(ratio * 100)}%"


def bar(ratio: Decimal | None) -> str:
    """The width of a bar, in percent of its track: an overspent budget has none."""
    return "0" if ratio is None else f"{min(max(ratio, Decimal(0)), Decimal(1)) * 100:.1f}"


def points(ratio: Decimal | None) -> str:
    """A change of a share, with its sign."""
    if ratio is None:
        return _UNKNOWN
    shown = (ratio * 100).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return "±0" if not shown else f"{shown:+,}"


def amount(money: Amount | None) -> str:
    """To the last minor unit, its thousands apart: 1,234.50 EUR."""
    if money is None:
        return _UNKNOWN
    whole, point, minor = decimal_text(abs(money.minor), money.currency).partition(".")
    return f"{'-' if money.minor < 0 else ''}{int(whole):,}{point}{minor} {money.currency}"


def count(number: Decimal | int | None) -> str:
    return _UNKNOWN if number is None else f"{number:,}"


def instant(at: datetime | None, form: str = "%Y-%m-%d %H:%M") -> str:
    return _UNKNOWN if at is None else at.strftime(form)


def lasted(seconds: float) -> str:
    """To the second below a minute, to the minute below two days, to the hour from there on."""
    if seconds < 60:
        return f"{int(seconds)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def cell(text: object) -> str:
    """Any text within a line of Markdown, as itself."""
    return " ".join(_EMPHATIC_UNDERSCORE.sub(r"\_", str(text).translate(_MARKDOWN_SPECIAL)).split())


def link(path: str, root: str) -> str:
    """A path of the repository, or an address, as the target of a link; empty where it is neither."""
    if path.startswith(("https://", "http://")):
        return quote(path, safe=":/?#[]@!$&'*+,;=%~-._")
    return quote((PurePosixPath(root) / path).as_posix(), safe="/~-._") if path else ""


def _filled(name: str, templates: Path | None, *, is_html: bool = False, **values: object) -> str:
    named = (percent, percent_up, exactly, bar, points, amount, count, instant, lasted, cell, link)
    words = Words(
        filters={each.__name__: each for each in named},
        tests={"missing": lambda value: isinstance(value, Missing)},
        is_html=is_html,
    )
    return filling.filled(name, words, values, instead=templates)


def _plain(value: object) -> object:
    """Numbers that are not whole are strings of exact decimals."""
    match value:
        case Amount(minor, currency):
            return {"minor": minor, "currency": currency}
        case Decimal():
            return plain(value)
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(one) for one in value]
        case Mapping():
            return {key: _plain(one) for key, one in value.items()}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
