"""`sretool slo backtest`."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sretool.cli.connecting import Headers, PrometheusUrl, Timeout, prometheus_server
from sretool.cli.outcome import Exit, Stop
from sretool.cli.slo.asking import At, Slos

if TYPE_CHECKING:
    from sretool.burn.backtest.candidates import Candidate
    from sretool.burn.backtest.history import History, Wanted
    from sretool.model.duration import Duration
    from sretool.model.slo import Slo
    from sretool.prometheus.server import Prometheus


def backtest(
    name: Annotated[
        str, typer.Argument(help="An SLO, as service/name, or name where that is unique.", show_default=False)
    ],
    *,
    last: Annotated[str, typer.Option(help="How far back to go, such as 30d.")] = "30d",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE[,VALUE]",
            help="Settings to try, every combination: objective, tiers, min_bad_events, min_events. May be repeated.",
            show_default=False,
        ),
    ] = None,
    loss: Annotated[
        str, typer.Option(help="The least share of the budget that a stretch spends to count as a loss.")
    ] = "2%",
    slos: Slos = None,
    at: At = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Download anew what the cache has, and keep that.")] = False,
    prometheus: PrometheusUrl = None,
    header: Headers = None,
    timeout: Timeout = None,
    output: Annotated[
        Literal["table", "json", "markdown"], typer.Option("--output", help="How to print the result.")
    ] = "table",
) -> None:
    """Say what an SLO's alerts would have done over real history, and what other settings would have.

    A loss is a stretch in which more than the budget's share of events failed, and which spent so much of the budget.
    Precision is the share of alerts that told of one, recall the share of losses that were told of. Needs numpy: pip
    install 'sretool[backtest]'. docs/backtest.md says what is counted how.

    \b
    Examples:
      sretool slo backtest checkout/availability --last 90d
      sretool slo backtest availability --set objective=99.9%,99.95% --set min_bad_events=2,10
      sretool slo backtest availability --set tiers=default,1h-5m:10:page+3d-6h:1:ticket
    """
    if find_spec("numpy") is None:
        raise Stop(Exit.WRONG_INPUT, "sretool slo backtest needs numpy: pip install 'sretool[backtest]'")
    from sretool.burn.backtest.running import Backtest, trial, windows_of
    from sretool.cli.inputs import find, load
    from sretool.cli.slo.backtested import print_backtest
    from sretool.cli.slo.gate import ratio

    least = float(ratio("--loss", loss))
    slo = find(load(slos), name)
    grid = _candidates(slo, settings or ())
    wanted = _wanted(length(last), at, grid)
    with prometheus_server(prometheus, timeout_seconds=timeout, headers=header) as server:
        history = _history(server, slo, wanted, fresh=fresh)
    windows = windows_of(history)
    tried = [trial(one, windows, judged_from=history.judged_from, least_ratio=least) for one in grid]
    print_backtest(Backtest(slo, history, tuple(tried), least), output)


def _candidates(slo: Slo, settings: list[str] | tuple[()]) -> list[Candidate]:
    from sretool.burn.backtest.candidates import WrongSetting, candidates

    try:
        grid = candidates(slo, settings)
    except WrongSetting as error:
        raise Stop(Exit.WRONG_INPUT, str(error)) from error
    if not any(one.slo.alerting.tiers for one in grid):
        raise Stop(Exit.WRONG_INPUT, f"{slo.full_name} has no alerts that could fire: try some by --set tiers=default")
    return grid


def length(last: str) -> Duration:
    """How far back. Ends the command where that is no duration, or too short a one."""
    from sretool.cli.slo.asking import duration
    from sretool.model.duration import MINUTE

    found = duration("--last", last)
    if found < MINUTE:
        raise Stop(Exit.WRONG_INPUT, f"--last {last} is too short to tell anything: write such as 30d")
    return found


def _wanted(length: Duration, at: str | None, grid: list[Candidate]) -> Wanted:
    """Never past the present, which has no history."""
    from sretool.burn.backtest.history import Wanted
    from sretool.burn.backtest.running import look_back
    from sretool.cli.slo.asking import instant

    now = int(instant(None))
    end = min(now, int(instant(at)))
    return Wanted(end - int(length.seconds), end, look_back_seconds=int(look_back(grid).seconds), now=now)


def _history(server: Prometheus, slo: Slo, wanted: Wanted, *, fresh: bool) -> History:
    from sretool.burn.backtest.history import NoHistory, Source, download
    from sretool.burn.cache import default_directory
    from sretool.cli.inputs import settings
    from sretool.rules.timing import Timing

    source = Source(server, default_directory(os.environ), say, fresh=fresh)
    try:
        return download(source, slo, Timing(settings().scrape_interval), wanted)
    except NoHistory as error:
        raise Stop(Exit.NO_ANSWER, str(error)) from error
    finally:
        say(0, 0)


def say(number: int, of: int) -> None:
    """How much has come, where somebody watches; at the end the line is empty again."""
    if sys.stderr.isatty():
        text = f"\rdownloading: {number} of {of} days" if of else "\r\x1b[K"
        print(text, end="", file=sys.stderr, flush=True)
