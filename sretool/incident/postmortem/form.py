"""The words of the page: its sections, its times, the columns and words of its actions. A template may add to them."""

from __future__ import annotations

import re
from typing import Final, Literal, get_args

SUMMARY: Final = "Summary"
IMPACT: Final = "Impact"
TIMES: Final = "Times"
FACTORS: Final = "Contributing factors"
TIMELINE: Final = "Timeline"
ACTIONS: Final = "Actions"
SECTIONS: Final = (
    SUMMARY,
    IMPACT,
    TIMES,
    "Detection",
    FACTORS,
    "What went well",
    "What went wrong",
    "Where we were lucky",
    TIMELINE,
    ACTIONS,
    "Supporting material",
)

# Rows of the table of times.
BEGAN: Final = "Impact began"
DETECTED: Final = "Detected"
PAGED: Final = "Paged"
ACKNOWLEDGED: Final = "Acknowledged"
ENDED: Final = "Impact ended"
RESOLVED: Final = "Resolved"
TIMES_NAMED: Final = (BEGAN, DETECTED, PAGED, ACKNOWLEDGED, ENDED, RESOLVED)

Column = Literal["action", "type", "owner", "due", "verified by", "status"]
COLUMNS: Final[tuple[Column, ...]] = get_args(Column)
TYPES: Final = ("prevent", "detect", "mitigate", "process", "repair-data")
STATUSES: Final = ("draft", "reviewed", "closed")
KEYS: Final = ("id", "title", "severity", "status", "owner", "service", "slos")
_PLACEHOLDER: Final = re.compile(r"(?:TODO|TBD|FIXME)\b")


def is_placeholder(text: str) -> bool:
    """Whether a cell asks for something, which PM002 tells, so that nobody else has to."""
    return _PLACEHOLDER.match(text) is not None
