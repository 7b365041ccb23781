"""NL406: a name with characters for which Prometheus before 3.0 refuses the whole file; or that none can use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.yamltext.nodes import Mapping
from sretool.yamltext.source import Spot

_METRIC: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.ASCII)
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
_NOT_IN_A_METRIC: Final = re.compile(r"[^a-zA-Z0-9_:]+", re.ASCII)
_NOT_IN_A_LABEL: Final = re.compile(r"[^a-zA-Z0-9_]+", re.ASCII)
_ANY_CHARACTERS: Final = (3, 0)  # From this version on, names may hold any, in quotes.


def _find(rule: Rule, facts: Facts) -> Iterator[Flaw]:
    takes_any = facts.target_version is not None and facts.target_version >= _ANY_CHARACTERS
    record = rule.record
    if record is not None:
        name = record.value
        if "{" in name or "}" in name:
            message = "braces stand in the name that is recorded: labels are given by themselves, and a query is none"
            yield Flaw(record, message, "write the name alone, and its labels below labels:")
        elif not takes_any and not _METRIC.fullmatch(name):
            yield _flaw(record, "metric", name, plain=_NOT_IN_A_METRIC.sub("_", name))
    for key in ("labels", "annotations"):
        mapping = rule.node.get(key)
        for named, _ in mapping.items() if isinstance(mapping, Mapping) else ():
            if key == "labels" and named.value == "__name__":
                yield Flaw(named, "the name of what a rule makes is no label of it", "remove it: record: has the name")
            elif not takes_any and not _LABEL.fullmatch(named.value):
                plain = _NOT_IN_A_LABEL.sub("_", named.value)
                yield _flaw(named, "label" if key == "labels" else "annotation", named.value, plain=plain)


def _flaw(at: Spot, kind: str, name: str, *, plain: str) -> Flaw:
    allowed = "letters, digits, _ and :" if kind == "metric" else "letters, digits and _"
    message = f"the name of {'an' if kind == 'annotation' else 'a'} {kind} has only {allowed}, and {name} has others"
    if name[:1].isdigit():
        message, plain = f"the name of a {kind} does not begin with a digit, as {name} does", f"_{plain}"
    return Flaw(at, f"{message}: Prometheus before 3.0 refuses the file", f"write {plain or 'a name'}")


CHECK = Check("NL406", Rule, _find)
