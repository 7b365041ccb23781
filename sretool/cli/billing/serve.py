"""`sretool billing serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sretool.cli.billing.arguments import DIRECTORY, Directory, Output
from sretool.cli.billing.plainly import plainly
from sretool.cli.outcome import Exit, Stop

if TYPE_CHECKING:
    from sretool.billing.serve import Ready


@plainly
def serve(
    *,
    directory: Directory = DIRECTORY,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 for a free one.")] = 8480,
    enable_faults: Annotated[
        bool, typer.Option("--enable-faults", help="Let `sretool billing fault` break it. Loopback only.")
    ] = False,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    insecure_bind: Annotated[
        bool,
        typer.Option("--insecure-bind", help="Listen on a public address without TLS, behind a proxy that does it."),
    ] = False,
    journal_days: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Drop what came into the journal more than N days ago, 38 or more, once it was billed and recounted. "
            "`reconcile` and making the databases again need all of the journal, so keep a copy. "
            "Without this option nothing is dropped.",
        ),
    ] = None,
    output: Output = "table",
) -> None:
    """Run the service until it is stopped: gateway, applier, biller and recount, on an embedded store.

    Without a billing.yaml it writes one first, as `sretool billing init` does, and shows the keys once.

    \b
    Examples:
      sretool billing serve
      sretool billing serve --enable-faults
      sretool billing serve --host 0.0.0.0 --tls-cert chain.pem --tls-key key.pem
    """
    from sretool.billing.directory import DataDirectory
    from sretool.billing.serve import ServeOptions
    from sretool.billing.serve import serve as run

    options = ServeOptions(
        directory=DataDirectory(directory),
        host=host,
        port=port,
        are_faults_enabled=enable_faults,
        tls_cert=tls_cert,
        tls_key=tls_key,
        is_insecure_bind_allowed=insecure_bind,
        journal_days=journal_days,
    )
    try:
        run(options, announce=_as_json if output == "json" else _as_text)
    except OSError as error:
        raise Stop(
            Exit.WRONG_INPUT, f"sretool billing serve: {error.filename or directory}: {error.strerror}"
        ) from error


def _as_text(ready: Ready) -> None:
    for tenant, key in ready.keys.items():
        print(f"key of {tenant}, shown this once: {key}")
    print(f"serving {ready.directory} at {ready.url}, until Ctrl-C", flush=True)


def _as_json(ready: Ready) -> None:
    import json

    said = {"url": ready.url, "directory": str(ready.directory), "keys": dict(ready.keys)}
    print(json.dumps(said), flush=True)
