"""Comparing usage as a whole: the ledger's rollups with the recount's cells, both at one journal position."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from sretool.billing.recount import theirs
from sretool.billing.recount.judge import Difference
from sretool.billing.recount.store import Store

_Extreme = tuple[tuple[int, str], int]  # instant and id of the latest (nothing where the largest counts), amount


def usage_differences(store: Store, ledger: sqlite3.Connection, sums: theirs.Sums) -> Iterator[Difference]:
    """Sums and counts by customer, meter and cut; the largest and the latest by cell; numbers of distinct values."""
    kinds = _aggregations(store)
    yield from _sums(store, sums, kinds)
    for meter, kind in sorted(kinds.items()):
        if kind in {"max", "latest"}:
            yield from _extremes(store, ledger, meter, keeps_latest=kind == "latest")
    yield from _distinct(store, ledger)


def _aggregations(store: Store) -> dict[str, str]:
    """Of every meter that was ever in force; a meter never changes its aggregation."""
    kinds: dict[str, str] = {}
    for (text,) in store.rows("SELECT body FROM catalogs ORDER BY position"):
        kinds |= {name: meter["aggregation"] for name, meter in json.loads(text)["meters"].items()}
    return kinds


def _sums(store: Store, sums: theirs.Sums, kinds: dict[str, str]) -> Iterator[Difference]:
    ours: dict[tuple[str, str, str, int], tuple[int, int]] = {}
    for tenant, customer, meter, cut_no, events, amount in store.db.execute(
        "SELECT tenant, customer, meter, cut_no, events, amount FROM cells"
    ):
        key = tenant, customer, meter, cut_no
        before = ours.get(key, (0, 0))
        ours[key] = before[0] + events, before[1] + int(amount)
    found = {key: value for key, value in sums.items() if kinds.get(key[2]) != "unique"}
    for key in sorted(ours.keys() | found.keys()):
        one, other = ours.get(key, (0, 0)), found.get(key, (0, 0))
        place = f"{key[0]}/{key[1]} meter {key[2]} cut {key[3]}"
        if one[0] != other[0]:
            yield Difference(place, "events", str(one[0]), str(other[0]))
        if one[1] != other[1] and kinds.get(key[2]) == "sum":
            yield Difference(place, "sum in 10**-12", str(one[1]), str(other[1]))


def _extremes(store: Store, ledger: sqlite3.Connection, meter: str, *, keeps_latest: bool) -> Iterator[Difference]:
    """The largest or the latest amount of each cell and cut."""
    query = "SELECT tenant, customer, cell, cut_no, amount, us, id FROM cells WHERE meter = ?"
    ours: dict[tuple[str, str, int, int], _Extreme] = {}
    for *place, amount, us, identity in store.db.execute(query, (meter,)):
        ours[place[0], place[1], place[2], place[3]] = ((us, identity) if keeps_latest else (0, "")), int(amount)
    found: dict[tuple[str, str, int, int], _Extreme] = {}
    for *place, amount, latest in theirs.cells(ledger, meter):
        key, one = (place[0], place[1], place[2], place[3]), (latest if keeps_latest else (0, ""), amount)
        found[key] = max(one, found.get(key, one))
    for key in sorted(ours.keys() | found.keys()):
        if ours.get(key) != found.get(key):
            place = f"{key[0]}/{key[1]} meter {meter} cell {key[2]} cut {key[3]}"
            yield Difference(place, "latest" if keeps_latest else "maximum", str(ours.get(key)), str(found.get(key)))


def _distinct(store: Store, ledger: sqlite3.Connection) -> Iterator[Difference]:
    query = "SELECT tenant, customer, meter, cut_no, COUNT(*) FROM distinct_values GROUP BY 1, 2, 3, 4"
    ours = {(row[0], row[1], row[2], row[3]): row[4] for row in store.rows(query)}
    found = theirs.distinct(ledger)
    for key in sorted(ours.keys() | found.keys()):
        one, other = ours.get(key, 0), found.get(key, 0)
        if one != other:
            yield Difference(f"{key[0]}/{key[1]} meter {key[2]} cut {key[3]}", "distinct values", str(one), str(other))
