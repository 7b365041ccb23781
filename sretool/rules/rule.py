"""Rules as values: what Prometheus' rule files hold, before it is text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sretool.model.duration import Duration
from sretool.model.slo import Labels


class RecordingRule(NamedTuple):
    """A named tuple: tens of thousands are made, and it costs a quarter of a frozen dataclass."""

    record: str
    expr: str
    labels: Labels = ()


@dataclass(frozen=True, slots=True)
class AlertRule:
    """`hold` is Prometheus' `for`; `keep_firing` its `keep_firing_for`. None leaves the key out."""

    alert: str
    expr: str
    labels: Labels = ()
    annotations: Labels = ()
    hold: Duration | None = None
    keep_firing: Duration | None = None


Rule = RecordingRule | AlertRule


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules evaluated in order, every `interval`. `limit` bounds the series of each rule; None leaves it unbounded."""

    name: str
    purpose: str
    interval: Duration
    rules: tuple[Rule, ...]
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class RuleFile:
    """All rules of one service."""

    service: str
    groups: tuple[RuleGroup, ...]
