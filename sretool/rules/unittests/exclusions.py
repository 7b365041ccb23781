"""Time that does not count, seen from promtool's clock, which begins on Thursday 1 January 1970 at midnight UTC."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sretool import clock
from sretool.model.period import WEEK_SECONDS, WeeklySchedule
from sretool.model.slo import Slo
from sretool.promql import names
from sretool.rules.calendar import FIRST_YEAR, LAST_YEAR
from sretool.rules.unittests.actor import Actor
from sretool.rules.unittests.claims import equals, exceeds, has_none, up_to_step, was_silent
from sretool.rules.unittests.reckoning import rate_of, well
from sretool.rules.unittests.scenario import LeftOut, Scenario, Told
from sretool.rules.unittests.sources import Phase

_HOUR = 3_600
_REACH = 20 * _HOUR
_THURSDAY = 3 * 86_400  # In seconds of a week that begins on Monday.
_NONE, _ALL = Decimal(0), Decimal(1)


def second_of_week(zone: str, second: int) -> int:
    """The local second of the week (Monday 00:00 is 0) at a second of promtool's time, as the rules reckon it."""
    offset, _ = clock.offsets(zone, first_year=FIRST_YEAR, last_year=LAST_YEAR)
    return (second + offset + _THURSDAY) % WEEK_SECONDS


def disturbs(slo: Slo, end: int) -> bool:
    """Whether anything is excluded between promtool's beginning and `end`."""
    return any(begins <= end for begins, _ in _excluded(slo))


def maintenance(actor: Actor) -> Told:
    """Everything fails while it does not count."""
    title = "a fault within an exclusion is no alert and costs no budget"
    if not actor.slo.exclusions:
        return None
    quiet = actor.quiet * actor.scrape
    reached = sorted((begins, ends) for begins, ends in _excluded(actor.slo) if quiet <= begins < ends <= _REACH)
    if not reached or disturbs(actor.slo, reached[0][0] - 1):
        return LeftOut(title, actor.slo.name, "none begins and ends within 20 hours of promtool's 1 January 1970")
    begins, ends = reached[0]
    rate = actor.events(rate_of(actor))
    before, lasting = actor.scrapes(begins), (ends - begins) // actor.scrape
    phases = (Phase(before, rate), Phase(lasting, rate, _ALL), Phase(actor.scrapes(2 * _HOUR), rate))
    inside, at = up_to_step((begins + ends) / 2, "slow"), up_to_step(ends + _HOUR, "slow")
    expected = (
        equals("it is excluded", f"max({names.EXCLUDED}{{{', '.join(actor.identity)}}})", inside, _ALL),
        has_none("nothing counts", actor.recorded(names.BAD_NET), inside),
        was_silent(
            "no alert, neither within nor after",
            actor.any_alert,
            at,
            since=at - (ends - begins) - _HOUR - 300,
        ),
        equals("no budget is spent", actor.recorded(names.PERIOD_BAD), at, _NONE),
        exceeds("the gross figure tells it", actor.recorded(names.PERIOD_BAD_GROSS), at, _NONE),
    )
    return Scenario(title, actor.slo.name, "slow", actor.inputs(phases, others=well(phases)), expected)


def _excluded(slo: Slo) -> Iterator[tuple[int, int]]:
    """What weekly exclusions take out of promtool's first week, as seconds. Those of one date lie beyond its reach."""
    for exclusion in slo.exclusions:
        if isinstance(exclusion.when, WeeklySchedule):
            now = second_of_week(exclusion.when.zone, 0)
            for span in exclusion.when.spans:
                begins = (span.start_second - now) % WEEK_SECONDS
                yield begins, begins + span.length_seconds
                if begins + span.length_seconds > WEEK_SECONDS:  # It has begun in the week before.
                    yield 0, begins + span.length_seconds - WEEK_SECONDS
