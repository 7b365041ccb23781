"""What products answer of themselves, as their documentation has it. Real ones are asked in tests/integration."""

from __future__ import annotations

import pytest

from sretool.model.duration import DAY, MINUTE, Duration
from sretool.prometheus import facts
from sretool.prometheus.facts import Build, Head, Retention, Target

PROMETHEUS = {"revision": "abc", "branch": "HEAD", "buildUser": "u", "buildDate": "d", "goVersion": "go1.22"}


@pytest.mark.parametrize(
    ("told", "build"),
    [
        (PROMETHEUS | {"version": "2.53.1"}, Build("Prometheus", "2.53.1")),
        (PROMETHEUS | {"version": "3.1.0"}, Build("Prometheus", "3.1.0")),
        (PROMETHEUS | {"version": "0.35.1"}, Build("Thanos", "0.35.1")),
        (PROMETHEUS | {"application": "Grafana Mimir", "version": "2.12.0", "features": {}}, Build("Mimir", "2.12.0")),
        (PROMETHEUS | {"application": "Something else", "version": "1"}, Build("unknown", "1")),
        ({"version": "2.24.0"}, Build("VictoriaMetrics", "2.24.0")),
        ({}, Build("VictoriaMetrics", "")),
        ({"version": "", "other": ""}, Build("unknown", "")),
    ],
)
def test_a_product_is_known_by_what_it_tells(told: dict, build: Build):
    assert facts.build({"data": told}) == build


@pytest.mark.parametrize(
    ("text", "time", "is_cut_by_size"),
    [("15d", DAY * 15, False), ("512MB", None, True), ("15d or 512MB", DAY * 15, True), ("1y", DAY * 365, False)],
)
def test_retention_is_a_time_a_size_or_both(text: str, time: Duration | None, is_cut_by_size: bool):
    assert facts.retention({"data": {"storageRetention": text}}) == Retention(text, time, is_cut_by_size)


def test_a_target_may_not_tell_how_often_it_is_scraped():
    one = {"labels": {"job": "a"}, "scrapeUrl": "http://a/metrics", "health": "up", "lastError": ""}
    two = one | {"health": "down", "lastError": "refused", "scrapeInterval": "1m"}

    assert facts.targets({"data": {"activeTargets": [one, two]}}) == (
        Target({"job": "a"}, "http://a/metrics", None, is_up=True, error=""),
        Target({"job": "a"}, "http://a/metrics", MINUTE, is_up=False, error="refused"),
    )


def test_a_head_without_samples_has_no_times():
    empty = {"numSeries": 0, "chunkCount": 0, "minTime": 2**63 - 1, "maxTime": -(2**63)}
    full = {"numSeries": 7, "chunkCount": 9, "minTime": 1_000, "maxTime": 61_500}

    assert [facts.head({"data": {"headStats": stats}}) for stats in (empty, full)] == [
        Head(0, 0, 0, 0),
        Head(7, 9, 1, 61.5),
    ]
    assert facts.head({"data": {"totalSeries": 1}}) is None


def test_a_type_that_is_unknown_is_not_told():
    answer = {"data": {"a": [{"type": "unknown"}, {"type": "counter"}], "b": [{"type": "unknown"}], "c": []}}

    assert facts.metric_types(answer) == {"a": "counter"}
