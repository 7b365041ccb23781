"""Reading the small things of billing.yaml: names, days, months, durations, currencies, prices; with what is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date
from fractions import Fraction
from typing import Final

from sretool.money import EXPONENTS, NotAnAmount, exact_number
from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.remedies import meant

FIRST_YEAR: Final = 2000  # before it, zones changed at instants that no quarter-hour ends at
LAST_YEAR: Final = 2199

_IDENTIFIER: Final = re.compile("[a-z0-9][a-z0-9_-]{0,62}")
_DURATION: Final = re.compile("([0-9]{1,6})([smhd])")
_UNITS_US: Final = {"s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH: Final = re.compile("[0-9]{4}-[0-9]{2}")


def entries(fields: Fields, key: str, *, required: bool = False) -> list[tuple[nodes.Scalar, nodes.Mapping]]:
    """The names in a section and the mapping of each; what is no mapping is reported and left out."""
    section = fields.section(key, required=required)
    if section is None:
        return []
    with section:
        found = [(name, section.mapping(name.value, required=True)) for name, _ in section.node.items()]
    return [(name, entry) for name, entry in found if entry is not None]


def identifier_of(scalar: nodes.Scalar, notes: Notes, *, what: str) -> bool:
    """Whether a name is one; if not, it is reported. `what` begins the sentence: "a tenant"."""
    if _IDENTIFIER.fullmatch(scalar.value):
        return True
    message = f"{what} cannot be called `{scalar.value}`"
    remedy = "write at most 63 small letters, digits, - and _, the first a letter or a digit"
    notes.report("YA016", scalar, message, remedy=remedy)
    return False


def known_name(scalar: nodes.Scalar, names: Collection[str], notes: Notes, *, what: str, among: str) -> bool:
    """Whether a name is among those of a section; if not, it is reported."""
    if scalar.value in names:
        return True
    probably = meant(scalar.value, names)
    remedy = f"write {probably}" if probably else f"add `{scalar.value}` to `{among}`"
    notes.report("BL104", scalar, f"no {what} of this catalogue is called `{scalar.value}`", remedy=remedy)
    return False


def unique_ids(ids: Iterable[nodes.Node | None], notes: Notes, *, what: str) -> None:
    """Report every id that an earlier one equals."""
    seen: dict[str, nodes.Scalar] = {}
    for node in ids:
        if not isinstance(node, nodes.Scalar):
            continue
        first = seen.setdefault(node.value, node)
        if first is not node:
            message = f"{what} `{node.value}` is there already, in line {first.place.line}"
            notes.report("BL105", node, message, remedy="give it an id of its own")


def day_of(fields: Fields, name: str, notes: Notes, *, required: bool = False) -> date | None:
    """A local day, written 2026-01-31."""
    scalar = fields.scalar(name, required=required)
    return None if scalar is None else _date(scalar, scalar.value, _DAY, notes, "a day such as 2026-01-31")


def month_of(fields: Fields, name: str, notes: Notes) -> date | None:
    """A month, written 2026-01: its first day."""
    scalar = fields.scalar(name, required=True)
    if scalar is None:
        return None
    text = f"{scalar.value}-01" if _MONTH.fullmatch(scalar.value) else scalar.value[:7]
    return _date(scalar, text, _DAY, notes, "a month such as 2026-01")


def _date(scalar: nodes.Scalar, text: str, shape: re.Pattern[str], notes: Notes, example: str) -> date | None:
    try:
        day = date.fromisoformat(text) if shape.fullmatch(text) else None
    except ValueError:
        day = None
    if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR:
        return day
    message = f"`{scalar.value}` is not {example}, from {FIRST_YEAR} to {LAST_YEAR}"
    notes.report("YA016", scalar, message, remedy=f"write {example}")
    return None


def duration_us_of(fields: Fields, name: str, notes: Notes, *, default: int) -> int:
    """A duration such as 24h in microseconds."""
    scalar = fields.scalar(name)
    if scalar is None:
        return default
    match = _DURATION.fullmatch(scalar.value)
    if match is None:
        notes.report("YA016", scalar, f"`{scalar.value}` is not a duration such as 24h", remedy="write it as 24h or 2d")
        return default
    return int(match[1]) * _UNITS_US[match[2]]


def currency_of(fields: Fields, notes: Notes) -> str | None:
    """The code of a currency."""
    scalar = fields.scalar("currency", required=True)
    if scalar is None or scalar.value in EXPONENTS:
        return None if scalar is None else scalar.value
    upper = scalar.value.upper()
    probably = upper if upper in EXPONENTS else meant(scalar.value, EXPONENTS)
    remedy = f"write {probably}" if probably else "write its three letters, such as EUR"
    notes.report("BL103", scalar, f"`{scalar.value}` is not the ISO 4217 code of a currency", remedy=remedy)
    return None


def price_of(fields: Fields, name: str, notes: Notes, *, required: bool = False) -> Fraction | None:
    """A price or a quantity: an exact decimal number, 0 or more."""
    scalar = fields.scalar(name, required=required)
    if scalar is None:
        return None
    try:
        number = exact_number(scalar.value)
    except NotAnAmount as error:
        remedy = 'write it in digits, at most 18 before and 12 after the point, such as "0.005"'
        notes.report("BL101", scalar, str(error), remedy=remedy)
        return None
    if number < 0:
        message = f"a price is 0 or more, not {scalar.value}"
        notes.report("BL101", scalar, message, remedy="write what is to be paid; what is to be given back is a grant")
        return None
    return number
