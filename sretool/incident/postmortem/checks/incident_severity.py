"""PM004: a severity that is none of ours."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.incident.events import SEVERITIES
from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check, Facts, Flaw
from sretool.yamltext.remedies import meant, one_of


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    severity = postmortem.head.severity
    if severity is not None and severity.value not in SEVERITIES:
        remedy = f"write {meant(severity.value, SEVERITIES) or one_of(SEVERITIES)}"
        yield Flaw(severity, f"there is no severity {severity.value}", remedy)


CHECK = Check("PM004", Postmortem, _find)
