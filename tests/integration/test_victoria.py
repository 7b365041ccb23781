"""VictoriaMetrics as a second server: counters that were imported into it, and what it does not tell."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from sretool.demo.processes import answering
from sretool.prometheus.connection import Endpoint
from sretool.prometheus.errors import Refused
from sretool.prometheus.facts import Build
from sretool.prometheus.server import Prometheus

SCRAPES, STEP_SECONDS = 120, 30


def at(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def is_ready(port: int) -> bool:
    with Prometheus(Endpoint(at(port))) as server:
        return server.is_ready()


@pytest.fixture(scope="module")
def imported(victoria_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Prometheus, int]]:
    """A server with an hour of two counters, and when the last sample was."""
    home = tmp_path_factory.mktemp("victoria")

    def command(port: int) -> list[str]:
        # What was just written is hidden for half a minute unless told otherwise.
        flags = (f"-httpListenAddr=127.0.0.1:{port}", "-storageDataPath=data", "-search.latencyOffset=0s")
        return [str(victoria_binary), *flags, "-retentionPeriod=30d", "-search.disableCache"]

    with (
        answering(command, log=home / "log", is_ready=is_ready, directory=home) as (port, _),
        Prometheus(Endpoint(at(port))) as server,
    ):
        last = int(time.time()) // 60 * 60 - 60
        lines = [
            f'requests_total{{code="{code}"}} {each * number} {(last - (SCRAPES - 1 - number) * STEP_SECONDS) * 1000}\n'
            for code, each in (("200", 99), ("500", 1))
            for number in range(SCRAPES)
        ]
        import_into(server.url, "".join(lines))
        yield server, last


def import_into(url: str, exposition: str) -> None:
    """All of it is found at once: without being told to, VictoriaMetrics shows what is new piece by piece."""
    urlopen(Request(f"{url}/api/v1/import/prometheus", exposition.encode())).close()
    urlopen(f"{url}/internal/force_flush").close()


def test_counters_are_read_at_an_instant(imported: tuple[Prometheus, int]):
    server, last = imported

    found = {sample.labels["code"]: sample.value for sample in server.query("requests_total", at=last).samples}

    assert found == {"200": 99 * (SCRAPES - 1), "500": SCRAPES - 1}


def test_a_last_value_less_the_one_before_is_what_was_counted(imported: tuple[Prometheus, int]):
    """What figures are made of: no extrapolation, by which VictoriaMetrics and Prometheus differ."""
    server, last = imported
    grown = "last_over_time(requests_total[30m]) - (last_over_time(requests_total[1h] offset 30m))"

    found = {sample.labels["code"]: sample.value for sample in server.query(grown, at=last).samples}

    assert found == {"200": 99 * 60, "500": 60}


def test_counters_are_read_over_a_range(imported: tuple[Prometheus, int]):
    server, last = imported
    start = last - 4 * STEP_SECONDS

    (series,) = server.query_range('requests_total{code="500"}', start=start, end=last, step=STEP_SECONDS).series

    assert series.points == tuple((start + number * STEP_SECONDS, Decimal(SCRAPES - 5 + number)) for number in range(5))


def test_raw_samples_have_their_own_times(imported: tuple[Prometheus, int]):
    server, last = imported

    (series,) = server.samples('requests_total{code="200"}[2m]', at=last).series

    assert series.points[-4:] == tuple(
        (last - ago * STEP_SECONDS, Decimal(99 * (SCRAPES - 1 - ago))) for ago in (3, 2, 1, 0)
    )


def test_the_server_tells_what_it_is_and_not_how_it_runs(imported: tuple[Prometheus, int]):
    server, last = imported

    build = server.build()
    assert build == Build("VictoriaMetrics", build.version)
    assert (server.retention(), server.lookback_delta(), server.head(), server.metric_type("requests_total")) == (
        None,
    ) * 4
    assert (server.flags(), server.targets(), server.rules(), server.alerts()) == ({}, (), (), ())
    assert server.label_values("code", start=last - 3_600, end=last).values == ("200", "500")
    assert server.series_count("requests_total", at=last).series == 2


def test_what_the_server_refuses_is_said_in_its_words(imported: tuple[Prometheus, int]):
    server, _ = imported

    with pytest.raises(Refused, match=r"/api/v1/query refuses \(422: .*unexpected token"):
        server.query("sum(requests_total", at=0)
