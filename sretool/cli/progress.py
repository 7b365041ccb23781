"""How far a command is, on stderr, where both stdout and stderr are a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def is_watched() -> bool:
    return sys.stdout.isatty() and sys.stderr.isatty()


@contextmanager
def bar(words: str) -> Iterator[Callable[[int, int], None] | None]:
    """Call it with what is done and what there is to do; None when nobody watches."""
    if not is_watched():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, refresh_per_second=4) as progress:
        task = progress.add_task(words, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def doing(words: str) -> Iterator[None]:
    """Say what is being done while it is, and take it away again: for what may take more than a second."""
    if not is_watched():
        yield
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status(escape(words)):
        yield
