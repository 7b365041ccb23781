"""Comments that accept a finding, with the reason why and the day until which it holds.

    # sretool: ignore[PQ203,AL301] until=2027-01-31 reason="the exporter counts backwards"

Alone on a line, a comment holds for what begins on the next one, with all that is indented below it: a key, a rule, a
group. At the end of a line it holds for what begins on that line. `ignore-file[...]` holds for the whole file. Pages
say it in `<!-- ... -->`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sretool.yamltext.codes import CODES
from sretool.yamltext.diagnostics import Diagnostic, Notes
from sretool.yamltext.remedies import meant
from sretool.yamltext.source import Source, Spot

_COMMENT = re.compile(r"(?:#|<!--)[ \t]*sretool:[ \t]*([^\r\n]*)")
_IGNORE = re.compile(r"ignore(-file)?[ \t]*(?:\[([^\]]*)\])?(.*)")
_UNTIL = re.compile(r"(?<!\S)until=(\S*)")
_REASON = re.compile(r"""(?<!\S)reason=(?:"([^"]*)"|'([^']*)'|(\S*))""")
_CODE = re.compile(r"[^\s,]+")
_COMMENTS_MAX = 1_000  # Of a file; each costs a look at the lines that follow.
_SUMMARY = 'write # sretool: ignore[CODE] until=YEAR-MONTH-DAY reason="why"'


