"""What one section lacks is missing there and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from report.made_up import NONE, asked

from sretool.demo.server import running
from sretool.prometheus.answers import Matrix
from sretool.prometheus.endpoint import Endpoint
from sretool.prometheus.errors import Refused
from sretool.prometheus.server import Prometheus
from sretool.report.facts import Measured, Missing
from sretool.report.gathering import Sources, gather


class WithoutAlerts(Prometheus):
    """A server that refuses the one question for which it would have to load too much."""

    def query_range(self, expr: str, *, start: float, end: float, step: float) -> Matrix:
        if "ALERTS" in expr:
            raise Refused("too many samples")
        return super().query_range(expr, start=start, end=end, step=step)


@pytest.fixture
def refusing(prometheus_binary: Path, tmp_path: Path):
    with running(prometheus_binary, tmp_path) as server, WithoutAlerts(Endpoint(server.api.url)) as api:
        yield api


def test_a_refused_question_about_pages_costs_the_pages_alone(refusing, tmp_path: Path):
    nothing = tmp_path / "nothing"
    question = asked()
    sources = Sources(refusing, None, question.services, NONE, nothing, nothing, tmp_path)

    measured = gather(sources, question).measured

    assert isinstance(measured, Measured)
    assert measured.pages == Missing("too many samples")
    assert [one.full_name for one in measured.status.standings] == ["shop/availability"]
    assert measured.invariants == ()
