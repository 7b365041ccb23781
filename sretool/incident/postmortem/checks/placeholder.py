"""PM002: what the template asks, and nobody has answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sretool.incident.postmortem.reading import Postmortem
from sretool.incident.postmortem.words import written
from sretool.lint.check import Check, Facts, Flaw
from sretool.yamltext.source import Spot

_PLACEHOLDER: Final = re.compile(
    r"\b(?:TODO|TBD|FIXME)\b(?::[^|\n]*[^|\s])?|\{\{[^\n{}]{0,200}\}\}|\{%[^\n{}]{0,200}%\}"
)


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    for at, text in written(postmortem):
        for found in _PLACEHOLDER.finditer(text):
            spot = Spot(postmortem.source, at.start + found.start(), at.start + found.end())
            yield Flaw(spot, "this is still to be written", "answer it, or say that it is not known, and why")


CHECK = Check("PM002", Postmortem, _find)
