"""A past for rules that were loaded just now: what they would have recorded of good weeks, written into blocks.

Without one every window would be as long as the server has run: an error ratio over three days would be that of the
last minute, and the slow alerts would fire with the fast ones. It is a past of recorded series alone. Counters cannot
have one here: the service begins at zero, so that all that was written of them would be a reset, and of the durable
ones (appended, applied) a gap that never was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sretool.demo.processes import run
from sretool.model.duration import DAY, HOUR, Duration
from sretool.model.objective import plain
from sretool.model.sli import counts_time
from sretool.model.slo import Service, Slo
from sretool.promql import names
from sretool.rules.compile import compile_service, rules_of
from sretool.rules.periods import tile
from sretool.rules.rule import RecordingRule
from sretool.rules.timing import FAST, Timing

_LONGEST_PERIOD = DAY * 31
_LONGEST_WINDOW = DAY * 3
_EVERY_SAMPLE = HOUR * 2  # Windows up to this length are read over every sample, longer ones in steps.
_READ_BACK = Duration.of(minutes=4)  # A sample is seen for five minutes.
# promtool reads the text once a block, so a block is as long as may be (the flag is not in its help).
_BLOCK = "--max-block-duration=1458h"


@dataclass(frozen=True, slots=True)
class Past:
    """So many events a second (time is counted as one), and the share of the budget that they spent."""

    per_second: float = 1
    spent_ratio: float = 0


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A constant that was recorded every `step` seconds, from so many seconds ago to so many."""

    name: str
    value: float
    first_ago: float
    step: float
    last_ago: float = 0

    def moments(self, until: float) -> Iterator[float]:
        steps = int((self.first_ago - self.last_ago) / self.step)
        return (until - self.first_ago + self.step * done for done in range(steps))


def write_history(
    promtool: Path,
    home: Path,
    services: Iterable[Service],
    timing: Timing,
    *,
    past: Callable[[Slo], Past],
    until: float,
) -> None:
    """Write blocks into home/data that end at a Unix time. Raises ServerFailed with what promtool says."""
    text = home / "history.txt"
    with text.open("w", encoding="utf-8") as file:
        for service in services:
            file.writelines(history_of(service, timing, past=past, until=until))
        file.write("# EOF\n")
    run([promtool, "tsdb", "create-blocks-from", _BLOCK, "openmetrics", text, home / "data"])


def history_of(service: Service, timing: Timing, *, past: Callable[[Slo], Past], until: float) -> Iterator[str]:
    """Lines of OpenMetrics, a series after the other, in order of time."""
    rules = [rule for rule in rules_of(compile_service(service, timing)) if isinstance(rule, RecordingRule)]
    written = {rule.record for rule in rules}
    for slo in service.slos:
        labels = f'{{service="{slo.service}",slo="{slo.name}",time_scale="{timing.scale}"}}'
        for recorded in _recorded(slo, past(slo), timing):
            if recorded.name in written:
                yield from (
                    f"{recorded.name}{labels} {recorded.value!r} {moment:.3f}\n" for moment in recorded.moments(until)
                )


def _recorded(slo: Slo, past: Past, timing: Timing) -> Iterator[_Recorded]:
    every = 1 if counts_time(slo.sli) else past.per_second
    bad = every * past.spent_ratio * float(plain(slo.objective.budget))
    window, period, count = (
        _seconds(length, timing) for length in (_LONGEST_WINDOW, _LONGEST_PERIOD, tile(slo.period))
    )
    recent, cycle, seen = (_seconds(length, timing) for length in (_EVERY_SAMPLE, FAST, _READ_BACK))
    for name, value in ((names.BAD, bad), (names.BAD_NET, bad), (names.ALL, every), (names.ALL_NET, every)):
        yield _Recorded(name, value, window, seen, recent)
        yield _Recorded(name, value, recent, cycle)
    for of in (names.bad_tile, names.bad_tile_gross):
        yield _Recorded(of(tile(slo.period)), bad * count, period, count)
    for of in (names.all_tile, names.all_tile_gross):
        yield _Recorded(of(tile(slo.period)), every * count, period, count)
    yield _Recorded(names.PERIOD_REMAINING, 1 - past.spent_ratio, period, seen)


def _seconds(length: Duration, timing: Timing) -> float:
    return float(timing.scaled(length).seconds)
