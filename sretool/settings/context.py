"""What the readers of specifications must know beside the specifications."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sretool.model.duration import MINUTE, Duration
from sretool.promql.release import OLDEST, Version


@dataclass(frozen=True, slots=True)
class SpecContext:
    """`teams` are the owners that catalog.yaml knows; None where there is no catalogue, and anyone may own.

    `target_version` is the oldest Prometheus that has to understand the rules. `has_page` tells of a runbook's path
    whether the repository has such a file; None where nobody can tell.
    """

    scrape_interval: Duration = MINUTE
    teams: frozenset[str] | None = None
    target_version: Version = OLDEST
    has_page: Callable[[str], bool] | None = field(default=None, compare=False)
