"""Whether what a server records is of the time scale that is asked with."""

from __future__ import annotations

from collections.abc import Iterable

from sretool.prometheus.answers import Labels
from sretool.promql import names
from sretool.rules.timing import Timing


def scale_of(labels: Labels) -> int:
    """Of a rule, or of a series that it recorded. Labels that are not ours are of no scale."""
    told = labels.get(names.TIME_SCALE, "1")
    return int(told) if told.isdecimal() else 1


def another_scale(scales: Iterable[int], timing: Timing) -> str:
    """That rules are of another scale, and what to do about it, in words; empty where they are of the one asked."""
    found = sorted({*scales} or {timing.scale})
    if found == [timing.scale]:
        return ""
    if len(found) > 1:
        return f"the rules on the server are of --time-scale {' and '.join(map(str, found))}: load those of one"
    if found == [1]:
        return "the rules on the server are of no --time-scale: ask without --time-scale"
    return f"the rules on the server are of --time-scale {found[0]}: ask with --time-scale {found[0]}"
