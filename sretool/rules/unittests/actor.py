"""An SLO on its stage: its series for promtool, and the expressions that ask what the rules made of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from sretool.model.burn import can_fire
from sretool.model.sli import (
    CohortSli,
    CompletenessSli,
    EventsSli,
    ExprSli,
    FreshnessSli,
    LatencySli,
    Sli,
    TimeSliceSli,
)
from sretool.model.slo import Slo
from sretool.model.tiers import BurnTier
from sretool.promql.grammar import read
from sretool.promql.literal import one_of, string_literal
from sretool.promql.tree import Selector, walk
from sretool.rules.parameters import ALERT_NAME
from sretool.rules.timing import Timing
from sretool.rules.unittests.arithmetic import NotUnderstood
from sretool.rules.unittests.concrete import named_values
from sretool.rules.unittests.notation import notation
from sretool.rules.unittests.scenario import Input
from sretool.rules.unittests.sources import Phases, Source
from sretool.rules.unittests.stimulus import Stimulus, stimulus

_GROUPS_MAX = 40
_QUIET_SECONDS = 900  # Every story begins with a quarter of an hour in which all is well.

Group = Mapping[str, str]


@dataclass(frozen=True)
class Actor:
    """An SLO and the sources of its groups, of which the first fails. One without groups has one, without labels."""

    slo: Slo
    timing: Timing
    groups: tuple[tuple[Group, Stimulus], ...]

    @property
    def stimulus(self) -> Stimulus:
        return self.groups[0][1]

    # Time.

    @property
    def scrape(self) -> int:
        """Seconds."""
        return int(self.timing.scrape_interval.seconds)

    def scrapes(self, seconds: float) -> int:
        """As many as it takes to pass some seconds."""
        return math.ceil(seconds / self.scrape)

    @property
    def quiet(self) -> int:
        """Scrapes in which all is well before anything happens."""
        return self.scrapes(_QUIET_SECONDS + self.stimulus.birth_seconds)

    # What is exposed.

    def events(self, rate: int) -> Decimal:
        """Events a scrape at a rate of events a second."""
        return Decimal(rate * self.scrape)

    def inputs(
        self, phases: Phases, *, others: Phases | None = None, sources: Sequence[Source] | None = None
    ) -> tuple[Input, ...]:
        """The first group lives through `phases`, the others through theirs. `sources` replace the first one's."""
        told = [(source, phases) for source in (self.stimulus.sources if sources is None else sources)]
        told += [(source, others or phases) for _, other in self.groups[1:] for source in other.sources]
        return tuple(
            Input(source.series.metric, str(source.series), notation(source.samples(lived))) for source, lived in told
        )

    # What is asked.

    @property
    def identity(self) -> tuple[str, ...]:
        return (f"service={string_literal(self.slo.service)}", f"slo={string_literal(self.slo.name)}")

    def recorded(self, name: str) -> str:
        """A recorded series of the group that fails."""
        group = (f"{label}={string_literal(value)}" for label, value in self.groups[0][0].items())
        return f"{name}{{{', '.join((*self.identity, *group))}}}"

    def burning(self, tiers: Iterable[BurnTier], *, only_first_group: bool = False) -> str:
        """The burn alerts of some tiers that fire."""
        matchers = [
            f"alertname={string_literal(self.slo.alerting.name or ALERT_NAME)}",
            'alertstate="firing"',
            one_of("burn_tier", tuple(tier.name for tier in tiers)),
            *self.identity,
        ]
        group = self.groups[0][0] if only_first_group else {}
        return f"ALERTS{{{', '.join((*matchers, *(f'{k}={string_literal(v)}' for k, v in group.items())))}}}"

    def telling(self, alert: str, **labels: str) -> str:
        """An alert on the SLO's data that fires."""
        more = (f"{label}={string_literal(value)}" for label, value in labels.items())
        matchers = (f"alertname={string_literal(alert)}", 'alertstate="firing"', *self.identity, *more)
        return f"ALERTS{{{', '.join(matchers)}}}"

    @property
    def any_alert(self) -> str:
        """Whatever fires for the SLO."""
        return f"ALERTS{{{', '.join(('alertstate=' + string_literal('firing'), *self.identity))}}}"

    # What is promised.

    @property
    def tiers(self) -> tuple[BurnTier, ...]:
        """Those that can fire, fastest first."""
        able = (tier for tier in self.slo.alerting.tiers if can_fire(tier, self.slo.objective))
        return tuple(sorted(able, key=lambda tier: (tier.long, tier.short)))

    @property
    def pages(self) -> tuple[BurnTier, ...]:
        return tuple(tier for tier in self.tiers if tier.severity == "page")

    @property
    def tickets(self) -> tuple[BurnTier, ...]:
        return tuple(tier for tier in self.tiers if tier.severity == "ticket")


def actor(slo: Slo, timing: Timing) -> Actor:
    """Raises NotUnderstood where no sources can be made for the SLO's indicator."""
    if timing.scrape_interval.milliseconds % 1_000:
        raise NotUnderstood(f"promtool's stories need a scrape interval of whole seconds, not {timing.scrape_interval}")
    if not slo.group_by:
        return Actor(slo, timing, (({}, stimulus(slo, timing, group={})),))
    if len(slo.groups) > _GROUPS_MAX:
        raise NotUnderstood(f"it lists {len(slo.groups)} groups")
    if slo.groups:
        listed = [dict(zip(slo.group_by, values, strict=True)) for values in slo.groups]
        return Actor(slo, timing, tuple((group, stimulus(slo, timing, group=group)) for group in listed))
    # Two groups tell whether one of them is taken for the other, if that many are allowed.
    return Actor(slo, timing, tuple(islice(_made_up(slo, timing), min(2, slo.max_groups))))


def _made_up(slo: Slo, timing: Timing) -> Iterator[tuple[Group, Stimulus]]:
    first, *more = slo.group_by
    rest = {label: (*_asked_for(slo.sli, label), "one")[0] for label in more}
    refusals: list[NotUnderstood] = []
    found = False
    for value in dict.fromkeys((*_asked_for(slo.sli, first), "one", "two")):
        group = {first: value, **rest}
        try:
            made = stimulus(slo, timing, group=group)
        except NotUnderstood as refusal:
            refusals.append(refusal)
            continue
        found = True
        yield group, made
    if not found:
        raise refusals[0]


def _asked_for(sli: Sli, label: str) -> tuple[str, ...]:
    """Values of a label that the indicator names."""
    selectors = (node for text in _texts(sli) for node in walk(read(text)) if isinstance(node, Selector))
    return tuple(value for value in named_values(m for s in selectors for m in s.matchers if m.label == label) if value)


def _texts(sli: Sli) -> tuple[str, ...]:
    match sli:
        case EventsSli():
            return sli.selector, sli.total
        case LatencySli():
            return (sli.histogram,)
        case TimeSliceSli():
            return sli.left, sli.right
        case FreshnessSli():
            return (sli.watermark,)
        case CompletenessSli():
            return sli.ingested, sli.metered
        case CohortSli():
            return sli.expected, sli.missing
        case ExprSli():
            return sli.bad, sli.total
