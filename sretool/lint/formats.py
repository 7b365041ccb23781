"""Findings as text for people, as JSON, and as commands that GitHub shows beside the changed lines."""

from __future__ import annotations

import json
from collections import Counter
from typing import Final

from sretool.lint.linting import Report
from sretool.yamltext.codes import CODES, Level
from sretool.yamltext.diagnostics import Diagnostic, as_json, as_text

LEVELS: Final[tuple[Level, ...]] = ("error", "warning", "info")
_GITHUB: Final[dict[Level, str]] = {"error": "error", "warning": "warning", "info": "notice"}


def human(report: Report) -> str:
    return "".join(f"{as_text(diagnostic)}\n" for diagnostic in report.findings)


def as_json_text(report: Report) -> str:
    """`findings`, each with the comment that would accept it; `accepted` with reasons; how many of which level."""
    levels = Counter(diagnostic.level for diagnostic in report.findings)
    document = {
        "findings": [as_json(each) | {"suppression": suppression(each)} for each in report.findings],
        "accepted": [as_json(each) | {"reason": reason} for each, reason in report.accepted],
        "files": report.files,
        "other_files": list(report.others),
        "counts": {level: levels[level] for level in LEVELS},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def github(report: Report) -> str:
    """Workflow commands, of which GitHub shows the first ten of a level beside the lines that they name."""
    return "".join(f"{_github_line(diagnostic)}\n" for diagnostic in report.findings)


def summary(report: Report) -> str:
    """One line: how much was found in how many files."""
    levels = Counter(diagnostic.level for diagnostic in report.findings)
    read = report.files - len(report.others)
    nothing = "ok" if read else "nothing to look at"
    counts = ", ".join(_count(levels[level], level) for level in LEVELS if levels[level]) or nothing
    accepted = f"; {len(report.accepted)} accepted by comments" if report.accepted else ""
    strange = f"; {_count(len(report.others), 'file')} without SLOs or rules" if report.others else ""
    return f"{counts} in {_count(read, 'file')}{accepted}{strange}"


def suppression(diagnostic: Diagnostic) -> str:
    """The comment that accepts a finding, to be completed with a reason."""
    comment = f'sretool: ignore[{diagnostic.code}] reason=""'
    return f"<!-- {comment} -->" if diagnostic.place.path.endswith(".md") else f"# {comment}"


def _count(number: int, noun: str) -> str:
    plural = "" if number == 1 or noun == "info" else "s"
    return f"{number} {noun}{plural}"


def _github_line(diagnostic: Diagnostic) -> str:
    place = diagnostic.place
    slug = CODES[diagnostic.code].slug
    fields = {
        "file": place.path.removeprefix("./"),
        "line": str(place.line),
        "col": str(place.column),
        "endColumn": str(max(place.end_column, place.column)),
        "title": f"{diagnostic.code} {slug}",
    }
    named = ",".join(f"{name}={_property(value)}" for name, value in fields.items())
    text = _message(f"{diagnostic.message}; remedy: {diagnostic.remedy}")
    return f"::{_GITHUB[diagnostic.level]} {named}::{text}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
