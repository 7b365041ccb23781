"""Every metric and label that our rules write. A reader of recorded series takes its names from here."""

from __future__ import annotations

from sretool.model.duration import Duration

# Labels that say whose a series is. A grouped SLO adds its group_by labels, and nothing else does.
SERVICE = "service"
SLO = "slo"
# Labels of parameters and alerts.
OWNER = "owner"
CRITICALITY = "criticality"
SEVERITY = "severity"
BURN_TIER = "burn_tier"
ALERT = "alert"  # On thresholds: whose rules read them, ErrorBudgetBurn or service/slo.
PERIOD = "period"
RUNBOOK = "runbook"
ZONE = "zone"
STATE = "state"
INVARIANT = "invariant"
TIME_SCALE = "time_scale"
USER_LABEL_PREFIX = "label_"

# The two series of an SLO, in events a second, and what is left of them when exclusions are taken out.
BAD = "slo:bad_events:rate"
ALL = "slo:all_events:rate"
BAD_NET = "slo:bad_events:net_rate"
ALL_NET = "slo:all_events:net_rate"
MISSING = "slo:missing_events:count"  # Completeness from two counters: what is ingested, due and not metered.

# Parameters: what the specification says, as series.
INFO = "slo:info"
GROUP_EXPECTED = "slo:group_expected:info"
OBJECTIVE = "slo:objective:ratio"
ERROR_BUDGET = "slo:error_budget:ratio"
PERIOD_LENGTH = "slo:period_length:seconds"
THRESHOLD = "slo:tier_threshold:ratio"
MIN_BAD_EVENTS = "slo:tier_min_bad_events:count"
MIN_EVENTS = "slo:tier_min_events:count"
ZONE_OFFSET = "slo:zone_offset:seconds"
EXCLUDED = "slo:excluded:bool"

# What the budget's period has seen. "gross" counts excluded time too.
PERIOD_BAD = "slo:period_bad_events:sum"
PERIOD_ALL = "slo:period_all_events:sum"
PERIOD_ERROR = "slo:period_error:ratio"
PERIOD_COVERAGE = "slo:period_coverage:ratio"
PERIOD_SPENT = "slo:period_budget_spent:ratio"
PERIOD_REMAINING = "slo:period_budget_remaining:ratio"
PERIOD_BAD_GROSS = "slo:period_bad_events:gross_sum"
PERIOD_ALL_GROSS = "slo:period_all_events:gross_sum"
PERIOD_ERROR_GROSS = "slo:period_error:gross_ratio"
EVER_SEEN = "slo:ever_seen:bool"

_SELDOM = ":seldom"


def error_ratio(window: Duration) -> str:
    return f"slo:error:ratio{window.readable}"


def coverage(window: Duration) -> str:
    """How much of a window has been seen, at most 1."""
    return f"slo:coverage:ratio{window.readable}"


def bad_events(window: Duration) -> str:
    return f"slo:bad_events:sum{window.readable}"


def all_events(window: Duration) -> str:
    return f"slo:all_events:sum{window.readable}"


def bad_tile(tile: Duration) -> str:
    """Counts of half or quarter hours, which periods are made of."""
    return f"slo:bad_events:tile{tile.readable}"


def all_tile(tile: Duration) -> str:
    return f"slo:all_events:tile{tile.readable}"


def bad_tile_gross(tile: Duration) -> str:
    return f"slo:bad_events:gross_tile{tile.readable}"


def all_tile_gross(tile: Duration) -> str:
    return f"slo:all_events:gross_tile{tile.readable}"


def seldom(name: str) -> str:
    """What is evaluated too seldom to be read as it is; a rule of the plain name repeats its last value."""
    return f"{name}{_SELDOM}"


def is_seldom(name: str) -> bool:
    return name.endswith(_SELDOM)
