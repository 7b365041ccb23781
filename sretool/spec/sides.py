"""Bad, good and all events: what can be told of them from their text alone to be no share of one another."""

from __future__ import annotations

import re
from typing import Final

from sretool.model.sli import EventsSli, ExprSli
from sretool.promql.selectors import selector_parts
from sretool.promql.usual import usual_name
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.source import Spot

_MATCHER: Final = re.compile(r'([a-zA-Z0-9_]+)[ \n]*(=~|!~|!=|=)[ \n]*"([^"]*)"')  # of a usual selector
_VERDICT: Final = {"bad": "no event would ever be good", "good": "no event would ever be bad"}


def sides_differ(sli: EventsSli | ExprSli, at: Spot, notes: Notes) -> bool:
    """False, and reported at the total, where bad or good events are all events, or more than all."""
    if isinstance(sli, ExprSli):
        if sli.bad != sli.total:
            return True
        side, some = "bad", sli.bad
    else:
        side, some = sli.side, sli.selector
        if some.count('"') > sli.total.count('"'):  # It has more matchers, as nearly all have: no need to read them.
            return True
        some_matchers, all_matchers = _matchers(sli.selector), _matchers(sli.total)
        if not some_matchers <= all_matchers:
            return True
        if some_matchers < all_matchers:
            message = f"the {side} events `{some}` are more than all events: {_VERDICT[side]}"
            notes.report("SL137", at, message, remedy=f"swap `{side}` and `total`, or correct one")
            return False
    message = f"the {side} events `{some}` are the same as all events: {_VERDICT[side]}"
    notes.report("SL137", at, message, remedy=f"write in `{side}` what tells those events from the others")
    return False


def _matchers(selector: str) -> frozenset[tuple[str, str, str]]:
    """What a series must be for a selector to choose it, the metric's name included."""
    if (usual := usual_name(selector)) is not None:
        return frozenset((("__name__", "=", usual), *_MATCHER.findall(selector)))
    parts = selector_parts(selector)
    assert parts is not None, f"a plain selector: {selector}"
    named = () if parts.name is None else (("__name__", "=", parts.name),)
    return frozenset((*named, *((matcher.label, matcher.operator, matcher.value) for matcher in parts.matchers)))
