"""`sretool slo watch`."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer

from sretool.cli.connecting import AlertmanagerUrl, Headers, PrometheusUrl, Timeout
from sretool.cli.outcome import Exit, Stop
from sretool.cli.slo.asking import Names, Owner, ServiceName, Slos, Source, TimeScale

if TYPE_CHECKING:
    from sretool.burn.status import Status

_TO_ALTERNATE_SCREEN, _FROM_ALTERNATE_SCREEN = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_LOOK_SECONDS = 0.1  # How soon another size of the terminal is seen.
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
    from sretool.cli.slo.asking import Reach, ask, promised
    from sretool.demo.processes import interruptible

    seconds = _seconds(every)

    def now() -> Status:
        reach = Reach(prometheus, alertmanager, timeout, header)
        return ask(
            promised(slos),
            names,
            service=service,
            owner=owner,
            at=None,
            source=source,
            time_scale=time_scale,
            reach=reach,
        )

    try:
        with interruptible():
            first = now()  # What cannot even be begun ends the command, as everywhere.
            if sys.stdout.isatty():
                _redraw(first, now, seconds)
            else:
                _tell_changes(first, now, seconds)
    except KeyboardInterrupt:
        raise Stop(Exit.FINE) from None


def _seconds(every: str) -> float:
    from sretool.cli.slo.asking import duration
    from sretool.model.duration import SECOND

    pause = duration("--every", every)
    if pause < SECOND:
        raise Stop(Exit.WRONG_INPUT, f"--every {every} is too often: ask once a second at most")
    return float(pause.seconds)


def _redraw(seen: Status, now: Callable[[], Status], seconds: float) -> None:
    """Ask again and again; what was seen last stays where the server does not answer."""
    trouble = ""
    with _alternate_screen():
        while True:
            _show_until(time.monotonic() + seconds, seen, trouble)
            answer = _asked(now)
            seen, trouble = (seen, answer) if isinstance(answer, str) else (answer, "")


def _asked(now: Callable[[], Status]) -> Status | str:
    """How it stands, or why that is not known."""
    try:
        return now()
    except Stop as stop:
        if stop.code is not Exit.NO_ANSWER:
            raise
        return f"no answer: {stop}"


def _show_until(end: float, seen: Status, trouble: str) -> None:
    """Draw, and draw anew when the terminal gets another size."""
    size = None
    while (left := end - time.monotonic()) > 0:
        if size != (size := shutil.get_terminal_size()):
            _draw(seen, trouble, size)
        time.sleep(min(left, _LOOK_SECONDS))


def _draw(seen: Status, trouble: str, size: os.terminal_size) -> None:
    """Over the last screen, line by line, so that nothing flickers."""
    from sretool.cli.slo.printing import table_lines

    lines = [*wrap(trouble, size.columns), *table_lines(seen)]
    height = size.lines - 1
    if len(lines) > height:
        lines = [*lines[: height - 1], f"and {len(lines) - height + 1} more lines: sretool slo status shows all"]
    text = "".join(f"{line}{_REST_OF_LINE}\r\n" for line in lines)
    sys.stdout.write(f"{_HOME}{text}{_REST_OF_SCREEN}")
    sys.stdout.flush()


@contextmanager
def _alternate_screen() -> Iterator[None]:
    """What was on the terminal before is there again afterwards, and so is its cursor."""
    sys.stdout.write(_TO_ALTERNATE_SCREEN)
    try:
        yield
    finally:
        sys.stdout.write(_FROM_ALTERNATE_SCREEN)
        sys.stdout.flush()


def _tell_changes(first: Status, now: Callable[[], Status], seconds: float) -> None:
    from sretool import clock
    from sretool.cli.slo.printing import plain_lines
    from sretool.demo.processes import uninterrupted

    answer: Status | str = first
    told: dict[str, str] = {}
    while True:
        lines = {"": answer} if isinstance(answer, str) else plain_lines(answer)
        at = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        with uninterrupted():  # What is interrupted while it is written is written once more at the end.
            for name, line in lines.items():
                if told.get(name) != line:
                    print(f"{at} {line}")
            sys.stdout.flush()
        told = lines
        time.sleep(seconds)
        answer = _asked(now)
