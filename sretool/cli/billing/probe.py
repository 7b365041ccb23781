"""`sretool billing probe`."""

from __future__ import annotations

from typing import Annotated

import typer

from sretool.cli.billing.arguments import DIRECTORY, Directory, Keys, Url
from sretool.cli.billing.plainly import plainly, service_url
from sretool.cli.outcome import Exit, Stop


@plainly
def probe(
    *,
    url: Url = None,
    keys: Keys = None,
    tenant: Annotated[str, typer.Option(help="The canary; nobody else may send as this tenant.")] = "canary",
    host: Annotated[str, typer.Option(help="Address of its own /metrics.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of its own /metrics.")] = 8481,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds until a request counts as timed out.")] = 10.0,
    directory: Directory = DIRECTORY,
    output: Annotated[str, typer.Option("--output", help="How to print where it listens: table or json.")] = "table",
) -> None:
    """Watch a service as a caller would: a batch a second, until it is visible, audited all the time.

    It serves what it saw at /metrics, and survives a service that is dead. What it must not forget stands in
    DIR/probe.json and DIR/manifests.

    \b
    Examples:
      sretool billing probe
      sretool billing probe --url https://billing.example.com --keys canary.json --directory /var/lib/probe
    """
    import asyncio
    import json

    from sretool.billing.keys import FILE_NAME, read_keys
    from sretool.billing.load.connection import Endpoint
    from sretool.billing.probe import ProbeOptions
    from sretool.billing.probe import probe as run

    clients = read_keys(keys or directory / FILE_NAME)
    if tenant not in clients:
        raise Stop(Exit.WRONG_INPUT, f"sretool billing probe: the keys file has no tenant {tenant}: say --tenant")
    at = service_url(directory, url)
    try:
        Endpoint.of(at)
    except ValueError as error:
        raise Stop(Exit.WRONG_INPUT, f"sretool billing probe: --url: {error}") from error
    options = ProbeOptions(at, clients[tenant], directory, host=host, port=port, timeout_seconds=timeout)

    def ready(page: str) -> None:
        said = {"metrics": page, "service": at}
        print(json.dumps(said) if output == "json" else f"probing {at}, metrics at {page}, until Ctrl-C", flush=True)

    async def until_stopped() -> None:
        import signal

        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await run(options, stop, ready=ready)

    try:
        asyncio.run(until_stopped())
    except OSError as error:
        raise Stop(
            Exit.WRONG_INPUT, f"sretool billing probe: {host}:{port} cannot be bound ({error.strerror}): say --port"
        ) from error
