"""The colours of pictures, told apart also by those who see few: blue for what is measured, orange for what is wrong.

A picture is drawn in marker colours that nothing else has; in its text they become CSS properties. A page may set
`--chart-ink` and its like; otherwise they follow what the reader prefers, light or dark, and paper is light.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

ColourName = Literal["ink", "muted", "rule", "paper", "line", "wrong"]


@dataclass(frozen=True, slots=True)
class Colour:
    """`marker` is what matplotlib is given for it; `light` and `dark` are what is seen."""

    name: ColourName
    marker: str
    light: str
    dark: str


# Texts have a contrast of 4.5 or more on the paper of their side.
COLOURS: Final[dict[ColourName, Colour]] = {
    colour.name: colour
    for colour in (
        Colour("ink", "#010201", light="#1f2328", dark="#e6edf3"),
        Colour("muted", "#010202", light="#59636e", dark="#9198a1"),
        Colour("rule", "#010203", light="#d1d9e0", dark="#3d444d"),
        Colour("paper", "#010204", light="#ffffff", dark="#0d1117"),
        Colour("line", "#010205", light="#0969da", dark="#4493f8"),
        Colour("wrong", "#010206", light="#bc4c00", dark="#f0883e"),
    )
}
_BY_MARKER: Final = {colour.marker: colour for colour in COLOURS.values()}
_MARKED: Final = re.compile(r"(fill|stroke): (#0102[0-9a-f]{2})")


def with_properties(svg: str) -> str:
    """The text of a picture with properties in the place of marker colours; what knows no properties sees it light."""
    return _MARKED.sub(_property, svg)


def style(selector: str) -> str:
    """The CSS that gives the properties within a selector their values."""
    light = _values(selector, {colour.name: colour.light for colour in COLOURS.values()})
    dark = _values(selector, {colour.name: colour.dark for colour in COLOURS.values()})
    return f"{light}@media screen and (prefers-color-scheme:dark){{{dark}}}"


def _values(selector: str, colours: dict[ColourName, str]) -> str:
    values = ";".join(f"--{name}:var(--chart-{name},{colour})" for name, colour in colours.items())
    return f"{selector}{{{values}}}"


def _property(found: re.Match[str]) -> str:
    colour = _BY_MARKER[found[2]]
    return f"{found[1]}: {colour.light}; {found[1]}: var(--{colour.name})"
