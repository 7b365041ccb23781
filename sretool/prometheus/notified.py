"""What an Alertmanager answers, as values: alerts with who keeps them quiet, and silences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sretool.prometheus.answers import Labels


@dataclass(frozen=True, slots=True)
class NotifiedAlert:
    """An alert that is firing, as the Alertmanager holds it: one that is silenced or inhibited tells nobody.

    `silenced_by` are ids of silences, `inhibited_by` fingerprints of other alerts.
    """

    labels: Labels
    annotations: Labels
    started_at_utc: datetime
    fingerprint: str
    receivers: tuple[str, ...]
    silenced_by: tuple[str, ...]
    inhibited_by: tuple[str, ...]

    @property
    def is_quiet(self) -> bool:
        return bool(self.silenced_by or self.inhibited_by)


@dataclass(frozen=True, slots=True)
class Matcher:
    """What a silence wants of a label; with `is_equal` False, what it must not be."""

    name: str
    value: str
    is_regex: bool
    is_equal: bool

    def __str__(self) -> str:
        operator = {(False, True): "=", (False, False): "!=", (True, True): "=~", (True, False): "!~"}
        return f'{self.name}{operator[self.is_regex, self.is_equal]}"{self.value}"'


@dataclass(frozen=True, slots=True)
class Silence:
    """`state` is active, pending or expired."""

    id: str
    state: str
    matchers: tuple[Matcher, ...]
    starts_at_utc: datetime
    ends_at_utc: datetime
    created_by: str
    comment: str


def alerts(answer: Iterable[Mapping[str, Any]]) -> tuple[NotifiedAlert, ...]:
    """Of /api/v2/alerts. Raises KeyError, TypeError or ValueError."""
    return tuple(
        NotifiedAlert(
            labels=one["labels"],
            annotations=one.get("annotations") or {},
            started_at_utc=_moment(one["startsAt"]),
            fingerprint=one["fingerprint"],
            receivers=tuple(receiver["name"] for receiver in one["receivers"]),
            silenced_by=tuple(one["status"]["silencedBy"]),
            inhibited_by=tuple(one["status"]["inhibitedBy"]),
        )
        for one in answer
    )


def silences(answer: Iterable[Mapping[str, Any]]) -> tuple[Silence, ...]:
    """Of /api/v2/silences. Raises KeyError, TypeError or ValueError."""
    return tuple(
        Silence(
            id=one["id"],
            state=one["status"]["state"],
            # Alertmanager before 0.22 knew equality only, and does not tell it.
            matchers=tuple(
                Matcher(each["name"], each["value"], each["isRegex"], each.get("isEqual", True))
                for each in one["matchers"]
            ),
            starts_at_utc=_moment(one["startsAt"]),
            ends_at_utc=_moment(one["endsAt"]),
            created_by=one["createdBy"],
            comment=one["comment"],
        )
        for one in answer
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment
