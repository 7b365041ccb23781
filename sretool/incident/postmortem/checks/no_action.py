"""PM040: nothing is to be done, and nobody says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sretool.incident.postmortem import form
from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check, Facts, Flaw
from sretool.yamltext.codes import Level

_GRAVE: Final = ("sev1", "sev2")


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    section = postmortem.section(form.ACTIONS)
    if section is None or any(table.column("action") is not None and table.rows for table in section.tables):
        return
    severity = postmortem.head.severity
    level: Level | None = None if severity is None or severity.value in _GRAVE else "warning"
    remedy = f"add a table | {' | '.join(form.COLUMNS)} | with a row for each"
    yield Flaw(section.at, "there is no action", remedy, level)


CHECK = Check("PM040", Postmortem, _find)
