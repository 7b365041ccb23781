"""Why a text is not taken as PromQL."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ParseFailure:
    """What is wrong, where, and what to write instead. Places count characters of the text that was given."""

    message: str
    start: int
    end: int
    remedy: str | None = None
    certain: bool = True  # False: newer servers may accept it, so it is a warning that we cannot analyse it.


@dataclass(frozen=True, slots=True)
class Rejection:
    """promql-parser's reason, in its words and without a place."""

    reason: str


class PromqlSyntaxError(Exception):
    """Raised while reading tokens; `parse` turns it into its failure."""

    def __init__(self, failure: ParseFailure) -> None:
        super().__init__(failure.message)
        self.failure = failure
