"""What people and servers write, as text on one line: nothing in it moves a terminal, or turns the direction of a page.

Titles, labels and answers of servers may hold any character. In the report none of them can be more than what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from sretool.charts.svg import printable


def printed(value: Any) -> Any:
    """The same value with all texts in it printable."""
    match value:
        case str():
            return value if value.isprintable() else printable(value)
        case tuple():
            return tuple(printed(one) for one in value)
        case Mapping():
            return {printed(key): printed(one) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{field.name: printed(getattr(value, field.name)) for field in fields(value)})
    return value
