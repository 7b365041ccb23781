"""The contract of a Ledger, held by SQLite and by a fake; and the applier, which cannot tell one from the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from billing.applied import Sent, written
from billing.ledger.contract import Bench, LedgerContract
from billing.ledger.memory import MemoryLedger, Store

from sretool.billing.applier import Applier
from sretool.billing.applier.figures import Progress
from sretool.billing.ledger import Ledger, SqliteLedger, writing
from sretool.billing.ledger.id_filter import IdFilter
from sretool.billing.ledger.protocol import QUARTER_US


class MemoryBench(Bench):
    def __init__(self) -> None:
        self.store = Store()

    def writer(self) -> Ledger:
        return MemoryLedger(self.store)

    def break_next_apply(self) -> None:
        self.store.breaks_next = True


class SqliteBench(Bench):
    """A fail point raises what a disk would."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.opened: list[SqliteLedger] = []
        self.breaks_next = False
        monkeypatch.setattr(writing, "fail_point", self.fail_point)

    def fail_point(self, _name: str) -> None:
        if self.breaks_next:
            self.breaks_next = False
            raise OSError("broken")

    def writer(self) -> Ledger:
        self.opened.append(SqliteLedger.open(self.path))
        return self.opened[-1]

    def break_next_apply(self) -> None:
        self.breaks_next = True


class TestMemoryLedger(LedgerContract):
    @pytest.fixture
    def bench(self) -> Bench:
        return MemoryBench()


class TestSqliteLedger(LedgerContract):
    @pytest.fixture
    def bench(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
        bench = SqliteBench(tmp_path / "ledger.db", monkeypatch)
        yield bench
        for ledger in bench.opened:
            ledger.close()


def test_the_applier_does_the_same_to_any_ledger(tmp_path: Path) -> None:
    sent = [Sent("a"), Sent("a"), Sent("b", amount=None), Sent("c", customer="eve"), Sent("d", region="us", at_s=900)]
    journal, _, _ = written([(0, sent), None, (1, [Sent("a", at_s=5), Sent("e"), Sent("d", region="us", at_s=900)])])

    said = []
    for number, ledger in enumerate((SqliteLedger.open(Path(":memory:")), MemoryLedger(Store()))):
        applier = Applier(ledger, IdFilter(tmp_path / str(number), ledger.identity()), journal, Progress())
        while applier.step(300):
            pass
        usages = [ledger.usage(0, 2**41 * QUARTER_US, upto_cut_no=cut_no) for cut_no in (0, None)]
        states = [ledger.event_state("acme", name) for name in "abcde"]
        said.append([ledger.applied(), ledger.counts(), ledger.hours(), usages, states])
        applier.close()

    assert said[0] == said[1]
    assert said[0][1] == {"counted": 3, "duplicate": 2, "conflict": 1, "quarantined": 2}
