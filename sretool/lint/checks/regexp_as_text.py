"""PQ215: a regular expression behind `=`, which compares text: nothing is chosen, or by `!=` nothing left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.promql.tree import Matcher, Selector, walk

# Labels of routes and of messages may hold such text; where names or HTTP codes stand, it can only be meant otherwise.
_OF_NAMES: Final = frozenset(("instance", "job", "namespace", "node", "pod"))
_ANYTHING: Final = re.compile(r"\.[*+]")
_IN_A_NAME: Final = re.compile(r"\.[*+]|\||\[[^]]+\][*+]?|^\^|\$$")
_CODES: Final = re.compile(r"\(?\^?[1-5](?:[0-9]{2}|\.\.|\.[*+]|\[0-9\]\S*)(?:\|[1-5](?:[0-9]{2}|\.\.|\.[*+]))*\$?\)?")


def _find(rule: Rule, _: Facts) -> Iterator[Flaw]:
    if rule.tree is None or rule.expr is None:
        return
    for node in walk(rule.tree):
        for matcher in node.matchers if isinstance(node, Selector) else ():
            if matcher.operator in ("=", "!=") and _is_regexp(matcher):
                text = rule.expr.value
                regexp = {"=": "=~", "!=": "!~"}[matcher.operator]
                message = f'"{matcher.operator}" compares text, and {matcher.value} is a regular expression'
                remedy = f"write {matcher.label}{regexp}{text[matcher.value_start : matcher.end]}"
                yield Flaw(rule.span(matcher.start, matcher.end), message, remedy)


def _is_regexp(matcher: Matcher) -> bool:
    value = matcher.value
    if matcher.label in _OF_NAMES:
        return _IN_A_NAME.search(value) is not None
    return _ANYTHING.fullmatch(value) is not None or (not value.isdigit() and _CODES.fullmatch(value) is not None)


CHECK = Check("PQ215", Rule, _find)
