"""How many events of each type the rollups hold, to be held against how many different ones there were.

A meter's rollups count the events that it took. A meter without a filter takes every event of its type, so that its
count is the number of different ids, less what quarantine holds; no meter may have more.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sretool.billing.ledger import LedgerReader


@dataclass(slots=True)
class Comparison:
    """Events, the worst meter of each tenant and event type."""

    counted: int = 0
    twice: int = 0
    missing: int = 0
    twice_examples: list[str] = field(default_factory=list)
    missing_examples: list[str] = field(default_factory=list)
    tenants: set[str] = field(default_factory=set)  # of whom anything was compared


@dataclass(frozen=True, slots=True)
class Counted:
    """The rollups of one instant, when the journal was applied up to `applied`."""

    applied: int
    by_meter: Mapping[tuple[str, str], int]  # tenant and meter
    event_types: Mapping[str, str]  # of meters that counted something
    whole: frozenset[str]  # meters that have taken every event of their type since the journal began
    held: Mapping[str, int]  # events that quarantine keeps out, by tenant

    def compare(self, distinct: Mapping[tuple[str, str], int], *, without: Container[str]) -> Comparison:
        """`distinct` is how many different events of a tenant and type there were up to `applied`."""
        found = Comparison()
        for (tenant, event_type), expected in sorted(distinct.items()):
            meters = [meter for meter, kind in self.event_types.items() if kind == event_type]
            if tenant in without or not meters:
                continue
            found.tenants.add(tenant)
            counts = {meter: self.by_meter.get((tenant, meter), 0) for meter in meters}
            most = max(counts, key=lambda meter: counts[meter])
            found.counted += min(counts[most], expected)
            if counts[most] > expected:
                found.twice += counts[most] - expected
                found.twice_examples.append(f"{tenant} {most}: {counts[most]} counted of {expected}")
            least = min((counts[meter] for meter in meters if meter in self.whole), default=expected)
            lacking = expected - least - self.held.get(tenant, 0)
            if lacking > 0:
                found.missing += lacking
                found.missing_examples.append(f"{tenant} {event_type}: {least} counted of {expected}")
        return found


def read_counted(path: Path) -> Counted | None:
    """The rollups as they stand; None while there is no ledger."""
    reader = LedgerReader.open_if_made(path)
    if reader is None:
        return None
    with closing(reader):
        totals = reader.event_totals()
    catalogs = [json.loads(body)["catalog"] for body in totals.catalogs]
    types = {name: meter["event_type"] for catalog in catalogs for name, meter in catalog["meters"].items()}
    return Counted(totals.applied, Counter(totals.by_meter), types, _whole(catalogs), totals.kept_out)


def _whole(catalogs: list[dict[str, Any]]) -> frozenset[str]:
    """Meters without a filter, the same in every version of the catalogue."""
    if not catalogs:
        return frozenset()
    first, *later = (catalog["meters"] for catalog in catalogs)
    return frozenset(
        name
        for name, meter in first.items()
        if not meter.get("filter") and all(catalog.get(name) == meter for catalog in later)
    )
