"""A postmortem in which nothing is wrong, and the same with other words in some sections."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from sretool.incident.postmortem import form
from sretool.incident.postmortem.linting import lint
from sretool.incident.postmortem.reading import read_postmortem
from sretool.lint.check import Facts
from sretool.lint.linting import Choice, Report
from sretool.yamltext.diagnostics import Notes

GOLDEN = Path(__file__).with_name("golden.md").read_text(encoding="utf-8")
TODAY = date(2026, 12, 5)
OWNERS = frozenset(("ingest", "invoicing", "ada"))
KNOWN = Facts(
    owners=OWNERS,
    incidents=frozenset(("inc-20261128-7k3qd", "inc-20261128-9w2ht")),
    promises=frozenset(("billing-ingest/availability", "billing-ingest/latency")),
)
_HEADING = rf"#{{2,3}} (?:{'|'.join(form.SECTIONS)})\n"
_SECTION = re.compile(rf"^{_HEADING}(?:(?!{_HEADING}).*\n)*", re.MULTILINE)


def report(
    page: str, *, facts: Facts = KNOWN, choice: Choice | None = None, today: date = TODAY, path: str = "p.md"
) -> Report:
    notes = Notes()
    found = read_postmortem(page, path, notes)
    read = [] if found is None else [found]
    return lint(read, notes.diagnostics, facts=facts, today=today, choice=choice or Choice())


def codes(page: str, *, facts: Facts = KNOWN, path: str = "p.md") -> set[str]:
    return {each.code for each in report(page, facts=facts, path=path).findings}


def golden_with(written: str) -> str:
    """The golden page with these sections, or this head, instead of its own; a page with a title is itself."""
    if re.search(r"^# ", written, re.MULTILINE):
        return written
    if written.startswith("---"):
        return written + GOLDEN[GOLDEN.index("\n# ") :]
    page = GOLDEN
    for section in _SECTION.findall(written):
        title = section.split("\n", 1)[0].lstrip("# ")
        own = next(one for one in _SECTION.findall(GOLDEN) if one.startswith(f"## {title}\n"))
        page = page.replace(own, section.rstrip("\n") + "\n\n")
    return page
