"""PQ212: a recorded rate whose name says another window than its expression."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.model.duration import Duration
from sretool.promql.tree import Selector, Subquery, walk

_WINDOW = re.compile(r"(?:^|[:_])(?:i?rate|increase|i?delta)_?((?:[0-9]+(?:ms|[smhdwy]))+)$")


def _find(rule: Rule, _: Facts) -> Iterator[Flaw]:
    said = None if rule.record is None else _WINDOW.search(rule.record.value)
    if said is None or rule.record is None or rule.tree is None:
        return
    ranges = [node for node in walk(rule.tree) if isinstance(node, Selector | Subquery) and node.range is not None]
    lengths = {_length(node.range or "") for node in ranges}
    if not ranges or None in lengths or _length(said[1]) in lengths:
        return
    written = ranges[0]
    message = f"the name says {said[1]}, and the expression reads {written.range}"
    read = "".join((written.range or "").split())
    remedy = f"write {read}, or [{said[1]}] in the expression" if len(lengths) == 1 else "make the two the same"
    yield Flaw(rule.record.part(said.start(1), said.end(1)), message, remedy)


def _length(text: str) -> Duration | None:
    try:
        return Duration.parse("".join(text.split()))
    except ValueError:
        return None


CHECK = Check("PQ212", Rule, _find)
