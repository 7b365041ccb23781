"""What is wrong, where, and what to write instead; and `Notes`, in which readers collect it.

slos/checkout.yaml:14:16: SL101 an objective needs its unit: 99.9 reads as a ratio above 1
  objective: 99.9
             ^^^^
  remedy: write 99.9%
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from sretool.yamltext.codes import CODES, Level
from sretool.yamltext.source import Place, Spot

__all__ = ["Diagnostic", "Level", "Notes", "Place", "Spot", "as_json", "as_text", "in_order"]

_QUOTE_MAX = 160  # characters of a source line that are worth showing
_TEXT_MAX = 500  # characters of a message or a remedy; names that they repeat can be megabytes
_UNKNOWN = "\ufffd"
_QUOTE_BEFORE = 60  # of these, how many may stand before the caret when the line is cut


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake. `message` says what is wrong, `remedy` what to do about it; both are one line without a full stop.

    `source_line` is the whole line of the place, as it is in the file, or "" when there is none to show.
    """

    code: str
    level: Level
    place: Place
    message: str
    remedy: str
    source_line: str = ""

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        return (self.place.path, self.place.line, self.place.column, self.code, self.message)


class Notes:
    """Collects diagnostics while a file is read, so that all mistakes are reported and not only the first."""

    __slots__ = ("diagnostics",)

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self.diagnostics: list[Diagnostic] = list(diagnostics)

    def report(self, code: str, at: Spot, message: str, *, remedy: str) -> None:
        """Add a diagnostic that points at `at` (a node, or a part of one), with the level of `code` in the table."""
        place = at.place
        line = at.source.line(place.line)
        diagnostic = Diagnostic(code, CODES[code].level, place, _shortened(message), _shortened(remedy), line)
        self.diagnostics.append(diagnostic)

    @property
    def has_errors(self) -> bool:
        return any(diagnostic.level == "error" for diagnostic in self.diagnostics)


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By path, line, column and code: the order in which they are printed."""
    return sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key)


def as_text(diagnostic: Diagnostic) -> str:
    """One diagnostic as plain text: place and message, the line with carets under it, the remedy. No final newline."""
    level = "" if diagnostic.level == "error" else f"{diagnostic.level}: "
    lines = [f"{_one_line(str(diagnostic.place))}: {diagnostic.code} {level}{_one_line(diagnostic.message)}"]
    before, marked, after = _quote(diagnostic)
    if (before + marked + after).strip():
        lines.append(f"  {before}{marked}{after}".rstrip())
        lines.append("  " + " " * _width(before) + "^" * max(1, _width(marked)))
    lines.append(f"  remedy: {_one_line(diagnostic.remedy)}")
    return "\n".join(lines)


def as_json(diagnostic: Diagnostic) -> dict[str, str | int]:
    """One diagnostic as a flat JSON object; `quote` is the source line as `as_text` shows it."""
    place = diagnostic.place
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_column": place.end_column,
        "code": diagnostic.code,
        "slug": CODES[diagnostic.code].slug if diagnostic.code in CODES else "",
        "level": diagnostic.level,
        "message": diagnostic.message,
        "remedy": diagnostic.remedy,
        "quote": "".join(_quote(diagnostic)).rstrip(),
    }


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT_MAX else f"{text[: _TEXT_MAX - 3]}..."


def _quote(diagnostic: Diagnostic) -> tuple[str, str, str]:
    """The line as it is shown, without its indent, in three pieces: before the mark, under it, after it."""
    line = diagnostic.source_line
    start = min(diagnostic.place.column - 1, len(line))
    end = max(start, min(diagnostic.place.end_column - 1, len(line)))
    low, high = min(_indent(line), start), len(line)
    if high - low > _QUOTE_MAX:
        low = max(low, start - _QUOTE_BEFORE)
        high = min(high, low + _QUOTE_MAX)
    cut_before = "..." if low > _indent(line) else ""
    cut_after = "..." if high < len(line) else ""
    return (
        cut_before + _visible(line[low:start]),
        _visible(line[start : min(end, high)]),
        _visible(line[end:high]) + cut_after,
    )


def _indent(line: str) -> int:
    return next((index for index, char in enumerate(line) if char not in " \t"), len(line))


def _visible(text: str) -> str:
    """Tabs as four spaces and what a terminal would obey or hide (escapes, direction marks) as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(char) for char in text)


def _shown(char: str) -> str:
    if char == "\t":
        return "    "
    if unicodedata.category(char) == "Cs":  # A byte in the name of a file that is no UTF-8.
        return _UNKNOWN
    if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp"):
        return char.encode("unicode_escape").decode("ascii")
    return char


def _one_line(text: str) -> str:
    return _visible(text.replace("\t", " "))


def _width(text: str) -> int:
    """Columns that the text takes on a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
