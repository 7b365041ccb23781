"""Which request meets with which fault. The same seed and the same order of requests give the same faults."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, get_args

Kind = Literal["5xx", "5xx-committed", "429", "429-bare", "lost", "unreachable", "slow"]
Scope = Literal["all", "rest", "events"]

KINDS: tuple[Kind, ...] = get_args(Kind)
SCOPES: tuple[Scope, ...] = get_args(Scope)
_WHOLE = 1 << 64


@dataclass(frozen=True, slots=True)
class Fault:
    """A way to fail, for a share of the requests, until an instant or for good.

    `5xx` answers 500, 502, 503 or 504 and does nothing; `5xx-committed` does what was asked and says so all the same.
    `429` has the headers that say when to come back, `429-bare` neither headers nor body. `lost` does what was asked
    and drops the reply; `unreachable` drops the connection before anything is done. `slow` replies after `seconds`.
    """

    kind: Kind
    share: Decimal = Decimal(1)
    seed: int = 0
    on: Scope = "all"
    until: datetime | None = None
    seconds: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"a share lies between 0 and 1, not {self.share}")
        if not 0 <= self.seconds <= 3_600:
            raise ValueError(f"a reply is late by 0 to 3600 seconds, not {self.seconds}")
        if (self.kind == "slow") != (self.seconds > 0):
            raise ValueError(f"the fault slow, and no other, needs seconds above 0; {self.kind} has {self.seconds}")

    def draws(self, number: int) -> int:
        """A number of 64 bits that is the same whenever the same request of the same seed asks."""
        return int.from_bytes(hashlib.sha256(f"{self.seed}/{self.kind}/{number}".encode()).digest()[:8])

    def strikes(self, number: int, *, is_event: bool, now: datetime) -> bool:
        """Whether the request with this number, counted from 0 since the faults were set, meets with it."""
        in_time = self.until is None or now < self.until
        in_scope = self.on == "all" or (self.on == "events") == is_event
        return in_time and in_scope and self.draws(number) < self.share * _WHOLE


def striking(faults: Sequence[Fault], number: int, *, is_event: bool, now: datetime) -> Fault | None:
    """The first fault of the list that the request meets with."""
    return next((one for one in faults if one.strikes(number, is_event=is_event, now=now)), None)
