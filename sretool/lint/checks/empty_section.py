"""RB703: a heading of a runbook below which nothing stands."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.pages import Page


def _find(page: Page, _: Facts) -> Iterator[Flaw]:
    sections = page.sections
    for section, following in zip_longest(sections, sections[1:]):
        if section.is_blank and (following is None or following.depth <= section.depth):
            message = f"nothing stands below {section.title or 'this heading'}"
            yield Flaw(section.heading, message, "write what to do, or remove the heading")


CHECK = Check("RB703", Page, _find)
