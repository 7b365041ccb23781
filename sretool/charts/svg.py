"""A picture as text, and what a page needs of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal
from xml.sax.saxutils import escape

from sretool.charts import palette

Size = Literal["wide", "narrow"]
# For the page that holds `for_any_width`: of its two forms one is shown, and one read out.
STYLE: Final = (
    ".chart svg{width:100%;height:auto;display:block}.chart-narrow{display:none}"
    "@media screen and (max-width:640px){.chart-wide{display:none}.chart-narrow{display:block}}"
)
FONT: Final = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
_PREFIX: Final = re.compile("[a-z][a-z0-9-]*")
_BODY: Final = re.compile(r'<g id="figure_1">.*</g>(?=\s*</svg>)', re.DOTALL)
# What matplotlib says of its groups, its font and what it has not turned, and the ends of lines within a path.
_IDLE: Final = re.compile(
    r"""</?g(?: id="[^"]*")?>|(?<=[ "])font-family: [^;]*; | transform="rotate\(-0 [^"]*"|\n(?=[A-Zz"])"""
)
_BLANK: Final = re.compile(r"\n\s+")
# What XML cannot have, and what would break a line or turn its direction.
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Svg:
    """`text` is one svg element, for a page or a file of its own. `description` says in words what it shows."""

    text: str
    title: str
    description: str


def finished(drawn: str, *, prefix: str, width: int, height: int, title: str, description: str) -> Svg:
    """Of what matplotlib wrote: with title, description and colours; its size is that of the place where it stands.

    `prefix` tells the ids of one picture in a page from those of the others. Raises ValueError where it is none.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"a prefix of ids is lower-case letters, digits and dashes, not {prefix!r}")
    body = _BODY.search(drawn)
    assert body is not None, "matplotlib writes one figure"
    shapes = palette.with_properties(_BLANK.sub("\n", _IDLE.sub("", body[0])).strip())
    title, description = printable(title), printable(description)
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{prefix}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="{prefix}-title {prefix}-desc">\n'
        f'<title id="{prefix}-title">{escape(title)}</title>\n<desc id="{prefix}-desc">{escape(description)}</desc>\n'
        f"<style>#{prefix}{{font-family:{FONT}}}{palette.style('#' + prefix)}</style>\n"
        f"{shapes}\n</svg>\n"
    )
    return Svg(text, title, description)


def for_any_width(draw: Callable[[str, Size], Svg], prefix: str) -> str:
    """A picture for a page that has STYLE: drawn for wide screens and for narrow ones, of which one is shown."""
    wide, narrow = draw(prefix, "wide"), draw(f"{prefix}-narrow", "narrow")
    return (
        f'<div class="chart">\n<div class="chart-wide">\n{wide.text}</div>\n'
        f'<div class="chart-narrow">\n{narrow.text}</div>\n</div>\n'
    )


def printable(text: str) -> str:
    """On one line, without what XML cannot hold."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())
