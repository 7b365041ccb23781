"""What is sent: whose events, of which customers, with which timestamps, and how often again."""

from __future__ import annotations

import bisect
import itertools
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from sretool.billing.keys import Client
from sretool.billing.manifest import batch_digits

DAY_US = 86_400_000_000
_RESENT_FROM = 4_096  # how many of the last batches may be sent again
_LATE_US = (1 * DAY_US, 33 * DAY_US)  # within what the service takes, for as long as a load may run


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a load looks like. Shares are of batches, 0 to 1."""

    batch: int = 100
    zipf: float = 1.1
    hot_share: float = 0.0  # goes to the first tenant, beside its part of the rest
    duplicate_share: float = 0.0
    late_share: float = 0.0
    event_time_us: tuple[int, int] | None = None  # instead of now
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.batch <= 100:
            raise ValueError(f"a batch has 1 to 100 events, not {self.batch}")
        for name in ("hot_share", "duplicate_share", "late_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share from 0 to 1, not {getattr(self, name)}")


class Batch(NamedTuple):
    """A batch before it is rendered. The same batch renders to the same bytes."""

    number: int
    tenant: int
    variant: int
    stamp: bytes  # RFC 3339, of all its events


class Source:
    """An endless sequence of batches for these tenants, the same for the same seed but for the clock."""

    def __init__(self, clients: Sequence[Client], traffic: Traffic, *, run: str, now_us: Callable[[], int]) -> None:
        self.clients = clients
        self.traffic = traffic
        self._now_us = now_us
        self._random = random.Random(traffic.seed)  # noqa: S311 - nothing secret comes of it
        self._numbers = itertools.count()
        self._weights = tuple(itertools.accumulate(1 / rank**traffic.zipf for rank in range(1, len(clients) + 1)))
        self._recent: deque[Batch] = deque(maxlen=_RESENT_FROM)
        self._between = f'","transaction_id":"{run}-'.encode()
        self._pieces = [_variants(client, traffic.batch, self._random) for client in clients]
        self._stamps = _Stamps()

    def next(self) -> Batch:
        """The next batch to send."""
        draw = self._random.random
        traffic = self.traffic
        if traffic.duplicate_share and self._recent and draw() < traffic.duplicate_share:
            return self._recent[int(draw() * len(self._recent))]
        tenant = self._tenant(draw)
        number = next(self._numbers)
        stamp = self._stamps.text(self._event_time_us(draw))
        batch = Batch(number, tenant, number % len(self._pieces[tenant]), stamp)
        if traffic.duplicate_share:
            self._recent.append(batch)
        return batch

    def render(self, batch: Batch) -> bytes:
        """The body of the request."""
        joint = b"".join((batch.stamp, self._between, batch_digits(batch.number).encode()))
        return joint.join(self._pieces[batch.tenant][batch.variant])

    def _tenant(self, draw: Callable[[], float]) -> int:
        if self.traffic.hot_share and draw() < self.traffic.hot_share:
            return 0
        return bisect.bisect_left(self._weights, draw() * self._weights[-1])

    def _event_time_us(self, draw: Callable[[], float]) -> int:
        now_us = self._now_us()
        if self.traffic.late_share and draw() < self.traffic.late_share:
            youngest, oldest = _LATE_US
            return now_us - youngest - int(draw() * (oldest - youngest))
        if self.traffic.event_time_us:
            start_us, end_us = self.traffic.event_time_us
            return start_us + int(draw() * (end_us - start_us))
        return now_us


class _Stamps:
    """Instants as text; the part up to the second is kept, since the next instant mostly has the same."""

    def __init__(self) -> None:
        self._second = -1
        self._text = ""

    def text(self, instant_us: int) -> bytes:
        second, us = divmod(instant_us, 1_000_000)
        if second != self._second:
            self._second = second
            self._text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return b"%s.%06dZ" % (self._text.encode(), us)


def _variants(client: Client, size: int, source: random.Random) -> list[list[bytes]]:
    """Bodies in pieces, between which instant and number go; enough of them that each customer has its turn."""
    customers = list(client.customers)
    source.shuffle(customers)
    turns = itertools.cycle(customers)
    count = max(16, -(-2 * len(customers) // size))
    return [_pieces([next(turns) for _ in range(size)], source) for _ in range(count)]


def _pieces(customers: Sequence[str], source: random.Random) -> list[bytes]:
    pieces = ['[{"timestamp":"']
    for index, customer in enumerate(customers):
        rest = f'{index:02d}","customer_id":"{customer}",{_usage(source)}}}'
        pieces.append(rest + ("]" if index == len(customers) - 1 else ',{"timestamp":"'))
    return [piece.encode() for piece in pieces]


def _usage(source: random.Random) -> str:
    """What was used, in the meters of the catalogue that `billing init` writes."""
    draw = source.random()
    if draw < 0.85:
        region = source.choice(("eu", "us", "ap"))
        size = source.randrange(1, 100_000)
        quantity = str(size) if draw < 0.6 else f'"{size}.{source.randrange(1, 1000):03d}"'
        return (
            f'"event_type":"api_call","properties":{{"bytes":{quantity},"region":"{region}",'
            f'"path":"/v1/orders/{source.randrange(10**8):08d}","status":{source.choice((200, 200, 200, 404))}}}'
        )
    if draw < 0.90:
        return f'"event_type":"login","properties":{{"user":"user-{source.randrange(500):03d}"}}'
    if draw < 0.95:
        gigabytes = f"{source.randrange(1, 5_000)}.{source.randrange(10):d}"
        return f'"event_type":"storage","properties":{{"gigabytes":"{gigabytes}"}}'
    return f'"event_type":"seats","properties":{{"seats":{source.randrange(1, 200)}}}'
