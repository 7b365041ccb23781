"""A burn above what its alerts wait for, of which none fires: in words, so that nobody overlooks it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal

from sretool.burn.evaluate import Standing
from sretool.model.burn import burn_rate
from sretool.model.tiers import BurnTier


def early(one: Standing) -> Iterable[str]:
    """The burn of a young SLO of which no alert fires yet, in one sentence, or none.

    The most urgent alert is named; where somebody is paged already, the others are no news.
    """
    if one.early and not one.pages:
        first = one.early[0]
        burns, alert = f"it burns {_burn(one, first)}x", f"the {first.severity} {first.name}"
        last = f"the last {first.long.readable}"
        if one.is_due(first):
            yield f"{burns} over what has been seen of {last}, which is enough for {alert}, and that does not fire yet"
        else:
            percent = (one.figures.coverage(first.long) * 100).quantize(Decimal(1), ROUND_FLOOR)
            seen = f"{percent}%" if percent else "less than 1%"
            yield f"{burns} by what has been seen of {last}, which is {seen} of it and too little for {alert} to fire"


def unfired(one: Standing) -> Iterable[str]:
    """The burn of an SLO of which enough has been seen, in one sentence, or none."""
    if one.unfired and not one.burning:
        first = one.unfired[0]
        yield (
            f"it burns {_burn(one, first)}x over {first.long.readable}, and no alert of {_names(one.unfired)} fires, "
            "though both windows are above the threshold: too few events were bad, or it begins to fire just now"
        )


def _burn(one: Standing, tier: BurnTier) -> Decimal:
    """Rounded down: what is a hair below a bound is not shown as the bound."""
    ratio = one.figures.windows[tier.long]
    assert isinstance(ratio, Decimal), "it is above a threshold"
    return burn_rate(ratio, one.slo.objective).quantize(Decimal("0.1"), ROUND_FLOOR)


def _names(tiers: Iterable[BurnTier]) -> str:
    return ", ".join(tier.name for tier in tiers)
