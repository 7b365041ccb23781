"""Linting texts as files, in a repository that is made up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from sretool.lint.checks import CHECKS
from sretool.lint.linting import Around, Choice, Report, lint
from sretool.lint.pages import Page
from sretool.settings.repository import Repository
from sretool.settings.settings import default_settings
from sretool.yamltext.diagnostics import as_text
from sretool.yamltext.loading import load
from sretool.yamltext.source import Source

TODAY = date(2026, 11, 28)
HERE = Repository(default_settings(Path()), None, (), is_marked=True)  # The default: scraped every minute, for 2.42.
RULES = "groups:\n  - name: g\n    rules:\n"


def report(
    files: Mapping[str, str | bytes],
    *,
    choice: Choice | None = None,
    repository: Repository = HERE,
    existing: Mapping[str, str] | None = None,
    specs: Mapping[str, str] | None = None,
) -> Report:
    """What is found in files by name. `existing` are the pages that the repository has, `specs` its own SLOs."""
    there = existing or {}
    pages = [Page(Source(name, str(text))) for name, text in files.items() if name.endswith(".md")]
    sources = [load(text, name) for name, text in files.items() if not name.endswith(".md")]
    around = Around(
        repository,
        TODAY,
        our_specs=lambda: [load(text, name) for name, text in (specs or {}).items()],
        has_page=lambda link: "://" in link or link in there,
        page=lambda link: Page(Source(link, there[link])) if link in there else None,
    )
    return lint(sources, pages, CHECKS, around, choice or Choice())


def complaints(files: Mapping[str, str | bytes], **around: object) -> str:
    """The findings as they are printed."""
    return "\n".join(as_text(diagnostic) for diagnostic in report(files, **around).findings)  # type: ignore[arg-type]


def codes(files: Mapping[str, str | bytes], **around: object) -> set[str]:
    return {diagnostic.code for diagnostic in report(files, **around).findings}  # type: ignore[arg-type]


def as_file(text: str) -> dict[str, str]:
    """A case as a file: the whole of it where it says so, a page where it begins with a heading, else some rules."""
    if text.startswith(("groups:", "# Generated")):
        return {"r.yaml": text}
    return {"page.md": text} if text.startswith("# ") else {"r.yaml": rules(text)}


def rules(text: str) -> str:
    """A rule file of one group, from the items of its list of rules."""
    return RULES + "".join(f"      {line}\n" if line else "\n" for line in text.rstrip("\n").split("\n"))
