"""History for new rules: what they would have recorded, written as blocks beside the server's own, pass by pass.

promtool evaluates rules over the past by asking the server, so a rule that reads another's record needs that record to
be there first. Each pass holds the rules whose records are all in earlier ones; between two passes the server has to
load the blocks, which Prometheus does within a minute. An edge: it runs promtool and moves blocks.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from sretool.prometheus.server import Prometheus
from sretool.promql import names
from sretool.promql.grammar import read
from sretool.promql.reading import metric_names
from sretool.promql.tree import Selector, Subquery, walk
from sretool.rules.compile import rules_of
from sretool.rules.emit import emit
from sretool.rules.rule import RecordingRule, RuleFile

# promtool asks for a block's length at once, and a range query may have 11,000 steps.
_STEPS_MAX = 10_000
_BLOCK_HOURS = (2, 6, 18, 54, 162, 486)
_LOADED_SECONDS_MAX = 300.0
_POLL_SECONDS = 2.0
_PARTS = 8  # Of the past, each of which has to be found.


class BackfillFailed(Exception):
    """promtool or the server did not do what was asked; the message is a sentence."""


class NoDirectory(BackfillFailed):
    """There is no data directory where one was named."""


@dataclass(frozen=True, slots=True)
class Past:
    """From when to when, in Unix seconds, and the server's data directory that the blocks go to."""

    start: float
    end: float
    data: Path


def passes(files: Sequence[RuleFile], *, everything: bool = False) -> list[list[RuleFile]]:
    """Rule files of recording rules only, in the order in which they have to be evaluated.

    Only what rules look back on, and what that is made of: all else they record anew at once. With `everything`, all.
    """
    levels = [_levels(file, everything=everything) for file in files]
    deepest = max((level for each in levels for level in each.values()), default=-1)
    ordered = [
        [_only(file, each, level) for file, each in zip(files, levels, strict=True)] for level in range(deepest + 1)
    ]
    return [[file for file in files_of_pass if file.groups] for files_of_pass in ordered]


def _levels(file: RuleFile, *, everything: bool) -> dict[RecordingRule, int]:
    """Of each rule, how many passes come before it."""
    needed = _needed(file)
    wanted = set(needed)
    if not everything:
        looked_back_on = {name for rule in rules_of(file) for name in _ranged(rule.expr) if not names.is_seldom(name)}
        wanted = _closure({rule for rule in needed if rule.record in looked_back_on}, needed)
    levels: dict[RecordingRule, int] = {}
    while len(levels) < len(wanted):
        ready = [rule for rule in wanted if rule not in levels and needed[rule] <= levels.keys()]
        assert ready, "the rules of a service never read each other in a circle"
        levels |= dict.fromkeys(ready, 1 + max(levels.values(), default=-1))
    return levels


def _needed(file: RuleFile) -> dict[RecordingRule, set[RecordingRule]]:
    """Of each rule, whose records it reads."""
    rules = [rule for rule in rules_of(file) if isinstance(rule, RecordingRule)]
    reads = {rule: metric_names(rule.expr) for rule in rules}
    return {
        rule: {other for other in rules if other.record in reads[rule] and other is not rule and _may_read(rule, other)}
        for rule in rules
    }


def _closure(rules: set[RecordingRule], needed: dict[RecordingRule, set[RecordingRule]]) -> set[RecordingRule]:
    """The rules, and all that they are made of."""
    found, waiting = set(rules), list(rules)
    while waiting:
        more = needed[waiting.pop()] - found
        found |= more
        waiting += more
    return found


def _ranged(expr: str) -> Iterator[str]:
    """The metrics that an expression reads at more than one instant."""
    for node in walk(read(expr)):
        if isinstance(node, Subquery):
            yield from (one.name for one in walk(node) if isinstance(one, Selector) and one.name)
        elif isinstance(node, Selector) and node.name and node.range is not None:
            yield node.name


def _may_read(rule: RecordingRule, other: RecordingRule) -> bool:
    """A rule of a single SLO reads no other SLO's records."""
    slo, others = dict(rule.labels).get(names.SLO), dict(other.labels).get(names.SLO)
    return slo is None or others is None or slo == others


