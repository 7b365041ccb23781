"""The biller on a real journal whose ledger has applied all of it: cuts once, on time or not, and its figures."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from billing.invoices.books import STANDARD, catalog, us

from sretool.billing import biller as biller_module
from sretool.billing.biller import Biller, NotAppended, follow
from sretool.billing.catalog.plain import catalog_as_json
from sretool.billing.catalog.values import Catalog
from sretool.billing.directory import DataDirectory
from sretool.billing.invoices.controls import Cut
from sretool.billing.invoices.due import needed_cuts
from sretool.billing.journal import Kind, Pending, SegmentJournal
from sretool.billing.ledger.schema import TABLES, open_for_writing
from sretool.billing.metrics import exposition

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
TWO_ZONES = (
    "    c: {zone: Europe/Berlin, currency: EUR, plan: standard, from: 2026-01-01}\n"
    "    d: {zone: America/New_York, currency: EUR, plan: standard, from: 2026-01-20}"
)


class Service:
    """A journal, its ledger and a biller, under a clock that a test moves."""

    def __init__(self, root: Path, *, now: str, said: Catalog) -> None:
        self.directory = DataDirectory(root)
        self.directory.create()
        self.now_us = us(now)
        self.is_down = False
        self.journal = SegmentJournal.open(self.directory.journal, clock=lambda: self.now_us)
        self.ledger = open_for_writing(self.directory.ledger)
        self.ledger.executescript(TABLES)
        self.append(Kind.CATALOG, {"catalog": catalog_as_json(said)})
        self.biller = self.start()

    def start(self) -> Biller:
        return Biller(self.directory, append=self.append, now_us=lambda: self.now_us)

    def append(self, kind: Kind, body: Mapping[str, Any]) -> int:
        if self.is_down:
            raise NotAppended("no service is running")
        text = json.dumps(body, sort_keys=True).encode()
        (appended,) = self.journal.append_group([Pending(kind, "", 0, text)])
        return appended.end

    def apply(self) -> None:
        self.ledger.execute("INSERT OR REPLACE INTO applied VALUES (0, ?, 1)", (self.biller._journal.durable_end(),))

    def settle(self) -> None:
        """Until nothing happens any more."""
        self.apply()
        while self.biller.step():
            self.apply()
        self.biller.judge()

    def months(self) -> list[tuple[str, int]]:
        sql = "SELECT customer, start_us FROM documents ORDER BY start_us, customer"
        return self.biller.store.connection.execute(sql).fetchall()

    def late_shown(self) -> int | None:
        """What the status file says of EUR; None before there is one."""
        shown = self.directory.status("biller").get("metrics", {}).get("billing_late_unbilled_amount_minor_units", {})
        return shown.get("EUR")

    def metric(self, name: str) -> dict[str, float]:
        return self.biller.figures().values[name]


@pytest.fixture
def berlin(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path, now="2026-01-10", said=catalog(TWO_ZONES))
    yield service
    service.biller.close()
    service.journal.close()


def cuts(service: Service) -> list[dict[str, Any]]:
    records = service.biller._journal.read(0, 2**30)
    return [json.loads(record.body) for record in records if record.kind is Kind.CUT]


def test_a_period_is_cut_once_when_its_grace_is_over(berlin: Service):
    seen = []
    for now in ("2026-02-01T22:59:59", "2026-02-01T23:00", "2026-02-02T04:59", "2026-02-02T05:00", "2026-02-03"):
        berlin.now_us = us(now)
        berlin.settle()
        seen.append(len(cuts(berlin)))

    assert seen == [0, 1, 1, 2, 2]
    assert berlin.months() == [("c", us("2025-12-31T23:00")), ("d", us("2026-01-01T05:00"))]


def test_needed_cuts_are_in_the_order_of_their_ends_and_say_when_the_next_one_is_needed():
    needed = needed_cuts(catalog(TWO_ZONES), {}, us("2026-03-02T00:00"))

    assert needed.cuts == (
        Cut(us("2025-12-31T23:00"), us("2026-01-31T23:00"), us("2026-03-02")),
        Cut(us("2026-01-01T05:00"), us("2026-02-01T05:00"), us("2026-03-02")),
        Cut(us("2026-01-31T23:00"), us("2026-02-28T23:00"), us("2026-03-02")),
    )
    assert needed.next_us == us("2026-03-02T05:00")


def test_customers_that_end_need_no_more_cuts():
    ended = "    c: {zone: UTC, currency: EUR, plan: standard, from: 2026-01-01, to: 2026-01-31}"

    needed = needed_cuts(catalog(ended), {("acme", "c"): us("2026-02-01")}, us("2027-01-01"))

    assert needed.cuts == ()


def test_a_biller_that_starts_again_does_not_cut_again(berlin: Service):
    berlin.now_us = us("2026-02-03")
    berlin.apply()
    berlin.biller.step()
    berlin.biller.step()
    berlin.biller.close()
    berlin.biller = berlin.start()
    for _ in range(3):
        berlin.biller.step()
    berlin.settle()

    assert len(cuts(berlin)) == 2
    assert len(berlin.months()) == 2


def test_moving_billing_time_closes_months_and_they_are_on_time(berlin: Service):
    berlin.settle()
    berlin.biller.append_cuts(us("2026-04-02"))
    berlin.settle()

    assert len(berlin.months()) == 5  # the month of March ends in New York at 04:00 on 1 April
    assert berlin.biller.billing_time_us() == us("2026-04-02")
    assert berlin.metric("billing_invoices_due_total") == {"on_time": 4, "missed": 0}


def test_an_invoice_counts_as_due_at_its_deadline_and_not_before(berlin: Service):
    seen = []
    for now in ("2026-02-01T23:00", "2026-02-02T02:59", "2026-02-02T03:00"):
        berlin.now_us = us(now)
        berlin.settle()
        seen.append(berlin.metric("billing_invoices_due_total")["on_time"])

    assert seen == [0, 0, 1]


def test_an_invoice_that_is_not_final_at_its_deadline_is_missed_and_overdue_until_it_is(berlin: Service):
    berlin.settle()
    berlin.is_down = True
    berlin.now_us = us("2026-02-02T03:00")
    with pytest.raises(NotAppended):
        berlin.settle()
    berlin.biller.judge()
    while_down = (berlin.metric("billing_invoices_due_total"), berlin.metric("billing_invoices_overdue"))
    berlin.is_down = False
    berlin.settle()

    assert while_down == ({"on_time": 0, "missed": 1}, {"": 1})
    assert berlin.metric("billing_invoices_overdue") == {"": 0}
    assert berlin.metric("billing_invoices_due_total") == {"on_time": 0, "missed": 1}
    assert len(berlin.months()) == 1


def test_a_service_that_starts_with_months_behind_it_has_missed_none_of_them(tmp_path: Path):
    service = Service(tmp_path, now="2026-06-10", said=catalog(f"    c: {STANDARD}"))
    service.settle()
    service.now_us += 4 * HOUR_US
    service.settle()

    assert len(service.months()) == 5
    assert service.metric("billing_invoices_due_total") == {"on_time": 5, "missed": 0}
    service.biller.close()
    service.journal.close()


def test_what_a_decision_makes_late_is_shown_at_once_and_not_at_the_next_look(tmp_path: Path, monkeypatch):
    """A void without a reissue leaves three calls at EUR 0.01 unbilled."""
    monkeypatch.setattr(biller_module, "LATE_SECONDS", 1e9)
    ended = "    c: {zone: UTC, currency: EUR, plan: standard, from: 2026-01-01, to: 2026-01-31}"
    service = Service(tmp_path, now="2026-02-03", said=catalog(ended))
    row = ("acme", "c", "calls", us("2026-01-05") // 900_000_000, 0, 3, 0, 0, 0, None, None)
    service.ledger.execute(f"INSERT INTO rollup VALUES ({', '.join('?' * len(row))})", row)
    service.settle()
    (invoice,) = service.biller.store.connection.execute("SELECT id FROM documents").fetchone()
    service.biller.close()
    stop = threading.Event()
    following = threading.Thread(target=follow, args=(service.directory, stop))
    following.start()
    try:
        _until(lambda: service.late_shown() == 0)
        service.append(Kind.VOID, {"invoice": invoice, "reason": "x", "reissue": False, "recut": False})
        end = service.journal.durable_end
        service.ledger.execute("INSERT OR REPLACE INTO applied VALUES (0, ?, 1)", (end,))

        _until(lambda: service.late_shown() == 3)
    finally:
        stop.set()
        following.join()
        service.journal.close()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def test_its_figures_are_there_at_nothing_from_the_start(berlin: Service):
    berlin.settle()

    text = exposition(berlin.biller.figures())

    assert 'billing_billed_amount_minor_units_total{currency="EUR"} 0' in text
    assert 'billing_invoices_due_total{outcome="missed"} 0' in text
    assert "billing_invoices_overdue 0" in text


def test_amounts_survive_a_new_start(berlin: Service):
    berlin.ledger.execute(
        "INSERT INTO rollup VALUES ('acme', 'c', 'calls', ?, 0, 250, 0, 0, 0, NULL, NULL)",
        (us("2026-01-10") // 900_000_000,),
    )
    berlin.now_us = us("2026-02-02")
    berlin.settle()
    berlin.biller.close()
    berlin.biller = berlin.start()

    assert berlin.metric("billing_billed_amount_minor_units_total") == {"EUR": 250}
    assert berlin.metric("billing_invoices_finalized_total") == {"": 1}


def test_the_ledger_is_only_read(berlin: Service):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        berlin.biller._ledger._connection.execute("DELETE FROM rollup")
