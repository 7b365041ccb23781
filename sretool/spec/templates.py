"""Templates in what alerts carry: Prometheus refuses the whole rule file for one that it cannot read."""

from __future__ import annotations

from collections.abc import Collection

from sretool.model.slo import Labels
from sretool.settings.context import SpecContext
from sretool.spec import checks
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Mapping, Scalar


def alert_map(
    fields: Fields, key: str, notes: Notes, context: SpecContext, *, reserved: Collection[str] = ()
) -> Labels:
    """The labels or annotations of alerts under a key; see `checks.label_map`."""
    found = checks.label_map(fields, key, notes, reserved=reserved)
    node = fields.node.get(key)
    if isinstance(node, Mapping):
        check_templates(node, notes, context)
    return found


def check_templates(texts: Mapping, notes: Notes, context: SpecContext) -> None:
    """Check every value of a mapping."""
    for _, value in texts.entries.values():
        if isinstance(value, Scalar):
            check_template(value, notes, context)


def check_template(at: Scalar, notes: Notes, context: SpecContext) -> None:
    if "{{" not in at.value:
        return
    from sretool.promql.templates.reading import template_failure  # Few files have templates.

    failure = template_failure(at.value, context.target_version)
    if failure is not None:
        remedy = failure.remedy or "write a template that Prometheus accepts"
        notes.report("SL136", at.part(failure.start, failure.end), failure.message, remedy=remedy)
