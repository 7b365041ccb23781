"""`sretool billing load`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from sretool.cli.billing.arguments import DIRECTORY, Directory, Keys, Output, Url
from sretool.cli.billing.plainly import plainly, print_json, service_url, show, table
from sretool.cli.outcome import Exit, Stop
from sretool.cli.progress import is_watched

if TYPE_CHECKING:
    from sretool.billing.load.command import Loaded
    from sretool.billing.load.figures import Figures, Tally
    from sretool.billing.load.generator import Plan, Progress


_UNAUTHORIZED = 401


@plainly
def load(
    *,
    rate: Annotated[float, typer.Option(min=1, help="Events a second.")] = 20_000,
    seconds: Annotated[float, typer.Option(min=0.1, help="For so long, at each rate.")] = 10.0,
    batch: Annotated[int, typer.Option(min=1, max=100, help="Events a request.")] = 100,
    connections: Annotated[int, typer.Option(min=1, max=1_000, help="Requests under way at a time, at most.")] = 64,
    tenants: Annotated[int | None, typer.Option(min=1, help="So many of the tenants for load. Default: all.")] = None,
    zipf: Annotated[float, typer.Option(min=0, help="Exponent by which the next tenant has less; 0: all alike.")] = 1.1,
    hot_tenant: Annotated[float, typer.Option(min=0, max=1, help="Share of the load that goes to one tenant.")] = 0.0,
    duplicates: Annotated[float, typer.Option(min=0, max=1, help="Share of batches that were sent before.")] = 0.0,
    late: Annotated[float, typer.Option(min=0, max=1, help="Share of batches 1 to 33 days old.")] = 0.0,
    event_time: Annotated[
        str | None, typer.Option(help="Spread timestamps over a month, such as 2026-07, or `last`.", metavar="MONTH")
    ] = None,
    sweep: Annotated[
        str | None, typer.Option(help="Rate after rate, to find the highest kept.", metavar="LOW:HIGH:STEP")
    ] = None,
    closed_loop: Annotated[
        bool, typer.Option("--closed-loop", help="As fast as answers come, whatever --rate says.")
    ] = False,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds until a batch counts as timed out.")] = 10.0,
    seed: Annotated[int, typer.Option(help="The same seed draws the same.")] = 0,
    url: Url = None,
    keys: Keys = None,
    directory: Directory = DIRECTORY,
    output: Output = "table",
) -> None:
    """Send usage at a rate, however the service does, and measure from the instant at which each batch was due.

    What was sent and what was acknowledged is written to DIR/manifests, for `sretool billing audit`.

    \b
    Examples:
      sretool billing load
      sretool billing load --rate 100000 --seconds 20 && sretool billing audit
      sretool billing load --sweep 50000:300000:50000 --seconds 5
      sretool billing load --closed-loop --connections 16
      sretool billing load --event-time last --duplicates 0.02 --late 0.01

    Exit 0 when something was acknowledged, 1 when everything was turned away, 3 when nobody answers.
    """
    from sretool import clock
    from sretool.billing.keys import FILE_NAME, read_keys
    from sretool.billing.load.command import load_tenants, month_us, run_load, sweep_plans
    from sretool.billing.load.connection import Endpoint
    from sretool.billing.load.generator import Plan
    from sretool.billing.load.traffic import Traffic

    at = service_url(directory, url)
    clients = read_keys(keys or directory / FILE_NAME)
    try:
        Endpoint.of(at)
        plan = Plan(at, None if closed_loop else rate, seconds, connections, timeout)
        plans = [plan] if sweep is None else sweep_plans(sweep, plan)
        senders = load_tenants(clients, tenants)
        span_us = None if event_time is None else month_us(event_time, now_us=clock.now_us())
    except ValueError as error:
        raise Stop(Exit.WRONG_INPUT, f"sretool billing load: {error}") from error
    traffic = Traffic(batch, zipf, hot_tenant, duplicates, late, span_us, seed)
    with _watched() as progress:
        loaded = run_load(plans, senders, traffic, root=directory, progress=progress)
    if output == "json":
        _print(loaded)
    else:
        _show(loaded)
    _judge(loaded)


@contextmanager
def _watched() -> Iterator[Progress | None]:
    """A line on stderr that says how it goes, where somebody watches."""
    if not is_watched():
        yield None
        return
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(stderr=True), auto_refresh=False, transient=True) as live:
        yield lambda plan, elapsed, tally: live.update(_line(plan, elapsed, tally), refresh=True)


def _line(plan: Plan, elapsed: float, tally: Tally) -> str:
    from sretool.billing.load.figures import ACKNOWLEDGED, percentiles

    acknowledged = tally.events[ACKNOWLEDGED]
    failed = sum(tally.events.values()) - acknowledged
    recent = percentiles(tally.ack_seconds[-2_000:])
    p99 = f"{recent[99.0] * 1000:.1f} ms" if recent else "no answer yet"
    pace = f"{acknowledged / elapsed:,.0f}" if elapsed else "0"
    asked = "as fast as it can" if plan.rate is None else f"of {plan.rate:,.0f} asked"
    return f"{elapsed:.0f} s of {plan.seconds:g} s: {pace} events/s acknowledged {asked}, p99 {p99}, {failed:,} failed"


def _print(loaded: Loaded) -> None:
    steps = [step.as_json() for step in loaded.steps]
    said = {"run": loaded.run, "manifest": str(loaded.manifest), "steps": steps}
    print_json(said | ({"capacity_events_per_second": loaded.capacity} if len(steps) > 1 else {}))


def _show(loaded: Loaded) -> None:
    numbers = ("asked/s", "acknowledged/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms", "failed")
    shown = table(*numbers, right=numbers)
    for step in loaded.steps:
        asked = step.asked_events_per_second
        latencies = [f"{seconds * 1000:.1f}" for seconds in step.ack_seconds.values()] or ["-"] * 5
        shown.add_row(
            "closed loop" if asked is None else f"{asked:,.0f}",
            f"{step.acknowledged_per_second:,.0f}",
            *latencies,
            f"{step.failed_events:,}",
        )
    show(shown)
    for outcome, events in _failed(loaded.steps).items():
        print(f"{outcome}: {events:,} events")
    if len(loaded.steps) > 1:
        kept = f"{loaded.capacity:,.0f} events/s" if loaded.capacity else "none of these"
        print(f"highest rate kept with a p99 of at most 50 ms: {kept}")
    print(f"manifest: {loaded.manifest}")


def _failed(steps: tuple[Figures, ...]) -> dict[str, int]:
    from sretool.billing.load.figures import ACKNOWLEDGED, OUTCOMES

    sums = {outcome: sum(step.events[outcome] for step in steps) for outcome in OUTCOMES if outcome != ACKNOWLEDGED}
    return {outcome: events for outcome, events in sums.items() if events}


def _judge(loaded: Loaded) -> None:
    from sretool.billing.load.figures import ACKNOWLEDGED, UNSENT

    if any(step.events[ACKNOWLEDGED] for step in loaded.steps):
        return
    failed = _failed(loaded.steps)
    if set(failed) <= {UNSENT, "broken", "timeout"}:
        raise Stop(Exit.NO_ANSWER, "sretool billing load: nothing was answered in time: is the service alive?")
    raise Stop(Exit.FOUND, f"sretool billing load: nothing was acknowledged{_why(loaded.steps)}")


def _why(steps: tuple[Figures, ...]) -> str:
    """What the service said when it refused batches, of the first status that it gave."""
    refusals = {status: said for step in reversed(steps) for status, said in step.refusals.items()}
    if not refusals:
        return ""
    status, said = next(iter(refusals.items()))
    remedy = ": are the keys those of this service?" if status == _UNAUTHORIZED else ""
    return f": {status} {said}".rstrip() + remedy
