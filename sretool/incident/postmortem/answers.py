"""What only people know, from a YAML file, so that it can be written anywhere and brought along.

    owner: ingest
    summary: For ten minutes half of all usage events were refused.
    factors: [The journal shares its disk with the logs.]
    actions:
      - {action: Rotate the logs, type: prevent, owner: ingest, due: 2026-12-11, verified by: the disk stays free}

What it leaves out is asked for in the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sretool.incident.postmortem import form
from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Diagnostic, Notes
from sretool.yamltext.fields import Fields, as_mapping
from sretool.yamltext.loading import Loaded

KEYS: Final = (
    "owner", "summary", "customers", "detection", "factors", "went_well", "went_wrong", "lucky", "actions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ActionAnswer:
    """A row of the table of actions, by its columns."""

    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """Texts are Markdown. What is empty is to be asked for."""

    owner: str = ""
    summary: str = ""
    customers: str = ""
    detection: str = ""
    factors: tuple[str, ...] = ()
    went_well: tuple[str, ...] = ()
    went_wrong: tuple[str, ...] = ()
    lucky: tuple[str, ...] = ()
    actions: tuple[ActionAnswer, ...] = ()


def read_answers(loaded: Loaded) -> tuple[Answers, tuple[Diagnostic, ...]]:
    """The answers of a file, and what is wrong with it."""
    notes = Notes(loaded.diagnostics)
    mapping = as_mapping(loaded.documents[0], notes, what="a file of answers") if loaded.documents else None
    if mapping is None:
        return Answers(), tuple(notes.diagnostics)
    with Fields(mapping, notes, known=KEYS) as fields:
        answers = Answers(
            owner=_text(fields, "owner"),
            summary=_text(fields, "summary"),
            customers=_text(fields, "customers"),
            detection=_text(fields, "detection"),
            factors=_texts(fields, "factors"),
            went_well=_texts(fields, "went_well"),
            went_wrong=_texts(fields, "went_wrong"),
            lucky=_texts(fields, "lucky"),
            actions=_actions(fields),
        )
    return answers, tuple(notes.diagnostics)


def _text(fields: Fields, key: str) -> str:
    return (fields.text(key) or "").strip()


def _texts(fields: Fields, key: str) -> tuple[str, ...]:
    """A list, or one text."""
    node = fields.any_node(key)
    if node is None or isinstance(node, nodes.Scalar):
        text = _text(fields, key)
        return (text,) if text else ()
    return tuple(text.strip() for text in fields.texts(key) if text.strip())


def _actions(fields: Fields) -> tuple[ActionAnswer, ...]:
    return tuple(_action(section) for section in fields.sections("actions", known=form.COLUMNS))


def _action(section: Fields) -> ActionAnswer:
    with section:
        texts: Sequence[str] = [(section.text(column) or "").strip() for column in form.COLUMNS]
    return ActionAnswer((*texts[:-1], texts[-1] or "open"))
