"""A past for rules that were loaded just now: what they would have recorded of good weeks, written into blocks.

Without one every window would be as long as the server has run: an error ratio over three days would be that of the
last minute, and the slow alerts would fire with the fast ones. It is a past of recorded series. Of counters it holds
the durable ones alone, which completeness reads as they were some time ago: at what they show now, since nothing was
counted before. Any other value would be a reset where the service begins, and there a gap that never was. And nothing
in it was bad: what is counted straight from counters, which have no past, then says the same as what is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sretool.clock import zone
from sretool.demo.processes import run
from sretool.model.duration import DAY, HOUR, MINUTE, Duration
from sretool.model.period import CalendarMonth
from sretool.model.sli import CompletenessSli, counts_time
from sretool.model.slo import Service, Slo
from sretool.promql import names
from sretool.promql.selectors import selector_parts
from sretool.rules.compile import compile_service, rules_of
from sretool.rules.periods import tile
from sretool.rules.rule import RecordingRule
from sretool.rules.timing import FAST, Timing

_LONGEST_PERIOD = DAY * 31
_RATES = DAY * 8  # Windows go three days back, and the runbook of idle services a week.
_EVERY_SAMPLE = HOUR * 2  # Windows up to this length are read over every sample, longer ones in steps.
_READ_BACK = Duration.of(minutes=4)  # A sample is seen for five minutes.
# promtool reads the text once a block, so a block is as long as may be (the flag is not in its help).
_BLOCK = "--max-block-duration=1458h"


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A constant that was recorded every `step` seconds, from so many seconds ago to so many.

    At multiples of the step: what reads in steps reads at these moments, and Prometheus does not look back as far as to
    the sample of the step before.
    """

    name: str
    value: float
    first_ago: float
    step: float
    last_ago: float = 0

    def lines(self, labels: str, until: float) -> Iterator[str]:
        first, last = ((until - ago) // self.step for ago in (self.first_ago, self.last_ago))
        for step in range(int(first) + 1, int(last) + 1):
            yield f"{self.name}{labels} {self.value!r} {self.step * step:.3f}\n"


def write_history(
    promtool: Path,
    home: Path,
    services: Iterable[Service],
    timing: Timing,
    *,
    per_second: Callable[[Slo], float],
    durable: Mapping[str, str],
    until: float,
) -> None:
    """Write blocks into home/data that end at a Unix time. Raises ServerFailed with what promtool says.

    `per_second` are the events that an SLO had, where it does not count time. `durable` holds by labels, such as
    `job="a",instance="b"`, what the target that has them exposes now.
    """
    services = tuple(services)
    text = home / "history.txt"
    with text.open("w", encoding="utf-8") as file:
        for service in services:
            file.writelines(history_of(service, timing, per_second=per_second, until=until))
        for labels, exposed in durable.items():
            file.writelines(standing_counters(services, timing, exposed, labels=labels, until=until))
        file.write("# EOF\n")
    run([promtool, "tsdb", "create-blocks-from", _BLOCK, "openmetrics", text, home / "data"])


def history_of(service: Service, timing: Timing, *, per_second: Callable[[Slo], float], until: float) -> Iterator[str]:
    """Lines of OpenMetrics, a series after the other, in order of time."""
    rules = [rule for rule in rules_of(compile_service(service, timing)) if isinstance(rule, RecordingRule)]
    written = {rule.record for rule in rules}
    scale = f'time_scale="{timing.scale}"'
    for slo in service.slos:
        labels = f'{{service="{slo.service}",slo="{slo.name}",{scale}}}'
        for recorded in _recorded(slo, per_second(slo), timing):
            if recorded.name in written:
                yield from recorded.lines(labels, until)
    for name in sorted({slo.period.zone for slo in service.slos if isinstance(slo.period, CalendarMonth)}):
        offset = datetime.fromtimestamp(until, zone(name)).utcoffset() or timedelta()
        tiles = _Recorded(
            names.ZONE_OFFSET, offset.total_seconds(), _seconds(_LONGEST_PERIOD, timing), _seconds(MINUTE * 15, timing)
        )
        yield from tiles.lines(f'{{service="{service.name}",zone="{name}",{scale}}}', until)


def standing_counters(
    services: Iterable[Service], timing: Timing, exposed: str, *, labels: str, until: float
) -> Iterator[str]:
    """Lines of OpenMetrics: the durable counters of the services as they are exposed now, standing still before."""
    slis = [slo.sli for service in services for slo in service.slos if isinstance(slo.sli, CompletenessSli)]
    durable = {_name(selector) for sli in slis for selector in (sli.ingested, sli.metered)}
    length = max((_seconds(sli.allowed_lag + HOUR, timing) for sli in slis), default=0)
    scrape = _seconds(timing.scrape_interval, timing)
    for line in exposed.splitlines():
        counter, _, value = line.rpartition(" ")
        name, _, rest = counter.partition("{")
        if name in durable:
            own = rest.removesuffix("}")
            series = f"{{{own},{labels}}}" if own else f"{{{labels}}}"
            yield from _Recorded(name, float(value), length, scrape).lines(series, until)


def _name(selector: str) -> str | None:
    parts = selector_parts(selector)
    return parts.name if parts else None


def _recorded(slo: Slo, per_second: float, timing: Timing) -> Iterator[_Recorded]:
    every = 1 if counts_time(slo.sli) else per_second
    lengths = (_RATES, _LONGEST_PERIOD, _EVERY_SAMPLE, tile(slo.period), FAST, _READ_BACK)
    window, period, recent, part, cycle, seen = (_seconds(length, timing) for length in lengths)
    for name, value in ((names.BAD, 0), (names.BAD_NET, 0), (names.ALL, every), (names.ALL_NET, every)):
        yield _Recorded(name, value, window, seen, recent)
        yield _Recorded(name, value, recent, cycle)
    yield _Recorded(names.MISSING, 0, recent, cycle)
    for of in (names.bad_tile, names.bad_tile_gross):
        yield _Recorded(of(tile(slo.period)), 0, period, part)
    for of in (names.all_tile, names.all_tile_gross):
        yield _Recorded(of(tile(slo.period)), every * part, period, part)
    if every:  # Of no events there is no budget.
        yield _Recorded(names.PERIOD_REMAINING, 1, period, seen)


def _seconds(length: Duration, timing: Timing) -> float:
    return float(timing.scaled(length).seconds)
