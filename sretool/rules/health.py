"""When the data themselves are in doubt: dead targets, no data, idleness, impossible counts; and the rules' own watch.

These are four different things to do at 03:00, so they are four alerts. None says that the service is unwell.
"""

from __future__ import annotations

from dataclasses import replace

from sretool.model.duration import DAY, MINUTE, Duration
from sretool.model.period import WeeklySchedule
from sretool.model.sli import FreshnessSli
from sretool.model.slo import Labels, Service, Slo
from sretool.model.tiers import Severity
from sretool.promql import names
from sretool.promql.literal import one_of, regex_literal, string_literal
from sretool.rules.annotations import as_text
from sretool.rules.calendar import in_schedule
from sretool.rules.periods import tile
from sretool.rules.rule import AlertRule, RecordingRule
from sretool.rules.timing import Timing
from sretool.rules.windows import has_exclusions, of, tiers

_AHEAD_SECONDS = 60  # A watermark further ahead than clocks differ is wrong.
# Sums of floats that are equal in truth differ in their last digits, and completeness compares windows a scrape apart.
_SLACK = "1.05"
# The pages that `sretool init` puts into every repository.
RUNBOOKS = {
    "SloDataFault": "runbooks/slo-data-fault.md",
    "SloIdle": "runbooks/slo-idle.md",
    "SloNoData": "runbooks/slo-no-data.md",
    "SloRulesFailing": "runbooks/slo-rules-failing.md",
    "SloTargetsDead": "runbooks/slo-targets-dead.md",
}


def health_alerts(service: Service, timing: Timing) -> list[AlertRule]:
    alerts: list[AlertRule] = []
    if service.targets:
        alerts += _dead(service, timing)
    if service.slos:
        alerts += [*_no_data(service, timing), *_idle(service, timing), *_data_faults(service, timing)]
        alerts += _groups(service, timing)
    return _with_runbooks(alerts)


def _with_runbooks(alerts: list[AlertRule]) -> list[AlertRule]:
    return [
        replace(alert, annotations=(*alert.annotations, (names.RUNBOOK, RUNBOOKS[alert.alert]))) for alert in alerts
    ]


def _dead(service: Service, timing: Timing) -> list[AlertRule]:
    up = "up{" + ", ".join(f"{name}={string_literal(value)}" for name, value in service.targets) + "}"
    return [
        AlertRule(
            "SloTargetsDead",
            f"absent({up} == 1)",
            labels=_labels("page", state="all", owner=service.owner),
            annotations=words(
                f"No target of {service.name} answers its scrape: its SLOs are blind.",
                f"Ask Prometheus for {as_text(up)}: 0 is a target that does not answer, no series one that is gone.",
            ),
            hold=timing.scaled(MINUTE * 2),
        ),
        AlertRule(
            "SloTargetsDead",
            f"{up} == 0",
            labels=_labels("ticket", state="some", owner=service.owner),
            annotations=words(
                f"{{{{ $labels.instance }}}} of {service.name} does not answer its scrape.",
                "What it counts since then is not in any SLI.",
            ),
            hold=timing.scaled(MINUTE * 5),
        ),
    ]


def _no_data(service: Service, timing: Timing) -> list[AlertRule]:
    both = f"({names.BAD}{of(service)} and {names.ALL}{of(service)})"
    known = f"max by (service, slo, owner, criticality) ({names.INFO}{of(service)})"
    gone = f"{known}\nunless on (service, slo)\n{both}{_not_excluded(service)}"
    seen = _ever_seen(service, timing)
    lost: Severity = "page" if service.criticality == 1 else "ticket"
    rules = [
        AlertRule(
            "SloNoData",
            f"(\n{_indented(gone)}\n)\nand on (service, slo)\n{seen}",
            labels=_labels(lost, state="lost"),
            annotations=words(
                "{{ $labels.service }}/{{ $labels.slo }} had data and has none now.",
                "Silence is not health: find out why the series went before trusting the budget.",
            ),
            hold=timing.scaled(MINUTE * 10),
        ),
        AlertRule(
            "SloNoData",
            f"(\n{_indented(gone)}\n)\nunless on (service, slo)\n{seen}",
            labels=_labels("ticket", state="never_seen"),
            annotations=words(
                "{{ $labels.service }}/{{ $labels.slo }} has never had data.",
                "Check the selector: sretool slo explain {{ $labels.service }}/{{ $labels.slo }} prints it.",
            ),
            hold=timing.scaled(MINUTE * 10),
        ),
    ]
    return rules + [_lost_groups(service, slo, timing) for slo in service.slos if slo.groups]


def seen_rules(service: Service, timing: Timing) -> list[RecordingRule]:
    """The SLOs that had bad and all events at some time in about 30 days.

    A count over a window is there as long as anything within the window was, so that looking back by whole windows
    misses nothing.
    """
    if not service.slos:
        return []
    window, both = _counts(service)
    seen = f"{both}\nor\npresent_over_time({both}[{timing.text(DAY * 30)}:{timing.text(window)}])"
    return [RecordingRule(names.seldom(names.EVER_SEEN), seen)]


def _ever_seen(service: Service, timing: Timing) -> str:
    _, now = _counts(service)
    return f"({now} or {timing.last(names.EVER_SEEN, of(service), within=DAY)})"


def _counts(service: Service) -> tuple[Duration, str]:
    """The longest window that is counted, and the SLOs that have both counts of it."""
    counts = {tier.long: (names.bad_events(tier.long), names.all_events(tier.long)) for tier in tiers(service)}
    if not counts:
        counts = {
            each: (names.bad_tile(each), names.all_tile(each)) for each in (tile(slo.period) for slo in service.slos)
        }
    window = max(counts)
    bad, every = counts[window]
    return window, f"({bad}{of(service)} and {every}{of(service)})"


