"""AL302: a template that speaks of a label which the expression cannot have."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.labels import possible_labels
from sretool.lint.rulefile import Rule
from sretool.lint.templates import mentions
from sretool.yamltext.remedies import meant


def _find(rule: Rule, _: Facts) -> Iterator[Flaw]:
    if rule.alert is None or rule.tree is None or rule.expr is None:
        return
    texts = [text for text in (*rule.labels.values(), *rule.annotations.values()) if "abels" in text.value]
    labels = possible_labels(rule.expr.value, rule.tree) if texts else None
    if labels is None:
        return
    there = f"has only {', '.join(sorted(labels))}" if labels else "has no labels"
    for text in texts:
        for mention in mentions(text.value):
            if mention.label is not None and mention.label not in labels:
                message = f"the result of the expression {there}, so that {mention.label} is empty here"
                near = meant(mention.label, labels)
                kept = f"keep it in the expression, as in by ({mention.label}), or leave it out here"
                remedy = f"write {near} if that is what is meant; else {kept}" if near else kept
                yield Flaw(text.part(mention.start, mention.end), message, remedy)


CHECK = Check("AL302", Rule, _find)
