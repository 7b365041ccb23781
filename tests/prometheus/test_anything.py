"""Whatever a server sends, what comes of it is a value or one of our errors, in one printable line."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus.fake import Answer, hang_up, raw, reply, serving

from sretool.prometheus.alertmanager import Alertmanager
from sretool.prometheus.connection import Endpoint
from sretool.prometheus.errors import NoAnswer
from sretool.prometheus.server import Prometheus
from sretool.prometheus.transport import Transport

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("9e999999999")
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
METRIC = {"__name__": "up", "job": "a"}
RULE = {"name": "a", "query": "b", "type": "recording", "health": "ok", "evaluationTime": 0.1, "labels": {}}
ALERT = {"labels": METRIC, "annotations": {}, "state": "firing", "value": "1e+00"}
TARGET = {"labels": METRIC, "scrapeUrl": "http://a", "health": "up", "lastError": "", "scrapeInterval": "1m"}
MOMENT = "2026-03-01T03:00:00.000Z"
NOTIFIED = {
    "labels": METRIC,
    "annotations": {},
    "startsAt": MOMENT,
    "fingerprint": "f",
    "receivers": [{"name": "nobody"}],
    "status": {"state": "suppressed", "silencedBy": ["s"], "inhibitedBy": []},
}
SILENCE = {
    "id": "s",
    "status": {"state": "active"},
    "matchers": [{"name": "a", "value": "b", "isRegex": False, "isEqual": True}],
    "startsAt": MOMENT,
    "endsAt": MOMENT,
    "createdBy": "ana",
    "comment": "c",
}


def of_data(data: object) -> dict[str, object]:
    return {"status": "success", "data": data, "warnings": ["w"]}


def result(kind: str, **one: object) -> dict[str, object]:
    return of_data({"resultType": kind, "result": [{"metric": METRIC} | one]})


QUESTIONS: dict[str, tuple[Callable[[Any], object], object]] = {
    "query": (lambda server: server.query("x", at=0), result("vector", value=[0, "1"])),
    "samples": (lambda server: server.samples("x[1m]", at=0), result("matrix", values=[[0, "1"]])),
    "series_count": (lambda server: server.series_count("x", at=0), result("vector", value=[0, "1"])),
    "rules": (lambda server: server.rules(), of_data({"groups": [{"name": "g", "interval": 30, "rules": [RULE]}]})),
    "alerts": (lambda server: server.alerts(), of_data({"alerts": [ALERT]})),
    "targets": (lambda server: server.targets(), of_data({"activeTargets": [TARGET]})),
    "label_values": (lambda server: server.label_values("a", start=0, end=1), of_data(["b", "a"])),
    "metric_type": (lambda server: server.metric_type("up"), of_data({"up": [{"type": "gauge"}]})),
    "build": (lambda server: server.build(), of_data({"version": "2.53.0", "goVersion": "go1.22", "revision": "a"})),
    "retention": (lambda server: server.retention(), of_data({"storageRetention": "15d or 1GB"})),
    "lookback_delta": (lambda server: server.lookback_delta(), of_data({"query.lookback-delta": "5m"})),
    "head": (
        lambda server: server.head(),
        of_data({"headStats": {"numSeries": 1, "chunkCount": 1, "minTime": 0, "maxTime": 1}}),
    ),
    "notified": (lambda server: server.alerts(), [NOTIFIED]),
    "silences": (lambda server: server.silences(), [SILENCE]),
}
OF_ALERTMANAGER = ("notified", "silences")


class Told:
    """An answer that is another one whenever it is told."""

    answer: Answer = staticmethod(reply())

    def __call__(self, request: Any, wire: Any) -> None:
        self.answer(request, wire)


@contextmanager
def told() -> Iterator[tuple[str, Told]]:
    answer = Told()
    with serving(answer) as fake:
        yield fake.url, answer


def places(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """The paths to every part of a JSON value."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def with_other(value: object, path: tuple[object, ...], other: object) -> object:
    if not path:
        return other
    changed: Any = copy.deepcopy(value)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = other
    return changed


@pytest.mark.parametrize("name", QUESTIONS)
def test_json_with_any_part_replaced_is_a_value_or_one_of_our_errors(name: str):
    ask, good = QUESTIONS[name]

    kind = Alertmanager if name in OF_ALERTMANAGER else Prometheus
    with told() as (url, answer), kind(Endpoint(url)) as server:
        answer.answer = reply(good)
        assert ask(server)

        @given(st.sampled_from([*places(good)]), JSON)
        def hold(path: tuple[object, ...], other: object) -> None:
            answer.answer = reply(with_other(good, path, other))
            assert is_value_or_sentence(lambda: ask(server))

        hold()


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 500 \r\nContent-Encoding: gzip\r\n"]),
)
def test_any_bytes_are_a_reply_or_one_of_our_errors(content: bytes, start: bytes):
    with serving(lambda request, wire: (raw(start + content)(request, wire), hang_up(request, wire))) as fake:
        transport = Transport(Endpoint(fake.url))
        try:
            assert is_value_or_sentence(lambda: transport.send("GET", "/", b"", until=monotonic() + 60))
        finally:
            transport.close()


def is_value_or_sentence(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except NoAnswer as error:
        return str(error).isprintable() and len(str(error)) < 600
    return True
