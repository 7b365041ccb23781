"""Quantities of meters in a period, as of a cut, from what the ledger says of a thousand customers at a time."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Protocol

from sretool.billing.catalog.values import Meter
from sretool.billing.ledger.protocol import Aggregation, CustomerKey, LedgerQueries
from sretool.billing.quantity import units

__all__ = ["CustomerKey", "LedgerUsage", "Quantities", "UsageSource"]

Quantities = Mapping[str, Fraction]  # by meter; one that is not there had no usage


class UsageSource(Protocol):
    """What invoices need to know of usage. Cut numbers are those of the last cut before the events."""

    def between(
        self,
        first: CustomerKey,
        last: CustomerKey,
        *,
        start_us: int,
        end_us: int,
        cut_no: int | None,
        meters: Mapping[str, Meter],
    ) -> Mapping[CustomerKey, Quantities]:
        """Of all customers from `first` to `last`, both in it, in [start_us, end_us), as of a cut or of now."""
        ...

    def late(self, *, before_us: int, after_cut_no: int, cut_no: int | None) -> Mapping[CustomerKey, tuple[int, int]]:
        """Who has usage before an instant that stands after a cut: since which instant, and the last cut before any."""
        ...


class LedgerUsage:
    """Usage as a ledger has it."""

    def __init__(self, ledger: LedgerQueries) -> None:
        self._ledger = ledger

    def between(
        self,
        first: CustomerKey,
        last: CustomerKey,
        *,
        start_us: int,
        end_us: int,
        cut_no: int | None,
        meters: Mapping[str, Meter],
    ) -> dict[CustomerKey, dict[str, Fraction]]:
        how = {meter.name: Aggregation[meter.aggregation.upper()] for meter in meters.values()}
        rows = self._ledger.quantities(first, last, start_us=start_us, end_us=end_us, upto_cut_no=cut_no, meters=how)
        found: dict[CustomerKey, dict[str, Fraction]] = {}
        for tenant, customer, meter, quantity_pico in rows:
            found.setdefault((tenant, customer), {})[meter] = units(quantity_pico)
        return found

    def late(self, *, before_us: int, after_cut_no: int, cut_no: int | None) -> dict[CustomerKey, tuple[int, int]]:
        rows = self._ledger.late_usage(before_us=before_us, after_cut_no=after_cut_no, upto_cut_no=cut_no)
        return {(tenant, customer): (since_us, number) for tenant, customer, since_us, number in rows}
