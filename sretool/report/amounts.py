"""Money of the week, from the counters of the billing service: exact growth, per currency, in minor units.

`facts_of_money` asks (an edge); `money` makes amounts of it, which nothing here rounds or converts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from sretool.burn.batching import HEAVY_AT_ONCE, Asking
from sretool.burn.counters import Counted, growth
from sretool.money import Amount, UnknownCurrency
from sretool.report.facts import Asked, Missing, MoneyFigures
from sretool.report.values import CurrencyWeek, Money

_CURRENCY: Final = "currency"
_GROWING: Final = {
    "billed": ("billing_billed_amount_minor_units_total", _CURRENCY),
    "voided": ("billing_voided_amount_minor_units_total", _CURRENCY),
    "mis_billed": ("billing_invoice_recheck_delta_minor_units_total", _CURRENCY),
    "due": ("billing_invoices_due_total", "outcome"),
    "rechecked": ("billing_invoice_recheck_total", "result"),
}
_CALLED: Final = {
    "billed": "billed",
    "voided": "voided",
    "mis_billed": "mis-billed",
    "due": "invoices due",
    "rechecked": "invoices held against their recount",
}
_LATE: Final = "billing_late_unbilled_amount_minor_units"
_NOTHING: Final = Missing("the server has no amounts of a billing service: no billing_billed_amount_minor_units_total")


def facts_of_money(asking: Asking, asked: Asked) -> MoneyFigures | Missing:
    """Raises NoAnswer."""
    seconds = asked.week.span.seconds
    expressions = [
        *(growth(Counted(name, name, (label,)), seconds=seconds) for name, label in _GROWING.values()),
        f"sum by ({_CURRENCY}) ({_LATE})",
        f"sum by ({_CURRENCY}) ({_LATE} offset {seconds}s)",
    ]
    rows = asking.instant(expressions, at_once=HEAVY_AT_ONCE)
    labels = [*(label for _, label in _GROWING.values()), _CURRENCY, _CURRENCY]
    by_label = [
        {row_labels.get(label, ""): value for row_labels, value in found}
        for found, label in zip(rows, labels, strict=True)
    ]
    if not any(by_label):
        return _NOTHING
    return MoneyFigures(**dict(zip((*_GROWING, "late", "late_before"), by_label, strict=True)))


def money(figures: MoneyFigures) -> Money:
    """Of each currency what is known of it."""
    sides = (figures.billed, figures.voided, figures.mis_billed, figures.late)
    currencies = sorted({currency for side in sides for currency in side})
    known = [one for one in currencies if _is_currency(one)]
    return Money(
        currencies=tuple(_currency(one, figures) for one in known),
        invoices_on_time=_whole(figures.due.get("on_time")),
        invoices_missed=_whole(figures.due.get("missed")),
        rechecked_match=_whole(figures.rechecked.get("match")),
        rechecked_mismatch=_whole(figures.rechecked.get("mismatch")),
        notes=tuple(_notes(figures, {*currencies} - {*known})),
    )


def _currency(currency: str, figures: MoneyFigures) -> CurrencyWeek:
    def amount(side: Mapping[str, Decimal]) -> Amount | None:
        minor = _whole(side.get(currency))
        return None if minor is None else Amount(minor, currency)

    return CurrencyWeek(
        currency,
        billed=amount(figures.billed),
        voided=amount(figures.voided),
        late_unbilled=amount(figures.late),
        late_unbilled_before=amount(figures.late_before),
        mis_billed=amount(figures.mis_billed),
    )


def _notes(figures: MoneyFigures, unknown: Iterable[str]) -> Iterable[str]:
    for currency in sorted(unknown):
        yield f"{currency or 'an amount without a currency'} is the code of no currency, and not shown"
    for name, called in _CALLED.items():
        for label, value in sorted(getattr(figures, name).items()):
            if value.is_finite() and value != value.to_integral_value():
                yield (
                    f"{called}, {label}: not known. Its counter was reset within the week, and {value:,.1f} is what "
                    "the server makes of that"
                )


def _whole(value: Decimal | None) -> int | None:
    """A growth that the server had to guess is no amount."""
    if value is None or not value.is_finite() or value != value.to_integral_value():
        return None
    return int(value)


def _is_currency(code: str) -> bool:
    try:
        Amount(0, code)
    except UnknownCurrency:
        return False
    return True
