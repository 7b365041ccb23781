"""What a check is: which code it reports, of what, and what it must know beside that; and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from sretool.model.duration import Duration
from sretool.promql.release import Version
from sretool.yamltext.codes import CODES, Level
from sretool.yamltext.source import Spot

if TYPE_CHECKING:
    from sretool.lint.rulefile import Rule

Need = Literal["scrape_interval", "target_version", "has_page", "generated", "promises"]
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is wrong at a place. `level` is only given where it is not that of the code."""

    at: Spot
    message: str
    remedy: str
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What checks may know beside their subject. What is None is not known, and who needs it is not run.

    `recorded` are the recording rules of all files by name. `has_page` tells of a runbook, a path or a URL, whether the
    repository has it; True for pages of others. `generated` are the texts that a service's rule file may have.
    `owners` are the teams and people of the catalogue, `incidents` the ids of the incident ledger, `promises` the full
    names of SLOs and invariants.
    """

    scrape_interval: Duration | None = None
    target_version: Version | None = None
    has_page: Callable[[str], bool] | None = None
    generated: Mapping[str, tuple[str, ...]] | None = None
    owners: frozenset[str] | None = None
    incidents: frozenset[str] | None = None
    promises: frozenset[str] | None = None
    recorded: Mapping[str, Sequence[Rule]] = field(default_factory=dict)
    _looked_at: dict[tuple[str, Callable[[Rule], bool]], Rule | None] = field(default_factory=dict, repr=False)

    def first_recorded(self, name: str, holds: Callable[[Rule], bool]) -> Rule | None:
        """The first rule that records a name and of which something holds. Each name is looked at once."""
        key = (name, holds)
        if key not in self._looked_at:
            self._looked_at[key] = next((rule for rule in self.recorded.get(name, ()) if holds(rule)), None)
        return self._looked_at[key]

    def have(self, needs: Iterable[Need]) -> bool:
        return all(getattr(self, need) is not None for need in needs)


@dataclass(frozen=True, slots=True)
class Check(Generic[S]):
    """Its name, level and title are those of its code in the table of codes."""

    code: str
    of: type[S]
    find: Callable[[S, Facts], Iterable[Flaw]]
    needs: tuple[Need, ...] = ()

    @property
    def name(self) -> str:
        return CODES[self.code].slug

    @property
    def level(self) -> Level:
        return CODES[self.code].level
