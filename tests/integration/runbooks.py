"""The queries of the runbooks, as they can be asked of a server on a fast clock on which little is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sretool.model.duration import Duration
from sretool.promql.grammar import read
from sretool.promql.tree import COMPARISONS, Binary, Call, walk

PAGES = sorted((Path(__file__).parents[2] / "runbooks").glob("*.md"))
_FENCE = re.compile(r"^```promql\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_RANGES = re.compile(r"\[\w+(:\w+)?\]|\boffset \w+")
_LENGTH = re.compile(r"\b\d\w*")


def queries(scale: int) -> Iterator[tuple[str, str]]:
    """(page, query) of all, without the conditions under which they are empty, and with every duration divided."""

    def scaled(ranges: re.Match[str]) -> str:
        return _LENGTH.sub(lambda length: str(Duration.parse(length[0]).per(scale)), ranges[0])

    for page in PAGES:
        for query in _FENCE.findall(page.read_text(encoding="utf-8")):
            yield page.stem, _RANGES.sub(scaled, unconditional(query.strip()))


def unconditional(query: str) -> str:
    """What a filter filters: `up == 0` asks for `up`, `a unless b` for `a`, `absent(a)` for `a`."""
    for node in walk(read(query)):
        match node:
            case Binary() if node.operator == "unless" or (node.operator in COMPARISONS and not node.returns_bool):
                return unconditional(f"{query[: node.left.end]}{query[node.end :]}")
            case Call(function="absent"):
                return unconditional(
                    f"{query[: node.start]}{query[node.arguments[0].start : node.arguments[0].end]}{query[node.end :]}"
                )
    return query
