"""By which labels an SLO is split, and which groups are expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sretool.model.sli import ExprSli, Sli, TimeSliceSli
from sretool.spec import checks
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Mapping, Node, Scalar


@dataclass(frozen=True, slots=True)
class Grouping:
    """`groups` holds a tuple of values a group, in the order of `group_by`."""

    group_by: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    max_groups: int | None = None


_NONE = Grouping()


def read_grouping(fields: Fields, notes: Notes) -> Grouping:
    group_by_at = fields.scalars("group_by")
    groups_at = fields.sequence("groups")
    max_groups = fields.integer("max_groups", least=1)
    if not group_by_at:
        for key in ("groups", "max_groups"):
            if key in fields.node and "group_by" not in fields.node:
                message = f"`{key}` means nothing without `group_by`"
                notes.report(
                    "SL123", fields.node.key(key), message, remedy=f"write `group_by: [...]`, or remove `{key}`"
                )
        return _NONE
    group_by = _labels(group_by_at, notes)
    is_whole = len(group_by) == len(group_by_at)  # What a group is made of is not known before all labels are right.
    groups = _groups(groups_at.items if groups_at and is_whole else (), group_by, notes)
    if max_groups is not None and len(groups) > max_groups:
        message = f"{len(groups)} groups are expected, and at most {max_groups} may be there"
        notes.report("SL123", fields.node.key("max_groups"), message, remedy=f"write {len(groups)} or more")
    return Grouping(group_by, groups, max_groups)


def check_labels_survive(slo: Fields, group_by: Sequence[str], sli: Sli, notes: Notes) -> None:
    """Report a label that an expression has summed away before the SLO could be split by it."""
    if not group_by or not isinstance(sli, ExprSli | TimeSliceSli):
        return
    from sretool.promql.reading import label_hint  # Loaded for those that are grouped.

    for text in (sli.bad, sli.total) if isinstance(sli, ExprSli) else (sli.left,):
        left = label_hint(text)
        lost = [label for label in group_by if left is not None and label not in left]
        if lost:
            message = f"the label `{lost[0]}` does not survive `{text}`"
            notes.report(
                "SL123", slo.node.key("group_by"), message, remedy=f"aggregate by ({', '.join(group_by)}) there"
            )


def _labels(nodes: Sequence[Scalar], notes: Notes) -> tuple[str, ...]:
    found: list[str] = []
    for node in nodes:
        label = checks.label_name(node, notes)
        if label in found:
            notes.report("SL123", node, f"`{label}` is there twice", remedy="remove one of the two")
        elif label is not None:
            found.append(label)
    return tuple(found)


def _groups(nodes: Sequence[Node], group_by: tuple[str, ...], notes: Notes) -> tuple[tuple[str, ...], ...]:
    found: list[tuple[str, ...]] = []
    for node in nodes:
        group = _group(node, group_by, notes)
        if group in found:
            notes.report("SL123", node, "this group is there twice", remedy="remove one of the two")
        elif group is not None:
            found.append(group)
    return tuple(found)


def _group(node: Node, group_by: tuple[str, ...], notes: Notes) -> tuple[str, ...] | None:
    if isinstance(node, Mapping):
        with Fields(node, notes, where="groups", known=group_by) as fields:
            values = [fields.text(label, required=True) for label in group_by]
        present = [value for value in values if value is not None]
        return tuple(present) if len(present) == len(values) else None
    if isinstance(node, Scalar) and node.value and len(group_by) == 1:
        return (node.value,)
    example = ", ".join(f"{label}: ..." for label in group_by)
    message = f"a group has a value of {' and '.join(f'`{label}`' for label in group_by)}"
    notes.report("SL123", node, message, remedy=f"write {{{example}}}")
    return None
