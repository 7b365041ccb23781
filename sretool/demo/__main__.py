"""`python -m sretool.demo`: from the SLOs in slos/ to rules on a Prometheus, in under a minute.

Everything is real: promtool checks the rules and runs their generated tests, while a Prometheus of our own evaluates
them, two minutes a second, until each has a value or a reason to have none.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from sretool import assets
from sretool.clock import now
from sretool.demo.processes import ServerFailed, WaitedTooLong, wait_until
from sretool.demo.proving import ProofFailed, prove
from sretool.demo.server import Running, Setup, running
from sretool.demo.verdicts import RuleSeen, Verdict, are_final, foreign_metrics, recorded, verdicts
from sretool.model.slo import Service
from sretool.prometheus.answers import RuleState
from sretool.prometheus.server import Prometheus
from sretool.promql.literal import string_literal
from sretool.rules.compile import compile_service
from sretool.rules.emit import emit
from sretool.rules.timing import Timing
from sretool.rules.unittests.generate import unit_tests
from sretool.settings.context import SpecContext
from sretool.spec.load import read_specs
from sretool.spec.sources import read_sources

_SCALE = 120
_SCRAPE_INTERVAL = Timing(scale=_SCALE).scaled(Timing().scrape_interval)
_SETTLED_SECONDS_MAX = 90
_POLL_SECONDS = 0.5
_MARGIN_SECONDS = 1
_EXPLAINED = "billing-ingest/availability"


class DemoFailed(Exception):
    """Something that should work does not; the message is what the tool said."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demonstration prints, and the directory that it fills."""

    console: Console
    home: Path

    def doing(self, what: str) -> AbstractContextManager[object]:
        """What is going on now: a spinner on a terminal, nothing elsewhere."""
        return self.console.status(what) if self.console.is_terminal else nullcontext()

    def done(self, what: str, began: float) -> None:
        self.console.print(f"[green]ok[/]  {what} [dim]({time.monotonic() - began:.1f} s)[/]")


