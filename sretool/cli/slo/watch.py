"""`sretool slo watch`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from sretool.cli.connecting import AlertmanagerUrl, Headers, PrometheusUrl, Timeout
from sretool.cli.outcome import Exit, Stop
from sretool.cli.slo.asking import Names, Owner, ServiceName, Slos, Source, TimeScale

if TYPE_CHECKING:
    from sretool.burn.status import Status

_TO_ALTERNATE_SCREEN, _FROM_ALTERNATE_SCREEN = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"


def watch(
    names: Names = None,
    *,
    every: Annotated[str, typer.Option(help="How often to ask, such as 10s.")] = "10s",
    slos: Slos = None,
    service: ServiceName = None,
    owner: Owner = None,
    source: Source = "auto",
    time_scale: TimeScale = 1,
    prometheus: PrometheusUrl = None,
    alertmanager: AlertmanagerUrl = None,
    header: Headers = None,
    timeout: Timeout = None,
) -> None:
    """Show how SLOs stand, live, until interrupted: a screen on a terminal, a line a change elsewhere.

    \b
    Examples:
      sretool slo watch
      sretool slo watch --service billing-ingest --every 30s | tee standings.log
    """
    from sretool.cli.slo.asking import Reach, ask

    seconds = _seconds(every)

    def now() -> Status:
        reach = Reach(prometheus, alertmanager, timeout, header)
        return ask(
            names,
            slos=slos,
            service=service,
            owner=owner,
            at=None,
            source=source,
            time_scale=time_scale,
            reach=reach,
        )

    try:
        if sys.stdout.isatty():
            _redraw(now, seconds)
        else:
            _tell_changes(now, seconds)
    except KeyboardInterrupt:
        raise Stop(Exit.FINE) from None


def _seconds(every: str) -> float:
    from sretool.model.duration import SECOND, Duration

    try:
        duration = Duration.parse(every)
    except ValueError as error:
        raise Stop(Exit.WRONG_INPUT, f"--every: {error}") from error
    if duration < SECOND:
        raise Stop(Exit.WRONG_INPUT, f"--every {every} is too often: ask once a second at most")
    return float(duration.seconds)


def _redraw(now: Callable[[], Status], seconds: float) -> None:
    """Each screen is written over the last one, line by line, so that nothing flickers."""
    import shutil

    from sretool.cli.slo.printing import table_lines

    with _alternate_screen():
        shown: list[str] = []
        while True:
            try:
                shown = list(table_lines(now()))
                trouble: list[str] = []
            except Stop as stop:
                if stop.code is not Exit.NO_ANSWER:
                    raise
                trouble = [f"no answer: {stop}; what is shown is older", ""]
            height = shutil.get_terminal_size().lines - 1
            text = "".join(f"{line}{_REST_OF_LINE}\r\n" for line in [*trouble, *shown][:height])
            sys.stdout.write(f"{_HOME}{text}{_REST_OF_SCREEN}")
            sys.stdout.flush()
            time.sleep(seconds)


@contextmanager
def _alternate_screen() -> Iterator[None]:
    """What was on the terminal before is there again afterwards, and so is its cursor."""
    sys.stdout.write(_TO_ALTERNATE_SCREEN)
    try:
        yield
    finally:
        sys.stdout.write(_FROM_ALTERNATE_SCREEN)
        sys.stdout.flush()


def _tell_changes(now: Callable[[], Status], seconds: float) -> None:
    from sretool import clock
    from sretool.cli.slo.printing import plain_lines

    told: dict[str, str] = {}
    while True:
        try:
            lines = plain_lines(now())
        except Stop as stop:
            if stop.code is not Exit.NO_ANSWER:
                raise
            lines = {"": f"no answer: {stop}"}
        at = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        for name, line in lines.items():
            if told.get(name) != line:
                print(f"{at} {line}")
        told = lines
        sys.stdout.flush()
        time.sleep(seconds)
