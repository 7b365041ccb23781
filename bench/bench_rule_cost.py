"""What our rules cost a real Prometheus, beside the classic shape: CPU seconds a minute, for 500 SLOs in 50 services.

Five servers run at the same time on the same history, so that whatever else the machine does, it does to all: ours,
ours with every group at 30 s, the classic shape at 30 s, the classic with its long windows as seldom as ours, and none.
What rules read over 30 days has 30 days of history; the counters have four, since no rule reads more than three.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from http.client import HTTPConnection
from pathlib import Path

import classic
from history import Kind, counters, exporter, write_blocks

from sretool.demo.api import Api
from sretool.demo.server import Running, ScrapeJob, Setup, running
from sretool.model.duration import DAY
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import EventsSli
from sretool.model.slo import Alerting, Service, Slo
from sretool.model.tiers import default_tiers
from sretool.promql import names
from sretool.rules.compile import compile_service
from sretool.rules.emit import emit
from sretool.rules.rule import RuleFile
from sretool.rules.timing import FAST, SLOW, SUM_TILE, Timing

TARGET = 12
_BASE_DAYS = 3.1  # No rule reads the base series further back.
_RATES = {names.BAD: 0.008, names.ALL: 20.0}
PERIOD = DAY * 30
# No block is ever compacted, or that would be measured too.
FLAGS = ("--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h", "--log.level=error")


@dataclass(frozen=True)
class Size:
    services: int
    slos_each: int
    windows: int

    @property
    def pairs(self) -> list[tuple[str, str]]:
        slos = range(self.slos_each)
        return [(f"service-{s:02}", f"slo-{n:02}") for s in range(self.services) for n in slos]


def main() -> None:
    size = _arguments()
    with tempfile.TemporaryDirectory(prefix="sretool-bench-") as directory, exporter(size.pairs) as port:
        home = Path(directory)
        homes = _homes(home, size)
        setup = Setup(jobs=(ScrapeJob("bench", (f"127.0.0.1:{port}",)),), flags=FLAGS, watches_itself=True)
        with ExitStack() as stack:
            servers = {
                name: stack.enter_context(
                    running(Path("prometheus"), at, replace(setup, rules=(at / "rules" / "*.yml",)))
                )
                for name, at in homes.items()
            }
            _say("warming up for three minutes")
            time.sleep(180)
            measured = _measured(servers, size.windows)
            _report(measured)
            _report_rules(servers["ours"].api)
            _report_failures(servers)


def _arguments() -> Size:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=50)
    parser.add_argument("--slos-each", type=int, default=10)
    parser.add_argument("--windows", type=int, default=3, help="how many times two minutes are measured")
    given = parser.parse_args()
    return Size(given.services, given.slos_each, given.windows)


def _homes(home: Path, size: Size) -> dict[str, Path]:
    """A directory a server: rules, and data that the servers of one shape share block by block."""
    ours = [compile_service(service, Timing()) for service in _services(size)]
    at_thirty = [_all_at_thirty_seconds(file) for file in ours]
    classic_rules = {"classic": "30s", "classic, our intervals": str(SLOW)}
    rules = {"ours": _texts(ours), "ours, all at 30 s": _texts(at_thirty), "no rules": {}} | {
        name: {"classic.yml": classic.rule_file(size.pairs, interval="30s", long_interval=interval)}
        for name, interval in classic_rules.items()
    }
    data = {"ours": home / "ours-data", "classic": home / "classic-data"}
    _write_histories(data, size)
    homes = {}
    for name, texts in rules.items():
        at = homes[name] = home / name.replace(" ", "-").replace(",", "")
        (at / "rules").mkdir(parents=True)
        for file, text in texts.items():
            (at / "rules" / file).write_text(text, encoding="utf-8")
        blocks = data["classic" if "classic" in name else "ours"] / "data"
        shutil.copytree(blocks, at / "data", copy_function=os.link)
    return homes


def _services(size: Size) -> list[Service]:
    return [
        Service(
            name=service,
            slos=tuple(_slo(service, slo) for owner, slo in size.pairs if owner == service),
            targets=(("job", "bench"),),
            traffic="always",
            criticality=1,
            owner="bench",
        )
        for service in sorted({service for service, _ in size.pairs})
    ]


def _slo(service: str, name: str) -> Slo:
    requests = f'requests_total{{service="{service}",slo="{name}"'
    return Slo(
        service=service,
        name=name,
        objective=Objective(Decimal("0.9995")),
        period=RollingPeriod(PERIOD),
        sli=EventsSli("bad", f'{requests},outcome="error"}}', f"{requests}}}"),
        alerting=Alerting(default_tiers(PERIOD)),
        owner="bench",
        criticality=1,
        runbook="runbooks/bench.md",
    )


def _all_at_thirty_seconds(file: RuleFile) -> RuleFile:
    return replace(file, groups=tuple(replace(group, interval=FAST) for group in file.groups))


def _texts(files: Sequence[RuleFile]) -> dict[str, str]:
    return {f"{file.service}.yml": emit(file) for file in files}


def _write_histories(data: dict[str, Path], size: Size) -> None:
    """Both shapes' histories at once, each on a core."""
    end = int(time.time())
    owned = [{"service": service, "slo": slo} for service, slo in size.pairs]
    raw = Kind("requests_total", counters(size.pairs), step=60, days=4, counter=True)
    kinds = {
        "ours": [
            raw,
            *(Kind(name, owned, step=30, days=_BASE_DAYS, around=rate) for name, rate in _RATES.items()),
            *(
                Kind(name, owned, step=SLOW.seconds, days=31, around=rate * length.seconds)
                for name, rate, length in (
                    (names.bad_tile(SUM_TILE), _RATES[names.BAD], SUM_TILE),
                    (names.all_tile(SUM_TILE), _RATES[names.ALL], SUM_TILE),
                    (names.bad_events(DAY * 3), _RATES[names.BAD], DAY * 3),
                )
            ),
        ],
        "classic": [
            raw,
            Kind(
                classic.RATIO_5M,
                [classic.labels(service, slo) | {"sloth_window": "5m"} for service, slo in size.pairs],
                step=30,
                days=31,
                around=0.0004,
            ),
        ],
    }
    _say("writing the history")
    writers = [threading.Thread(target=_write, args=(data[name], kinds[name], end)) for name in kinds]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


