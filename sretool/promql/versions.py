"""Which Prometheus knows what an expression uses. `parse` accepts more than old servers do.

2.42 was asked itself (tests/promql/test_versions.py). Later versions are from its changelog and from pint 0.87
(internal/parser/source, Apache-2.0), where a function went from experiment to experiment without becoming stable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from sretool.promql.grammar import read
from sretool.promql.release import Version
from sretool.promql.tokens import Token, is_duration, tokenize
from sretool.promql.tree import Aggregation, Call, Node, Number, Selector, Subquery, walk


@dataclass(frozen=True, slots=True)
class Since:
    version: Version
    feature: str | None = None  # The --enable-feature that it needs there.


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that not every supported server has, and where it was written."""

    what: str
    start: int
    end: int
    since: Since | None = None
    until: Version | None = None  # The first version without it.

    def is_met_by(self, version: Version) -> bool:
        """Feature flags are not looked at."""
        return (self.since is None or version >= self.since.version) and (self.until is None or version < self.until)


_EVERYWHERE: Final = """
    abs absent absent_over_time acos acosh asin asinh atan atanh avg_over_time ceil changes clamp clamp_max clamp_min
    cos cosh count_over_time day_of_month day_of_week day_of_year days_in_month deg delta deriv exp floor
    histogram_count histogram_fraction histogram_quantile histogram_sum holt_winters hour idelta increase irate
    label_join label_replace last_over_time ln log10 log2 max_over_time min_over_time minute month pi predict_linear
    present_over_time quantile_over_time rad rate resets round scalar sgn sin sinh sort sort_desc sqrt
    stddev_over_time stdvar_over_time sum_over_time tan tanh time timestamp vector year
"""
EVERYWHERE: Final = frozenset(_EVERYWHERE.split())
_FUNCTIONS_FLAG: Final = "promql-experimental-functions"
NEWER: Final = {
    "histogram_stddev": Since((2, 48)),
    "histogram_stdvar": Since((2, 48)),
    "histogram_avg": Since((2, 51)),
    "mad_over_time": Since((2, 49), _FUNCTIONS_FLAG),
    "sort_by_label": Since((2, 49), _FUNCTIONS_FLAG),
    "sort_by_label_desc": Since((2, 49), _FUNCTIONS_FLAG),
    "limitk": Since((2, 54), _FUNCTIONS_FLAG),
    "limit_ratio": Since((2, 54), _FUNCTIONS_FLAG),
    "info": Since((2, 55), _FUNCTIONS_FLAG),
    "double_exponential_smoothing": Since((3, 0), _FUNCTIONS_FLAG),
    "ts_of_last_over_time": Since((3, 5), _FUNCTIONS_FLAG),
    "ts_of_max_over_time": Since((3, 5), _FUNCTIONS_FLAG),
    "ts_of_min_over_time": Since((3, 5), _FUNCTIONS_FLAG),
    "first_over_time": Since((3, 7), _FUNCTIONS_FLAG),
    "ts_of_first_over_time": Since((3, 7), _FUNCTIONS_FLAG),
    "histogram_quantiles": Since((3, 11), _FUNCTIONS_FLAG),
    "end": Since((3, 12), _FUNCTIONS_FLAG),
    "range": Since((3, 12), _FUNCTIONS_FLAG),
    "start": Since((3, 12), _FUNCTIONS_FLAG),
    "step": Since((3, 12), _FUNCTIONS_FLAG),
    "max_of": Since((3, 13), _FUNCTIONS_FLAG),
    "min_of": Since((3, 13), _FUNCTIONS_FLAG),
    "integral": Since((3, 16), _FUNCTIONS_FLAG),
}
_GONE: Final[dict[str, Version]] = {"holt_winters": (3, 0)}
_INTERCHANGEABLE: Final = Since((2, 54))  # Durations where numbers stand, and numbers where durations do.
_QUOTED_NAMES: Final = Since((3, 0))
_FILL: Final = Since((3, 10), "promql-binop-fill-modifiers")
_BEFORE_LABELS: Final = frozenset(("by", "without", "on", "ignoring", "group_left", "group_right"))


def requirements(text: str) -> tuple[Requirement, ...]:
    """What of a text that `parse` accepted is not in every Prometheus from 2.42 on, in the order it was written."""
    found = [*_of_nodes(read(text)), *_of_tokens(tokenize(text))]
    return tuple(sorted(found, key=lambda requirement: (requirement.start, requirement.end)))


def _of_nodes(root: Node) -> Iterator[Requirement]:
    for node in walk(root):
        match node:
            case Call(function=name) | Aggregation(operator=name) if name in NEWER or name in _GONE:
                end = node.start + len(name)
                yield Requirement(f'"{name}"', node.start, end, since=NEWER.get(name), until=_GONE.get(name))
            case Number() if is_duration(node.text):
                yield Requirement("a duration as a number", node.start, node.end, since=_INTERCHANGEABLE)
            case Selector() | Subquery():
                step = node.step if isinstance(node, Subquery) else None
                lengths = (node.range, step, node.offset and node.offset.lstrip("+-"))
                if any(length and length[0] not in "${" and not is_duration(length) for length in lengths):
                    yield Requirement("a number as a duration", node.start, node.end, since=_INTERCHANGEABLE)
                if node.at and is_duration(node.at.lstrip("+-")):
                    yield Requirement("a duration as a time", node.start, node.end, since=_INTERCHANGEABLE)
            case _:
                pass


def _of_tokens(tokens: tuple[Token, ...]) -> Iterator[Requirement]:
    opener = ""  # "{" between braces, "(" where a list of labels is open.
    for before, token in pairwise((Token("end", "", 0, 0), *tokens)):
        if token.text == "{" or (token.text == "(" and before.text.lower() in _BEFORE_LABELS):
            opener = token.text
        elif token.text in ("}", ")"):
            opener = ""
        elif token.text == "(" and before.text.lower() in ("fill", "fill_left", "fill_right"):
            yield Requirement(f'"{before.text}"', before.start, before.end, since=_FILL)
        elif token.kind == "string" and opener and before.text in ("{", "(", ","):
            yield Requirement("a name in quotes", token.start, token.end, since=_QUOTED_NAMES)
