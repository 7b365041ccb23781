"""GD601: a generated file that is not what its SLOs make today."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.generated import is_made, service_of
from sretool.lint.rulefile import RuleFile
from sretool.yamltext.source import Spot

_REMEDY = "change the SLOs and generate again: sretool slo generate --out DIR"


def _find(file: RuleFile, facts: Facts) -> Iterator[Flaw]:
    assert facts.generated is not None, "it is needed"
    service = service_of(file)
    text, source = file.source.text, file.source
    if service is None:
        return
    if service not in facts.generated:
        head = Spot(source, 0, len(source.line(1)))
        yield Flaw(head, f"there are no SLOs of {service}, of which this was generated", "remove it, or add its SLOs")
        return
    if is_made(text, facts.generated.values()):
        return
    head_line = text.partition("\n")[0]
    wanted = next((each for each in facts.generated[service] if each.startswith(head_line)), "")
    line = _first_difference(text, wanted)
    start = min(source.line_start(line) if line <= text.count("\n") else len(text), len(text))
    at = Spot(source, start, start + len(source.line(line)))
    yield Flaw(at, f"from here on, this is not what the SLOs of {service} make", _REMEDY)


def _first_difference(text: str, wanted: str) -> int:
    pairs = zip_longest(text.split("\n"), wanted.split("\n"))
    return next(number for number, (is_there, should) in enumerate(pairs, start=1) if is_there != should)


CHECK = Check("GD601", RuleFile, _find, needs=("generated",))
