"""A Prometheus and an Alertmanager over some targets: first it scrapes them, then it gets rules."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpcore

from sretool.clock import now
from sretool.demo.processes import ServerFailed, wait_until
from sretool.demo.server import CONFIGURATION, Running, ScrapeJob, Setup, alerting, running, tool
from sretool.prometheus.alertmanager import Alertmanager
from sretool.prometheus.answers import Sample
from sretool.prometheus.endpoint import Endpoint
from sretool.prometheus.notified import NotifiedAlert
from sretool.prometheus.server import Prometheus
from sretool.rules.timing import TILE, Timing

# From its start until Prometheus scrapes: it waits so long for targets that are discovered. Until then the past may go.
UNSCRAPED_SECONDS = 5
_READ_SECONDS_MAX = 60
_FLAGS = (
    "--query.lookback-delta=5s",  # Five minutes, as Prometheus has it unless told otherwise.
    "--rules.alert.resend-delay=1s",
)


@dataclass(frozen=True, slots=True)
class Watch:
    """What watches, and the directory of the rules."""

    server: Running
    alertmanager: Alertmanager
    rules: Path
    timing: Timing

    @property
    def prometheus(self) -> Prometheus:
        return self.server.api

    def query(self, expr: str) -> tuple[Sample, ...]:
        return self.prometheus.query(expr, at=now().timestamp()).samples

    def has_seen(self, jobs: Iterable[ScrapeJob]) -> bool:
        """Whether every target has been scraped for as long as the base series look back, so that these are whole."""
        length = self.timing.text(TILE + self.timing.scrape_interval * 2)
        scrapes = TILE.milliseconds // self.timing.scrape_interval.milliseconds + 1
        seen = self.query(f"sum by (instance) (sum_over_time(up[{length}])) >= {scrapes}")
        return {target for job in jobs for target in job.targets} <= {one.labels["instance"] for one in seen}

    def load(self, files: Mapping[str, str]) -> None:
        """Write rules and have Prometheus read them."""
        for name, text in files.items():
            (self.rules / name).write_text(text, encoding="utf-8")
        os.kill(self.server.pid, signal.SIGHUP)
        wait_until(
            lambda: bool(self.prometheus.rules()),
            seconds_max=_READ_SECONDS_MAX,
            what="Prometheus to read the rules",
        )

    def route(self, configuration: str) -> None:
        """Have the Alertmanager read another configuration. Raises ServerFailed."""
        (self.server.home / CONFIGURATION).write_text(configuration, encoding="utf-8")
        answer = httpcore.request("POST", f"{self.alertmanager.url}/-/reload")
        if answer.status != 200:
            raise ServerFailed(f"the Alertmanager does not take its configuration: {answer.content.decode()}")

    def firing(self, labels: Mapping[str, str]) -> list[NotifiedAlert]:
        """The alerts with these labels that the Alertmanager holds, the first to fire first."""
        found = [one for one in self.alertmanager.alerts() if labels.items() <= one.labels.items()]
        return sorted(found, key=lambda one: one.started_at_utc)


@contextmanager
def watching(home: Path, jobs: tuple[ScrapeJob, ...], timing: Timing, *, routes: str) -> Iterator[Watch]:
    """Start both, their files in `home`, without rules yet. `routes` is the Alertmanager's configuration."""
    rules = home / "rules"
    rules.mkdir()
    with alerting(tool("alertmanager", "prometheus-alertmanager"), home, routes) as url:
        setup = Setup(
            scrape_interval=timing.scaled(timing.scrape_interval),
            jobs=jobs,
            rules=(rules / "*.yaml",),
            flags=_FLAGS,
            watches_itself=True,
            alertmanagers=(url.removeprefix("http://"),),
        )
        with running(tool("prometheus"), home, setup) as server, Alertmanager(Endpoint(url)) as alertmanager:
            yield Watch(server, alertmanager, rules, timing)
