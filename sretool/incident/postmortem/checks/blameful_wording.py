"""PM033: words that judge with what was known only afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sretool.incident.postmortem.reading import Postmortem
from sretool.incident.postmortem.words import Wording, found_in
from sretool.lint.check import Check, Facts, Flaw

# What a machine failed to do is a fact; so are "could have" and "would have", which most often tell of luck.
_PEOPLE: Final = "he|she|they|who|people|nobody|somebody|someone|engineers?|operators?|developers?|on-?call|team"
# A host that should have three disks is no judgement: what did not happen is told by a participle.
_IRREGULAR: Final = (
    "been|done|gone|had|kept|known|left|made|run|said|seen|sent|set|shut|taken|thought|told|found|caught"
)
_WORDINGS: Final = (
    Wording(
        re.compile(
            r"\b(?:should(?:n['\u2019]t|[ \n]not)?|ought[ \n](?:not[ \n])?to)[ \n]have[ \n]"
            rf"(?:(?:also|already|never|not|just)[ \n])?(?:\w+ed|{_IRREGULAR})\b",
            re.IGNORECASE,
        ),
        "this tells what did not happen",
        "write what happened instead, and why it made sense at the time",
    ),
    Wording(
        re.compile(
            r"\b(?:careless(?:ly|ness)?|negligen(?:t|tly|ce)|incompeten(?:t|ce)|sloppy|stupid(?:ly|ity)?)\b",
            re.IGNORECASE,
        ),
        "this judges a person",
        "write what was done, and what could be seen by whoever did it",
    ),
    Wording(
        re.compile(rf"\b(?:{_PEOPLE})[ \n]failed[ \n]to\b", re.IGNORECASE),
        "this judges what people did",
        "write what they did, and what they could see then",
    ),
    Wording(
        re.compile(r"\bobviously\b", re.IGNORECASE),
        "afterwards everything is obvious",
        "leave it out, or say who could see it at the time, and where",
    ),
)


def _find(postmortem: Postmortem, _: Facts) -> Iterator[Flaw]:
    return found_in(postmortem, _WORDINGS)


CHECK = Check("PM033", Postmortem, _find)
