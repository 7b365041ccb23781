"""The loop end to end: four services under one Prometheus, each with a fault of its own, and what is told of it.

Time runs sixty times as fast. What is waited for has long limits, and nothing is judged by how long it took.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from integration.runbooks import queries

from sretool import assets
from sretool.clock import now
from sretool.demo.history import write_history
from sretool.demo.measured import Billing, loading, probing, serving
from sretool.demo.processes import wait_until
from sretool.demo.server import ScrapeJob, tool
from sretool.demo.watching import UNSCRAPED_SECONDS, Watch, watching
from sretool.model.duration import DAY, MINUTE
from sretool.model.sli import CompletenessSli, EventsSli, FreshnessSli, Sli
from sretool.model.slo import Service
from sretool.promql import names
from sretool.promql.selectors import with_matchers
from sretool.rules.compile import compile_service
from sretool.rules.emit import emit
from sretool.rules.targets import emit_alertmanager
from sretool.rules.timing import SLOW, Timing
from sretool.settings.context import SpecContext
from sretool.spec.load import read_specs
from sretool.spec.sources import read_sources

pytestmark = pytest.mark.long

TIMING = Timing(scale=60)
PER_SECOND = 400
WAIT_SECONDS_MAX = 150
AVAILABILITY, FRESHNESS, COMPLETENESS = "availability", "freshness", "completeness"
INVARIANT = "invoices-unequal-to-recount"


@dataclass(frozen=True)
class Case:
    """A service by the job that scrapes it, how it is made to fail, what fires then, and what else may."""

    job: str
    fault: tuple[str, ...]
    fires: str
    may_fire: frozenset[str] = frozenset()


CASES = (
    Case("billing", ("error-ratio", "0.5"), AVAILABILITY),
    # What stands still is stale first, and missing when it has stood still for longer than a lag may last.
    Case("billing-stale", ("applier-stalled",), FRESHNESS, frozenset({COMPLETENESS})),
    Case("billing-missing", ("applier-stalled",), COMPLETENESS, frozenset({FRESHNESS})),
    Case("billing-wrong", ("rounding-bug",), INVARIANT),
)


@dataclass(frozen=True)
class World:
    services: dict[str, Billing]  # By job.
    watch: Watch

    def wait(self, what: str, expr: str) -> None:
        """Until an expression has a value."""
        wait(what, lambda: bool(self.watch.query(expr)))


def test_each_fault_is_told_and_nothing_else_and_the_runbooks_queries_have_answers(tmp_path: Path):
    with world(tmp_path) as here:
        for case in CASES:
            here.services[case.job].fail(*case.fault)
        issue_invoices(here.services["billing-wrong"])
        for case in CASES:
            what = f"a page about {case.job}"
            wait(what, lambda one=case: is_paged(here, one))
            here.services[case.job].tell("fault", "clear")
        burning = f'ALERTS{{alertname="ErrorBudgetBurn", {names.BURN_TIER}="1h-5m", service=~"its-.+"}}'
        here.wait("the fastest pages to clear", f"absent({burning})")

        told = {case.job: told_of(here, case.job) for case in CASES}
        for page, query in queries(TIMING.scale):
            # What is no number, such as the median of nothing, is no answer.
            here.wait(f"an answer for the page {page} to {query}", f"({query}) * 0 == 0")

    assert {case.job: told[case.job] - case.may_fire for case in CASES} == {case.job: {case.fires} for case in CASES}


def wait(what: str, condition: Callable[[], bool]) -> None:
    wait_until(condition, seconds_max=WAIT_SECONDS_MAX, what=what, poll_seconds=0.2)


def is_paged(here: World, case: Case) -> bool:
    """Whether the Alertmanager holds a page for what the fault breaks."""
    label = names.INVARIANT if case.fires == INVARIANT else names.SLO
    return bool(here.watch.firing({"service": f"its-{case.job}", label: case.fires, "severity": "page"}))


def told_of(here: World, job: str) -> set[str]:
    """The SLOs and invariants about which anything has fired since the rules were loaded, missing data included."""
    ever = here.watch.query(f'max_over_time(ALERTS{{alertstate="firing", service="its-{job}"}}[1h])')
    return {one.labels.get(names.INVARIANT) or one.labels.get(names.SLO, "") for one in ever} - {""}


def issue_invoices(billing: Billing) -> None:
    """Those of this month, by moving billing time to where the month is over and its grace too."""
    after = (now().replace(day=1) + timedelta(days=32)).replace(day=3)
    billing.tell("invoice", "run", "--as-of", f"{after:%Y-%m-%d}")


@contextmanager
def world(home: Path) -> Iterator[World]:
    """All of them well: each with the rules of a service of its own, and the billing pipeline's own rules over all."""
    of_all = read_specs(read_sources([str(assets.find("slos"))], stdin=sys.stdin.buffer), SpecContext()).services
    rules = [*of_all, *(of_one(of_all, case.job) for case in CASES)]
    with ExitStack() as parts:
        services = {case.job: parts.enter_context(serving(home / case.job)) for case in CASES}
        write_history(
            tool("promtool"),
            home,
            rules,
            TIMING,
            per_second=lambda _: PER_SECOND,
            durable={f'job="{job}",instance="{one.target}"': one.metrics() for job, one in services.items()},
            until=now().timestamp() + UNSCRAPED_SECONDS,
        )
        probe = parts.enter_context(probing(services["billing"]))
        for billing in services.values():
            parts.enter_context(loading(billing, per_second=PER_SECOND))
        jobs = tuple(ScrapeJob(job, (billing.target,)) for job, billing in services.items())
        jobs = (*jobs, ScrapeJob("billing-probe", (probe,)))
        watch = parts.enter_context(watching(home, jobs, TIMING, routes=emit_alertmanager(rules, TIMING)))
        wait("every target to be scraped", lambda: watch.has_seen(jobs))
        watch.load({f"{service.name}.yaml": emit(compile_service(service, TIMING)) for service in rules})
        here = World(services, watch)
        windows = f"count({names.coverage(DAY * 3)} offset {TIMING.text(SLOW + MINUTE)})"
        here.wait("every window to be recorded", f"{windows} == {sum(len(service.slos) for service in rules)}")
        yield here


def of_one(services: tuple[Service, ...], job: str) -> Service:
    """A service of its own for what one job counts: three promises of the ingest side, and an invariant of invoices."""
    ingest, invoices = (one for one in services if one.name in ("billing-ingest", "billing-invoices"))
    name = f"its-{job}"
    promised = [slo for slo in ingest.slos if slo.name in (AVAILABILITY, FRESHNESS, COMPLETENESS)]
    (invariant,) = (one for one in invoices.invariants if one.name == INVARIANT)
    return replace(
        ingest,
        name=name,
        targets=(("job", job),),
        slos=tuple(replace(slo, service=name, sli=counted_by(slo.sli, job)) for slo in promised),
        invariants=(replace(invariant, service=name, zero=with_matchers(invariant.zero, f'job="{job}"')),),
    )


def counted_by(sli: Sli, job: str) -> Sli:
    """The same indicator of one job."""

    def of(selector: str) -> str:
        return with_matchers(selector, f'job="{job}"')

    match sli:
        case EventsSli():
            return replace(sli, selector=of(sli.selector), total=of(sli.total))
        case FreshnessSli():
            return replace(sli, watermark=of(sli.watermark))
        case CompletenessSli():
            return replace(sli, ingested=of(sli.ingested), metered=of(sli.metered))
    raise AssertionError(sli)
