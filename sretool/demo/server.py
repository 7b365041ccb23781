"""A Prometheus and an Alertmanager of our own on free loopback ports, their files in a directory of ours."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sretool.demo.processes import ServerFailed, answering
from sretool.model.duration import MINUTE, Duration
from sretool.prometheus.connection import Connection, Endpoint
from sretool.prometheus.server import Prometheus

CONFIGURATION = "alertmanager.yml"
_ANSWER_SECONDS_MAX = 60


@dataclass(frozen=True, slots=True)
class ScrapeJob:
    """What to scrape: a job's name and its targets as host:port."""

    name: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a server runs with. `rules` are paths or globs; `flags` go to the command line as they are.

    With `watches_itself` it scrapes its own metrics, as the rules that watch the rules need. Alerts go to
    `alertmanagers`, as host:port.
    """

    scrape_interval: Duration = MINUTE
    jobs: tuple[ScrapeJob, ...] = ()
    rules: tuple[Path, ...] = ()
    flags: tuple[str, ...] = ()
    watches_itself: bool = False
    alertmanagers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    api: Prometheus
    pid: int
    home: Path


@contextmanager
def running(binary: Path, home: Path, setup: Setup = Setup()) -> Iterator[Running]:
    """Start Prometheus with its configuration, data and log in `home`, wait until it answers, stop it at the end.

    Blocks that lie in home/data are loaded. Raises ServerFailed.
    """

    def command_at(port: int) -> list[str | Path]:
        (home / "prometheus.yml").write_text(_configuration(setup, port), encoding="utf-8")
        return [
            binary,
            f"--config.file={home / 'prometheus.yml'}",
            f"--storage.tsdb.path={home / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--storage.tsdb.retention.time=10y",
            *setup.flags,
        ]

    with (
        answering(command_at, log=home / "prometheus.log", is_ready=_is_ready) as (port, pid),
        Prometheus(Endpoint(_url(port), _ANSWER_SECONDS_MAX)) as api,
    ):
        yield Running(api, pid, home)


@contextmanager
def alerting(binary: Path, home: Path, configuration: str) -> Iterator[str]:
    """Start Alertmanager, wait until it answers, stop it at the end; its URL. Raises ServerFailed."""
    (home / CONFIGURATION).write_text(configuration, encoding="utf-8")

    def command_at(port: int) -> list[str | Path]:
        return [
            binary,
            f"--config.file={home / CONFIGURATION}",
            f"--storage.path={home / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",  # Else it listens for its like on a fixed port.
        ]

    unpacked = binary.resolve().parents[2]  # Where Debian's, if not installed, looks for its templates.
    log = home / "alertmanager.log"
    with answering(command_at, log=log, is_ready=_is_ready, directory=unpacked) as (port, _):
        yield _url(port)


def tool(*names: str) -> Path:
    """The first of `names` that is on PATH. Raises ServerFailed."""
    for name in names:
        found = shutil.which(name)
        if found:
            return Path(found)
    raise ServerFailed(f"{names[0]} is not on PATH: in a checkout, `make tools` fetches it into .tools/usr/bin")


def _is_ready(port: int) -> bool:
    with Connection(Endpoint(_url(port), _ANSWER_SECONDS_MAX)) as connection:
        return connection.is_fine("/-/ready")


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _configuration(setup: Setup, port: int) -> str:
    """Prometheus' configuration as JSON, which is YAML."""
    itself = (ScrapeJob("prometheus", (f"127.0.0.1:{port}",)),) if setup.watches_itself else ()
    return json.dumps(
        {
            "global": {"scrape_interval": str(setup.scrape_interval), "scrape_timeout": _timeout(setup)},
            "rule_files": [str(path) for path in setup.rules],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": list(setup.alertmanagers)}]}]},
            "scrape_configs": [
                {"job_name": job.name, "static_configs": [{"targets": list(job.targets)}]}
                for job in (*setup.jobs, *itself)
            ],
        },
        indent=1,
    )


def _timeout(setup: Setup) -> str:
    return str(min(setup.scrape_interval, Duration.of(seconds=10)))
