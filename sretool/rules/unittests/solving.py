"""Expressions that a user wrote, made to be well and made to fail: which series they need, and what values.

It tries: every selector of an expression gets a series, and every series a few values that the expression's own numbers
suggest. Of all choices it takes one that is well and the one that fails most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, product
from typing import Final

from sretool.promql.grammar import read
from sretool.promql.tree import Binary, Call, Node, Number, Selector, walk
from sretool.rules.unittests.arithmetic import COUNTING, NotUnderstood, World, reach_seconds, settled
from sretool.rules.unittests.concrete import Series, series_for

EVENTS_PER_SECOND: Final = 10
_SERIES_MAX: Final = 4
_TRIES_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an SLI says of a world: bad and all events a second."""

    bad: float
    all: float


@dataclass(frozen=True, slots=True)
class Solution:
    """Two worlds of the same series: one in which nothing is bad, one in which as much as possible is."""

    well: World
    failing: World
    well_verdict: Verdict
    failing_verdict: Verdict
    counters: frozenset[Series]
    reach_seconds: float  # The longest range that the expression looks back over.
    counts: bool  # Whether it counts events one by one: as many bad ones as fail, and all of them.


Judge = Callable[[Sequence[Sequence[float]]], Verdict | None]


def solved(texts: Sequence[str], judge: Judge, *, fixed: Mapping[str, str]) -> Solution:
    """Worlds for PromQL texts. `judge` is given the values of each and answers None where the SLI has no data.

    Raises NotUnderstood, whose message says why none was found.
    """
    trees = [read(text) for text in texts]
    if fixed and any(isinstance(node, Binary) and node.matching for tree in trees for node in walk(tree)):
        raise NotUnderstood("it matches series of several groups, which is not worked out here")
    leaves = tuple(node for tree in trees for node in walk(tree) if isinstance(node, Selector))
    counted = _counted(trees)
    counters = frozenset(series for leaf, series in _series(leaves, fixed) if leaf in counted)
    gauges = {series for leaf, series in _series(leaves, fixed) if leaf not in counted} - counters
    numbers = sorted({number for tree in trees for number in _numbers(tree)})
    verdict_on = partial(_verdict, trees, judge)
    judged = [
        (world, verdict)
        for world in _worlds(sorted(counters, key=str), sorted(gauges, key=str), numbers)
        if (verdict := verdict_on(world)) is not None and verdict.all > 0
    ]
    well = max((pair for pair in judged if pair[1].bad == 0), key=lambda pair: pair[1].all, default=None)
    failing = max(judged, key=lambda pair: _share(pair[1]), default=None)
    if well is None or failing is None or not 0 < _share(failing[1]) <= 1:
        raise NotUnderstood("no values were found that make it fail and pass")
    reach = max((reach_seconds(leaf.range) for leaf in leaves if leaf.range), default=0.0)
    counts = not gauges and all(
        verdict_on(_mixed(well[0], failing[0], share, scale)) == Verdict(share * scale, scale)
        for share, scale in ((0.0, EVENTS_PER_SECOND), (1.0, EVENTS_PER_SECOND), (0.25, 64.0), (0.0, 0.0))
    )
    return Solution(well[0], failing[0], well[1], failing[1], counters, reach, counts)


def _verdict(trees: Sequence[Node], judge: Judge, world: World) -> Verdict | None:
    return judge([settled(tree, world) for tree in trees])


def _mixed(well: World, failing: World, share: float, scale: float) -> World:
    """A share of what fails in what is well, at a rate of `scale` events a second."""
    return {s: (well[s] * (1 - share) + failing[s] * share) * scale / EVENTS_PER_SECOND for s in well}


def _share(verdict: Verdict) -> float:
    share = verdict.bad / verdict.all
    return share if share <= 1 else -1.0


def _counted(trees: Sequence[Node]) -> frozenset[Selector]:
    calls = (node for tree in trees for node in walk(tree) if isinstance(node, Call) and node.function in COUNTING)
    return frozenset(argument for call in calls for argument in call.arguments if isinstance(argument, Selector))


def _series(leaves: Sequence[Selector], fixed: Mapping[str, str]) -> Iterator[tuple[Selector, Series]]:
    """A series for each selector: its own where it can be told from others of the metric, else one that they share."""
    for leaf in leaves:
        others = [other for other in leaves if other.name == leaf.name and other.matchers != leaf.matchers]
        found = series_for([leaf], unwanted=others, fixed=fixed) or series_for([leaf], fixed=fixed)
        if found is None:
            raise NotUnderstood(f"no labels were found for the metric {leaf.name or 'without a name'}")
        yield leaf, found


def _worlds(counters: Sequence[Series], gauges: Sequence[Series], numbers: Sequence[float]) -> Iterator[World]:
    if not 1 <= len(counters) + len(gauges) <= _SERIES_MAX:
        raise NotUnderstood(f"it reads {len(counters) + len(gauges)} series")
    values = [*dict.fromkeys(v for number in numbers for v in (number, number - 1, number + 1, number / 2))]
    rates = [
        *dict.fromkeys((float(EVENTS_PER_SECOND), 0.0, *(v for number in numbers for v in (number / 2, number * 2))))
    ]
    choices = [*([rates] * len(counters)), *([[0.0, 1.0, *values]] * len(gauges))]
    for chosen in islice(product(*choices), _TRIES_MAX):
        if all(rate >= 0 for rate in chosen[: len(counters)]):
            yield dict(zip((*counters, *gauges), chosen, strict=True))


def _numbers(tree: Node) -> Iterator[float]:
    for node in walk(tree):
        if isinstance(node, Number) and node.text.replace(".", "", 1).isdigit():
            yield float(node.text)
