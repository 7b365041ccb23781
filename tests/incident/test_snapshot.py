"""How bad an incident is by how its budget stands, and what is kept of that."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from threading import Event as Flag

import pytest
from burn.test_evaluate import NOBODY_KNOWS, SLO, figures, judged, period

from sretool.burn.figures import Firing
from sretool.burn.invariants import InvariantStanding
from sretool.burn.status import Asked, Status
from sretool.incident.events import Reading
from sretool.incident.looking import look
from sretool.incident.snapshot import READINGS_MAX, proposal, snapshot
from sretool.model.duration import DAY, HOUR, MINUTE
from sretool.model.slo import Invariant, Service
from sretool.prometheus.errors import TimedOut
from sretool.rules.timing import Timing

NAME = "checkout/availability"
HELD = period("1", "1000000")
PAGE = Firing("ErrorBudgetBurn", "page", "1h-5m")
TICKET = Firing("ErrorBudgetBurn", "ticket", "3d-6h")
NEVER = Invariant("checkout", "charged-twice", "charged_twice_total", runbook="runbooks/twice.md")
SERVICE = Service("checkout", slos=(replace(SLO, runbook="runbooks/a.md"),))
AT = 1_772_323_445.0


def status(*known, **more) -> Status:
    return replace(Status(AT, tuple(judged(one) for one in known), (), {}, (), ()), **more)


def proposed(of: Status) -> tuple[str, str]:
    return tuple(proposal(of, is_named=True))


def invariant(state: str) -> Status:
    return status(figures(HELD), invariants=(InvariantStanding(NEVER, state),))


def test_what_burns_fast_enough_to_page_is_sev2():
    assert proposed(status(figures(HELD, firing=(PAGE,)))) == ("sev2", f"{NAME} burns fast enough to page (1h-5m)")


def test_what_is_above_its_threshold_is_sev2_also_before_its_alert_fires():
    above = figures(HELD, windows={HOUR: Decimal("0.02"), MINUTE * 5: Decimal("0.02")})

    words = f"{NAME} burns fast enough to page, and no alert does so yet (1h-5m)"
    assert proposed(status(above)) == ("sev2", words)


@pytest.mark.parametrize(
    ("ratio", "severity", "words"),
    [
        ("0.020", "sev1", ", and the rest of its budget lasts 18h00m"),  # 20 x: 15 days of budget in 18 hours.
        ("0.015", "sev1", ", and the rest of its budget lasts 1d00h"),  # 15 x: just a day.
        ("0.014", "sev2", ""),
    ],
)
def test_it_is_sev1_where_the_rest_of_the_budget_is_gone_within_a_day(ratio: str, severity: str, words: str):
    half_left = figures(period("500", "1000000"), windows={HOUR: Decimal(ratio)}, firing=(PAGE,))

    assert proposed(status(half_left)) == (severity, f"{NAME} burns fast enough to page (1h-5m){words}")


def test_what_pages_with_no_budget_left_is_sev1():
    gone = figures(period("1000", "1000000"), firing=(PAGE,))

    assert proposed(status(gone)) == (
        "sev1",
        f"{NAME} burns fast enough to page (1h-5m), and its budget is gone",
    )


def test_what_waits_for_the_morning_is_sev3_and_so_is_a_budget_that_is_gone():
    assert proposed(status(figures(HELD, firing=(TICKET,))))[0] == "sev3"
    assert proposed(status(figures(period("1000", "1000000"))))[0] == "sev3"


def test_what_holds_is_sev4_for_what_was_named_and_says_nothing_of_anything_else():
    assert proposed(status(figures(HELD))) == ("sev4", "nothing burns")
    assert proposal(status(figures(HELD)), is_named=False).severity == "sev2"


def test_a_violated_invariant_is_sev1_whatever_else_holds():
    assert proposed(invariant("violated")) == ("sev1", "checkout/charged-twice is violated, which must never happen")
    assert proposed(invariant("held"))[0] == "sev4"


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (status(figures(NOBODY_KNOWS)), "has no data, so nobody knows how bad it is"),
        (status(figures(HELD, doubts=("its figures are old",))), "doubtful: its figures are old"),
        (status(figures(HELD), warnings=("half is missing",)), "not whole: half is missing"),
        (invariant("no data"), "nothing measures checkout/charged-twice"),
        (status(service_alerts={"checkout": (Firing("SloNoData", "page", state="dead"),)}), "SloNoData dead fires"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_nobody_knows_is_as_bad_as_what_pages(of: Status, words: str):
    severity, reason = proposed(of)

    assert (severity, words in reason) == ("sev2", True), reason


def test_the_worst_of_several_counts():
    of = status(figures(HELD), figures(NOBODY_KNOWS), figures(period("1000", "1000000"), firing=(PAGE,)))

    assert proposed(of)[0] == "sev1"


def test_a_snapshot_has_what_a_person_needs_rounded():
    known = figures(
        period("612.3456789", "1000000"),
        windows={MINUTE * 5: Decimal("0.05"), HOUR: Decimal("0.01"), DAY: NOBODY_KNOWS},
        firing=(PAGE, Firing("SloNoData", "ticket", state="lost")),
        doubts=("it is young",),
    )
    of = status(invariants=(InvariantStanding(NEVER, "held"),))
    of = replace(of, standings=(judged(known, replace(SLO, runbook="runbooks/a.md")),))

    found = snapshot(of, runbook_url="https://example.org/wiki")
    assert found.at_utc == datetime(2026, 3, 1, 0, 4, 5, tzinfo=UTC)
    assert found.readings == (
        Reading("checkout/charged-twice", "held", runbook="https://example.org/wiki/runbooks/twice.md"),
        Reading(
            NAME,
            "burning",
            Decimal("0.3877"),
            (("5m", Decimal(50)), ("1h", Decimal(10))),
            ("page 1h-5m", "SloNoData lost"),
            ("it is young",),
            "https://example.org/wiki/runbooks/a.md",
        ),
    )


def test_of_many_only_as_much_is_kept_as_can_be_read():
    assert len(snapshot(status(*[figures(HELD)] * 100), runbook_url=None).readings) == READINGS_MAX


def looked(connect, *, services=(SERVICE,), is_named: bool = True, seconds_max: float = 30):
    asked = Asked(services, AT, Timing(MINUTE))
    return look(connect, asked, is_named=is_named, seconds_max=seconds_max)


@contextmanager
def nobody() -> Iterator[None]:
    yield None


@contextmanager
def silent() -> Iterator[None]:
    raise TimedOut("it did not answer")
    yield


def test_where_no_prometheus_is_named_that_is_said_with_what_the_files_know():
    found = looked(nobody)

    assert found.proposal is None
    assert found.snapshot.failure.startswith("no Prometheus is named")
    assert found.snapshot.readings == (Reading(NAME, "not known", runbook="runbooks/a.md"),)


def test_where_it_does_not_answer_its_reason_is_kept():
    assert looked(silent).snapshot.failure == "it did not answer"
    assert looked(silent, is_named=False).snapshot.readings == ()


def test_where_there_is_nothing_to_ask_about_nobody_is_asked():
    assert looked(silent, services=()).snapshot.failure == "there are no SLOs to ask about"


def test_ctrl_c_ends_the_waiting_and_nothing_else():
    over = Flag()

    @contextmanager
    def interrupted() -> Iterator[None]:
        os.kill(os.getpid(), signal.SIGINT)
        over.wait()
        yield None

    found = looked(interrupted)
    over.set()
    assert found.snapshot.failure == "Prometheus was not waited for"


def test_whoever_answers_too_late_is_not_waited_for():
    over = Flag()

    @contextmanager
    def slow() -> Iterator[None]:
        over.wait()
        yield None

    found = looked(slow, seconds_max=0.01)
    over.set()
    assert found.snapshot.failure == "Prometheus had not answered within 0.01 s"
