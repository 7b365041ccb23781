"""How long it takes until an incident has its id, whole processes from their start; and what a long history costs.

The id is printed once the incident is on the disk, before anything of the network is imported. Each figure stands
beside `python -c pass` from the same run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from sretool.incident.events import Acknowledged, Happening, Noted, Opened, Resolved
from sretool.incident.ledger import Draft, Ledger

RUNS = 20
EVENTS = 100_000
LIFE: tuple[Happening, ...] = (
    Opened("Orders fail", "sev2", "it burns", service="shop", slo="shop/availability"),
    Acknowledged("ada"),
    *(Noted(f"note {number}: the queue is longer than it was, and nobody knows why") for number in range(7)),
    Resolved("rolled back"),
)
SLO = """apiVersion: sretool/v1
service: shop{number}
owner: desk
slos:
  - name: availability
    description: Requests are answered.
    objective: 99.9%
    period: 30d
    sli: {{events: {{bad: 'requests_total{{code="500"}}', total: requests_total}}}}
    runbook: runbooks/shop.md
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="sretool-bench-") as home:
        os.chdir(home)  # Away from the project's own sretool.yaml.
        opening()
        reading()


def opening() -> None:
    print(f"\nfrom the start of the process to the id, median of {RUNS}       median ms   worst ms   target")
    line("control: python -c pass", lambda: whole([sys.executable, "-c", "pass"]))
    line("open --title", lambda: first_line("--title", "x"), "<= 400")
    write_slos(20)
    numbers = count()  # Of what no incident is open about.

    def by_slo() -> float:
        return first_line("--slo", f"shop{next(numbers)}/availability")

    def by_service() -> float:
        return first_line("--service", "shop", "--title", f"failure {next(numbers)}")

    line("open --slo NAME, 20 SLOs", by_slo, "<= 400")
    write_slos(2_000)
    line("open --slo SERVICE/NAME, 2,000 SLOs", by_slo, "<= 400")
    write_history()
    line(f"the same with {EVENTS:,} events in the ledger", by_slo, "<= 400")
    line("the same with 10,000 incidents of the same service, by --service", by_service, "<= 400")


def reading() -> None:
    print(f"\n{EVENTS:,} events of {EVENTS // len(LIFE):,} incidents, whole processes, best of 3   seconds")
    for verb in (["list"], ["list", "--all"], ["show", name_of(17)], ["note", name_of(17), "x"], ["verify"]):
        seconds = min(whole([*sretool(), "incident", *verb]) for _ in range(3))
        print(f"  incident {' '.join(verb):<50} {seconds:12.2f}")


def line(name: str, measure: Callable[[], float], target: str = "") -> None:
    found = sorted(measure() for _ in range(RUNS))
    print(f"  {name:<54} {statistics.median(found) * 1000:10.0f} {found[-1] * 1000:10.0f}   {target}")


def sretool() -> list[str]:
    return [sys.executable, "-m", "sretool"]


def whole(command: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def first_line(*arguments: str) -> float:
    """Seconds until the id is there; what the command does afterwards is waited for, and not counted."""
    began = time.perf_counter()
    command = [*sretool(), "incident", "open", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        seconds = time.perf_counter() - began
    assert said.startswith(b"inc-"), said
    return seconds


def write_slos(count: int) -> None:
    Path("slos").mkdir(exist_ok=True)
    for number in range(count):
        Path(f"slos/{number}.yaml").write_text(SLO.format(number=number))


def write_history() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    ledger = Ledger(Path("incidents"))
    ledger.append(
        [
            Draft(name_of(number), happening, occurred_at=began + timedelta(minutes=number), actor="ada@desk")
            for number in range(EVENTS // len(LIFE))
            for happening in LIFE
        ]
    )


def name_of(number: int) -> str:
    letters = "0123456789abcdefghjkmnpqrstvwxyz"
    return "inc-20260101-" + "".join(letters[number >> 5 * place & 31] for place in reversed(range(5)))


if __name__ == "__main__":
    main()
