"""The reference service as processes of its own, met as everybody meets it: by its commands and over HTTP."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpcore

from sretool.billing.directory import DataDirectory
from sretool.demo.processes import ServerFailed, announced, run, started

SRETOOL = (sys.executable, "-m", "sretool")
_ANSWER_SECONDS_MAX = 30
# As many batches as is usual of a caller, so that the share that fails is soon near the ratio that was asked for.
_EVENTS_A_BATCH = 10
_LOAD_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Billing:
    """A service that runs on a data directory. `target` is the host:port to scrape."""

    directory: Path
    target: str

    def metrics(self) -> str:
        """What a scrape would read now."""
        limits = {"connect": _ANSWER_SECONDS_MAX, "read": _ANSWER_SECONDS_MAX}
        answer = httpcore.request("GET", f"http://{self.target}/metrics", extensions={"timeout": limits})
        if answer.status != 200:
            raise ServerFailed(f"the metrics of {self.target} answer {answer.status}")
        return answer.content.decode()

    def command(self, *words: str) -> list[str]:
        """A command about this service."""
        return [*SRETOOL, "billing", *words, "--directory", str(self.directory)]

    def tell(self, *words: str) -> str:
        """Run a command about this service; what it prints. Raises ServerFailed."""
        return run(self.command(*words))

    def fail(self, fault: str, *parameter: str) -> datetime:
        """Put a fault on; when it was, rather than when the command had ended."""
        self.tell("fault", "set", fault, *parameter)
        return datetime.fromtimestamp(DataDirectory(self.directory).faults.stat().st_mtime, UTC)


@contextmanager
def serving(directory: Path) -> Iterator[Billing]:
    """Start the service, which may be made to fail, and stop it at the end. Its log lies beside its directory."""
    words = ("serve", "--port", "0", "--enable-faults", "--directory", str(directory), "--output", "json")
    with announced([*SRETOOL, "billing", *words], log=directory.with_suffix(".log")) as ready:
        yield Billing(directory, _target(ready["url"]))


@contextmanager
def probing(billing: Billing) -> Iterator[str]:
    """The caller's view of it; the value is the probe's own host:port to scrape."""
    command = billing.command("probe", "--port", "0", "--output", "json")
    with announced(command, log=billing.directory.with_suffix(".probe.log")) as ready:
        yield _target(ready["metrics"])


@contextmanager
def loading(billing: Billing, *, per_second: int) -> Iterator[None]:
    """Usage, in batches as small as callers send them."""
    rate = ("--rate", str(per_second), "--batch", str(_EVENTS_A_BATCH), "--seconds", str(_LOAD_SECONDS))
    with started(billing.command("load", *rate), log=billing.directory.with_suffix(".load.log")):
        yield


def _target(url: str) -> str:
    return url.removeprefix("http://").split("/")[0]
