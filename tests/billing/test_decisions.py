"""Which decisions can be read: one table, and JSON that nobody would think of, for all who read them."""

import json
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from billing.decision_cases import CATALOG, GOOD, READABLE, UNREADABLE, Case, changed, places
from billing.recount.service import Service
from hypothesis import given, settings
from hypothesis import strategies as st

from sretool.billing.decisions import NotADecision, checked, decision_in
from sretool.billing.journal import Kind, Record
from sretool.billing.ledger import LedgerReader
from sretool.billing.recount import reconcile
from sretool.billing.recount.decisions import decision
from sretool.billing.recount.reading import Unreadable

OF_ONE_EVENT = (Kind.RELEASE, Kind.DISCARD)  # which the biller does not look at
ALL = [(*case, True) for case in READABLE] + [(*case, False) for case in UNREADABLE]


def can_applier_and_biller(kind: Kind, body: bytes) -> bool:
    try:
        return decision_in(kind, body) == json.loads(body)
    except NotADecision:
        return False


def can_recount(kind: Kind, body: bytes) -> bool:
    try:
        return decision(Record(0, 1, kind, 0, "", 0, b"", body)) == json.loads(body)
    except Unreadable:
        return False


@pytest.mark.parametrize("can_read", [can_applier_and_biller, can_recount])
@pytest.mark.parametrize(("kind", "body", "is_readable"), [case[1:] for case in ALL], ids=[case[0] for case in ALL])
def test_a_decision_is_readable_or_not_for_everybody(can_read, kind, body, is_readable):
    assert can_read(kind, body) is is_readable


_texts = st.one_of(
    st.text(max_size=3),
    st.sampled_from(["EUR", "2026-01-31", "2026-01", "0", "1.5", "-1", "UTC", "calls", "minimum", "sum", "prepaid"]),
    st.characters(categories=["Cs"]),
)
_numbers = st.one_of(
    st.integers(), st.integers(-1, 130), st.sampled_from([2**53, 2**63, -(2**63), 7_258_118_400 * 10**6])
)
_values = st.recursive(
    st.one_of(st.none(), st.booleans(), _numbers, st.floats(), _texts),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=4,
)


@st.composite
def decisions(draw: st.DrawFn) -> tuple[Kind, bytes]:
    """A good one, in which a value, or two, is another or is gone; of a catalogue more often than of the rest."""
    kind = draw(st.sampled_from([*GOOD, Kind.CATALOG, Kind.CATALOG]))
    path = draw(st.sampled_from([*places(GOOD[kind]), "more"]))
    value = draw(st.one_of(_values, st.just(...)) if path != "more" else _values)
    return kind, changed(kind, path, value)


@settings(max_examples=500, deadline=None)
@given(decisions())
def test_whatever_a_decision_says_all_agree_whether_it_can_be_read(said):
    assert can_applier_and_biller(*said) is can_recount(*said)


@settings(max_examples=100, deadline=None)
@given(decisions())
def test_what_the_admin_api_takes_is_what_can_be_read_afterwards(said):
    kind, body = said
    try:
        taken = checked(kind, json.loads(body))
    except NotADecision:
        taken = None

    assert (taken is not None) is can_recount(kind, body)


@dataclass(frozen=True)
class Life:
    """What became of a journal: cuts as each of the three counted them, and the unreadable records."""

    cuts: list[int]
    unreadable: list[tuple[int, Kind]]
    met_by_biller: int
    met_by_recount: int


def life(root: Path, *cases: tuple[Kind, bytes]) -> Life:
    """Follow these decisions among usage, with all three."""
    service = Service(root)
    try:
        service.catalog(CATALOG)
        unreadable = []
        for number, (kind, body) in enumerate(cases):
            event = {"transaction_id": f"e{number}", "customer_id": "cust-1", "event_type": "api_call"}
            position = service.batch(event | {"timestamp": "2026-01-09T12:00:00Z", "properties": {"bytes": "1"}})
            service.append(kind, body)
            unreadable += [] if can_recount(kind, body) else [(position, kind)]
        service.cut("2025-12-31T23:00Z", "2026-01-31T23:00Z")
        counted = service.settle()
        found = reconcile(service.directory)
        with closing(LedgerReader.open(service.directory.ledger)) as ledger:
            cuts = [ledger.cut_no(), service.biller.store.progress("cut_no")]
        cuts.append(service.store.number("SELECT cut_no FROM progress"))
        met_by_biller = service.biller.status()["unreadable_decisions"]
        met_by_recount = service.store.counters().get("unreadable_decisions", 0)
    finally:
        service.close()
    assert (found.found, found.waiting, counted["mismatch"], counted["hour_mismatch"]) == ((), 0, 0, 0)
    return Life(cuts, unreadable, met_by_biller, met_by_recount)


def test_nobody_stops_at_what_cannot_be_read_and_each_says_so_once(tmp_path, capfd):
    cases = [case for pair in zip(UNREADABLE, _readable_again(), strict=True) for case in pair]

    lived = life(tmp_path, *[(kind, body) for _, kind, body in cases])

    assert len(lived.unreadable) == len(UNREADABLE)
    assert len(set(lived.cuts)) == 1
    told = [line.partition(" decides nothing: ")[0] for line in capfd.readouterr().err.splitlines()]
    places = [f"the record at {position}" for position, _ in lived.unreadable]
    billed = [f"the record at {position}" for position, kind in lived.unreadable if kind not in OF_ONE_EVENT]
    assert [line for line in told if line.startswith("applier")] == [f"applier: {place}" for place in places]
    assert [line for line in told if line.startswith("biller")] == [f"biller: {place}" for place in billed]
    # The worker is one recount, and `reconcile` another.
    assert [line for line in told if line.startswith("recount")] == [f"recount: {place}" for place in places] * 2


def _readable_again() -> list[Case]:
    """Cuts and voids, as many as there is anything to stand between."""
    cuts = [case for case in READABLE if case[1] in (Kind.CUT, Kind.VOID)]
    return [cuts[number % len(cuts)] for number in range(len(UNREADABLE))]


@settings(max_examples=15, deadline=None)
@given(st.lists(decisions(), min_size=1, max_size=6))
def test_whatever_stands_in_the_journal_all_three_go_on_and_agree(said):
    with tempfile.TemporaryDirectory() as root:
        lived = life(Path(root), *said)

    billed = [place for place in lived.unreadable if place[1] not in OF_ONE_EVENT]
    assert len(set(lived.cuts)) == 1
    assert (lived.met_by_biller, lived.met_by_recount) == (len(billed), len(lived.unreadable))
