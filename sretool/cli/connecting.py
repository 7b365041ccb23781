"""The options by which commands reach servers, and the one place where a server's silence ends a command."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from sretool.cli.outcome import Exit, Stop

if TYPE_CHECKING:
    from sretool.prometheus.alertmanager import Alertmanager
    from sretool.prometheus.endpoint import Endpoint
    from sretool.prometheus.server import Prometheus
    from sretool.settings.settings import Settings


def url_of_a_server(url: str | None) -> str | None:
    """What an option such as --prometheus says. Ends the command where that is no URL, before anything is done."""
    from sretool.prometheus.configured import Misconfigured, judge_url

    if url:
        try:
            judge_url(url)
        except Misconfigured as error:
            raise Stop(Exit.WRONG_INPUT, str(error)) from error
    return url


PrometheusUrl = Annotated[
    str | None,
    typer.Option(
        "--prometheus",
        metavar="URL",
        callback=url_of_a_server,
        help="Prometheus, or what answers as it does. Default: SRETOOL_PROMETHEUS_URL, or prometheus: of sretool.yaml.",
        show_default=False,
    ),
]
AlertmanagerUrl = Annotated[
    str | None,
    typer.Option(
        "--alertmanager",
        metavar="URL",
        callback=url_of_a_server,
        help="The Alertmanager. Default: SRETOOL_ALERTMANAGER_URL, or alertmanager: of sretool.yaml; else none.",
        show_default=False,
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        min=0.1,
        help="How long each question may take, with all attempts. Default: timeout: of sretool.yaml, or 30.",
        show_default=False,
    ),
]
Headers = Annotated[
    list[str] | None,
    typer.Option(
        "--header",
        metavar="NAME=VALUE",
        help="A header to send, such as a tenant's; may be repeated. Secrets: docs/servers.md.",
        show_default=False,
    ),
]


HOW_TO_NAME_PROMETHEUS = "give --prometheus URL, set SRETOOL_PROMETHEUS_URL, or write prometheus: URL into sretool.yaml"


@contextmanager
def prometheus_server(
    url: str | None = None, *, timeout_seconds: float | None = None, headers: Sequence[str] | None = None
) -> Iterator[Prometheus]:
    """The Prometheus to ask. Whatever it does not answer ends the command, and so does one that nobody has named."""
    with prometheus_if_named(url, timeout_seconds=timeout_seconds, headers=headers) as server:
        if server is None:
            raise Stop(Exit.WRONG_INPUT, f"no Prometheus is named: {HOW_TO_NAME_PROMETHEUS}")
        yield server


@contextmanager
def prometheus_if_named(
    url: str | None = None, *, timeout_seconds: float | None = None, headers: Sequence[str] | None = None
) -> Iterator[Prometheus | None]:
    """The Prometheus to ask, or None where nobody has named one. Whatever it does not answer ends the command."""
    from sretool.prometheus.server import Prometheus

    with stopping():
        endpoint = _endpoint("prometheus", url, timeout_seconds, headers)
        if endpoint is None:
            yield None
            return
        with Prometheus(endpoint) as server:
            yield server


@contextmanager
def alertmanager_server(
    url: str | None = None, *, timeout_seconds: float | None = None, headers: Sequence[str] | None = None
) -> Iterator[Alertmanager | None]:
    """The Alertmanager to ask, or None where nobody has named one."""
    with stopping():
        endpoint = _endpoint("alertmanager", url, timeout_seconds, headers)
        if endpoint is None:
            yield None
            return
        from sretool.prometheus.alertmanager import Alertmanager  # Most commands have none to ask.

        with Alertmanager(endpoint) as server:
            yield server


@contextmanager
def stopping() -> Iterator[None]:
    """End the command where a server does not answer, or where it is said wrongly how to ask it."""
    from sretool.prometheus.configured import Misconfigured
    from sretool.prometheus.errors import NoAnswer

    try:
        yield
    except NoAnswer as error:
        raise Stop(Exit.NO_ANSWER, str(error)) from error
    except Misconfigured as error:
        raise Stop(Exit.WRONG_INPUT, str(error)) from error


def _endpoint(
    key: str, url: str | None, timeout_seconds: float | None, headers: Sequence[str] | None
) -> Endpoint | None:
    from sretool.cli.inputs import settings
    from sretool.prometheus.configured import endpoint

    chosen: Settings = settings()
    of_key = chosen.prometheus if key == "prometheus" else chosen.alertmanager
    return endpoint(key, of_key, os.environ, url=url, timeout_seconds=timeout_seconds, headers=headers or ())
