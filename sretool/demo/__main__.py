"""`python -m sretool.demo`: from the SLOs in slos/ to rules on a Prometheus, in under a minute.

Everything is real: promtool checks the rules and runs their generated tests, and a Prometheus of our own evaluates
them, sixty times as fast as time, until each has a value or a reason to have none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from sretool import assets
from sretool.demo.api import Api, RuleState
from sretool.demo.server import ServerFailed, Setup, WaitedTooLong, running, wait_until
from sretool.demo.verdicts import RuleSeen, Verdict, foreign_metrics, verdicts
from sretool.model.duration import SECOND
from sretool.model.slo import Service
from sretool.promql.literal import string_literal
from sretool.rules.compile import compile_service
from sretool.rules.emit import emit
from sretool.rules.timing import Timing
from sretool.rules.unittests.generate import unit_tests
from sretool.settings.context import SpecContext
from sretool.spec.load import read_specs
from sretool.spec.sources import read_sources

_SCALE = 60
_SETTLED_SECONDS_MAX = 45
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
    with tempfile.TemporaryDirectory(prefix="sretool-demo-") as home:
        try:
            tell(Stage(console, Path(home)))
        except (DemoFailed, ServerFailed, WaitedTooLong) as error:
            print(f"sretool demo: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("sretool demo: interrupted; everything that it started is stopped", file=sys.stderr)
            return 130
    return 0


def tell(stage: Stage) -> None:
    services = _promises(stage)
    _generate(stage, services)
    _prove(stage)
    _evaluate(stage)
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


def _prove(stage: Stage) -> None:
    began = time.monotonic()
    promtool, rules = _tool("promtool"), sorted((stage.home / "rules").iterdir())
    _run([promtool, "check", "rules", "--lint-fatal", *map(str, rules)])
    stage.done("promtool check rules --lint-fatal", began)
    began = time.monotonic()
    tests = sorted((stage.home / "tests").iterdir())
    with ThreadPoolExecutor(max_workers=2) as pool, _progress(stage) as progress:
        doing = progress.add_task("promtool test rules", total=len(tests))
        for _ in pool.map(lambda test: _run([promtool, "test", "rules", str(test)]), tests):
            progress.advance(doing)
    stage.done(f"promtool test rules: {len(tests)} files of generated tests", began)


def _progress(stage: Stage) -> Progress:
    return Progress(console=stage.console, transient=True, disable=not stage.console.is_terminal)


def _evaluate(stage: Stage) -> None:
    began = time.monotonic()
    rules = tuple(sorted((stage.home / "fast").iterdir()))
    setup = Setup(scrape_interval=SECOND, rules=rules, watches_itself=True, flags=("--query.lookback-delta=10s",))
    with stage.doing("Prometheus evaluates the rules"), running(Path(_tool("prometheus")), stage.home, setup) as server:
        wait_until(
            lambda: all(verdict.is_settled for verdict in _judge(server.api)),
            seconds_max=_SETTLED_SECONDS_MAX,
            what="every rule to have a value, or a reason to have none",
        )
        found = _judge(server.api)
    stage.done(f"Prometheus evaluated {len(found)} rules, {_SCALE} times as fast as time", began)
    _tally(stage, found)


def _judge(api: Api) -> list[Verdict]:
    rules = [_seen(api, rule) for rule in api.rules()]
    missing = frozenset(name for name in foreign_metrics(rules) if not api.query(f"count({name})"))
    return verdicts(rules, missing)


def _seen(api: Api, rule: RuleState) -> RuleSeen:
    matchers = ", ".join(f"{name}={string_literal(value)}" for name, value in sorted(rule.labels.items()))
    name = f'ALERTS{{alertname="{rule.name}", {matchers}}}' if rule.is_alert else f"{rule.name}{{{matchers}}}"
    return RuleSeen(rule.name, rule.expr, rule.is_alert, rule.is_evaluated, rule.error, bool(api.query(name)))


def _tally(stage: Stage, found: list[Verdict]) -> None:
    recording = [verdict for verdict in found if not verdict.rule.is_alert]
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


def _tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise DemoFailed(f"{name} is not on PATH: `make demo` fetches it")
    return path


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
