"""NL403: an alert without a severity, or with one that nobody routes by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.yamltext.remedies import meant, one_of

_OURS: Final = ("page", "ticket")
_USUAL: Final = ("critical", "warning", "info", "none")  # Those of the mixins.


def _find(rule: Rule, _: Facts) -> Iterator[Flaw]:
    if rule.alert is None:
        return
    severity = rule.labels.get("severity")
    is_brought = rule.expr is not None and "severity" in rule.expr.value  # By the series, as in group_left (severity).
    if severity is None and not is_brought:
        yield Flaw(rule.alert, "this alert has no severity", f"write labels: {{severity: {_OURS[0]}}}, or {_OURS[1]}")
    elif severity is not None and "{{" not in severity.value and severity.value not in _OURS + _USUAL:
        near = meant(severity.value, _OURS + _USUAL)
        message = f"{severity.value} is no usual severity, so that no route may wait for it"
        yield Flaw(severity, message, f"write {near or one_of(_OURS + _USUAL)}")


CHECK = Check("NL403", Rule, _find)
