"""Whatever comes in whatever bulks, with whatever going wrong, the ledger says what a model of a dozen lines says.

And it is shown that these tests can fail: known mistakes are made on purpose, and each is noticed.
"""

import contextlib
import random
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from billing.applied import Batch, Sent, differences, live, written
from hypothesis import given, settings
from hypothesis import strategies as st

from sretool.billing.applier import Applier, metering
from sretool.billing.applier.figures import Progress
from sretool.billing.ledger import Effects, Fenced, SqliteLedger
from sretool.billing.ledger.id_filter import IdFilter

amounts = st.one_of(
    st.integers(-(10**28) + 1, 10**28 - 1).map(lambda pico: Fraction(pico, 10**12)),
    st.sampled_from([Fraction(1), Fraction(1, 10), Fraction(-3, 2), None]),
)
events = st.builds(
    Sent,
    name=st.sampled_from("abcdefgh"),
    customer=st.sampled_from(["ann", "ann", "ben", "eve"]),
    at_s=st.integers(0, 30 * 86_400) | st.sampled_from([0, 899, 900]),
    amount=amounts,
    region=st.sampled_from(["eu", "us"]),
)
plain = st.builds(Sent, name=st.sampled_from("abcdefgh"))


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    days = draw(st.sampled_from([0, 0, 0, 0, 1, 35, 36, 37]))
    tenant = draw(st.sampled_from(["acme", "acme", "zeta"]))
    sent = draw(st.lists(events | plain, min_size=1, max_size=6))
    return days, [Sent(one.name, one.customer, one.at_s, one.amount, one.region, tenant) for one in sent]


steps = st.lists(batches() | batches() | st.none(), max_size=10)


@given(steps=steps, seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_the_ledger_says_what_the_model_says(
    tmp_path_factory: pytest.TempPathFactory, steps: Sequence[Batch | None], seed: int
) -> None:
    journal, model, cuts = written(steps)

    ledger = live(tmp_path_factory.mktemp("life"), journal, seed=seed)

    assert differences(ledger, model, cuts) == []


@pytest.mark.soak
@given(steps=st.lists(batches() | batches() | st.none(), max_size=40), seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=3000)
def test_the_ledger_says_what_the_model_says_at_length(
    tmp_path_factory: pytest.TempPathFactory, steps: Sequence[Batch | None], seed: int
) -> None:
    journal, model, cuts = written(steps)

    ledger = live(tmp_path_factory.mktemp("life"), journal, seed=seed)

    assert differences(ledger, model, cuts) == []


# --- known mistakes


def some_usage(seed: int) -> list[Batch | None]:
    chance = random.Random(seed)
    return [
        (0, [Sent(f"{chance.randrange(40)}", amount=Fraction(chance.randrange(10**9), 1000)) for _ in range(5)])
        for _ in range(12)
    ]


class MarksFirst(SqliteLedger):
    """Marks ids as seen in a transaction of its own, as two stores would."""

    def _write(self, effects: Effects) -> None:
        if effects.sightings:
            with contextlib.suppress(Exception):
                self._write_sightings(effects.sightings, effects.day)
            self._connection.execute("COMMIT")
            self._connection.execute("BEGIN IMMEDIATE")
        super()._write(
            Effects(
                effects.day,
                rollups=effects.rollups,
                counts=effects.counts,
                repeats=effects.repeats,
                held=effects.held,
                cuts=effects.cuts,
                catalogs=effects.catalogs,
                meters=effects.meters,
            )
        )


class AnybodyWrites(SqliteLedger):
    """Takes effects of any writer, from wherever it thinks to be."""

    def apply(self, partition: int, epoch: int, *, from_: int, to: int, effects: Effects) -> None:
        standing = self._one("SELECT position, epoch FROM applied WHERE partition = ?", partition)
        self._connection.execute("UPDATE applied SET position = ?, epoch = ?", (from_, epoch))
        super().apply(partition, epoch, from_=from_, to=to, effects=effects)
        self._connection.execute("UPDATE applied SET position = ?, epoch = ?", (max(to, standing[0]), standing[1]))


def mistakes_in_a_life(home: Path, seed: int, ledger_class: type[SqliteLedger] = SqliteLedger) -> list[str]:
    journal, model, cuts = written(some_usage(seed))
    return differences(live(home, journal, seed=seed, ledger_class=ledger_class), model, cuts)


def test_marking_ids_in_another_transaction_is_noticed(tmp_path_factory: pytest.TempPathFactory) -> None:
    seeds = range(5)

    assert not any(mistakes_in_a_life(tmp_path_factory.mktemp("right"), seed) for seed in seeds)
    assert any(mistakes_in_a_life(tmp_path_factory.mktemp("wrong"), seed, MarksFirst) for seed in seeds)


def test_summing_with_floats_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metering, "total", lambda values: int(sum(map(float, values)) * 1e12))

    assert mistakes_in_a_life(tmp_path, 1)


def mistakes_of_a_zombie(home: Path, ledger_class: type[SqliteLedger]) -> list[str]:
    """Usage that repeats nothing, and a writer that goes on where it was when another one has taken over."""
    journal, model, cuts = written([(0, [Sent("a"), Sent("b")]), (0, [Sent("b"), Sent("c")])])
    path = home / "ledger.db"

    def applier() -> Applier:
        ledger = ledger_class.open(path)
        return Applier(ledger, IdFilter(home / "filter", ledger.identity()), journal, Progress())

    zombie = applier()
    zombie.step(1)
    successor = applier()
    successor.step()
    fenced = 0
    try:
        zombie.step()
    except Fenced:
        fenced = 1
    except Exception:  # noqa: BLE001
        fenced = 0
    return differences(path, model, cuts) + ([] if fenced else ["the zombie was not fenced"])


def test_a_zombie_changes_nothing(tmp_path: Path) -> None:
    assert mistakes_of_a_zombie(tmp_path, SqliteLedger) == []


def test_a_ledger_without_fencing_is_noticed(tmp_path: Path) -> None:
    assert mistakes_of_a_zombie(tmp_path, AnybodyWrites)