@dataclass(frozen=True, slots=True)
class Suppression:
    """One code of one comment. Lines count from 1, both ends included; `last` is None to the end of the file."""

    code: str
    at: Spot
    comment: Spot
    first: int
    last: int | None
    until: date | None
    reason: str

    def covers(self, line: int) -> bool:
        return self.first <= line and (self.last is None or line <= self.last)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is left of some diagnostics, and what was accepted, each with its reason."""

    left: tuple[Diagnostic, ...]
    accepted: tuple[tuple[Diagnostic, str], ...]


def apply(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, Source],
    *,
    today: date,
    judged: frozenset[str],
    linted: Collection[str],
) -> Accepted:
    """Diagnostics without those that a comment accepts, with what is wrong with the comments.

    `judged` are the codes that were looked for: of others nobody knows whether a comment is of use.
    Nor is that known of files that were not `linted`, and are only among the sources for what was found elsewhere.
    """
    notes = Notes()
    by_path = {path: list(_read(source, notes)) for path, source in sources.items() if "sretool:" in source.text}
    left: list[Diagnostic] = []
    accepted: list[tuple[Diagnostic, str]] = []
    used: set[Spot] = set()
    for diagnostic in diagnostics:
        found = [
            each
            for each in by_path.get(diagnostic.place.path, ())
            if each.code == diagnostic.code and each.covers(diagnostic.place.line)
        ]
        used.update(each.at for each in found)
        holding = [each for each in found if each.until is None or each.until >= today]
        if holding:
            accepted.append((diagnostic, holding[0].reason))
        else:
            left.append(diagnostic)
    for suppressions in by_path.values():
        _judge(suppressions, used, notes, today=today, judged=judged)
    about_comments = (each for each in notes.diagnostics if each.place.path in linted)
    return Accepted((*left, *about_comments), tuple(dict.fromkeys(accepted)))


def _judge(
    suppressions: Iterable[Suppression], used: set[Spot], notes: Notes, *, today: date, judged: frozenset[str]
) -> None:
    for each in suppressions:
        if each.at not in used and each.code in judged:
            message = f"nothing here is {each.code}"
            notes.report("LN001", each.at, message, remedy="remove the code, or the comment if it is the only one")
        elif each.until is not None and each.until < today and each.code in judged:
            message = f"this accepted {each.code} until {each.until.isoformat()}"
            notes.report("LN002", each.comment, message, remedy="repair what it accepts, or decide again until when")


def _read(source: Source, notes: Notes) -> Iterator[Suppression]:
    outline = _Outline(source)
    for count, found in enumerate(_COMMENT.finditer(source.text)):
        if count == _COMMENTS_MAX:
            at = Spot(source, found.start(), found.end())
            notes.report(
                "LN001", at, f"from here on no comment is read: {count:,} are enough", remedy="use ignore-file"
            )
            return
        said = _IGNORE.match(found[1].removesuffix("-->").rstrip())
        comment = Spot(source, found.start(), found.end())
        if said is None or not (said[2] or "").strip():
            notes.report("LN001", comment, "this comment accepts nothing: it names no code", remedy=_SUMMARY)
            continue
        until, is_day = _until(said[3])
        if not is_day:
            notes.report("LN002", comment, "until= of this comment is no day", remedy="write such as until=2027-01-31")
            continue
        reason = _reason(said[3])
        if not reason:
            notes.report("LN003", comment, "this comment does not say why", remedy='add reason="why it is accepted"')
        first, last = (1, None) if said[1] else _lines(source, outline, found.start())
        begin = found.start(1) + said.start(2)
        for code in _CODE.finditer(said[2]):
            at = Spot(source, begin + code.start(), begin + code.end())
            if code.group() in CODES:
                yield Suppression(code.group(), at, comment, first, last, until, reason)
            else:
                probably = meant(code.group(), CODES)
                remedy = f"write {probably}" if probably else "sretool lint --list shows all codes"
                notes.report("LN001", at, f"there is no code {code.group()}", remedy=remedy)


def _until(words: str) -> tuple[date | None, bool]:
    """The last day on which a comment holds, if it says one; and whether what it says is a day."""
    said = _UNTIL.search(words)
    if said is None:
        return None, True
    try:
        return date.fromisoformat(said[1]), True
    except ValueError:
        return None, False


def _reason(words: str) -> str:
    said = _REASON.search(words)
    return "" if said is None else next((each for each in said.groups() if each), "").strip()


def _lines(source: Source, outline: _Outline, start: int) -> tuple[int, int]:
    """The lines for which a comment at this index holds."""
    line = source.line_number(start)
    before = source.line(line)[: start - source.line_start(line)]
    return outline.reach(line, is_alone=not before.strip())


class _Outline:
    """Where what begins on a line ends. Lines count from 1; nothing begins on blank ones and comments."""

    def __init__(self, source: Source) -> None:
        self._texts = [source.line(number) for number in range(1, source.line_number(len(source.text)) + 1)]
        self._content = [number for number, text in enumerate(self._texts, start=1) if not _is_empty(text)]
        self._after = _first_not_deeper(self._texts)

    def reach(self, line: int, *, is_alone: bool) -> tuple[int, int]:
        """The first and last line for which a comment on a line holds."""
        following = bisect_right(self._content, line)
        if is_alone and following < len(self._content):
            return line, self._end(self._content[following])
        return line, self._end(line)

    def _end(self, line: int) -> int:
        """The last line of what begins on a line: deeper lines, and items of a list below a key at the same depth."""
        head = self._texts[line - 1]
        after = self._after[line - 1]
        if head.rstrip().endswith(":") and not head.lstrip().startswith("- "):
            while after <= len(self._texts) and self._is_item(after, depth=_depth(head)):
                after = self._after[after - 1]
        return after - 1

    def _is_item(self, line: int, *, depth: int) -> bool:
        text = self._texts[line - 1]
        return _depth(text) == depth and text.lstrip().startswith("- ")


def _first_not_deeper(texts: list[str]) -> list[int]:
    """For each line, the number of the next one that is not deeper; one beyond the last if there is none."""
    found = [len(texts) + 1] * len(texts)
    waiting: list[tuple[int, int]] = []  # Depths that rise, and the lines that have them, from below.
    for number in range(len(texts), 0, -1):
        text = texts[number - 1]
        depth = _depth(text)
        while waiting and waiting[-1][0] > depth:
            waiting.pop()
        if waiting:
            found[number - 1] = waiting[-1][1]
        if not _is_empty(text):
            waiting.append((depth, number))
    return found


def _is_empty(text: str) -> bool:
    stripped = text.lstrip()
    return not stripped or stripped.startswith("#")


def _depth(text: str) -> int:
    return len(text) - len(text.lstrip())
