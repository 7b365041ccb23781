"""YA004: a rule that records and alerts, does neither, or records with what only alerts have."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule

_OF_ALERTS = ("for", "keep_firing_for", "annotations")


def _find(rule: Rule, _: Facts) -> Iterator[Flaw]:
    node = rule.node
    if "record" in node and "alert" in node:
        remedy = "make two rules of it, or remove one of the two keys"
        yield Flaw(node.key("alert"), "a rule records or alerts, and this does both", remedy)
    elif "record" not in node and "alert" not in node:
        yield Flaw(node, "this rule neither records nor alerts", "write `record:` or `alert:` and its name")
    elif "record" in node:
        for key in _OF_ALERTS:
            if key in node:
                message = f"a recording rule has no `{key}`, and Prometheus refuses the file"
                yield Flaw(node.key(key), message, "remove it, or write alert: instead of record:")


CHECK = Check("YA004", Rule, _find)
