"""PagerDuty as the demonstration has it, and the receiver that tells it: processes, met as everybody meets them."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpcore

from sretool.demo.measured import SRETOOL
from sretool.demo.processes import ServerFailed, announced

_ANSWER_SECONDS_MAX = 30


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """`environment` is what commands need to reach it. The real one, which nobody asks whom it has woken, has a URL and
    the id of the service for which it pages.
    """

    environment: Mapping[str, str]
    real_service: str = ""
    real_url: str = ""

    def pages(self) -> list[dict[str, Any]]:
        """Whom the sandbox has woken, and why."""
        trust = ssl.create_default_context(cafile=self.environment["SSL_CERT_FILE"])
        limits = {"connect": _ANSWER_SECONDS_MAX, "read": _ANSWER_SECONDS_MAX}
        url = f"{self.environment['SRETOOL_PAGERDUTY_URL']}/sandbox/pages"
        with httpcore.ConnectionPool(ssl_context=trust) as pool:
            answer = pool.request("GET", url, extensions={"timeout": limits})
        if answer.status != 200:
            raise ServerFailed(f"the sandbox answers {answer.status}")
        pages: list[dict[str, Any]] = json.loads(answer.content)["pages"]
        return pages


@contextmanager
def sandbox(repository: Path, *, log: Path) -> Iterator[PagerDuty]:
    """One with the services that the catalogue of a repository has; nobody else is told anything."""
    command = [*SRETOOL, "incident", "sandbox", "--output", "json"]
    with announced(command, log=log, directory=repository) as ready:
        yield PagerDuty(ready["environment"])


@contextmanager
def receiving(repository: Path, environment: Mapping[str, str], *, scale: int, log: Path) -> Iterator[str]:
    """Start the receiver of an Alertmanager's notifications in a repository; the URL where they are posted."""
    listens = ("--listen", "127.0.0.1:0", "--time-scale", str(scale), "--output", "json")
    command = [*SRETOOL, "incident", "from-alert", *listens]
    with announced(command, log=log, directory=repository, environment=environment) as ready:
        yield ready["url"]
