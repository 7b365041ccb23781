"""What is asked of a server that refuses some of it."""

from __future__ import annotations

from dataclasses import dataclass

from incident.postmortem.test_searching import SEEN, SERVICE

from sretool.incident.postmortem.impact import LATE, measure
from sretool.incident.postmortem.searching import Around
from sretool.prometheus.answers import Matrix, Vector
from sretool.prometheus.errors import Refused
from sretool.rules.timing import Timing


@dataclass
class Refusing:
    """A server without data, to which one service's expressions are too much."""

    refuses: str

    def query_range(self, expr: str, *, start: float, end: float, step: float) -> Matrix:
        if self.refuses in expr:
            raise Refused("it would load too many samples")
        return Matrix(())

    def query(self, expr: str, *, at: float) -> Vector:
        return Vector(())


def test_what_a_server_refuses_of_one_slo_hides_nothing_else():
    around = Around(SEEN, SEEN + 600, SEEN + 900, Timing())
    (slo,) = SERVICE.slos
    found = measure(Refusing("requests_total"), [SERVICE], [slo], around, paged=None)  # type: ignore[arg-type]

    assert found.impacts == ()
    assert [one.words for one in found.untouched] == ["not known: it would load too many samples"]
    assert found.late.words == f"not known: none of the services tells {LATE}"


def test_an_slo_without_any_data_is_not_known():
    around = Around(SEEN, SEEN + 600, SEEN + 900, Timing())
    found = measure(Refusing("nothing"), [SERVICE], SERVICE.slos, around, paged=None)  # type: ignore[arg-type]

    assert [(one.is_known, one.words) for one in found.untouched] == [
        (False, "not known: Prometheus has no data of it in that time")
    ]
