"""PM032: a human as the cause, where the question only begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sretool.incident.postmortem.reading import Postmortem
from sretool.incident.postmortem.words import Wording, found_in
from sretool.lint.check import Check, Facts, Flaw

_WORDINGS: Final = (
    Wording(
        re.compile(
            r"\bhuman[ \n](?:error|mistake)s?\b|(?<![\w-])(?:operator|engineer)(?:['\u2019]s)?[ \n](?:error|mistake)\b"
            r"(?![- ](?:rate|ratio|log|message|code|budget))",
            re.IGNORECASE,
        ),
        "a human is named as the cause",
        "ask what made it the reasonable thing to do: which tool, page or alarm said so, or did not",
    ),
    Wording(
        re.compile(r"\b(?:forgot|neglected)[ \n]to\b", re.IGNORECASE),
        "what somebody did not think of is named as a cause",
        "say what would have reminded them: nothing checks that ..., the runbook does not say ...",
    ),
)


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    return found_in(postmortem, _WORDINGS)


CHECK = Check("PM032", Postmortem, _find)
