"""A file's text and the places in it. A `Spot` is a stretch of the text; its `Place` is worked out when asked for."""

import re
from bisect import bisect_right
from dataclasses import dataclass

# Lines as editors and code hosts count them. YAML 1.1 also breaks at NEL, LS and PS; line numbers here do not.
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: line and columns count from 1, columns are characters, `end_column` is exclusive."""

    path: str
    line: int
    column: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Source:
    """The text of one file (without byte order mark), with its lines found on first use."""

    __slots__ = ("_lines", "_starts", "path", "text")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._starts: list[int] = []
        self._lines: dict[int, str] = {}  # so that a thousand diagnostics on a huge line share one copy of it

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its end; "" beyond the last line."""
        if number not in self._lines:
            starts = self._line_starts()
            inside = 1 <= number <= len(starts)
            self._lines[number] = self.text[starts[number - 1] : self._line_end(number)] if inside else ""
        return self._lines[number]

    def place(self, start: int, end: int) -> Place:
        """The place of text[start:end], cut to its first line."""
        line = bisect_right(self._line_starts(), start)
        line_start = self._starts[line - 1]
        line_end = self._line_end(line)
        if end > line_end:  # what goes on below is underlined to its last visible character here
            end = line_start + len(self.line(line).rstrip())
        return Place(self.path, line, start - line_start + 1, max(start, end) - line_start + 1)

    def line_number(self, index: int) -> int:
        """The line that holds an index of the text."""
        return bisect_right(self._line_starts(), index)

    def line_start(self, line: int) -> int:
        """The index in the text at which a line starts, counted from 1."""
        return self._line_starts()[line - 1]

    def _line_starts(self) -> list[int]:
        if not self._starts:
            self._starts = [0, *(match.end() for match in _LINE_END.finditer(self.text))]
        return self._starts

    def _line_end(self, number: int) -> int:
        starts = self._line_starts()
        if number == len(starts):
            return len(self.text)
        end = starts[number] - 1
        return end - 1 if self.text[end] == "\n" and end > 0 and self.text[end - 1] == "\r" else end


class Spot:
    """A stretch of a source, text[start:end]: what a diagnostic points at. Nodes of the tree are spots."""

    __slots__ = ("end", "source", "start")

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = start
        self.end = end

    @property
    def place(self) -> Place:
        return self.source.place(self.start, self.end)
