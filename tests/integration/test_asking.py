"""Our client asks a real Prometheus that scrapes itself, and a second reader says the same."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from prometheus_api_client import PrometheusConnect

from sretool.demo.processes import wait_until
from sretool.demo.server import Setup, running
from sretool.model.duration import DAY, MINUTE, SECOND
from sretool.prometheus.errors import Refused
from sretool.prometheus.facts import Target
from sretool.prometheus.server import Prometheus

RULE = """groups:
- {name: mine, interval: 1s, rules: [{record: a:b, expr: vector(7)}, {alert: Always, expr: a:b > 1, labels: {of: me}}]}
"""
LOOKBACK = "--query.lookback-delta=2m"


@pytest.fixture(scope="module")
def server(prometheus_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """One that has recorded its rule, and been scraped, at least fourteen times."""
    home = tmp_path_factory.mktemp("asking")
    (home / "rules.yaml").write_text(RULE)
    setup = Setup(scrape_interval=SECOND, rules=(home / "rules.yaml",), flags=(LOOKBACK,), watches_itself=True)
    with running(prometheus_binary, home, setup) as started:
        for expr in ("count_over_time(up[1m]) >= 14", "count_over_time(a:b[1m]) >= 14", 'ALERTS{alertname="Always"}'):
            wait_until(lambda of=expr: has(started.api, of), seconds_max=60, what=f"data of {expr}")
        yield started.api


def has(server: Prometheus, expr: str) -> bool:
    return bool(server.query(expr, at=time.time()).samples)


@pytest.fixture
def scraped(server: Prometheus) -> float:
    """When the last scrape was that succeeded. All of it is there, and nothing comes to what was then any more."""
    (series,) = server.samples("prometheus_build_info[1m]", at=time.time()).series
    return series.points[-1][0]


@pytest.fixture
def second(server: Prometheus) -> Iterator[PrometheusConnect]:
    with PrometheusConnect(server.url, timeout=30, method="POST") as reader:
        yield reader


def by_labels(pairs: list[tuple[dict[str, str], object]]) -> dict[frozenset, object]:
    return {frozenset(labels.items()): value for labels, value in pairs}


@pytest.mark.parametrize(
    "expr",
    [
        "up",
        'prometheus_http_requests_total{code="200"}',
        "rate(process_cpu_seconds_total[30s])",
        "vector(1) / 0",
        "vector(0) / 0",
        "vector(0.1) + 0.2",
        "nothing_of_that_name",
    ],
)
def test_both_readers_find_the_same_at_an_instant(
    server: Prometheus, second: PrometheusConnect, scraped: float, expr: str
):
    ours = by_labels([(sample.labels, str(float(sample.value))) for sample in server.query(expr, at=scraped).samples])
    theirs = second.custom_query(expr, params={"time": scraped})

    assert ours == by_labels([(one["metric"], str(float(one["value"][1]))) for one in theirs])
    assert bool(ours) == (expr != "nothing_of_that_name")


def test_both_readers_find_the_same_over_a_range(server: Prometheus, second: PrometheusConnect, scraped: float):
    end = math.floor(scraped)
    start, expr = end - 8, "sum(prometheus_tsdb_head_samples_appended_total)"

    (ours,) = server.query_range(expr, start=start, end=end, step=2).series
    (theirs,) = second.custom_query_range(
        expr, datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), "2"
    )

    assert [at for at, _ in ours.points] == [start, start + 2, start + 4, start + 6, end]
    assert list(ours.points) == [(at, Decimal(value)) for at, value in theirs["values"]]


def test_raw_samples_have_their_own_times(server: Prometheus, second: PrometheusConnect, scraped: float):
    (ours,) = server.samples("up[1m]", at=scraped).series
    (theirs,) = second.custom_query("up[1m]", params={"time": scraped})

    assert ours.points[-1] == (scraped, 1)
    assert list(ours.points) == [(at, Decimal(value)) for at, value in theirs["values"]]
    assert len({at for at, _ in ours.points}) == len(ours.points) > 1


def test_a_long_expression_is_answered(server: Prometheus):
    expr = " or ".join(f'up{{job="{n:06}"}}' for n in range(5_000))

    assert server.query(expr, at=time.time()).samples == ()


def test_what_the_server_refuses_is_said_in_its_words(server: Prometheus):
    with pytest.raises(Refused, match=r"/api/v1/query refuses \(400: .*unclosed left parenthesis\)"):
        server.query("sum(up", at=0)
    with pytest.raises(Refused, match=r"/api/v1/query refuses \(422: .*duplicate series"):
        server.query('up * on () {job="prometheus"}', at=time.time())
    with pytest.raises(Refused, match=r"exceeded maximum resolution of 11,?000 points"):
        server.query_range("up", start=0, end=20_000, step=1)


def test_the_server_tells_what_it_is_and_how_it_runs(server: Prometheus):
    found: list[Target] = []

    def is_scraped() -> bool:
        found[:] = server.targets()
        return all(target.is_up for target in found)  # A busy machine makes some scrapes too late.

    wait_until(is_scraped, seconds_max=60, what="a scrape that succeeds")
    (target,), build, retention = found, server.build(), server.retention()

    assert (build.product, build.version.split(".")[0]) in (("Prometheus", "2"), ("Prometheus", "3"))
    assert retention is not None
    assert (retention.time, retention.is_cut_by_size) == (DAY * 3_650, False)
    assert server.lookback_delta() == MINUTE * 2
    assert server.flags()["storage.tsdb.retention.time"] == "10y"
    assert (target.labels["job"], target.scrape_interval, target.is_up, target.error) == (
        "prometheus",
        SECOND,
        True,
        "",
    )


def test_the_server_tells_what_it_stores(server: Prometheus):
    # In this order: meanwhile there are more of them, and later ones.
    series = server.series_count('{job="prometheus"}', at=time.time()).series
    head, now = server.head(), time.time()

    assert head is not None
    assert 0 < now - head.last < 60
    assert head.first < head.last
    assert 100 < series <= head.series <= head.chunks
    assert server.series_count("nothing_of_that_name", at=now).series == 0
    assert server.label_values("job", start=now - 60, end=now).values == ("prometheus",)
    assert server.label_values("job", selector="a:b", start=now - 60, end=now).values == ()
    names = {"prometheus_http_requests_total": "counter", "up": None, "go_goroutines": "gauge"}
    names |= {f"prometheus_http_request_duration_seconds{end}": "histogram" for end in ("_bucket", "_count", "_sum")}
    assert {name: server.metric_type(name) for name in names} == names


def test_the_server_tells_its_rules_and_alerts(server: Prometheus):
    recorded, alerting = server.rules()
    (alert,) = server.alerts()

    assert (recorded.name, recorded.expr, recorded.is_alert, recorded.interval_seconds) == (
        "a:b",
        "vector(7)",
        False,
        1,
    )
    assert (alerting.name, alerting.labels, alerting.is_alert, alerting.error) == ("Always", {"of": "me"}, True, "")
    assert (alert.labels, alert.state, alert.value) == ({"alertname": "Always", "of": "me"}, "firing", 7)
