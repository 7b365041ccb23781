"""Writing the past into a Prometheus' data directory with promtool: counters from text, then rules over them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sretool.demo.server import Setup, running
from sretool.model.duration import Duration
from sretool.rules.emit import emit
from sretool.rules.rule import RuleFile

# promtool reads the whole text once a block, so blocks are as long as may be (the flag is not in its help).
_TEXT_BLOCKS = "--max-block-duration=1458h"
# Rules come by range queries of a block's length each, and a query may have 11,000 steps.
_STEPS_MAX = 10_000
_BLOCK_HOURS = (2, 6, 18, 54, 162, 486)


def write_counters(promtool: Path, home: Path, lines: Iterable[str]) -> None:
    """Write OpenMetrics text (without its end) into blocks in home/data."""
    text = home / "counters.txt"
    with text.open("w", encoding="utf-8") as file:
        file.writelines(lines)
        file.write("# EOF\n")
    _run(promtool, "create-blocks-from", _TEXT_BLOCKS, "openmetrics", text.name, "data", home=home)


def record(promtool: Path, prometheus: Path, home: Path, *, file: RuleFile, first: float, last: float) -> None:
    """Record a rule file's recording rules from `first` to `last` (Unix times), as a server with these rules would
    have: at each group's interval and offset. They read what earlier passes recorded, not one another.

    The group's offset follows from its name and its file's, which is why that is relative.
    """
    (home / "pass.yml").write_text(emit(file), encoding="utf-8")
    shortest = min(group.interval.milliseconds for group in file.groups)
    fitting = [hours for hours in _BLOCK_HOURS if hours * 3_600_000 <= _STEPS_MAX * shortest]
    with running(prometheus, home, Setup(flags=("--log.level=warn",))) as server:
        _run(
            promtool, "create-blocks-from", f"--max-block-duration={max(fitting)}h", "rules", f"--url={server.api.url}",
            f"--start={first:.0f}", f"--end={last:.0f}", "--output-dir=data", "pass.yml", home=home,
        )  # fmt: skip


def only(file: RuleFile, records: Iterable[str], *, interval: Duration | None = None) -> RuleFile:
    """The recording rules of these names, in their groups; with `interval`, evaluated at another pace."""
    wanted = set(records)
    groups = [
        replace(
            group,
            interval=interval or group.interval,
            rules=tuple(rule for rule in group.rules if getattr(rule, "record", None) in wanted),
        )
        for group in file.groups
    ]
    return replace(file, groups=tuple(group for group in groups if group.rules))


def _run(promtool: Path, *arguments: str, home: Path) -> None:
    done = subprocess.run(
        [promtool, "tsdb", *arguments], cwd=home, capture_output=True, text=True, check=False, timeout=600
    )
    # A failed rule is told on stderr and promtool exits 0.
    if done.returncode or "error importing rules" in done.stderr or "level=error" in done.stderr:
        told = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("level=info"))
        raise AssertionError(f"promtool {' '.join(arguments)}\n{told[-1000:]}")