def _write(home: Path, kinds: Sequence[Kind], end: int) -> None:
    home.mkdir()
    write_blocks("promtool", home, kinds, end)


def _measured(servers: dict[str, Running], windows: int) -> dict[str, list[float]]:
    """CPU seconds a minute of each server, a figure for every two minutes: the cycle of the slowest groups."""
    spent: dict[str, list[float]] = {name: [] for name in servers}
    for number in range(windows):
        _say(f"measuring: {number * 2} of {windows * 2} minutes")
        before = {name: _cpu_seconds(server) for name, server in servers.items()}
        began = time.monotonic()
        time.sleep(120)
        for name, server in servers.items():
            spent[name].append((_cpu_seconds(server) - before[name]) * 60 / (time.monotonic() - began))
    return spent


def _cpu_seconds(server: Running) -> float:
    connection = HTTPConnection(server.api.address)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith("process_cpu_seconds_total "))


def _report(measured: dict[str, list[float]]) -> None:
    medians = {name: statistics.median(values) for name, values in measured.items()}
    idle = medians["no rules"]
    print(f"{'':26}{'CPU s a minute':>16}{'less no rules':>16}   each two minutes")
    for name, values in measured.items():
        each = " ".join(f"{value:.2f}" for value in values)
        print(f"{name:26}{medians[name]:16.2f}{medians[name] - idle:16.2f}   {each}")
    for ours, theirs in (("ours", "classic"), ("ours, all at 30 s", "classic"), ("ours", "classic, our intervals")):
        gross, net = medians[theirs] / medians[ours], (medians[theirs] - idle) / (medians[ours] - idle)
        print(f"{theirs} : {ours} = {gross:.1f} whole processes, {net:.1f} the rules alone")
    print(f"target: classic : ours >= {TARGET}")


def _report_rules(api: Api, *, shown: int = 12) -> None:
    """Where our time goes: evaluation time a minute over all services, by what is recorded."""
    spent: dict[str, float] = defaultdict(float)
    for rule in api.rules():
        name = (
            f"{rule.name} {rule.labels.get('state', '')}{rule.labels.get('burn_tier', '')}"
            if rule.is_alert
            else rule.name
        )
        spent[name] += rule.evaluation_seconds * 60 / rule.interval_seconds
    print(f"our rules' evaluation time: {sum(spent.values()):.2f} s a minute, of which")
    for name, seconds in sorted(spent.items(), key=lambda item: -item[1])[:shown]:
        print(f"  {seconds:6.3f}  {name}")


def _report_failures(servers: dict[str, Running]) -> None:
    for name, server in servers.items():
        states = server.api.rules()
        failed = [rule for rule in states if rule.error]
        waiting = [rule for rule in states if not rule.is_evaluated]
        print(f"{name}: {len(states)} rules, {len(failed)} failed, {len(waiting)} not evaluated yet")
        if failed:
            print(f"  {failed[0].name}: {failed[0].error}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
