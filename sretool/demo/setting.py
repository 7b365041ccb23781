"""What the story needs before it begins: a repository with rules, a service with a past, what watches it, and whoever
is told."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sretool import assets
from sretool.clock import now
from sretool.demo.history import write_history
from sretool.demo.measured import Billing, loading, probing, serving
from sretool.demo.paging import PagerDuty, receiving, sandbox
from sretool.demo.processes import run, stopped_at_the_end
from sretool.demo.repository import POLICY, SETTINGS, catalog
from sretool.demo.server import ScrapeJob, tool
from sretool.demo.stage import Stage
from sretool.demo.watching import UNSCRAPED_SECONDS, Watch, watching
from sretool.model.slo import Service
from sretool.rules.targets import emit_alertmanager
from sretool.rules.timing import Timing
from sretool.settings.context import SpecContext
from sretool.spec.load import read_specs
from sretool.spec.sources import read_sources

TIMING = Timing(scale=60)
_SCALED = f"--time-scale {TIMING.scale}"
_EVENTS_A_SECOND = 1_000
# In the past that each SLO has; those that are not here counted one event a second.
_PAST = {
    "billing-ingest/availability": _EVENTS_A_SECOND,
    "billing-ingest/completeness": _EVENTS_A_SECOND,
    "billing-ingest/visibility": _EVENTS_A_SECOND,
    "billing-ingest/ack-latency": _EVENTS_A_SECOND / 10,
    "billing-probe/availability": 5,
    "billing-invoices/timeliness": 0,  # No invoice falls due in a day that never ends.
}
_SCRAPED_SECONDS_MAX = 60


@dataclass(frozen=True, slots=True)
class Scene:
    """The parts that run."""

    stage: Stage
    services: tuple[Service, ...]
    billing: Billing
    watch: Watch
    pagerduty: PagerDuty

    def shell(self, words: str) -> None:
        """A command of ours, which reaches these servers and no other, whatever the user's environment names."""
        self.stage.shell(words, environment=_environment(self.watch, self.pagerduty))


@contextmanager
def scene(stage: Stage, home: Path, real: PagerDuty | None = None) -> Iterator[Scene]:
    """Set it up, processes with their files in `home`; at the end all of them are stopped.

    With `real`, that PagerDuty is told, instead of a sandbox.
    """
    services = _repository(stage, real.real_service if real else "")
    with stopped_at_the_end() as parts:
        with stage.step("starting the billing service") as done:
            billing = parts.enter_context(serving(home / "billing"))
            done("the billing service, which may be made to fail")
        with stage.step("writing 30 days of history") as done:
            _write_past(home, services, billing)
            done("30 good days, made up, as the rules would have recorded them")
        with stage.step("seeing to PagerDuty") as done:
            pagerduty = real or parts.enter_context(sandbox(stage.out, log=home / "sandbox.log"))
            done("the real PagerDuty: somebody is woken" if real else "a sandbox in PagerDuty's place: nobody is woken")
        with stage.step("starting usage, a probe, Alertmanager and Prometheus") as done:
            probe = parts.enter_context(probing(billing))
            parts.enter_context(loading(billing, per_second=_EVENTS_A_SECOND))
            jobs = (ScrapeJob("billing", (billing.target,)), ScrapeJob("billing-probe", (probe,)))
            watch = parts.enter_context(watching(home, jobs, TIMING, routes=emit_alertmanager(services, TIMING)))
            done(f"{_EVENTS_A_SECOND:,} events a second, a probe, Alertmanager and Prometheus")
        stage.write("sretool.yaml", f"{stage.read('sretool.yaml')}prometheus: {watch.prometheus.url}\n")
        with stage.step("starting the receiver of notifications") as done:
            log = home / "receiver.log"
            url = parts.enter_context(receiving(stage.out, _environment(watch, pagerduty), scale=TIMING.scale, log=log))
            done(f"sretool incident from-alert --listen {urlsplit(url).netloc}")
        stage.shell(f"sretool slo generate --target alertmanager --incidents {url} {_SCALED} --out alertmanager")
        watch.route(stage.read("alertmanager/alertmanager.yaml"))
        stage.wait("Prometheus to scrape them all", lambda: watch.has_seen(jobs), seconds_max=_SCRAPED_SECONDS_MAX)
        watch.load({path.name: path.read_text(encoding="utf-8") for path in _rules(stage)})
        yield Scene(stage, services, billing, watch, pagerduty)


def _environment(watch: Watch, pagerduty: PagerDuty) -> dict[str, str]:
    urls = {"SRETOOL_PROMETHEUS_URL": watch.prometheus.url, "SRETOOL_ALERTMANAGER_URL": watch.alertmanager.url}
    return {**pagerduty.environment, **urls}


def _repository(stage: Stage, real_service: str) -> tuple[Service, ...]:
    """The SLOs and their runbooks, the rules made of them, and what promtool says to these."""
    for name in ("slos", "runbooks"):
        shutil.copytree(assets.find(name), stage.out / name)
    stage.write("sretool.yaml", SETTINGS)
    stage.write("catalog.yaml", catalog(real_service))
    stage.write("policy.yaml", POLICY)
    stage.shell(f"sretool slo generate {_SCALED} --out rules")
    stage.say("\n$ promtool check rules --lint-fatal rules/*.yaml", "bold")
    files = [path.relative_to(stage.out) for path in _rules(stage)]
    said = run([tool("promtool"), "check", "rules", "--lint-fatal", *files], directory=stage.out)
    stage.say("\n".join(line for line in said.splitlines() if line))
    stage.say()
    return read_specs(read_sources([str(stage.out / "slos")], stdin=sys.stdin.buffer), SpecContext()).services


def _rules(stage: Stage) -> list[Path]:
    return sorted((stage.out / "rules").glob("*.yaml"))


def _write_past(home: Path, services: tuple[Service, ...], billing: Billing) -> None:
    write_history(
        tool("promtool"),
        home,
        services,
        TIMING,
        per_second=lambda slo: _PAST.get(slo.full_name, 1),
        durable={f'job="billing",instance="{billing.target}"': billing.metrics()},
        until=now().timestamp() + UNSCRAPED_SECONDS,
    )
