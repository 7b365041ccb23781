"""PromQL in specifications: that it parses, and that it is what its key wants.

Every function takes the node that holds the text, so that a mistake is shown at its place in the file, and gives the
text without blanks and comments around it, or None. Where a dialect's text is changed before it is PromQL, `text` is
what to read, and mistakes are shown at the whole node.

The reader of trees is loaded where it is needed: most specifications hold usual selectors alone, and start sooner.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, cast

from sretool.model.sli import WINDOW_PLACEHOLDER, TimeSliceSli
from sretool.promql.failure import ParseFailure
from sretool.promql.parse import Expression, parse
from sretool.promql.placeholders import filled
from sretool.promql.selectors import selector_parts
from sretool.promql.usual import usual_name
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.nodes import Scalar
from sretool.yamltext.source import Spot

if TYPE_CHECKING:
    from sretool.promql.tree import Selector

_SUFFIXES: Final = ("_bucket", "_count", "_sum")

_REGEX: Final = re.compile(r'~[ \n]*"([^"]*)"')
_LE: Final = re.compile(r"[{,]\s*le\s*[=!]")


def expression(
    at: Scalar, notes: Notes, *, placeholders: Set[str] = frozenset(), text: str | None = None
) -> Expression | None:
    """Any PromQL. A placeholder may stand where a duration may."""
    parsed = parse(at.value if text is None else text, placeholders)
    if isinstance(parsed, Expression):
        return parsed
    remedy = parsed.remedy or "write a PromQL expression that Prometheus accepts"
    notes.report("PQ201", _within(at, text, parsed.start, parsed.end), parsed.message, remedy=remedy)
    return None


def _within(at: Scalar, text: str | None, start: int, end: int) -> Spot:
    return at.part(start, end) if text is None else at


def selector(at: Scalar, notes: Notes, *, text: str | None = None) -> str | None:
    """A counter or gauge by its name and labels alone: what range to read it over is for the rules to say."""
    stripped = (at.value if text is None else text).strip()
    if _is_usual(stripped):
        return stripped
    parts = _parts(at, notes, text)
    if parts is None:
        return None
    if parts.name is None and all(matcher.label != "__name__" for matcher in parts.matchers):
        notes.report(
            "SL129", at, "this selector names no metric", remedy='write its name: http_requests_total{job="a"}'
        )
        return None
    return (at.value if text is None else text)[parts.start : parts.end]


def histogram(at: Scalar, notes: Notes, *, text: str | None = None) -> str | None:
    """A histogram by its own name, without _bucket or _count, and labels other than `le`."""
    stripped = (at.value if text is None else text).strip()
    if _is_usual(stripped) and not stripped.partition("{")[0].endswith(_SUFFIXES) and not _LE.search(stripped):
        return stripped
    parts = _parts(at, notes, text, instead=_own_selector)
    if parts is None:
        return None
    if parts.name is None or parts.name_place is None:
        notes.report("SL129", at, "this selector names no histogram", remedy="write its name before the braces")
        return None
    found = [_report_suffix(parts, at, text, notes)] + [
        _report_le(_within(at, text, matcher.start, matcher.end), notes)
        for matcher in parts.matchers
        if matcher.label == "le"
    ]
    return None if any(found) else (at.value if text is None else text)[parts.start : parts.end]


def _own_selector(written: str) -> str:
    """The selector of the histogram one of whose series `written` selects."""
    parts = selector_parts(written)
    if parts is None or parts.name is None:
        return written
    name = parts.name.removesuffix(_suffix(parts.name))
    kept = ", ".join(written[each.start : each.end] for each in parts.matchers if each.label != "le")
    return f"{name}{{{kept}}}" if kept else name


def _suffix(name: str) -> str:
    return next((suffix for suffix in _SUFFIXES if name.endswith(suffix)), "")


def _report_suffix(parts: Selector, at: Scalar, text: str | None, notes: Notes) -> bool:
    assert parts.name is not None
    assert parts.name_place is not None
    suffix = _suffix(parts.name)
    if not suffix:
        return False
    written = (at.value if text is None else text)[slice(*parts.name_place)]
    message = f"`{parts.name}` is one of a histogram's series: its name goes without {suffix}"
    remedy = f"write {written.replace(parts.name, parts.name.removesuffix(suffix))}"  # Quotes are kept.
    notes.report("SL130", _within(at, text, *parts.name_place), message, remedy=remedy)
    return True


def _report_le(at: Spot, notes: Notes) -> bool:
    message = "the threshold says which bucket is meant, so `le` cannot be matched here"
    notes.report("SL130", at, message, remedy="remove this matcher")
    return True


def _parts(at: Scalar, notes: Notes, text: str | None, *, instead: Callable[[str], str] = str) -> Selector | None:
    """The parts of a plain selector. What else the text may be is reported; `instead` makes of its selector what to
    write.
    """
    from sretool.promql.grammar import read
    from sretool.promql.reading import selectors
    from sretool.promql.tree import Selector

    if expression(at, notes, text=text) is None:
        return None
    written = at.value if text is None else text
    parts = selector_parts(written)
    if parts is not None:
        return parts
    first, *more = selectors(written) or (None,)
    root = read(written)
    if isinstance(root, Selector):
        extra = written[root.head_end : root.end].strip()
        message, remedy = f"a selector stands alone here, without `{extra}`", "remove it: the rules choose what to read"
        notes.report("SL129", _within(at, text, root.head_end, root.end), message, remedy=remedy)
        return None
    remedy = f"write {instead(written[first.start : first.head_end])}" if first and not more else "use the kind `expr`"
    inner = _within(at, text, 0, len(written))  # Without quotes, which stay.
    notes.report("SL129", inner, "a selector is wanted here, and this is an expression", remedy=remedy)
    return None


def comparison(at: Scalar, notes: Notes, *, text: str | None = None) -> TimeSliceSli | None:
    """A comparison that must hold, such as `max(queue_length) < 1000`."""
    from sretool.promql.reading import top_level_comparison

    if expression(at, notes, text=text) is None:
        return None
    found = top_level_comparison(at.value if text is None else text)
    if found is None:
        message = "a time slice needs one comparison that holds while all is well"
        notes.report("SL131", at, message, remedy="write such as max(queue_length) < 1000")
        return None
    if found.returns_bool:
        message = f"`{found.operator} bool` is what the rules make of `{found.operator}` themselves"
        notes.report("SL131", at, message, remedy="leave out `bool`")
        return None
    operator = cast(Literal["<", "<=", ">", ">=", "==", "!="], found.operator)
    return TimeSliceSli(found.left, operator, found.right, found.matching)


def windowed(at: Scalar, notes: Notes, *, placeholder: str = WINDOW_PLACEHOLDER, text: str | None = None) -> str | None:
    """An expression of events a second that has `placeholder` where its range stands; given back with $window there."""
    from sretool.promql.grammar import read
    from sretool.promql.reading import selectors

    parsed = expression(at, notes, placeholders={placeholder}, text=text)
    if parsed is None:
        return None
    root = read(parsed.text)
    if parsed.value_type != "vector":
        message = f"events a second are counted by a vector, and this is a {parsed.value_type}"
        notes.report("PQ201", at, message, remedy=f"write such as sum(rate(events_total[{placeholder}]))")
        return None
    native = filled(parsed.text[root.start : root.end], {placeholder: WINDOW_PLACEHOLDER})
    if native != parsed.text[root.start : root.end] or _has_window(native):
        return native
    ranged = next((found for found in selectors(parsed.text) if found.range is not None), None)
    message = f"the rules read this over windows of their own, and it has no {placeholder}"
    if ranged is None or ranged.range is None:
        notes.report("SL132", at, message, remedy=f"write such as sum(rate(events_total[{placeholder}]))")
        return None
    remedy = parsed.text[ranged.head_end : ranged.end].replace(ranged.range, placeholder, 1)  # An offset stays.
    notes.report("SL132", _within(at, text, ranged.head_end, ranged.end), message, remedy=f"write {remedy.strip()}")
    return None


def _has_window(text: str) -> bool:
    return filled(text, {WINDOW_PLACEHOLDER: ""}) != text


@lru_cache(maxsize=65536)
def _is_usual(text: str) -> bool:
    """True for a plain selector of the usual shape. False says nothing."""
    if usual_name(text) is None:
        return False
    return "~" not in text or all(_is_regex(regex) for regex in _REGEX.findall(text))


@lru_cache(maxsize=4096)
def _is_regex(regex: str) -> bool:
    return not isinstance(parse(f'x{{y=~"{regex}"}}'), ParseFailure)
