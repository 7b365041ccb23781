"""Comments that accept a finding, with the reason why and the day until which it holds.

    # sretool: ignore[PQ203,AL301] until=2027-01-31 reason="the exporter counts backwards"

Alone on a line, a comment holds for what begins on the next one, with all that is indented below it: a key, a rule, a
group. At the end of a line it holds for what begins on that line. `ignore-file[...]` holds for the whole file. Pages
say it in `<!-- ... -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source], *, today: date, judged: frozenset[str]
) -> Accepted:
    """Diagnostics without those that a comment accepts, with what is wrong with the comments.

    `judged` are the codes that were looked for: of others nobody knows whether a comment is of use.
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
    return Accepted((*left, *notes.diagnostics), tuple(accepted))


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
    for found in _COMMENT.finditer(source.text):
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
        first, last = (1, None) if said[1] else _reach(source, found.start())
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


def _reach(source: Source, start: int) -> tuple[int, int]:
    """The lines for which a comment at this index holds."""
    line = source.line_number(start)
    target = line
    if not source.line(line)[: start - source.line_start(line)].strip():
        target = _next_line_of_content(source, line)
    return (line, _end_of_block(source, target))


def _next_line_of_content(source: Source, line: int) -> int:
    last = source.line_number(len(source.text))
    after = line + 1
    while after < last and _is_empty(source.line(after)):
        after += 1
    return after


def _end_of_block(source: Source, line: int) -> int:
    """The last line of what begins on a line: deeper lines, and items of a list below a key at the same depth."""
    head = source.line(line)
    depth, last = _depth(head), source.line_number(len(source.text))
    is_key = head.rstrip().endswith(":") and not head.lstrip().startswith("- ")
    end = following = line
    while following < last:
        following += 1
        text = source.line(following)
        if _is_empty(text):
            continue
        is_item = is_key and _depth(text) == depth and text.lstrip().startswith("- ")
        if _depth(text) <= depth and not is_item:
            break
        end = following
    return end


def _is_empty(text: str) -> bool:
    stripped = text.lstrip()
    return not stripped or stripped.startswith("#")


def _depth(text: str) -> int:
    return len(text) - len(text.lstrip())
