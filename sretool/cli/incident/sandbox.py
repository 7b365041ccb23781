"""`sretool incident sandbox`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sretool.cli.outcome import Exit, Stop

if TYPE_CHECKING:
    from sretool.incident.sandbox.drill import Drill
    from sretool.incident.sandbox.faults import Fault
    from sretool.incident.sandbox.serving import Ready


def sandbox(
    *,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of loopback; 0 for a free one.")] = 0,
    service: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="A PagerDuty service that there is; may be repeated. The routing key belongs to the first. "
            "Default: those of catalog.yaml, or PSANDBX where it has none.",
            show_default=False,
        ),
    ] = None,
    fail_share: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Answer this share of requests with 5xx: 95%.", show_default=False),
    ] = None,
    lose_replies: Annotated[
        bool, typer.Option("--lose-replies", help="Do what is asked, then drop the connection.")
    ] = False,
    rate_limit: Annotated[bool, typer.Option("--rate-limit", help="Answer every request with 429.")] = False,
    slow: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="Do what is asked, and reply so late.")] = 0,
    for_: Annotated[
        str | None,
        typer.Option("--for", metavar="DURATION", help="End what these options ask for after 38m.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed fails other requests.")] = 0,
    faults: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Faults as JSON; see docs/sandbox.md.", show_default=False),
    ] = None,
    separate_keys: Annotated[
        bool,
        typer.Option("--separate-keys", help="Neither API finds by its key what the other has opened."),
    ] = False,
    output: Annotated[Literal["shell", "json"], typer.Option(help="Lines to export, or one line of JSON.")] = "shell",
) -> None:
    """Serve a PagerDuty of your own for drills.

    It refuses what the real one refuses, fails on request, and serves until Ctrl-C. It prints what to export in the
    shell that is to use it; its keys and its certificate are made on the spot and open nothing else. Requests and
    pages are told on stderr.

    \b
    Examples:
      sretool incident sandbox
      sretool incident sandbox --fail-share 95% --for 38m
      sretool incident sandbox --lose-replies
    """
    if find_spec("trustme") is None:
        raise Stop(
            Exit.WRONG_INPUT,
            "sretool incident sandbox needs trustme, which the extra brings: pip install 'sretool[sandbox]'",
        )
    from decimal import Decimal

    from sretool import clock
    from sretool.cli.inputs import repository
    from sretool.incident.sandbox.drill import Drill
    from sretool.incident.sandbox.fresh import known_people, known_services, new_keys, new_sandbox
    from sretool.incident.sandbox.server import CannotListen
    from sretool.incident.sandbox.serving import serve

    catalog = repository().catalog
    made = new_sandbox(
        new_keys(),
        clock=clock.now,
        services=known_services(service or (), catalog),
        people=known_people(catalog),
        are_keys_shared=not separate_keys,
    )
    drill = Drill(fail_share, lose_replies, rate_limit, Decimal(str(slow)), for_, seed)
    made.fail_with(_faults(drill, faults))
    try:
        serve(made, port=port, announce=_as_json if output == "json" else _as_shell, tell=_tell)
    except CannotListen as error:
        raise Stop(Exit.WRONG_INPUT, f"sretool incident sandbox: {error}") from error


def _faults(drill: Drill, file: Path | None) -> tuple[Fault, ...]:
    """Those of the options, then those of the file."""
    from sretool import clock
    from sretool.incident.sandbox.faultfile import read_faults

    now = clock.now()
    try:
        return (*drill.faults(now), *(read_faults(file.read_bytes(), now=now) if file else ()))
    except OSError as error:
        raise Stop(Exit.WRONG_INPUT, f"sretool incident sandbox: {file}: {error.strerror}") from error
    except ValueError as error:
        raise Stop(Exit.WRONG_INPUT, f"sretool incident sandbox: {error}") from error


def _tell(line: str) -> None:
    typer.echo(line, err=True)


def _as_shell(ready: Ready) -> None:
    from shlex import quote

    lines = [f"export {name}={quote(value)}" for name, value in ready.environment.items()]
    print("\n".join(lines), flush=True)
    _tell(f"a PagerDuty with {_counted(ready.services)}, until Ctrl-C; export these lines where it is to be used")


def _as_json(ready: Ready) -> None:
    import json

    print(json.dumps({"environment": dict(ready.environment), "services": ready.services}), flush=True)


def _counted(services: tuple[str, ...]) -> str:
    return f"the service{'s' if len(services) > 1 else ''} {', '.join(services)}"
