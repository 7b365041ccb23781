"""Many small expressions asked as few queries: what a server does for one takes it less time than to be asked.

The expressions of a query are joined by `or` as a balanced tree, which the server adds up in the fewest steps; a label
that nobody else has tells their answers apart. An edge: it holds a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import product
from typing import Final, TypeVar

from sretool.prometheus.answers import Labels, Matrix
from sretool.prometheus.server import Prometheus

Row = tuple[Labels, Decimal]
Answer = TypeVar("Answer")
_LABEL: Final = "sretool_asked"
_AT_ONCE: Final = 100  # Expressions a query.
HEAVY_AT_ONCE: Final = 10  # Of those that read raw samples of days several times: each query has to end in time.
_QUERIES_AT_ONCE: Final = 4


@dataclass(slots=True)
class Asking:
    """A server, and the one instant that its answers are for. Remembers what the server warned of."""

    server: Prometheus
    at: float
    warnings: list[str] = field(default_factory=list)

    def instant(self, expressions: Sequence[str], *, at_once: int = _AT_ONCE) -> list[list[Row]]:
        """The rows of each expression. Raises NoAnswer."""
        found: list[list[Row]] = [[] for _ in expressions]
        for answer in self._asked(expressions, [lambda query: self.server.query(query, at=self.at)], at_once):
            self.warnings += answer.warnings
            for sample in answer.samples:
                found[int(sample.labels[_LABEL])].append((sample.labels, sample.value))
        return found

    def evenly(
        self, expressions: Sequence[str], times: Sequence[range], *, at_once: int = _AT_ONCE
    ) -> list[Mapping[int, list[Row]]]:
        """The rows of each expression, by Unix time, where there are any. Raises NoAnswer."""
        found: list[dict[int, list[Row]]] = [{} for _ in expressions]
        for answer in self._asked(expressions, [partial(self._over, some) for some in times], at_once):
            self.warnings += answer.warnings
            for series in answer.series:
                rows = found[int(series.labels[_LABEL])]
                for at, value in series.points:
                    rows.setdefault(round(at), []).append((series.labels, value))
        return list(found)

    def _over(self, times: range, query: str) -> Matrix:
        return self.server.query_range(query, start=times[0], end=times[-1], step=times.step)

    def _asked(
        self, expressions: Sequence[str], asks: Sequence[Callable[[str], Answer]], at_once: int
    ) -> Iterator[Answer]:
        """While an answer is read the server works on the next ones."""
        numbered = [
            f'label_replace({expression}, "{_LABEL}", "{number}", "", "")'
            for number, expression in enumerate(expressions)
        ]
        many = max(1, min(at_once, -(-len(numbered) * len(asks) // _QUERIES_AT_ONCE)))
        queries = [_either(numbered[first : first + many]) for first in range(0, len(numbered), many)]
        if not queries:
            return
        with ThreadPoolExecutor(_QUERIES_AT_ONCE) as pool:
            yield from pool.map(lambda asked: asked[0](asked[1]), product(asks, queries))


def _either(expressions: Sequence[str]) -> str:
    if len(expressions) == 1:
        return expressions[0]
    half = len(expressions) // 2
    return f"({_either(expressions[:half])} or {_either(expressions[half:])})"
