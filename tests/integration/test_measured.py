"""The promises in slos/ meet the service that they are about: real processes, scraped by a real Prometheus."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml

from sretool.demo.processes import stop, wait_until
from sretool.demo.server import ScrapeJob, Setup, running
from sretool.model.duration import SECOND, Duration
from sretool.prometheus.answers import Sample
from sretool.prometheus.server import Prometheus

SLOS = sorted((Path(__file__).parents[2] / "slos").glob("*.yaml"))
NO_EXPRESSIONS = {"threshold", "max_age", "allowed_lag", "histogram"}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "sretool", "billing", *words]


@contextmanager
def started(home: Path, *words: str) -> Iterator[dict]:
    """A command that runs until it is stopped, once it has said in a line of JSON where it is."""
    with (home / f"{words[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            [*command(*words), "--output", "json"], stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (home / f"{words[0]}.log").read_text()
        yield json.loads(line)
    finally:
        stop(process)


def address(url: str) -> str:
    return url.removeprefix("http://").split("/")[0]


@pytest.fixture(scope="module")
def measured(prometheus_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that has scraped the service and its probe, twice since a load was over."""
    home = tmp_path_factory.mktemp("measured")
    data = ("--directory", str(home / "data"))
    with ExitStack() as parts:
        service = parts.enter_context(started(home, "serve", "--port", "0", *data))
        probe = parts.enter_context(started(home, "probe", "--port", "0", *data))
        jobs = (
            ScrapeJob("billing", (address(service["url"]),)),
            ScrapeJob("billing-probe", (address(probe["metrics"]),)),
        )
        setup = Setup(scrape_interval=SECOND, jobs=jobs)
        api = parts.enter_context(running(prometheus_binary, home, setup)).api
        load = command("load", "--rate", "5000", "--seconds", "3", "--output", "json", *data)
        loaded = json.loads(subprocess.run(load, check=True, capture_output=True).stdout)
        acknowledged = loaded["steps"][0]["events"]["acknowledged"]  # Of a busy machine not all that were asked for.
        wait_until(
            lambda: any(one.value >= acknowledged for one in now(api, "sum(billing_applied_events_total)")),
            seconds_max=60,
            what="the load to be applied and scraped",
        )
        yield api


def now(server: Prometheus, expression: str) -> tuple[Sample, ...]:
    return server.query(expression, at=time.time()).samples


def expressions(document: dict) -> Iterator[str]:
    """What Prometheus is asked of a service; a histogram's threshold as its bucket."""
    for slo in document["slos"]:
        for kind in slo["sli"].values():
            yield from (text for key, text in kind.items() if key not in NO_EXPRESSIONS)
            if "histogram" in kind:
                seconds = Duration.parse(kind["threshold"]).milliseconds / 1000
                yield f'{kind["histogram"]}_bucket{{le="{seconds:g}"}} or {kind["histogram"]}_bucket{{le="{seconds}"}}'
    yield from (invariant["zero"] for invariant in document.get("invariants", []))


def documents() -> Sequence[dict]:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in SLOS]


@pytest.mark.parametrize("expression", sorted({text for one in documents() for text in expressions(one)}))
def test_an_expression_of_the_promises_has_data_from_the_service(measured: Prometheus, expression: str):
    wait_until(lambda: bool(now(measured, expression)), seconds_max=60, what=f"data of {expression}")


def test_the_targets_of_the_promises_are_up(measured: Prometheus):
    def up() -> set[str]:
        return {sample.labels["job"] for sample in now(measured, "up == 1")}

    # A busy machine makes some scrapes late, which then have failed.
    wait_until(lambda: up() == {"billing", "billing-probe"}, seconds_max=60, what="both to be up")


def test_what_must_never_rise_has_not_risen(measured: Prometheus):
    never = [invariant["zero"] for one in documents() for invariant in one.get("invariants", [])]

    assert {sample.value for zero in never for sample in now(measured, f"sum({zero})")} == {0}
