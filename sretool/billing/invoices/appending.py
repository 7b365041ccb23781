"""Putting a cut into the journal: the one place for the biller, which does so as time passes, and for who moves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sretool.billing.faults import fail_point
from sretool.billing.invoices.controls import Cut, cut_body
from sretool.billing.journal.record import Kind

T = TypeVar("T")


def append_cut(append: Callable[[Kind, Mapping[str, Any]], T], cut: Cut) -> T:
    """Append a cut; what `append` returns."""
    fail_point("biller.before_cut")
    appended = append(Kind.CUT, cut_body(cut))
    fail_point("biller.after_cut")
    return appended
