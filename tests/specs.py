"""Specifications as text, and reading them, for the tests of several packages."""

from __future__ import annotations

import re
from pathlib import Path

from sretool.settings.context import SpecContext
from sretool.spec.load import Specs, read_specs
from sretool.spec.native import keys
from sretool.yamltext.diagnostics import as_text
from sretool.yamltext.loading import load

_FENCED = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_DOCUMENT = ("apiVersion: sretool/v1", "service: checkout", "owner: payments")
_SLO = (
    "name: availability",
    "objective: 99.9%",
    "period: 30d",
    "sli: {events: {bad: errors_total, total: requests_total}}",
    "runbook: runbooks/a.md",
)


def native_slo(changes: str = "") -> str:
    """A valid document of one SLO, whose keys are those of `changes` where they are there, else the usual ones.

    The SLO begins on line 5, with its name.
    """
    return "\n".join([*_DOCUMENT, "slos:", *_as_item(_changed(_SLO, changes))]) + "\n"


def native_document(changes: str = "") -> str:
    """The same document with other keys of its own."""
    slos = "\n".join(["slos:", *_as_item("\n".join(_SLO))])
    return _changed((*_DOCUMENT, slos), changes) + "\n"


def read(*texts: str | bytes, context: SpecContext | None = None) -> Specs:
    """The specifications of some files, called a.yaml, b.yaml and so on."""
    sources = [load(text, f"{chr(ord('a') + index)}.yaml") for index, text in enumerate(texts)]
    return read_specs(sources, context or SpecContext())


def complaints(*texts: str | bytes, context: SpecContext | None = None) -> str:
    """Everything that is wrong with them, as it is printed."""
    return "\n".join(as_text(diagnostic) for diagnostic in read(*texts, context=context).diagnostics)


def reference_examples() -> list[str]:
    """The examples of docs/spec.md as documents.

    One that begins with apiVersion is a whole document; another is keys of an SLO where an SLO may have all of them,
    else keys of a document, and the rest is that of the usual specification.
    """
    page = Path(__file__).parents[1] / "docs" / "spec.md"
    return [_completed(example) for example in _FENCED.findall(page.read_text(encoding="utf-8"))]


def _completed(example: str) -> str:
    if example.startswith("apiVersion:"):
        return example
    names = set(re.findall(r"^([a-z_]+):", example, re.MULTILINE))
    return native_slo(example) if names.issubset(keys.SLO) else native_document(example)


def _changed(usual: tuple[str, ...], changes: str) -> str:
    """Blocks by their first key. A line that is indented belongs to the block before it."""
    blocks = {block.partition(":")[0]: block for block in usual}
    added: dict[str, str] = {}
    for line in changes.splitlines():
        key = line.partition(":")[0]
        if line.startswith(" ") and added:
            last = next(reversed(added))
            added[last] += f"\n{line}"
        else:
            added[key] = f"{added[key]}\n{line}" if key in added else line
    return "\n".join((blocks | added).values())


def _as_item(text: str) -> list[str]:
    first, *others = text.splitlines()
    return [f"  - {first}", *(f"    {line}" for line in others)]
