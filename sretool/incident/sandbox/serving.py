"""A sandbox as a process: it says how it is reached, and serves until it is told to stop. An edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sretool.incident.sandbox.exchange import Sandbox
from sretool.incident.sandbox.server import listening
from sretool.incident.stopping import told_to_stop


@dataclass(frozen=True, slots=True)
class Ready:
    """What the shell that is to use the sandbox has to export, and the services that there are."""

    environment: Mapping[str, str]
    services: tuple[str, ...]


def serve(sandbox: Sandbox, *, port: int, announce: Callable[[Ready], None], tell: Callable[[str], None]) -> None:
    """Until SIGINT or SIGTERM. The certificate is removed at the end. Raises CannotListen."""
    with (
        told_to_stop() as stopped,
        TemporaryDirectory(prefix="sretool-sandbox-") as directory,
        listening(sandbox, Path(directory), port=port, tell=tell) as place,
    ):
        account = sandbox.account
        environment = {
            "SRETOOL_PAGERDUTY_URL": place.url,
            "SRETOOL_PAGERDUTY_EVENTS_URL": place.url,
            "SSL_CERT_FILE": str(place.trust),
            "PAGERDUTY_API_KEY": account.keys.api_key,
            "PAGERDUTY_ROUTING_KEY": account.keys.routing_key,
            "PAGERDUTY_FROM": account.on_call.email,
        }
        announce(Ready(environment, tuple(one.id for one in account.services)))
        stopped.wait()
