"""The same thirty days, counted from the counters of a VictoriaMetrics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.counted import scenarios
from integration.test_counting import BEGAN, DAYS, END, ROLLING, SCENARIOS, Month, counts_of, points_max, promise
from integration.test_victoria import at, import_into, is_ready

from sretool.burn.spans import period_span
from sretool.demo.processes import answering
from sretool.prometheus.connection import Endpoint
from sretool.prometheus.server import Prometheus


@pytest.fixture(scope="module")
def month(victoria_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    home = tmp_path_factory.mktemp("victoria")
    happened = scenarios(7, DAYS)

    def command(port: int) -> list[str]:
        flags = (f"-httpListenAddr=127.0.0.1:{port}", "-storageDataPath=data", "-search.latencyOffset=0s")
        return [str(victoria_binary), *flags, "-retentionPeriod=10y", "-search.disableCache"]

    with (
        answering(command, log=home / "log", is_ready=is_ready, directory=home) as (port, _),
        Prometheus(Endpoint(at(port))) as server,
    ):
        for scenario in happened:
            text = "".join(scenario.exposition(BEGAN))
            in_milliseconds = re.sub(r"(\d+)\.(\d{3})\n", r"\1\2\n", text)
            import_into(server.url, in_milliseconds)
        yield Month(server, {scenario.name: scenario for scenario in happened})


def test_the_budget_spent_is_what_was_counted(month: Month) -> None:
    span = period_span(ROLLING, END)
    counts = counts_of(month, [promise(name) for name in SCENARIOS], END)

    off = {name: month.points_off(promise(name), counts[f"truth/{name}"][span], span) for name in SCENARIOS}

    print("", *(f"{name:22}{points:7.3f} points of budget" for name, points in off.items()), sep="\n")
    assert {name: points for name, points in off.items() if abs(points) > points_max(name)} == {}