def main() -> int:
    console = Console(highlight=False, soft_wrap=True)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) is signal.SIG_DFL:
            signal.signal(ending, signal.default_int_handler)  # As Ctrl-C does.
    with tempfile.TemporaryDirectory(prefix="sretool-demo-") as home:
        try:
            tell(Stage(console, Path(home)))
        except (DemoFailed, ProofFailed, ServerFailed, WaitedTooLong) as error:
            print(f"sretool demo: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("sretool demo: interrupted; everything that it started is stopped", file=sys.stderr)
            return 130
    return 0


def tell(stage: Stage) -> None:
    services = _promises(stage)
    _generate(stage, services)
    _check(stage)
    began = time.monotonic()
    with _filling(stage) as server:
        _prove(stage)
        found = _verdicts_of(stage, server)
    stage.done(f"Prometheus evaluated {len(found)} rules meanwhile, {_SCALE} times as fast as time", began)
    _tally(stage, found)
    explained = _run([sys.executable, "-m", "sretool", "slo", "explain", _EXPLAINED, _slos()])
    stage.console.print(f"\n$ sretool slo explain {_EXPLAINED}\n{explained}", markup=False)


def _promises(stage: Stage) -> tuple[Service, ...]:
    began = time.monotonic()
    specs = read_specs(read_sources([_slos()], stdin=sys.stdin.buffer), SpecContext())
    if specs.has_errors:
        raise DemoFailed("the SLOs in slos/ have mistakes: sretool slo validate shows them")
    slos = sum(len(service.slos) for service in specs.services)
    invariants = sum(len(service.invariants) for service in specs.services)
    stage.done(f"slos/: {slos} SLOs and {invariants} invariants of {len(specs.services)} services", began)
    return specs.services


def _generate(stage: Stage, services: tuple[Service, ...]) -> None:
    """Rules in real time with their tests, and the same rules sped up."""
    began = time.monotonic()
    for service in services:
        timing = Timing()
        rules = compile_service(service, timing)
        _write(stage.home / "rules" / f"{service.name}.yaml", emit(rules))
        for pace, text in unit_tests(service, rules, timing, rules_path=f"../rules/{service.name}.yaml").files:
            _write(stage.home / "tests" / f"{service.name}.{pace}.yaml", text)
        _write(stage.home / "fast" / f"{service.name}.yaml", emit(compile_service(service, Timing(scale=_SCALE))))
    stage.done("generated rules and their unit tests", began)


def _check(stage: Stage) -> None:
    began = time.monotonic()
    rules = sorted((stage.home / "rules").iterdir())
    _run([str(_tool("promtool")), "check", "rules", "--lint-fatal", *map(str, rules)])
    stage.done("promtool check rules --lint-fatal", began)


def _filling(stage: Stage) -> AbstractContextManager[Running]:
    """A Prometheus that evaluates the rules that are sped up. Until all have run it takes a while, which others use."""
    rules = tuple(sorted((stage.home / "fast").iterdir()))
    flags = ("--query.lookback-delta=10s",)
    setup = Setup(scrape_interval=_SCRAPE_INTERVAL, rules=rules, watches_itself=True, flags=flags)
    return running(_tool("prometheus"), stage.home, setup)


def _prove(stage: Stage) -> None:
    began = time.monotonic()
    tests = sorted((stage.home / "tests").iterdir())
    with _progress(stage) as progress:
        doing = progress.add_task("promtool test rules, while Prometheus evaluates them", total=len(tests))
        prove(_tool("promtool"), tests, proved=lambda: progress.advance(doing))
    stage.done(f"promtool test rules: {len(tests)} files of generated tests", began)


def _progress(stage: Stage) -> Progress:
    return Progress(console=stage.console, transient=True, disable=not stage.console.is_terminal)


def _verdicts_of(stage: Stage, server: Running) -> list[Verdict]:
    """What is to be said of each rule, once there is something to be said of all."""
    with stage.doing("Prometheus evaluates the rules"):
        wait_until(
            lambda: _are_final(server.api),
            seconds_max=_SETTLED_SECONDS_MAX,
            what="every rule to have a value, or a reason to have none",
            poll_seconds=_POLL_SECONDS,
        )
        return _judge(server.api, at=now().timestamp())


def _are_final(api: Prometheus) -> bool:
    cycle_seconds = max(rule.interval_seconds for rule in api.rules())
    at = now().timestamp()
    return are_final(_judge(api, at=at), _judge(api, at=at - cycle_seconds - _MARGIN_SECONDS))


def _judge(api: Prometheus, *, at: float) -> list[Verdict]:
    """What is to be said of each rule, by what could be seen at a Unix time."""
    rules = [_seen(api, rule, at) for rule in api.rules()]
    missing = frozenset(name for name in foreign_metrics(rules) if not api.query(f"count({name})", at=at).samples)
    return verdicts(rules, missing)


def _seen(api: Prometheus, rule: RuleState, at: float) -> RuleSeen:
    matchers = ", ".join(f"{name}={string_literal(value)}" for name, value in sorted(rule.labels.items()))
    name = f'ALERTS{{alertname="{rule.name}", {matchers}}}' if rule.is_alert else f"{rule.name}{{{matchers}}}"
    has_value = bool(api.query(name, at=at).samples)
    return RuleSeen(rule.name, rule.expr, rule.is_alert, rule.is_evaluated, rule.error, has_value)


def _tally(stage: Stage, found: list[Verdict]) -> None:
    recording = recorded(found)
    valued = sum(verdict.standing == "has a value" for verdict in recording)
    stage.console.print(f"      {valued:>4} record a value, {len(found) - len(recording)} are alerts")
    waiting_for = sorted({name for verdict in found for name in verdict.waiting_for})
    if waiting_for:
        stage.console.print(
            f"      {len(recording) - valued:>4} wait for the billing service, which is not running here:"
        )
        stage.console.print(f"           [dim]{', '.join(waiting_for)}[/]")


def _slos() -> str:
    """The project's own SLOs, by a path that is short to read."""
    return os.path.relpath(assets.find("slos"))


def _tool(name: str) -> Path:
    path = shutil.which(name)
    if path is None:
        raise DemoFailed(f"{name} is not on PATH: `make demo` fetches it")
    return Path(path)


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DemoFailed(f"{' '.join(command[:3])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
