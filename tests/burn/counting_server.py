"""A server for what is counted: it tells the answers of one query apart, as a real one does by a label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sretool.prometheus.answers import Labels, Matrix, Sample, Series, Vector

Rows = tuple[tuple[Labels, str], ...]
_ASKED = re.compile(r'label_replace\((.*?), "(sretool_asked)", "(\d+)", "", ""\)')


@dataclass
class CountingServer:
    """Of every expression the rows of the metric that it names first, whatever it makes of it.

    Of each metric a series was reset in every span, so that nothing is told of it by differences.
    """

    rows: Mapping[str, Rows]
    warnings: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)

    def query(self, expr: str, *, at: float) -> Vector:
        return Vector(tuple(self._samples(expr)), self.warnings)

    def query_range(self, expr: str, *, start: float, end: float, step: float) -> Matrix:
        times = range(round(start), round(end) + 1, round(step))
        return Matrix(
            tuple(Series(one.labels, tuple((at, one.value) for at in times)) for one in self._samples(expr)),
            self.warnings,
        )

    def _samples(self, query: str) -> Iterator[Sample]:
        self.asked.append(query)
        for expression, label, number in _ASKED.findall(query):
            (metric,) = re.findall(r"\((\w+)[\[{]", expression)[:1]
            for labels, value in self.rows.get(metric, ()):
                is_reset = " * 1048576 + 1" in expression
                yield Sample({**labels, label: number}, Decimal(2**20 + 1 if is_reset else value))
