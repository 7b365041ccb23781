"""What a reader hands over: the part of a service that one document describes, and where it says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from sretool.model.slo import Invariant, Labels, Slo, Traffic
from sretool.yamltext.source import Spot

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stated(Generic[T]):
    """A value and the text that states it, which is where to point when it clashes with another."""

    value: T
    at: Spot


@dataclass(frozen=True, slots=True)
class ServicePart:
    """What one document says of one service. None and empty values were not given.

    `broken` are the names of SLOs that have mistakes of their own, so that nobody else takes them.

    SLOs and invariants carry the service's name and the part's owner and criticality already, where they give none of
    their own. Their spots are those of their names. `labels` of an SLO are sorted by name.
    """

    name: str
    at: Spot
    owner: Stated[str] | None = None
    criticality: Stated[int] | None = None
    targets: Stated[Labels] | None = None
    traffic: Stated[Traffic] | None = None
    slos: tuple[Stated[Slo], ...] = ()
    broken: tuple[Stated[str], ...] = ()
    invariants: tuple[Stated[Invariant], ...] = ()
