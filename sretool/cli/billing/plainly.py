"""What can go wrong with a verb, as a sentence and an exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

from sretool.cli.outcome import Exit, Stop

if TYPE_CHECKING:
    from rich.table import Table

P = ParamSpec("P")

_EXTRA = ("msgspec", "numpy", "uvicorn", "httptools", "uvloop")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(2200, 1, 1, tzinfo=UTC)


def plainly(verb: Callable[P, None]) -> Callable[P, None]:
    """Runs a verb with the extra installed, and says in a sentence what it could not do."""

    @wraps(verb)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        require_extra()
        with _said():
            verb(*arguments, **options)

    return run


def missing_extra() -> list[str]:
    """What the service needs and is not installed."""
    return [name for name in _EXTRA if find_spec(name) is None]


def require_extra() -> None:
    missing = missing_extra()
    if missing:
        raise Stop(
            Exit.WRONG_INPUT,
            f"sretool billing needs {', '.join(missing)}, which the extra brings: pip install 'sretool[billing]'",
        )


@contextmanager
def _said() -> Iterator[None]:
    from sretool.billing import errors

    try:
        yield
    except errors.FOUND as error:
        raise Stop(Exit.FOUND, f"sretool billing: {error}") from error
    except errors.WRONG_INPUT as error:
        raise Stop(Exit.WRONG_INPUT, f"sretool billing: {error}") from error
    except errors.NO_ANSWER as error:
        raise Stop(Exit.NO_ANSWER, f"sretool billing: {error}") from error


def print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def table(*headings: str, right: tuple[str, ...] = ()) -> Table:
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        made.add_column(heading, justify="right" if heading in right else "left", no_wrap=True)
    return made


def show(made: Table) -> None:
    """Whole, however narrow the terminal: what is in a table is copied."""
    from sretool.cli.inputs import console

    output = console()
    output.width = output.measure(made, options=output.options.update(width=1_000)).maximum
    output.print(made, crop=False)


def instant_us(text: str, option: str) -> int:
    """Microseconds since 1970 of an RFC 3339 instant, or of the first instant in UTC of a day. Ends the command."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Stop(Exit.WRONG_INPUT, _not_an_instant(text, option)) from error
    if instant.tzinfo is None:
        if len(text) != len("2026-08-01"):
            raise Stop(Exit.WRONG_INPUT, _not_an_instant(text, option))
        instant = instant.replace(tzinfo=UTC)
    if not _EPOCH <= instant < _END:
        raise Stop(
            Exit.WRONG_INPUT, f"{option}: {text!r} is not within 1970 and 2199, which is what a journal can hold"
        )
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant_text(instant_us: int) -> str:
    return (_EPOCH + timedelta(microseconds=instant_us)).isoformat().replace("+00:00", "Z")


def _not_an_instant(text: str, option: str) -> str:
    return f"{option}: {text!r} is not an instant: write 2026-08-02T00:00:00Z, or 2026-08-02 for its start in UTC"


def service_url(directory: Path, url: str | None) -> str:
    """The address given, that of the running service, or the default one."""
    from sretool.billing.directory import DataDirectory

    if url is not None:
        return url
    admin = DataDirectory(directory).admin()
    return admin.url if admin else "http://127.0.0.1:8480"
