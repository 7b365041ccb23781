"""From SLO YAML to rules on disk, and how long a command takes to start: whole processes, medians of several runs.

Each figure stands beside a control from the same run, since machines differ and are noisy.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

RUNS = 7
SLOS_EACH = 20
PARSE = (
    "import sys, yaml, pathlib\n"
    "for path in sorted(pathlib.Path(sys.argv[1]).glob('*.yaml')):\n"
    "    yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)\n"
)


@dataclass(frozen=True)
class Cost:
    """Medians of whole processes."""

    wall_seconds: float
    cpu_seconds: float
    peak_mib: float


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="sretool-bench-") as home:
        os.chdir(home)  # Away from the project's own sretool.yaml.
        starts(Path(home))
        scale(Path(home))


def starts(home: Path) -> None:
    one = home / "one"
    write_specs(one, services=1, slos_each=1)
    print(f"\nstart-up: whole processes, median of {RUNS}        wall ms   CPU ms   target")
    for name, command, target in (
        ("control: python -c pass", [sys.executable, "-c", "pass"], ""),
        ("control: python -c 'import typer'", [sys.executable, "-c", "import typer"], ""),
        ("sretool --help", [*sretool(), "--help"], "<= 100"),
        (
            "sretool slo generate, one file",
            [*sretool(), "slo", "generate", str(one), "--out", str(home / "o")],
            "<= 150",
        ),
    ):
        cost = measured(command, runs=RUNS)
        print(f"  {name:<44} {cost.wall_seconds * 1000:8.0f} {cost.cpu_seconds * 1000:8.0f}   {target}")


def scale(home: Path) -> None:
    print("\ngenerate: whole processes                    wall s    CPU s  peak MiB  us a SLO   target")
    for services in (5, 50, 500):
        specs = home / f"specs-{services}"
        write_specs(specs, services=services, slos_each=SLOS_EACH)
        slos = services * SLOS_EACH
        runs = 3 if services == 500 else RUNS
        parsed = measured([sys.executable, "-c", PARSE, str(specs)], runs=runs)
        show(f"control: CSafeLoader on {services} files", parsed, slos, "")
        out = home / f"rules-{services}"
        made = measured(
            [*sretool(), "slo", "generate", str(specs), "--out", str(out)], runs=runs, before=partial(empty, out)
        )
        show(f"{slos:,} SLOs in {services} files", made, slos, "<= 3 s, < 1024 MiB" if services == 500 else "")


def show(name: str, cost: Cost, slos: int, target: str) -> None:
    each = cost.wall_seconds / slos * 1e6
    print(f"  {name:<40} {cost.wall_seconds:8.2f} {cost.cpu_seconds:8.2f} {cost.peak_mib:9.0f} {each:9.0f}   {target}")


def sretool() -> list[str]:
    return [str(Path(sys.executable).with_name("sretool"))]


def measured(command: Sequence[str], *, runs: int, before: Callable[[], None] = lambda: None) -> Cost:
    """The medians of some runs, after one that is not counted."""
    costs = []
    for run in range(runs + 1):
        before()
        cost = once(command)
        if run:
            costs.append(cost)
    return Cost(*(statistics.median(figures) for figures in zip(*costs, strict=True)))


def once(command: Sequence[str]) -> tuple[float, float, float]:
    began = time.perf_counter()
    with Path(os.devnull).open("wb") as nowhere:
        actions = [(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)]
        pid = os.posix_spawn(command[0], list(command), os.environ, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - began
    if status != 0:
        sys.exit(f"{' '.join(command)} failed")
    per_mib = 1024 * 1024 if sys.platform == "darwin" else 1024
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / per_mib


def empty(directory: Path) -> None:
    for path in directory.glob("*.yaml"):
        path.unlink()


def write_specs(directory: Path, *, services: int, slos_each: int) -> None:
    directory.mkdir()
    pages = directory.parent / "runbooks"
    pages.mkdir(exist_ok=True)
    for service in range(services):
        name = f"service-{service:04}"
        slos = "".join(spec(name, slo) for slo in range(slos_each))
        (directory / f"{name}.yaml").write_text(
            f"apiVersion: sretool/v1\nservice: {name}\nowner: team\ntargets: {{job: {name}}}\nslos:\n{slos}"
        )
        (pages / f"{name}.md").write_text("# What to do\n")


def spec(service: str, slo: int) -> str:
    selector = f'http_requests_total{{job="{service}", handler="/v1/{slo}"'
    return (
        f"  - name: slo-{slo:02}\n"
        f"    description: Requests to endpoint {slo} are answered.\n"
        f"    objective: {99 + slo / 25:.2f}%\n"
        "    period: 30d\n"
        "    sli:\n"
        "      events:\n"
        f'        bad: {selector}, code=~"5.."}}\n'
        f"        total: {selector}}}\n"
        f"    runbook: runbooks/{service}.md\n"
    )


if __name__ == "__main__":
    main()
