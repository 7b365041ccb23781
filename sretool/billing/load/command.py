"""From what somebody asks of a load to what is run: whose keys, which month, which rates, where the manifest goes."""

from __future__ import annotations

import calendar
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sretool import clock
from sretool.billing.catalog.starter import LOAD_PREFIX
from sretool.billing.keys import Client
from sretool.billing.load.figures import Figures
from sretool.billing.load.generator import Plan, Progress, run
from sretool.billing.load.traffic import DAY_US, Source, Traffic
from sretool.billing.manifest import SUFFIX, ManifestWriter, run_name

_OLDEST_US = 33 * DAY_US + DAY_US // 2  # what the service takes, less the time that a load may run
_P99_SECONDS_MAX = 0.05
_LACKING_MAX = 0.02


class WrongLoad(ValueError):
    """What was asked for cannot be sent. The text has the remedy."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a command ran: one step a rate."""

    run: str
    manifest: Path
    steps: tuple[Figures, ...]

    @property
    def capacity(self) -> float | None:
        """The highest rate that was kept, with a p99 of at most 50 ms; None where none was."""
        kept = [step.asked_events_per_second for step in self.steps if _is_kept(step)]
        return max((rate for rate in kept if rate is not None), default=None)


def _is_kept(step: Figures) -> bool:
    asked = step.asked_events_per_second
    if asked is None or not step.ack_seconds:
        return False
    lacking = 1 - step.acknowledged_per_second / asked
    return step.failed_events == 0 and lacking <= _LACKING_MAX and step.ack_seconds[99.0] <= _P99_SECONDS_MAX


def run_load(
    plans: Sequence[Plan], clients: Sequence[Client], traffic: Traffic, *, root: Path, progress: Progress | None = None
) -> Loaded:
    """Run each plan in turn under one manifest. Raises Unreachable, OSError."""
    name = run_name("load", now_us=clock.now_us(), salt=secrets.randbits(16))
    source = Source(clients, traffic, run=name, now_us=clock.now_us)
    with ManifestWriter(root / "manifests" / f"{name}{SUFFIX}", name) as manifest:
        steps = tuple(run(plan, source, manifest, progress=progress) for plan in plans)
        return Loaded(name, manifest.path, steps)


def load_tenants(clients: dict[str, Client], count: int | None) -> list[Client]:
    """The tenants that are there for load, the first so many of them. Raises WrongLoad."""
    found = [client for name, client in sorted(clients.items()) if name.startswith(LOAD_PREFIX)]
    if not found:
        raise WrongLoad(f"the keys file has no tenant that begins with {LOAD_PREFIX}: use the one that init wrote")
    if count is not None and count > len(found):
        raise WrongLoad(f"the keys file has {len(found)} tenants for load, not {count}: say --tenants {len(found)}")
    return found[:count]


def month_us(month: str, *, now_us: int) -> tuple[int, int]:
    """The part of a month in UTC that the service still takes events of. `last` is the one before this.

    Raises WrongLoad.
    """
    now = datetime.fromtimestamp(now_us // 1_000_000, UTC)
    if month == "last":
        year, number = (now.year, now.month - 1) if now.month > 1 else (now.year - 1, 12)
    else:
        found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", month)
        if not found:
            raise WrongLoad(f"{month!r} is not a month: write {now:%Y-%m}, or last")
        year, number = int(found[1]), int(found[2])
    start_us = calendar.timegm((year, number, 1, 0, 0, 0)) * 1_000_000
    end_us = start_us + calendar.monthrange(year, number)[1] * DAY_US
    start_us, end_us = max(start_us, now_us - _OLDEST_US), min(end_us, now_us)
    if start_us >= end_us:
        raise WrongLoad(f"no instant of {year}-{number:02d} is within the last 34 days: say --event-time last")
    return start_us, end_us


def sweep_plans(sweep: str, plan: Plan) -> list[Plan]:
    """A plan a rate of LOW:HIGH:STEP. Raises WrongLoad."""
    found = re.fullmatch(r"(\d+):(\d+):(\d+)", sweep)
    low, high, step = (int(number) for number in found.groups()) if found else (0, 0, 0)
    if not 0 < low <= high or step < 1:
        raise WrongLoad(f"{sweep!r} is not a sweep: write LOW:HIGH:STEP in events a second, such as 50000:300000:50000")
    return [replace(plan, rate=float(rate)) for rate in range(low, high + 1, step)]
