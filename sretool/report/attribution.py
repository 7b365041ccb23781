"""Which incident spent what of a budget. The parts sum to the whole, always and exactly.

Recorded series say when events failed, in tiles of five minutes; counters say how many failed in all. So the whole is
spread over the tiles as they have it, and what failed in a tile goes to the incidents that went on during it, pro rata
to the time that each of them lasted in it. What fails while no incident goes on is nobody's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

_NONE: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class Tiles:
    """Bad events of one SLO or group, in equal steps from `start` on; whole numbers of whatever unit."""

    start: int
    step_seconds: float
    bad: Sequence[int]


@dataclass(frozen=True, slots=True)
class Claim:
    """An incident went on from one Unix time up to another."""

    incident_id: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """By incident, in the order of claims; together with `unattributed` they are the whole."""

    by_incident: Mapping[str, Fraction]
    unattributed: Fraction


def attributed(whole: Fraction, tiles: Tiles, claims: Sequence[Claim]) -> Attribution:
    """Whose the whole was. Several claims of one incident are added up, where they overlap too."""
    weights = dict.fromkeys((claim.incident_id for claim in claims), _NONE)
    by_tile: dict[int, list[Claim]] = {}
    for claim in claims:
        for number in _touched(tiles, claim):
            if tiles.bad[number]:
                by_tile.setdefault(number, []).append(claim)
    for number, some in by_tile.items():
        for incident_id, share in _shares(tiles, number, some).items():
            weights[incident_id] += tiles.bad[number] * share
    total = sum(tiles.bad)
    parts = {incident_id: whole * weight / total if total else _NONE for incident_id, weight in weights.items()}
    return Attribution(parts, whole - sum(parts.values(), _NONE))


def apportioned(parts: Sequence[Fraction], whole: int) -> list[int]:
    """Whole numbers in the proportion of the parts, which sum to `whole`: the largest remainders are rounded up.

    A. Hamilton's method, 1792. Without anything in the parts, all is given to the last.
    """
    total = sum(parts, _NONE)
    if not total:
        return [0] * (len(parts) - 1) + [whole]
    exact = [part * whole / total for part in parts]
    found = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda place: (found[place] - exact[place], place))
    for place in by_remainder[: whole - sum(found)]:
        found[place] += 1
    return found


def _touched(tiles: Tiles, claim: Claim) -> range:
    first = max(0, int((claim.start - tiles.start) // tiles.step_seconds))
    end = min(len(tiles.bad), -int((tiles.start - claim.end) // tiles.step_seconds))
    return range(first, end)


def _shares(tiles: Tiles, number: int, claims: Sequence[Claim]) -> dict[str, Fraction]:
    """Of one tile, which all of the claims touch."""
    start = tiles.start + number * tiles.step_seconds
    lasted: dict[str, Fraction] = {}
    for claim in claims:
        overlap = Fraction(min(claim.end, start + tiles.step_seconds)) - Fraction(max(claim.start, start))
        if overlap > 0:
            lasted[claim.incident_id] = lasted.get(claim.incident_id, _NONE) + overlap
    together = sum(lasted.values(), _NONE)
    return {incident_id: overlap / together for incident_id, overlap in lasted.items()}
