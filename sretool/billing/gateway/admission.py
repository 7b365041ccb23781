"""How much is let in: events a second of each tenant, bytes of all of them together, and batches that have faults."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

BURST_SECONDS = 2.0
BYTES_IN_FLIGHT_MAX = 64 * 2**20
FAULTY_MAX = 16
FAULTY_A_TENANT_MAX = 4


@dataclass(slots=True)
class _Bucket:
    rate: float
    tokens: float
    filled_at: float


@dataclass(slots=True)
class Throttle:
    """A token bucket a tenant, which holds two seconds of its contracted rate."""

    monotonic: Callable[[], float] = time.monotonic
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def contract(self, rates: Mapping[str, float]) -> None:
        """Take the rates of a catalogue; what a tenant has left stays as it is."""
        now = self.monotonic()
        before, self._buckets = self._buckets, {}
        for tenant, rate in rates.items():
            old = before.get(tenant)
            # A batch of a hundred has to fit at any rate.
            full = max(rate * BURST_SECONDS, 100.0)
            self._buckets[tenant] = _Bucket(rate, min(old.tokens, full) if old else full, old.filled_at if old else now)

    def seconds_until(self, tenant: str, events: int) -> int:
        """0 when the tenant may send these events now, and has then; else in how many whole seconds it may."""
        bucket = self._buckets.get(tenant)
        if bucket is None:
            return 1
        now = self.monotonic()
        full = max(bucket.rate * BURST_SECONDS, 100.0)
        bucket.tokens = min(full, bucket.tokens + (now - bucket.filled_at) * bucket.rate)
        bucket.filled_at = now
        if bucket.tokens >= events:
            bucket.tokens -= events
            return 0
        return max(1, math.ceil((events - bucket.tokens) / bucket.rate)) if bucket.rate > 0 else 3600


@dataclass(slots=True)
class BytesInFlight:
    """Bytes of bodies that are being read or written, all connections together."""

    maximum: int = BYTES_IN_FLIGHT_MAX
    now: int = 0

    def take(self, size: int) -> bool:
        """Whether there is room; what was taken has to be given back."""
        if self.now + size > self.maximum:
            return False
        self.now += size
        return True

    def give_back(self, size: int) -> None:
        self.now -= size


@dataclass(slots=True)
class FaultyBatches:
    """Batches whose faults are being looked for, or wait for it: so few a tenant that others find room."""

    maximum: int = FAULTY_MAX
    maximum_a_tenant: int = FAULTY_A_TENANT_MAX
    _now: Counter[str] = field(default_factory=Counter)

    def take(self, tenant: str) -> bool:
        """Whether there was room for one more; what was taken has to be given back."""
        if self.is_full(tenant):
            return False
        self._now[tenant] += 1
        return True

    def is_full(self, tenant: str) -> bool:
        return self._now[tenant] >= self.maximum_a_tenant or self._now.total() >= self.maximum

    def give_back(self, tenant: str) -> None:
        self._now[tenant] -= 1


def is_json(content_type: bytes) -> bool:
    """Whether that is what JSON in UTF-8 is called; any other parameter than a charset says nothing about it."""
    kind, *parameters = content_type.lower().split(b";")
    if kind.strip() != b"application/json":
        return False
    said = [parameter.partition(b"=") for parameter in parameters]
    return all(value.strip().strip(b'"') == b"utf-8" for name, _, value in said if name.strip() == b"charset")
