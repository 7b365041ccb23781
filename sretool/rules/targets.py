"""Rule files for the Prometheus operator, and the Alertmanager configuration that belongs to the rules."""

from __future__ import annotations

import json
from collections.abc import Iterable
from textwrap import indent

from sretool.model.slo import Service
from sretool.model.tiers import SEVERITIES, BurnTier
from sretool.promql import names
from sretool.rules.emit import HEADER, emit_groups
from sretool.rules.rule import RuleFile
from sretool.rules.windows import tiers


def emit_operator(file: RuleFile) -> str:
    """A PrometheusRule resource. The namespace is left to whoever applies it."""
    return (
        f"{HEADER} {file.service}. Edits are lost: change the SLOs and generate again.\n"
        "apiVersion: monitoring.coreos.com/v1\n"
        "kind: PrometheusRule\n"
        "metadata:\n"
        f"  name: slo-{file.service}\n"
        "  labels: {app.kubernetes.io/managed-by: sretool}\n"
        "spec:\n" + indent(emit_groups(file), "  ")
    )


def emit_alertmanager(services: Iterable[Service]) -> str:
    """A whole Alertmanager configuration: routes by owner and severity to receivers that wait for their addresses."""
    services = list(services)
    owners = sorted({owner for service in services for owner in _owners(service)})
    routes = "".join(_route(owner, severity) for owner in owners for severity in SEVERITIES)
    receivers = "".join(
        f"  - name: {json.dumps(f'{owner}-{severity}')}\n" for owner in owners for severity in SEVERITIES
    )
    return (
        f"{HEADER} {', '.join(service.name for service in services)}.\n"
        "# Give each receiver its integration (pagerduty_configs, webhook_configs, ...) where this file is deployed.\n"
        "route:\n"
        "  receiver: unowned\n"
        "  group_by: [service, slo]\n"
        "  group_wait: 30s\n"
        "  group_interval: 5m\n"
        "  repeat_interval: 4h\n"
        f"  routes:{'' if routes else ' []'}\n{routes}"
        f"inhibit_rules:\n{_inhibitions(services)}"
        f"receivers:\n  - name: unowned\n{receivers}"
    )


def _owners(service: Service) -> set[str]:
    promised = {slo.owner for slo in service.slos} | {invariant.owner for invariant in service.invariants}
    return {owner for owner in promised | {service.owner} if owner}


def _route(owner: str, severity: str) -> str:
    matchers = json.dumps([f"owner={json.dumps(owner)}", f'severity="{severity}"'])
    wait = "      group_wait: 0s\n" if severity == "page" else ""
    return f"    - receiver: {json.dumps(f'{owner}-{severity}')}\n      matchers: {matchers}\n{wait}"


def _inhibitions(services: list[Service]) -> str:
    groups = {label for service in services for slo in service.slos for label in slo.group_by}
    equal = [names.SERVICE, names.SLO, *sorted(groups)]
    burning = f'{names.BURN_TIER}=~".+"'
    rules = [
        _inhibition(
            "A page says all that a ticket would.", [burning, 'severity="page"'], [burning, 'severity="ticket"'], equal
        ),
        *_fast_over_slow(services, equal),
        _inhibition(
            "Dead targets explain missing data.",
            ['alertname="SloTargetsDead"', 'state="all"'],
            ['alertname=~"SloNoData|SloIdle"'],
            [names.SERVICE],
        ),
    ]
    return "".join(rules)  # fmt: skip


def _fast_over_slow(services: list[Service], equal: list[str]) -> list[str]:
    found: dict[str, BurnTier] = {tier.name: tier for service in services for tier in tiers(service)}
    order = [tier.name for tier in sorted(found.values(), key=lambda tier: (tier.long, tier.short))]
    return [
        _inhibition(
            f"{fast} fires before the slower tiers do.",
            [f'{names.BURN_TIER}="{fast}"'],
            [f'{names.BURN_TIER}=~"{"|".join(order[place + 1 :])}"'],
            [names.SEVERITY, *equal],  # A ticket that is fast must not hide a page that is slow.
        )
        for place, fast in enumerate(order[:-1])
    ]


def _inhibition(why: str, source: list[str], target: list[str], equal: list[str]) -> str:
    return (
        f"  # {why}\n"
        f"  - source_matchers: {json.dumps(source)}\n"
        f"    target_matchers: {json.dumps(target)}\n"
        f"    equal: [{', '.join(equal)}]\n"
    )
