"""What a drill asks for on the command line, as faults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sretool.incident.sandbox.faultfile import share_of
from sretool.incident.sandbox.faults import Fault
from sretool.model.duration import Duration


@dataclass(frozen=True, slots=True)
class Drill:
    """The options of a drill as they were written; `lasting` is how long what they ask for goes on."""

    fail_share: str | None = None
    are_replies_lost: bool = False
    is_rate_limited: bool = False
    late_by_seconds: Decimal = Decimal(0)
    lasting: str | None = None
    seed: int = 0

    def faults(self, now: datetime) -> tuple[Fault, ...]:
        """Failures come first: a share of the requests can fail and the replies to the others be lost.

        Raises ValueError with a sentence that says which option is wrong.
        """
        until = None if self.lasting is None else now + timedelta(milliseconds=self._lasting_ms(self.lasting))
        asked: list[Fault] = []
        if self.fail_share is not None:
            asked.append(Fault("5xx", share=share_of(self.fail_share), seed=self.seed, until=until))
        if self.is_rate_limited:
            asked.append(Fault("429", until=until))
        if self.are_replies_lost:
            asked.append(Fault("lost", until=until))
        if self.late_by_seconds:
            asked.append(Fault("slow", seconds=self.late_by_seconds, until=until))
        if until is not None and not asked:
            raise ValueError("--for says how long a fault lasts, and none is asked for: add --fail-share or another")
        return tuple(asked)

    def _lasting_ms(self, text: str) -> int:
        try:
            return Duration.parse(text).milliseconds
        except ValueError as error:
            raise ValueError(f"--for: {error}") from error
