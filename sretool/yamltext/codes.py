"""The table of diagnostic codes. Every code has a page, docs/checks/<CODE>.md, whoever raises it.

YA is about YAML and the shape of a file. A line here and its page come in the same commit.
"""

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Code:
    code: str
    slug: str
    level: Level
    title: str


_TABLE = (
    Code("YA001", "yaml-syntax", "error", "YAML does not parse"),
    Code("YA002", "duplicate-key", "error", "A key is given twice"),
    Code("YA003", "unknown-key", "error", "A key is not known here"),
    Code("YA006", "not-utf8-text", "error", "A file is not UTF-8 text"),
    Code("YA007", "too-large", "error", "A file is too large"),
    Code("YA008", "too-deep", "error", "YAML is nested too deep"),
    Code("YA009", "empty-file", "error", "A file holds nothing"),
    Code("YA010", "alias-expansion", "error", "Aliases expand to too much"),
    Code("YA011", "broken-alias", "error", "An alias has nothing to stand for"),
    Code("YA012", "unsupported-tag", "error", "A YAML tag is not supported"),
    Code("YA013", "wrong-kind", "error", "A value is of the wrong kind"),
    Code("YA014", "missing-key", "error", "A required key is missing"),
    Code("YA015", "empty-value", "warning", "A key has no value"),
    Code("YA016", "bad-value", "error", "A value cannot be read, or is out of range"),
    Code("YA017", "key-not-text", "error", "A key is not text"),
    Code("YA018", "unreadable-file", "error", "A file cannot be read"),
)

CODES: dict[str, Code] = {code.code: code for code in _TABLE}
