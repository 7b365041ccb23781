"""Whether alerts that are not there yet would have fired lately, for those who are about to deploy them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from sretool.burn.backtest.candidates import candidates
from sretool.burn.backtest.history import History, NoHistory, Source, Wanted, download
from sretool.burn.backtest.running import look_back, trial, windows_of
from sretool.burn.backtest.scoring import Firing
from sretool.burn.preflight import Finding
from sretool.model.burn import can_fire
from sretool.model.duration import Duration
from sretool.model.slo import Slo
from sretool.rules.timing import Timing

_LEAST_LOSS = 0.02  # As a backtest has it unless told otherwise; only whether anything fired is told here.


def rehearse(source: Source, slos: Iterable[Slo], timing: Timing, *, last: Duration, at: int) -> Iterator[Finding]:
    """A finding an SLO that has alerts: what they would have told of in the time before `at`. Raises NoAnswer."""
    for slo in slos:
        if not any(can_fire(tier, slo.objective) for tier in slo.alerting.tiers):
            continue
        grid = candidates(slo, ())
        start = at - int(last.seconds)
        wanted = Wanted(start, at, look_back_seconds=int(look_back(grid).seconds), now=at)
        try:
            history = download(source, slo, timing, wanted)
        except NoHistory:
            yield Finding(slo.full_name, "note", f"no event in the last {last.readable}: its alerts cannot be tried")
            continue
        score = trial(grid[0], windows_of(history), judged_from=history.judged_from, least_ratio=_LEAST_LOSS).score
        yield _finding(slo, score.firings, history, last)


def _finding(slo: Slo, firings: tuple[Firing, ...], history: History, last: Duration) -> Finding:
    if not firings:
        return Finding(slo.full_name, "ok", f"no alert of burn would have fired in the last {last.readable}")
    told = [f"{one.told.severity} {one.told.tiers[0].name} at {_moment(history, one)}" for one in firings]
    shown = ", ".join(told[:3]) + (f" and {len(told) - 3} more" if len(told) > 3 else "")
    return Finding(slo.full_name, "note", f"in the last {last.readable} would have fired: {shown}")


def _moment(history: History, one: Firing) -> str:
    return datetime.fromtimestamp(history.at(one.told.stretch.first), UTC).strftime("%Y-%m-%d %H:%M UTC")