def _only(file: RuleFile, levels: dict[RecordingRule, int], level: int) -> RuleFile:
    groups = [
        replace(
            group,
            rules=tuple(rule for rule in group.rules if isinstance(rule, RecordingRule) and levels.get(rule) == level),
        )
        for group in file.groups
    ]
    return replace(file, groups=tuple(group for group in groups if group.rules))


def backfill(
    server: Prometheus,
    promtool: Path,
    files: Sequence[RuleFile],
    past: Past,
    *,
    everything: bool = False,
    began: Callable[[int, int, str], None],
) -> int:
    """Write the past of recording rules, as `passes` chooses them; how many blocks that took.

    `began` is told of each step: the pass, how many there are, and what is done. Raises NoAnswer and BackfillFailed.
    """
    if not past.data.is_dir():
        raise NoDirectory(f"{past.data} is no directory: name the server's, that of --storage.tsdb.path")
    server.query("vector(1)", at=past.end)  # Who cannot answer us says why in better words than promtool has.
    ordered = passes(files, everything=everything)
    blocks = 0
    for number, now in enumerate(ordered, 1):
        began(number, len(ordered), "promtool evaluates")
        with tempfile.TemporaryDirectory(prefix=".sretool-backfill-", dir=past.data) as stage:
            _evaluate(promtool, server.url, now, past, stage=Path(stage))
            blocks += _move_blocks(Path(stage) / "blocks", past.data)
        if number < len(ordered):
            began(number, len(ordered), "the server loads the blocks")
            _wait_until_loaded(server, now, past)
    return blocks


def _evaluate(promtool: Path, url: str, files: Sequence[RuleFile], past: Past, *, stage: Path) -> None:
    shortest = min(group.interval.milliseconds for file in files for group in file.groups)
    longest = max(hours for hours in _BLOCK_HOURS if hours * 3_600_000 <= max(_STEPS_MAX * shortest, 7_200_000))
    paths = []
    for file in files:
        paths.append(stage / f"{file.service}.yaml")
        paths[-1].write_text(emit(file), encoding="utf-8")
    command = [
        str(promtool), "tsdb", "create-blocks-from", f"--max-block-duration={longest}h", "rules", f"--url={url}",
        f"--start={past.start:.0f}", f"--end={past.end:.0f}", f"--output-dir={stage / 'blocks'}", *map(str, paths),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # Where a rule fails, promtool says so and exits 0.
    if done.returncode or "error importing rules" in done.stderr or "level=error" in done.stderr:
        said = [line for line in done.stderr.splitlines() if "level=info" not in line]
        raise BackfillFailed(f"promtool did not evaluate the rules: {' '.join(said[-3:])[-600:]}")


def _move_blocks(blocks: Path, data: Path) -> int:
    """Within one file system a block appears at once or not at all."""
    if not blocks.is_dir():
        return 0
    found = [block for block in blocks.iterdir() if (block / "meta.json").is_file()]
    for block in found:
        shutil.move(block, data / block.name)
    return len(found)


def _wait_until_loaded(server: Prometheus, files: Sequence[RuleFile], past: Past) -> None:
    """Until the server has, in every part of the past, a record of each file of which it had data there at all.

    In every part: a rule that runs already has recorded the end, and blocks need not be loaded all at once.
    """
    records = [next(rule for rule in rules_of(file) if isinstance(rule, RecordingRule)) for file in files]
    deadline = time.monotonic() + _LOADED_SECONDS_MAX
    part = (past.end - past.start) / _PARTS
    for rule, number in product(records, range(1, _PARTS + 1)):
        at = past.start + part * number
        is_due = bool(server.query(f"count({rule.expr})", at=at).samples)
        while is_due and not _is_recorded(server, rule, at=at, seconds=math.ceil(part)):
            if time.monotonic() > deadline:
                raise BackfillFailed(
                    f"the server has not loaded the blocks after {_LOADED_SECONDS_MAX:.0f} s: is it {past.data} that "
                    "it writes to? What was written stays there"
                )
            time.sleep(_POLL_SECONDS)


def _is_recorded(server: Prometheus, rule: RecordingRule, *, at: float, seconds: int) -> bool:
    service = dict(rule.labels)["service"]
    asked = f'count(last_over_time({rule.record}{{service="{service}"}}[{seconds}s]))'
    return bool(server.query(asked, at=at).samples)
