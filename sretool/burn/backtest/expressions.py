"""An SLO's recorded series as expressions over what is scraped, so that nothing has to be deployed or recorded."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sretool.model.sli import counts_time
from sretool.model.slo import Slo
from sretool.promql import names
from sretool.rules.indicators import base_rules, identity
from sretool.rules.timing import FAST, TILE, Timing


@dataclass(frozen=True, slots=True)
class Expressions:
    """What to ask for at every half minute.

    `seen` has points from when on something is known of an SLO for which silence counts; the others are known from
    their own first points on.
    """

    bad: str
    all: str
    seen: str | None = None


def expressions(slo: Slo, timing: Timing) -> Expressions:
    series = _series(slo, timing)
    is_filled = counts_time(slo.sli) and slo.no_data != "exclude"
    seen = _series(replace(slo, no_data="exclude"), timing)[names.ALL] if is_filled else None
    return Expressions(series[names.BAD], series[names.ALL], seen)


def _series(slo: Slo, timing: Timing) -> dict[str, str]:
    """By record: what its rule evaluates, with the records that it reads written out."""
    # Of time without data the rules know nothing before they first ran; `seen` says the like of this history.
    info = f"max({names.INFO}{identity(slo)} offset {timing.text(TILE)})"
    found: dict[str, str] = {}
    for rule in base_rules(slo, timing):
        expr = rule.expr.replace(info, "vector(1)")
        for record, written_out in found.items():
            expr = _inlined(expr, record + identity(slo), written_out, pace=timing.text(FAST))
        found[rule.record] = expr
    return found


def _inlined(expr: str, selector: str, written_out: str, *, pace: str) -> str:
    """A range over a record is one over the evaluations of its rule."""

    def meant(match: re.Match[str]) -> str:
        length = match.group(1)
        return f"(\n{written_out}\n)" + (f"[{length}:{pace}]" if length else "")

    return re.sub(re.escape(selector) + r"(?:\[([^\]]+)\])?", meant, expr)
