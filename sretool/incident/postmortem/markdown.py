"""Markdown as sections of blocks, each with its place. Only what stands in blocks is looked at, never how it looks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from sretool.yamltext.source import Source, Spot

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TICKS: Final = re.compile(r"`+")
_VISIBLE: Final = re.compile(r"[^\n]")
_PIPE: Final = re.compile(r"(?<!\\)\|")
_ROOT: Final = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its text without comments, and where it stands."""

    text: str
    at: Spot


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` may have more or fewer cells than the `header`."""

    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def column(self, name: str) -> int | None:
        """The place of a column, however its name is capitalised."""
        names = [cell.text.casefold() for cell in self.header]
        return names.index(name.casefold()) if name.casefold() in names else None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it, up to the next heading of its depth or above. The first has no heading.

    `prose` are paragraphs as they are written; tables, code and what is only a comment are not among them.
    """

    title: str
    at: Spot
    prose: tuple[Spot, ...]
    tables: tuple[Table, ...]
    has_more: bool

    @property
    def is_blank(self) -> bool:
        return not (self.prose or self.tables or self.has_more)


def sections(source: Source, *, after_line: int, titles: Iterable[str]) -> tuple[Section, ...]:
    """The sections of these titles, and what stands between them, in order. What stands up to a line is passed over."""
    known = {title.casefold() for title in titles}
    lines = source.text.split("\n")
    text = "\n".join([*[""] * after_line, *lines[after_line:]])
    return tuple(_sections(_Reader(source, lines), _markdown().parse(text), known))


def masked(spot: Spot) -> str:
    """The text of a place with blanks for code and comments, so that what is found in it is found where it stands."""
    text = _COMMENT.sub(lambda found: _blank(found[0]), spot.source.text[spot.start : spot.end])
    parts, end = [], 0
    for first, last in _code(text):
        parts += [text[end:first], _blank(text[first:last])]
        end = last
    return "".join([*parts, text[end:]])


def _blank(text: str) -> str:
    return _VISIBLE.sub(" ", text)


def _code(text: str) -> Iterator[tuple[int, int]]:
    """From where to where code goes: from some backticks to the next that are as many. One pass, whatever they are."""
    runs = list(_TICKS.finditer(text))
    following: dict[int, int] = {}
    closed_by: list[int | None] = []
    for place in reversed(range(len(runs))):
        length = len(runs[place][0])
        closed_by.append(following.get(length))
        following[length] = place
    closed_by.reverse()
    place = 0
    while place < len(runs):
        closing = closed_by[place]
        if closing is not None:
            yield runs[place].start(), runs[closing].end()
        place = (place if closing is None else closing) + 1


@cache
def _markdown() -> MarkdownIt:
    """Blocks alone: what is in a line is read where it matters."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


@dataclass(frozen=True, slots=True)
class _Reader:
    source: Source
    lines: Sequence[str]

    def spot(self, token: Token) -> Spot:
        """The lines of a token, without the blanks around them."""
        first, end = token.map or (0, 1)
        start = self.source.line_start(first + 1)
        text = "\n".join(self.lines[first:end])
        return Spot(self.source, start + len(text) - len(text.lstrip()), start + len(text.rstrip()))

    def row(self, token: Token) -> tuple[Cell, ...]:
        """The cells of a line, each without the blanks around it."""
        spot = self.spot(token)
        text = spot.source.text[spot.start : spot.end]
        bars = [bar.start() for bar in _PIPE.finditer(text)]
        starts = [0, *(bar + 1 for bar in bars)]
        ends = [*bars, len(text)]
        cells = [self._cell(spot.start + start, spot.start + end) for start, end in zip(starts, ends, strict=True)]
        opened = 1 if text.startswith("|") else 0
        closed = -1 if bars and bars[-1] == len(text) - 1 else len(cells)
        return tuple(cells[opened:closed])

    def _cell(self, start: int, end: int) -> Cell:
        raw = self.source.text[start:end]
        left = start + len(raw) - len(raw.lstrip())
        text = _COMMENT.sub("", raw).replace(r"\|", "|").strip()
        return Cell(text, Spot(self.source, left, max(left, start + len(raw.rstrip()))))


def _sections(reader: _Reader, tokens: Sequence[Token], known: set[str]) -> Iterator[Section]:
    """An unknown heading below a known one is part of it."""
    title, depth, at = _ROOT, 0, Spot(reader.source, 0, 0)
    content: list[Token] = []
    for place, token in enumerate(tokens):
        if token.type != "heading_open" or token.level:
            content.append(token)
            continue
        heading = tokens[place + 1].content
        found = int(token.tag[1:])
        if heading.casefold() in known or found <= depth:
            yield _section(reader, title, at, content)
            title, depth, at, content = heading, found, reader.spot(token), []
    yield _section(reader, title, at, content)


def _section(reader: _Reader, title: str, at: Spot, tokens: Sequence[Token]) -> Section:
    prose: list[Spot] = []
    tables: list[Table] = []
    rows: list[tuple[Cell, ...]] = []
    has_more = False
    for token in tokens:
        match token.type:
            case "paragraph_open" | "html_block":
                spot = reader.spot(token)
                if masked(spot).strip() or token.type == "paragraph_open":
                    prose.append(spot)
            case "fence" | "code_block":
                has_more = True
            case "table_open":
                rows = []
            case "tr_open":
                rows.append(reader.row(token))
            case "table_close":
                tables.append(Table(rows[0], tuple(rows[1:])))
    return Section(title, at, tuple(prose), tuple(tables), has_more)
