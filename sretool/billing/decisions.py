"""Which decisions of the journal can be followed: the rule that stands in words in README.md, "What a decision says".

Who appends a decision asks first, and who follows the journal asks again: a record never changes, and one that stopped
a reader would stop it for ever. What cannot be read decides nothing, and everybody has to think so of the same records.
The recount has its own reading of the same words.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

import msgspec

from sretool.billing.decision_shapes import SHAPES, Catalog
from sretool.billing.journal.record import Kind

INTEGER_BITS = 64
DEPTH_MAX = 32


class NotADecision(ValueError):
    """The body of a control record does not say what its kind has to say; the text names the field."""


def decision_in(kind: Kind, body: bytes) -> dict[str, Any]:
    """What the body of a control record says. Raises NotADecision."""
    try:
        said = json.loads(body.decode(), parse_float=_no_number, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise NotADecision(f"this {kind.name} is not JSON that can be read: {error}") from error
    return checked(kind, said)


def checked(kind: Kind, said: Any) -> dict[str, Any]:
    """The same, if it is the JSON of such a decision. Raises NotADecision."""
    try:
        _refuse_odd_values(said, path="$", around=0)
        shaped = msgspec.convert(said, SHAPES[kind])
        if isinstance(shaped, Catalog):
            shaped.catalog.refuse_unknown_names()
    except (msgspec.ValidationError, ValueError) as error:
        raise NotADecision(f"this {kind.name} cannot be followed: {error}") from error
    decision: dict[str, Any] = said
    return decision


def _refuse_odd_values(value: Any, *, path: str, around: int) -> None:
    """Raise ValueError for what not every reader and every database can hold, `around` of objects and arrays deep."""
    kind = type(value)
    if kind in (dict, list) and around == DEPTH_MAX:
        raise ValueError(f"it is nested more than {DEPTH_MAX} deep - at `{path}`")
    if kind is str:
        _refuse_half_characters(value, path=path)
    elif kind is int:
        if not -(2**63) <= value < 2**63:
            raise ValueError(f"{_shown(value)} has more than {INTEGER_BITS} bits - at `{path}`")
    elif kind is dict:
        for name, member in value.items():
            _refuse_half_characters(name, path=path)
            _refuse_odd_values(member, path=f"{path}.{name}", around=around + 1)
    elif kind is list:
        for index, member in enumerate(value):
            _refuse_odd_values(member, path=f"{path}[{index}]", around=around + 1)
    elif kind is float:
        raise ValueError(f"{value!r} is no whole number: write it as text - at `{path}`")


def _refuse_half_characters(text: str, *, path: str) -> None:
    if not text.isascii() and text != text.encode("utf-8", "replace").decode():
        raise ValueError(f"{ascii(text)[:64]} has half of a surrogate pair: write both halves - at `{path}`")


def _shown(value: int) -> str:
    return f"an integer of {value.bit_length()} bits" if abs(value) >= 2**256 else str(value)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text[:64]} is no whole number: write it as text")
