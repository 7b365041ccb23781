"""A week's report of 100 SLOs, 50 incidents and 500 pages, as a whole process: at most 5 s, whatever is kept or not.

Cold, every day of the period is counted anew; warm, days that are over are remembered, as on every Monday but the
first. On two cores cold took 3.3 s and warm 3.0 s, a third of it for the charts.

Beside it, as controls, the one answer that everything rests on (both series of all SLOs in tiles of five minutes, asked
and read), and a Python that does nothing.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from history import Kind, counters, write_blocks

from sretool.demo.server import running
from sretool.incident.events import Acknowledged, Opened, Resolved
from sretool.incident.ledger import Draft, Ledger
from sretool.prometheus.server import Prometheus
from sretool.promql import names

SERVICES, SLOS_EACH, INCIDENTS, PAGES = 10, 10, 50, 500
RUNS, TARGET_SECONDS = 5, 5.0
WEEK_SECONDS = 7 * 86_400
SLO = """\
  - name: {name}
    objective: 99.95%
    period: 30d
    sli:
      events:
        bad: requests_total{{service="{service}", slo="{name}", outcome="error"}}
        total: requests_total{{service="{service}", slo="{name}"}}
"""


@dataclass(frozen=True)
class Alerts:
    """What fired, as series of their own: several stretches of one alert each."""

    pairs: list[tuple[str, str]]

    def lines(self, end: int) -> Iterator[str]:
        draw = Random("pages")
        each = PAGES // len(self.pairs)
        for service, slo in self.pairs:
            fired = f'alertstate="firing",burn_tier="1h-5m",severity="page",service="{service}",slo="{slo}"'
            starts = sorted(draw.sample(range(1, 7 * 24 - 1), each))
            for start in starts:
                first = end - WEEK_SECONDS + start * 3_600 + draw.randrange(10) * 60
                yield from (f"ALERTS{{{fired}}} 1 {at}\n" for at in range(first, first + 1_500, 60))


def main() -> int:
    pairs = [(f"service-{number // SLOS_EACH}", f"slo-{number % SLOS_EACH}") for number in range(SERVICES * SLOS_EACH)]
    promtool, prometheus = shutil.which("promtool"), shutil.which("prometheus")
    if promtool is None or prometheus is None:
        sys.exit("prometheus and promtool are not on PATH: make tools")
    end = (int(time.time()) - 86_400 * 4) // WEEK_SECONDS * WEEK_SECONDS + 86_400 * 4  # 1970-01-05 was a Monday.
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        write_repository(home / "repository", pairs, end)
        write_blocks(promtool, home, kinds(pairs), end + 60)
        with running(Path(prometheus), home) as server:
            return measure(server.api, home, end)


def kinds(pairs: list[tuple[str, str]]) -> list[Kind]:
    owned = [{"service": service, "slo": slo} for service, slo in pairs]
    return [
        Kind("requests_total", counters(pairs), step=60, days=31, counter=True),
        Kind(names.BAD, owned, step=60, days=8, around=0.008),
        Kind(names.ALL, owned, step=60, days=8, around=20),
        Kind(names.PERIOD_REMAINING, owned, step=300, days=8, around=0.5),
        Kind(names.OBJECTIVE, owned, step=60, days=0.01, around=0.9995),
        Alerts(pairs),
    ]


def write_repository(home: Path, pairs: list[tuple[str, str]], end: int) -> None:
    (home / "slos").mkdir(parents=True)
    (home / "sretool.yaml").write_text("slos: slos/\n")
    (home / "policy.yaml").write_text("freeze_below: 0%\n")
    for service in dict.fromkeys(service for service, _ in pairs):
        slos = "".join(SLO.format(name=name, service=service) for owner, name in pairs if owner == service)
        (home / "slos" / f"{service}.yaml").write_text(f"apiVersion: sretool/v1\nservice: {service}\nslos:\n{slos}")
    draw = Random("incidents")
    opened = sorted(datetime.fromtimestamp(end - draw.randrange(WEEK_SECONDS - 7_200), UTC) for _ in range(INCIDENTS))
    for number, at in enumerate(opened):
        service, slo = pairs[number * 2]
        incident_id = f"inc-{at:%Y%m%d}-a{number:04}"
        ledger = Ledger(home / "incidents", now=partial(lambda at: at + timedelta(hours=1), at), random=draw.randbytes)
        happenings = (Opened("it burns", "sev3", "", service, f"{service}/{slo}"), Acknowledged("ada"), Resolved("ok"))
        ledger.append(
            [
                Draft(incident_id, what, occurred_at=at + timedelta(minutes=20 * after))
                for after, what in enumerate(happenings)
            ]
        )


def measure(server: Prometheus, home: Path, end: int) -> int:
    figures: dict[str, Callable[[], object]] = {
        "control: python -c pass": lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
        "control: both series in tiles, asked and read": lambda: server.query_range(
            f'{{__name__=~"{names.BAD}|{names.ALL}"}}', start=end - WEEK_SECONDS + 300, end=end, step=300
        ),
        "report, markdown, cold": partial(report, server, home, end, "markdown", is_cold=True),
        "report, markdown, warm": partial(report, server, home, end, "markdown"),
        "report, html, cold": partial(report, server, home, end, "html", is_cold=True),
        "report, html, warm": partial(report, server, home, end, "html"),
    }
    times: dict[str, list[float]] = {name: [] for name in figures}
    for _ in range(RUNS):
        for name, run in figures.items():
            began = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - began)
    print(f"{SERVICES * SLOS_EACH} SLOs, {INCIDENTS} incidents, {PAGES} pages, median of {RUNS}")
    for name, seconds in times.items():
        print(f"{name:<48} {statistics.median(seconds):6.2f} s  (worst {max(seconds):.2f} s)")
    slowest = max(statistics.median(times[name]) for name in times if name.startswith("report"))
    print(f"a week's report: {'met' if slowest <= TARGET_SECONDS else 'missed'} (target {TARGET_SECONDS} s)")
    return 0


def report(server: Prometheus, home: Path, end: int, form: str, *, is_cold: bool = False) -> None:
    cache = home / "cache"
    if is_cold:
        shutil.rmtree(cache, ignore_errors=True)
    options = ["--at", str(end), "--output", form, "--out", str(home / f"report.{form}"), "--prometheus", server.url]
    subprocess.run(
        [sys.executable, "-m", "sretool", "report", "weekly", *options],
        cwd=home / "repository",
        env=os.environ | {"XDG_CACHE_HOME": str(cache)},
        check=True,
        stderr=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    sys.exit(main())
