"""Facts and answers through the template. Whatever text comes from outside cannot break a table, or become HTML."""

from __future__ import annotations

import json
import re
from typing import Final

from jinja2 import Environment, StrictUndefined, TemplateError, TemplateSyntaxError

from sretool.incident.postmortem import form
from sretool.incident.postmortem.facts import Facts

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class BadTemplate(Exception):
    """The template cannot be filled. The message is one line and names the place, where that is known."""


def rendered(template: str, facts: Facts, *, name: str, plot: str) -> str:
    """The page. `name` is where the template comes from; `plot` is the file of the picture, or empty.

    Raises BadTemplate.
    """
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701 - Markdown, escaped by the filters
    environment.filters |= {"cell": cell, "line": line, "yaml": as_yaml, "code": code}
    try:
        page = environment.from_string(template).render(
            facts=facts, incident=facts.incident, answers=facts.answers, plot=plot, form=form
        )
    except TemplateSyntaxError as error:
        raise BadTemplate(f"{name}:{error.lineno}: {error.message}") from error
    except TemplateError as error:
        raise BadTemplate(f"{name}: {error.message}") from error
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
