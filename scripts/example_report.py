"""Makes the files of examples/report again: the last week of a made-up company's quarter, in each format.

A real Prometheus answers from blocks that promtool wrote, the incidents stand in a real ledger, and the command is the
one that everybody runs. Usage: python scripts/example_report.py DIRECTORY
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

from quarter import ENDED, Paged, alerts, at, counter
from quarter_story import INCIDENTS, STREAMS

from sretool.demo.server import running, tool
from sretool.incident.ledger import Ledger

CHECKOUT = Path(__file__).parent.parent
REPOSITORY = CHECKOUT / "examples" / "report"
WEEK = "2026-W39"
FORMATS = {"html": "report.html", "markdown": "report.md", "json": "report.json"}


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit("usage: python scripts/example_report.py DIRECTORY")
    out = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as directory:
        write_reports(Path(directory), out)
    return 0


def write_reports(home: Path, out: Path) -> None:
    """Make the quarter in `home`, which is empty, and write its reports into `out`."""
    repository = home / "repository"
    shutil.copytree(REPOSITORY, repository, ignore=shutil.ignore_patterns("incidents", *FORMATS.values()))
    write_ledger(repository / "incidents")
    write_blocks(home)
    out.mkdir(parents=True, exist_ok=True)
    with running(tool("prometheus"), home) as server:
        for form, name in FORMATS.items():
            options = ["--week", WEEK, "--output", form, "--out", name, "--prometheus", server.api.url]
            done = subprocess.run(
                [sys.executable, "-m", "sretool", "report", "weekly", *options],
                cwd=repository,
                env=os.environ | {"XDG_CACHE_HOME": str(home / "cache")},
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                sys.exit(done.stderr)
            shutil.copyfile(repository / name, out / name)


def write_blocks(home: Path) -> None:
    text = home / "quarter.txt"
    with text.open("w", encoding="utf-8") as file:
        for stream in STREAMS:
            file.writelines(stream.lines())
        file.writelines(_money())
        file.writelines(_invariants())
        file.write("# EOF\n")
    # promtool reads the whole text once a block; the flag is not in its help.
    command: list[str | Path] = [
        tool("promtool"),
        "tsdb",
        "create-blocks-from",
        "--max-block-duration=1458h",
        "openmetrics",
    ]
    subprocess.run([*command, text, home / "data"], check=True, stdout=subprocess.DEVNULL)
    text.unlink()


def _money() -> Iterator[str]:
    """A run of invoices every night at two, and what is late and unbilled since."""
    draw = Random("money")
    for currency, nightly in (("EUR", 1_840_250), ("JPY", 310_400), ("USD", 902_175)):
        levels: dict[str, list[tuple[int, int]]] = {"billed": [], "voided": [], "late": []}
        billed = voided = 0
        for night, when in enumerate(range(ENDED - 16 * 86_400, ENDED + 1, 300)):
            if when % 86_400 == 7_200:
                billed += nightly * draw.randint(90, 110) // 100
                voided += draw.choice((0, 0, 0, nightly // 400))
            levels["billed"].append((when, billed))
            levels["voided"].append((when, voided))
            levels["late"].append((when, nightly // 50 + night // 288 * (nightly // 900)))
        yield from counter(f'billing_billed_amount_minor_units_total{{currency="{currency}"}}', levels["billed"])
        yield from counter(f'billing_voided_amount_minor_units_total{{currency="{currency}"}}', levels["voided"])
        yield from counter(f'billing_late_unbilled_amount_minor_units{{currency="{currency}"}}', levels["late"])


def _invariants() -> Iterator[str]:
    """One invoice of Wednesday's was not what its recount says."""
    found = at("09-23 03:05")
    times = range(ENDED - 16 * 86_400, ENDED + 1, 300)
    yield from counter("billing_audit_acked_missing_total", ((when, 0) for when in times))
    yield from counter(
        'billing_invoice_recheck_total{result="mismatch"}', ((when, int(when >= found)) for when in times)
    )
    nights = ((when, (when - times[0]) // 86_400 * 412) for when in times)
    yield from counter('billing_invoice_recheck_total{result="match"}', nights)
    for currency, minor in (("EUR", 1_250), ("JPY", 0), ("USD", 0)):
        name = f'billing_invoice_recheck_delta_minor_units_total{{currency="{currency}"}}'
        yield from counter(name, ((when, minor * (when >= found)) for when in times))
    labels = {"alertname": "InvariantViolated", "service": "billing-invoices", "invariant": "unequal-to-recount"}
    yield from alerts(Paged(found + 60, found + 3_600), labels)


def write_ledger(directory: Path) -> None:
    """The quarter's incidents, each by the ledger's own code at the time at which it happened."""
    told = [one for incident in INCIDENTS for one in incident]
    random = Random("ledger")
    for when, _, draft in sorted(told, key=lambda one: one[:2]):
        now = partial(datetime.fromtimestamp, when, UTC)
        Ledger(directory, now=now, random=random.randbytes).append([draft])


if __name__ == "__main__":
    sys.exit(main())
