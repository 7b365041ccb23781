"""Plain selectors as text: taking them apart, and adding to them without touching what the user wrote.

A plain selector is `name{matchers}`, in any of its spellings, without range, offset or @. Functions that change one
take such a text and raise ValueError for any other; what they return has no blanks or comments around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sretool.promql.literal import string_literal
from sretool.promql.usual import usual_name

if TYPE_CHECKING:
    from sretool.promql.tree import Selector


def is_selector(text: str) -> bool:
    return selector_parts(text) is not None


def selector_parts(text: str) -> Selector | None:
    """The name and matchers of a plain selector; None for any other text."""
    from sretool.promql.failure import PromqlSyntaxError
    from sretool.promql.grammar import read  # Loaded for what `usual_name` leaves: most commands never need it.
    from sretool.promql.tree import Selector

    try:
        node = read(text)
    except PromqlSyntaxError:
        return None
    return node if isinstance(node, Selector) and node.is_plain else None


def with_matchers(selector: str, *matchers: str) -> str:
    """`m{a="b"}` with `le="5"` is `m{a="b",le="5"}`. Matchers are PromQL text."""
    if matchers and usual_name(selector) and not selector.endswith((",}", " }", "\n}")):
        head, _, rest = selector.partition("{")
        return f"{head}{{{','.join([rest[:-1], *matchers] if rest[:-1] else matchers)}}}"
    parts = _plain(selector)
    written = selector[parts.start : parts.end]
    if not matchers:
        return written
    added = ",".join(matchers)
    if not written.endswith("}"):
        return f"{written}{{{added}}}"
    ends = [matcher.end for matcher in parts.matchers]
    if parts.name_place is not None and written.startswith("{"):
        ends.append(parts.name_place[1])
    if not ends:
        return f"{written[:-1]}{added}}}"
    last = max(ends) - parts.start
    return f"{written[:last]},{added}{written[last:]}"


def with_suffix(selector: str, suffix: str) -> str:
    """The same selector of another metric: `m{a="b"}` with `_bucket` is `m_bucket{a="b"}`. It must name its metric."""
    if usual := usual_name(selector):
        return f"{usual}{suffix}{selector.removeprefix(usual)}"
    parts = _plain(selector)
    if parts.name is None or parts.name_place is None:
        raise ValueError(f"a selector without a name has none to add {suffix} to: {selector}")
    start, end = parts.name_place
    name = parts.name + suffix
    written = name if start == parts.start else string_literal(name)
    return f"{selector[parts.start : start]}{written}{selector[end : parts.end]}"


def with_range(selector: str, length: str, *, offset: str | None = None) -> str:
    """`m[6m]`, or `m[6m] offset 10m`."""
    written = selector
    if not usual_name(selector):
        parts = _plain(selector)
        written = selector[parts.start : parts.end]
    ranged = f"{written}[{length}]"
    return ranged if offset is None else f"{ranged} offset {offset}"


def _plain(selector: str) -> Selector:
    parts = selector_parts(selector)
    if parts is None:
        raise ValueError(f"not a plain selector, name{{matchers}}: {selector}")
    return parts
