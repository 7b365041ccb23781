"""PM009: an SLO or invariant that nothing promises, mostly a name that is misspelt or has changed."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.incident.postmortem import form
from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check, Facts, Flaw
from sretool.yamltext.remedies import meant


def _find(postmortem: Postmortem, facts: Facts) -> Iterator[Flaw]:
    assert facts.promises is not None, "it is needed"
    for slo in postmortem.head.slos:
        if slo.value not in facts.promises and not form.is_placeholder(slo.value):
            near = meant(slo.value, facts.promises)
            remedy = f"write {near}" if near else "write SERVICE/NAME as sretool slo list shows it, or leave it out"
            yield Flaw(slo, f"no SLO or invariant is called {slo.value}", remedy)


CHECK = Check("PM009", Postmortem, _find, needs=("promises",))
