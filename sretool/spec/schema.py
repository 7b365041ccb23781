"""The JSON Schema of sretool/v1, for editors and other people's validators.

It says what a file is made of: keys, kinds of values, the shape of what can be said in a pattern. What only reading
can tell (PromQL, arithmetic, what other files say) is for `sretool slo validate`. Whatever the readers of
`sretool.spec.native` accept, the schema accepts; the keys of both are those of `native.keys`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sretool.model.sli import NoData
from sretool.model.slo import DEFAULT_MAX_GROUPS, DEFAULT_MIN_BAD_EVENTS
from sretool.spec.native import keys
from sretool.spec.schema_pieces import (
    Json,
    Schema,
    any_text,
    duration,
    integer,
    label_name,
    labels,
    listing,
    mapping,
    name,
    number,
    reference,
    selector,
    text,
)

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DURATION: Final = "(?:[0-9]+y)?(?:[0-9]+w)?(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?"
_PERCENT_OR_RATIO: Final = r"^\s*\+?[0-9]*(?:\.[0-9]*)?\s*%?\s*$"
_DAY: Final = "[A-Za-z]{3,9}"
_DAYS: Final = rf"\s*{_DAY}(?:\s*-\s*{_DAY})?\s*"
_TIME: Final = "(?:[01][0-9]|2[0-4]):[0-5][0-9]"
_INSTANT: Final = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:[Zz]|[-+][0-9]{2}:[0-9]{2})"


def native_schema() -> Schema:
    """The schema of one document, JSON Schema draft 2020-12; made anew at each call, equal at all."""
    promises: Schema = {"anyOf": [{"required": ["slos"]}, {"required": ["invariants"]}]}
    return {
        "$schema": _DIALECT,
        "$id": "urn:sretool:v1",
        "title": keys.API_VERSION,
        **mapping(keys.DOCUMENT, _document(), "Service level objectives of one service.", required=keys.DOCUMENT[:2]),
        **promises,
        "$defs": _definitions(),
    }


def _document() -> Mapping[str, Schema]:
    return {
        "apiVersion": {"const": keys.API_VERSION, "description": "The dialect of this document."},
        "service": name("The service. All files that name it are merged.", "checkout"),
        "owner": text("The team that is told: one of `teams` in catalog.yaml, where there is one.", "payments"),
        "criticality": _criticality(),
        "targets": labels("Labels that select the service's targets on `up`, for the alert on dead ones.")
        | {"examples": [{"job": "checkout"}]},
        "traffic": _traffic(),
        "labels": labels(
            "Labels of every SLO in this document, on slo:info and in the annotations of its alerts.", of_ours=True
        ),
        "exclusions": _exclusions("Time that counts for no SLO in this document."),
        "slos": listing(reference("slo"), "The promises."),
        "invariants": listing(reference("invariant"), "What must never happen; the first time pages."),
    }


def _definitions() -> Schema:
    return {
        "slo": mapping(keys.SLO, _slo(), "One promise.", required=("name", "objective", "period", "sli")),
        "invariant": mapping(
            keys.INVARIANT, _invariant(), "A counter that must never rise.", required=("name", "zero")
        ),
        "exclusion": _exclusion(),
        "duration": {
            "type": "string",
            "pattern": f"^(?=.){_DURATION}$",
            "description": "A length of time as Prometheus writes it: units y w d h m s ms, largest first.",
            "examples": ["30d", "1h30m", "250ms"],
        },
    }


def _slo() -> Mapping[str, Schema]:
    return {
        "name": name("Its name within the service.", "availability"),
        "description": text("What is promised, in a sentence for those who are not engineers.", "Orders are accepted."),
        "objective": {
            "type": ["string", "number"],
            "pattern": _PERCENT_OR_RATIO,
            "exclusiveMinimum": 0,
            "exclusiveMaximum": 1,
            "description": "The share of events that must be good, with a percent sign or as a ratio below 1.",
            "examples": ["99.9%", 0.999],
        },
        "period": _period(),
        "sli": _sli(),
        "group_by": listing(label_name(), "Labels by which the SLO is split; each group has a budget of its own.")
        | {"examples": [["region"]]},
        "groups": listing(
            {"type": ["string", "number", "boolean", "object"], "additionalProperties": any_text()},
            "Groups that must have data: values of the label, or mappings of label to value where there are several.",
        )
        | {"examples": [["eu", "us"]]},
        "max_groups": integer("More groups than this are a fault, and 90% of them a ticket.", least=1)
        | {"default": DEFAULT_MAX_GROUPS},
        "no_data": _no_data(),
        "owner": text("The team that is told of this SLO, if not the service's.", "payments"),
        "criticality": _criticality(),
        "labels": labels("Labels of this SLO, beside those of the document.", of_ours=True),
        "runbook": text("The page for whoever is woken.", "runbooks/checkout-availability.md"),
        "alerting": _alerting(),
        "exclusions": _exclusions("Time that does not count for this SLO."),
    }


def _invariant() -> Mapping[str, Schema]:
    return {
        "name": name("Its name within the service.", "orders-lost"),
        "description": text("What must never happen.", "Every order that we acknowledged is delivered."),
        "zero": selector("The counter.", "checkout_orders_lost_total"),
        "runbook": text("The page for whoever is woken.", "runbooks/checkout-orders-lost.md"),
    }


def _sli() -> Schema:
    kinds: Mapping[str, Schema] = {
        "events": mapping(keys.EVENTS, _events(), "Counters of bad (or good) events and of all.", required=("total",))
        | {"oneOf": [{"required": ["bad"]}, {"required": ["good"]}]},
        "latency": mapping(
            keys.LATENCY,
            _latency(),
            "The share of a histogram that is at most a threshold.",
            required=("histogram", "threshold"),
        ),
        "time_slice": mapping(
            keys.TIME_SLICE, _time_slice(), "The share of time in which a comparison holds.", required=("expr",)
        ),
        "freshness": mapping(
            keys.FRESHNESS,
            _freshness(),
            "The share of time with a recent watermark.",
            required=("watermark", "max_age"),
        ),
        "completeness": _completeness(),
        "expr": mapping(keys.EXPR, _expr(), "Bad and all events a second, in PromQL.", required=keys.EXPR),
    }
    return mapping(keys.SLI, kinds, "What is measured: one of these kinds.") | {
        "minProperties": 1,
        "maxProperties": 1,
    }


def _events() -> Mapping[str, Schema]:
    return {
        "bad": selector("The counter of bad events; absent means none happened.", 'http_requests_total{code=~"5.."}'),
        "good": selector("The counter of good events, where bad ones are not counted.", 'requests_total{ok="true"}'),
        "total": selector("The counter of all events.", "http_requests_total"),
    }


def _latency() -> Mapping[str, Schema]:
    return {
        "histogram": selector("The histogram by its own name, without _bucket.", "http_request_duration_seconds"),
        "threshold": {
            "type": ["string", "number"],
            "exclusiveMinimum": 0,
            "pattern": f"^(?=.){_DURATION}$",
            "description": "How long an event may take: a duration, or seconds. A classic histogram needs that bucket.",
            "examples": ["250ms", 0.25],
        },
        "native": {
            "type": ["boolean", "string"],
            "pattern": "^(?:[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$",
            "description": "Whether it is a native histogram.",
            "default": False,
        },
    }


def _time_slice() -> Mapping[str, Schema]:
    return {"expr": text("A comparison that holds while all is well.", "max(queue_length) < 1000")}


def _freshness() -> Mapping[str, Schema]:
    return {
        "watermark": selector("The Unix time, in seconds, up to which all is done.", "applied_timestamp_seconds"),
        "max_age": duration("How far behind the oldest watermark may be."),
        "shards": integer("How many watermarks there must be; without it, any number.", least=1),
    }


def _completeness() -> Schema:
    properties: Mapping[str, Schema] = {
        "ingested": selector("What came in: a counter that survives restarts.", "events_accepted_total"),
        "metered": selector("What was counted of it, by the same measure.", "events_metered_total"),
        "allowed_lag": duration("How long the one may take to become the other."),
        "expected": selector("Events of closed cohorts, as the service itself counts them.", "cohort_events_total"),
        "missing": selector("Those that were missing from them.", "cohort_missing_events_total"),
    }
    forms: list[Json] = [
        {"required": list(form), "not": {"anyOf": [{"required": [key]} for key in other]}}
        for form, other in ((keys.COUNTERS, keys.COHORTS), (keys.COHORTS, keys.COUNTERS))
    ]
    return mapping(keys.COMPLETENESS, properties, "What came in must come out.") | {"oneOf": forms}


def _expr() -> Mapping[str, Schema]:
    return {
        "bad": text("Bad events a second, with $window where the range stands.", "sum(rate(errors_total[$window]))"),
        "total": text("All events a second, likewise.", "sum(rate(requests_total[$window]))"),
    }


def _period() -> Schema:
    calendar: Mapping[str, Schema] = {
        "calendar": {"const": "month", "description": "From the first midnight of each month."},
        "zone": text("The IANA zone whose midnight it is.", "Europe/Berlin"),
    }
    month = mapping(keys.PERIOD, calendar, "A calendar month.", required=keys.PERIOD)
    return {
        "description": "What the budget is counted over: the last 1d to 366d, in whole hours, or the calendar month.",
        "anyOf": [reference("duration"), month],
        "examples": ["30d", {"calendar": "month", "zone": "Europe/Berlin"}],
    }


def _traffic() -> Schema:
    span: Mapping[str, Schema] = {
        "days": {"type": "string", "pattern": f"^{_DAYS}(?:,{_DAYS})*$", "examples": ["mon-fri", "sat,sun"]},
        "from": {"type": "string", "pattern": rf"^\s*{_TIME}\s*$", "examples": ["08:00"]},
        "to": {"type": "string", "pattern": rf"^\s*{_TIME}\s*$", "examples": ["18:00", "24:00"]},
    }
    expected = listing(
        mapping(keys.EXPECTED, span, "A span of some days.", required=keys.EXPECTED), "When, by the week."
    )
    schedule: Mapping[str, Schema] = {
        "zone": text("The IANA zone of its times.", "Europe/Berlin"),
        "expected": expected,
    }
    return {
        "description": "When there should be traffic; none at such a time is a ticket.",
        "anyOf": [
            {"enum": ["always", "sometimes"]},
            mapping(keys.TRAFFIC, schedule, "A weekly schedule.", required=keys.TRAFFIC),
        ],
        "default": "sometimes",
    }


def _exclusions(description: str) -> Schema:
    return listing(reference("exclusion"), description)


def _exclusion() -> Schema:
    properties: Mapping[str, Schema] = {
        "reason": text("Why it does not count.", "Database upgrade"),
        "approver": text("Who said so.", "head of engineering"),
        "from": {"type": "string", "pattern": rf"^\s*{_INSTANT}\s*$", "examples": ["2026-11-01T00:00:00Z"]},
        "to": {"type": "string", "pattern": rf"^\s*{_INSTANT}\s*$", "examples": ["2026-11-01T02:00:00Z"]},
        "every": {
            "type": "string",
            "pattern": rf"^{_DAYS}(?:,{_DAYS})*\s{_TIME}$",
            "description": "Days and a time of day.",
            "examples": ["sunday 02:00", "mon-fri 02:00"],
        },
        "for": duration("How long each time lasts, at most 7d."),
        "zone": text("The IANA zone of `every`.", "Europe/Berlin"),
    }
    forms: list[Json] = [
        {"required": list(form), "not": {"anyOf": [{"required": [key]} for key in other]}}
        for form, other in ((keys.ONE_OFF, keys.RECURRING), (keys.RECURRING, keys.ONE_OFF))
    ]
    excluded = mapping(keys.EXCLUSION, properties, "Time that does not count.", required=("reason", "approver"))
    return excluded | {"oneOf": forms}


def _alerting() -> Schema:
    properties: Mapping[str, Schema] = {
        "name": text("The name of its burn alerts.", "CheckoutBurn"),
        "tiers": listing(_tier(), "Burn tiers in place of the standard four."),
        "min_bad_events": number("Fewer bad events in the long window page nobody.")
        | {"default": int(DEFAULT_MIN_BAD_EVENTS)},
        "min_events": number(
            "Fewer events in the long window make a page a ticket, unless more than half of them are bad."
        )
        | {"default": 0},
        "labels": labels("Labels of its burn alerts, for routing.", of_ours=True),
        "annotations": labels("Annotations of its burn alerts."),
        "severities": _severities(),
    }
    return mapping(keys.ALERTING, properties, "How its burn is told.")


def _tier() -> Schema:
    properties: Mapping[str, Schema] = {
        "long": duration("The window over which the burn is measured."),
        "short": duration("The window that confirms that it goes on: about a twelfth."),
        "budget": {
            "type": ["string", "number"],
            "pattern": _PERCENT_OR_RATIO,
            "exclusiveMinimum": 0,
            "maximum": 1,
            "description": "The share of the period's budget that may go within the long window.",
            "examples": ["2%"],
        },
        "factor": number("The burn factor, in place of `budget`.", least=1) | {"examples": [14.4]},
        "severity": {"enum": list(keys.SEVERITIES), "description": "Whether it pages or writes a ticket."},
    }
    tier = mapping(keys.TIER, properties, "A pair of windows.", required=("long", "short", "severity"))
    return tier | {"oneOf": [{"required": ["budget"]}, {"required": ["factor"]}]}


def _severities() -> Schema:
    words: Mapping[str, Schema] = {
        "labels": labels("Labels of the alerts of this severity; `severity` itself may be among them."),
        "annotations": labels("Annotations of the alerts of this severity."),
    }
    off: Schema = {"enum": [False, "off", "Off", "OFF", "no", "No", "NO"], "description": "No alert of this severity."}
    severity: Schema = {"anyOf": [off, mapping(keys.SEVERITY, words, "What its alerts carry.")]}
    return mapping(keys.SEVERITIES, dict.fromkeys(keys.SEVERITIES, severity), "Per severity.")


def _no_data() -> Schema:
    default: NoData = "bad"
    return {
        "enum": list(keys.NO_DATA),
        "description": "What silence counts as, for time_slice and freshness.",
        "default": default,
    }


def _criticality() -> Schema:
    return integer("From 1, the highest, to 4. At 1, lost data page.", least=1) | {"maximum": 4}
