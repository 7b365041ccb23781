"""Checks over subjects. Neither is known here: whoever calls brings both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sretool.lint.check import Check, Facts, Flaw
from sretool.yamltext.diagnostics import Diagnostic, Notes


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic, and the subject that it is about."""

    diagnostic: Diagnostic
    subject: object


def run(subjects: Iterable[object], checks: Sequence[Check[Any]], facts: Facts) -> list[Finding]:
    """What the checks find, each in the subjects of its kind and only where what it needs is known."""
    able = able_checks(checks, facts)
    by_kind: dict[type, list[Check[Any]]] = {}
    found: list[Finding] = []
    for subject in subjects:
        kind = type(subject)
        if kind not in by_kind:
            by_kind[kind] = [check for check in able if check.of is kind]
        for check in by_kind[kind]:
            found.extend(Finding(_diagnostic(check.code, flaw), subject) for flaw in check.find(subject, facts))
    return found


def able_checks(checks: Iterable[Check[Any]], facts: Facts) -> list[Check[Any]]:
    return [check for check in checks if facts.have(check.needs)]


def _diagnostic(code: str, flaw: Flaw) -> Diagnostic:
    notes = Notes()
    notes.report(code, flaw.at, flaw.message, remedy=flaw.remedy)
    (diagnostic,) = notes.diagnostics
    return diagnostic if flaw.level is None else replace(diagnostic, level=flaw.level)
