"""The words of sretool/v1: which keys may stand in which mapping. The readers and the JSON Schema share them."""

from __future__ import annotations

from typing import Final

API_VERSION: Final = "sretool/v1"

DOCUMENT: Final = (
    "apiVersion",
    "service",
    "owner",
    "criticality",
    "targets",
    "traffic",
    "labels",
    "exclusions",
    "slos",
    "invariants",
)
SLO: Final = (
    "name",
    "description",
    "objective",
    "period",
    "sli",
    "group_by",
    "groups",
    "max_groups",
    "no_data",
    "owner",
    "criticality",
    "labels",
    "runbook",
    "alerting",
    "exclusions",
)
INVARIANT: Final = ("name", "description", "zero", "runbook")

SLI: Final = ("events", "latency", "time_slice", "freshness", "completeness", "expr")
EVENTS: Final = ("bad", "good", "total")
LATENCY: Final = ("histogram", "threshold", "native")
TIME_SLICE: Final = ("expr",)
FRESHNESS: Final = ("watermark", "max_age", "shards")
COUNTERS: Final = ("ingested", "metered", "allowed_lag")
COHORTS: Final = ("expected", "missing")
COMPLETENESS: Final = (*COUNTERS, *COHORTS)
EXPR: Final = ("bad", "total")

NO_DATA: Final = ("bad", "good", "exclude")
PERIOD: Final = ("calendar", "zone")
TRAFFIC: Final = ("zone", "expected")
EXPECTED: Final = ("days", "from", "to")
ONE_OFF: Final = ("from", "to")
RECURRING: Final = ("every", "for", "zone")
EXCLUSION: Final = ("reason", "approver", *ONE_OFF, *RECURRING)

ALERTING: Final = (
    "name",
    "tiers",
    "min_bad_events",
    "min_events",
    "labels",
    "annotations",
    "severities",
)
TIER: Final = ("long", "short", "budget", "factor", "severity")
SEVERITIES: Final = ("page", "ticket")
SEVERITY: Final = ("labels", "annotations")