def _lost_groups(service: Service, slo: Slo, timing: Timing) -> AlertRule:
    chosen = of(service, f"slo={string_literal(slo.name)}")
    on = ", ".join((names.SERVICE, names.SLO, *slo.group_by))
    return AlertRule(
        "SloNoData",
        f"{names.GROUP_EXPECTED}{chosen}\nunless on ({on})\n({names.BAD}{chosen} and {names.ALL}{chosen})"
        f"{_not_excluded(service)}",
        labels=_labels("ticket", state="group_lost", owner=slo.owner, slo=slo.name),
        annotations=words(
            f"A group that {service.name}/{slo.name} expects has no data.",
            "It is named in `groups` of the SLO; take it out there if it is gone for good.",
        ),
        hold=timing.scaled(MINUTE * 10),
    )


def _idle(service: Service, timing: Timing) -> list[AlertRule]:
    if service.traffic == "sometimes":
        return []
    idle = f"{_owned(service, f'({names.ALL}{of(service)} == 0)')}{_not_excluded(service)}"
    if isinstance(service.traffic, WeeklySchedule):
        idle = f"({idle})\nand on ()\n({in_schedule(service.name, service.traffic)}) == 1"
    return [
        AlertRule(
            "SloIdle",
            idle,
            labels=_labels("ticket"),
            annotations=words(
                "{{ $labels.service }}/{{ $labels.slo }} sees no traffic where some is expected.",
                "The service may be well and its callers not: look upstream.",
            ),
            hold=timing.scaled(MINUTE * 15),
        )
    ]


def _data_faults(service: Service, timing: Timing) -> list[AlertRule]:
    bad, every = f"{names.BAD}{of(service)}", f"{names.ALL}{of(service)}"
    faults = [
        AlertRule(
            "SloDataFault",
            _owned(service, f"(\n  {bad} > {every} * {_SLACK}\n  or\n  ({bad} unless {every})\n)"),
            labels=_labels("ticket", state="bad_exceeds_all"),
            annotations=words(
                "{{ $labels.service }}/{{ $labels.slo }} counts more bad events than events.",
                "The selectors do not count the same things; the error ratio means nothing until they do.",
            ),
            hold=timing.scaled(MINUTE * 10),
        )
    ]
    return faults + [_future(slo, timing) for slo in service.slos if isinstance(slo.sli, FreshnessSli)]


def _future(slo: Slo, timing: Timing) -> AlertRule:
    assert isinstance(slo.sli, FreshnessSli)
    return AlertRule(
        "SloDataFault",
        f"max({slo.sli.watermark}) - time() > {_AHEAD_SECONDS}",
        labels=_labels("ticket", state="future_watermark", owner=slo.owner, slo=slo.name),
        annotations=words(
            f"The watermark of {slo.full_name} lies in the future.",
            "A clock is wrong, or the watermark is not a Unix time in seconds; staleness would go unseen.",
        ),
        hold=timing.scaled(MINUTE * 5),
    )


def _groups(service: Service, timing: Timing) -> list[AlertRule]:
    return [
        AlertRule(
            "SloDataFault",
            f"count by (service, slo) ({names.ALL}{of(service, one_of(names.SLO, (slo.name,)))})"
            f" > {slo.max_groups * 9 // 10}",
            labels=_labels("ticket", state="too_many_groups", owner=slo.owner, slo=slo.name),
            annotations=words(
                f"{slo.full_name} nears its limit of {slo.max_groups} groups.",
                "Above it Prometheus refuses the rule and the SLO has no data. Raise `max_groups` or group by less.",
            ),
            hold=timing.scaled(MINUTE * 10),
        )
        for slo in service.slos
        if slo.group_by
    ]


def watch_alerts(service: Service, timing: Timing, *, group_prefix: str) -> list[AlertRule]:
    """Alerts on the rules themselves; they need Prometheus to scrape its own metrics."""
    groups = f"rule_group=~{string_literal(f'.*;{regex_literal(group_prefix)}.*')}"
    window = timing.text(MINUTE * 10)
    alerts = [
        AlertRule(
            "SloRulesFailing",
            f"increase({metric}{{{groups}}}[{window}]) > 0",
            labels=_labels("ticket", state=state, owner=service.owner),
            annotations=words(f"The SLO rules of {service.name} {what}.", "{{ $labels.rule_group }}: " + remedy),
            hold=timing.scaled(MINUTE * 5),
        )
        for metric, state, what, remedy in (
            (
                "prometheus_rule_evaluation_failures_total",
                "failing",
                "fail to evaluate",
                "Prometheus' page /rules shows the error.",
            ),
            (
                "prometheus_rule_group_iterations_missed_total",
                "late",
                "are evaluated too late",
                "Prometheus is overloaded; counts over the last hour are too low.",
            ),
        )
    ]
    return _with_runbooks(alerts)


def _owned(service: Service, condition: str) -> str:
    """A condition with each SLO's owner and criticality as labels, so that it reaches whoever is paged for the SLO."""
    info = f"topk by (service, slo) (1, {names.INFO}{of(service)})"
    return f"{condition}\n* on (service, slo) group_left (owner, criticality)\n{info}"


def _not_excluded(service: Service) -> str:
    if not has_exclusions(service):
        return ""
    return f"\nunless on (service, slo)\n{names.EXCLUDED}{of(service)} == 1"


def _labels(severity: Severity, **more: str) -> Labels:
    """The labels of an alert, sorted; those without a value are left out."""
    return tuple(sorted((name, value) for name, value in {names.SEVERITY: severity, **more}.items() if value))


def words(summary: str, description: str) -> tuple[tuple[str, str], ...]:
    return (("summary", summary), ("description", description))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
