"""Facts and answers through the template. Whatever text comes from outside cannot break a table, or become HTML."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from sretool.filling import Words, filled
from sretool.incident.postmortem import form
from sretool.incident.postmortem.facts import Facts

TEMPLATE: Final = "postmortem.md.j2"
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def rendered(facts: Facts, *, plot: str, templates: Path | None) -> str:
    """The page. `plot` is the file of the picture, or empty; `templates` a directory of the user's own.

    Raises filling.BadTemplate.
    """
    words = Words({"cell": cell, "line": line, "yaml": as_yaml, "code": code}, {})
    values = {"facts": facts, "incident": facts.incident, "answers": facts.answers, "plot": plot, "form": form}
    page = filled(TEMPLATE, words, values, instead=templates)
    return re.sub(r"\n{3,}", "\n\n", page).strip("\n") + "\n"


def line(text: object) -> str:
    """As a line of prose."""
    return _plain(text).replace("<", "&lt;")


def cell(text: object) -> str:
    """As a cell of a table."""
    return re.sub(r"(?<!\\)\|", r"\\|", line(text))


def as_yaml(text: object) -> str:
    """As a text of YAML, whatever is in it."""
    return json.dumps(_plain(text), ensure_ascii=False)


def _plain(text: object) -> str:
    """In one line, without what a terminal would obey and what is no character at all."""
    return " ".join(_UNPRINTABLE.sub(" ", str(text)).split())


def code(text: str) -> str:
    """As a block of code, whatever is in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}promql\n{text.strip()}\n{fence}"
