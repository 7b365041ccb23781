"""What documents say, worked out by hand. Each journal is followed by a biller that bills exactly as it should."""

import pytest
from billing.recount.kit import FakeJournal, a_catalog, an_event, recounted

from sretool.billing.recount.bill import Billed, Books, bill
from sretool.billing.recount.fold import due_of
from sretool.billing.recount.shelf import Shelf

CALLS = {"id": "calls", "meter": "calls", "per_unit": "0.01"}
PLATFORM = {"id": "platform", "fixed": "31.00"}
JAN, FEB, MAR, APR, MAY = (
    "2025-12-31T23:00Z",
    "2026-01-31T23:00Z",
    "2026-02-28T23:00Z",
    "2026-03-31T22:00Z",
    "2026-04-30T22:00Z",
)


class Company:
    """A journal, and what a biller that makes no mistake has issued for it."""

    def __init__(self, *lines, **customer):
        self.journal = FakeJournal("2026-01-01T00:00Z")
        self.journal.catalog(a_catalog(*lines, **customer))
        self._events = 0

    def use(self, calls, at="2026-01-15T12:00:00Z"):
        for _ in range(calls):
            self._events += 1
            self.journal.batch(an_event(f"e{self._events}", at))

    def documents(self):
        """Bills by (start, version), in the order in which they were made."""
        recount = recounted(self.journal)
        billed, drawn, bills = {}, {}, {}
        shelf = Shelf(recount.store)
        usage, grants = shelf._usage("acme", "cust-1"), shelf._grants("acme", "cust-1")
        dues = due_of(recount.store, "1")
        for due in dues:
            one = bill(due, Books(dues, usage, shelf._catalog, grants, billed, drawn))
            billed[due.id] = [Billed(*place, amount) for place, amount in one.lines.items()]
            drawn[due.id] = {
                line.replace("commit-drawdown:", "commit:"): -amount
                for (kind, _, line), amount in one.lines.items()
                if kind in {"drawdown", "credit"}
            }
            bills[due.id] = one
        return [(due, bills[due.id]) for due in dues]

    def latest(self):
        return self.documents()[-1]

    def said(self):
        """The lines of the last document, without their periods."""
        return {(kind, line): amount for (kind, _, line), amount in self.latest()[1].lines.items()}


def test_a_month_of_calls_and_a_fee():
    company = Company(PLATFORM, CALLS)
    company.use(7)
    company.use(1, at="2026-01-31T22:59:59.999999Z")
    company.use(2, at="2026-01-31T23:00:00Z")  # in Berlin that is February
    company.journal.cut(JAN, FEB)

    due, january = company.latest()

    assert january.lines == {("fixed", due.start_us, "platform"): 3100, ("usage", due.start_us, "calls"): 8}
    assert (january.total_minor, january.credit_note_minor, january.currency) == (3108, 0, "EUR")


@pytest.mark.parametrize(
    ("begin", "end", "fee"),
    [
        ("2025-01-01", None, 3100),
        ("2026-01-22", None, 1000),
        ("2025-01-01", "2026-01-01", 100),
        ("2026-01-10", "2026-01-19", 1000),
    ],
)
def test_a_fee_is_for_the_local_days_of_the_subscription(begin, end, fee):
    company = Company(PLATFORM, **{"from": begin, "to": end})
    company.journal.cut(JAN, FEB)

    assert company.said() == {("fixed", "platform"): fee}


@pytest.mark.parametrize(("begin", "end"), [("2026-02-01", None), ("2025-01-01", "2025-12-31")])
def test_who_is_not_active_in_a_month_gets_no_document(begin, end):
    company = Company(PLATFORM, **{"from": begin, "to": end})
    company.journal.cut(JAN, FEB)

    assert company.documents() == []


@pytest.mark.parametrize(("start", "end"), [("2025-12-31T22:00Z", FEB), (JAN, "2026-02-01T00:00Z"), (JAN, MAR)])
def test_a_cut_with_other_bounds_calls_for_nothing(start, end):
    company = Company(PLATFORM)
    company.journal.cut(start, end)

    assert company.documents() == []


def test_the_minimum_tops_up_the_rounded_usage_and_not_the_fees():
    company = Company(PLATFORM, CALLS, minimum="20.00")
    company.use(3)
    company.journal.cut(JAN, FEB)

    assert company.said() == {("fixed", "platform"): 3100, ("usage", "calls"): 3, ("minimum", "minimum"): 1997}


def test_the_plan_version_in_force_on_the_first_day_holds_for_the_whole_month():
    company = Company(PLATFORM)
    catalog = a_catalog(PLATFORM)
    version = catalog["plans"]["standard"][0]
    catalog["plans"]["standard"] = [
        version | {"from": "2026-01-02", "lines": [{"id": "platform", "fixed": "99"}]},
        version,
        version | {"from": "2026-01-01", "lines": [{"id": "platform", "fixed": "50"}]},
        version | {"from": "2026-01-01", "currency": "USD", "lines": []},
    ]
    company.journal.catalog(catalog)
    company.journal.cut(JAN, FEB)

    assert company.said() == {("fixed", "platform"): 5000}


def test_late_usage_is_billed_once_however_documents_are_voided_and_reissued():
    company = Company(CALLS)
    company.use(100)
    company.journal.cut(JAN, FEB)
    company.use(20)  # late
    company.journal.cut(FEB, MAR)
    (january, first), (february, second) = company.documents()
    assert first.lines == {("usage", january.start_us, "calls"): 100}
    assert second.lines == {("adjustment", january.start_us, "calls"): 20}

    company.journal.void(january.id)
    assert company.said() == {("usage", "calls"): 100}

    again = company.latest()[0]
    assert (again.version, again.cut_no, again.basis) == (2, 0, january.basis)
    company.journal.void(again.id, recut=True)
    assert company.said() == {("usage", "calls"): 120, ("adjustment", "calls"): -20}

    company.journal.cut(MAR, APR)
    assert company.said() == {}
    assert february.version == 1


def test_a_void_without_reissue_is_billed_by_the_next_document():
    company = Company(CALLS)
    company.use(100)
    company.journal.cut(JAN, FEB)
    company.journal.void(company.latest()[0].id, reissue=False)
    company.journal.cut(FEB, MAR)

    assert company.said() == {("adjustment", "calls"): 100}


def test_a_document_is_voided_once():
    company = Company(CALLS)
    company.journal.cut(JAN, FEB)
    january = company.latest()[0].id
    for invoice in (january, january, "no such invoice"):
        company.journal.void(invoice, recut=True)
    company.journal.cut(FEB, MAR)

    assert [(due.version, due.cut_no) for due, _ in company.documents()] == [(1, 0), (2, 1), (1, 4)]


def test_an_adjustment_is_by_the_prices_of_the_month_it_corrects_unless_that_was_cut_again():
    company = Company(CALLS)
    company.use(100)
    company.journal.cut(JAN, FEB)
    company.journal.catalog(a_catalog(CALLS | {"per_unit": "0.02"}))
    company.use(1)
    company.journal.cut(FEB, MAR)
    (january, _), (february, second) = company.documents()
    assert second.lines == {("adjustment", january.start_us, "calls"): 1}

    company.journal.void(january.id, recut=True)
    assert company.said() == {("usage", "calls"): 202, ("adjustment", "calls"): -1}

    company.use(1)
    company.journal.cut(MAR, APR)
    assert company.said() == {("adjustment", "calls"): 2}
    assert february.cut_no == 1


def test_a_prepaid_commit_is_billed_first_drawn_down_by_usage_and_expires():
    commit = {"id": "c", "kind": "prepaid", "amount": "1.00", "from": "2026-01", "periods": 2}
    company = Company(PLATFORM, CALLS, commits=[commit])
    company.use(70)
    company.journal.cut(JAN, FEB)
    assert company.said() == {
        ("fixed", "platform"): 3100,
        ("usage", "calls"): 70,
        ("commit", "commit:c"): 100,
        ("drawdown", "commit-drawdown:c"): -70,
    }

    company.use(5)  # late, for January
    company.use(40, at="2026-02-15T12:00:00Z")
    company.journal.cut(FEB, MAR)
    assert company.said() == {
        ("fixed", "platform"): 3100,
        ("usage", "calls"): 40,
        ("adjustment", "calls"): 5,
        ("drawdown", "commit-drawdown:c"): -30,
    }

    company.use(9, at="2026-03-15T12:00:00Z")
    company.journal.cut(MAR, APR)
    assert company.said() == {("fixed", "platform"): 3100, ("usage", "calls"): 9}


def test_a_void_returns_what_was_drawn():
    commit = {"id": "c", "kind": "prepaid", "amount": "1.00", "from": "2026-01", "periods": 2}
    company = Company(CALLS, commits=[commit])
    company.use(70)
    company.journal.cut(JAN, FEB)
    company.journal.void(company.latest()[0].id)

    assert company.said() == {
        ("usage", "calls"): 70,
        ("commit", "commit:c"): 100,
        ("drawdown", "commit-drawdown:c"): -70,
    }


def test_a_postpaid_commit_bills_what_its_months_have_not_used():
    commit = {"id": "c", "kind": "postpaid", "amount": "1.00", "from": "2026-01", "periods": 2}
    company = Company(PLATFORM, CALLS, commits=[commit])
    company.use(30)
    company.journal.cut(JAN, FEB)
    assert ("commit", "commit:c") not in company.said()

    company.use(5)  # late, for January
    company.use(40, at="2026-02-15T12:00:00Z")
    company.journal.cut(FEB, MAR)
    assert company.said()["commit", "commit:c"] == 100 - 35 - 40

    company.use(10, at="2026-02-15T12:00:00Z")  # late, for February
    company.journal.cut(MAR, APR)
    assert company.said() == {
        ("fixed", "platform"): 3100,
        ("adjustment", "calls"): 10,
        ("adjustment", "commit:c"): -10,
    }


def test_credits_pay_by_priority_then_expiry_then_id_and_only_in_force_and_in_the_currency():
    company = Company(CALLS)
    march = 1_772_323_200_000_000  # 2026-03-01
    company.journal.grant("d", "0.10", priority=1)
    company.journal.grant("c", "0.10")
    company.journal.grant("b", "0.10", expires_us=march)
    company.journal.grant("a", "0.10", expires_us=march)
    company.journal.grant("a", "9.00")  # the id is taken
    company.journal.grant("x", "9.00", currency="USD")
    company.journal.grant("y", "9.00", customer="cust-2")
    company.journal.grant("z", "9.00", effective_us=march)
    company.use(35)
    company.journal.cut(JAN, FEB)
    company.journal.grant("0", "9.00")  # too late for January, reissued or not
    company.journal.void(company.latest()[0].id)

    (_, first), (_, second) = company.documents()

    assert {line: amount for (kind, _, line), amount in first.lines.items() if kind == "credit"} == {
        "credit:a": -10,
        "credit:b": -10,
        "credit:c": -10,
        "credit:d": -5,
    }
    assert first.total_minor == 0
    assert second == first


@pytest.mark.parametrize(("expires", "paid"), [("2026-01-31T22:59:59", {}), ("2026-01-31T23:00:00", {"credit:a": -5})])
def test_a_credit_has_to_be_in_force_at_the_last_instant_of_the_month(expires, paid):
    company = Company(CALLS)
    at = {"2026-01-31T22:59:59": 1_769_900_399_999_999, "2026-01-31T23:00:00": 1_769_900_400_000_000}
    company.journal.grant("a", "9.00", expires_us=at[expires])
    company.use(5)
    company.journal.cut(JAN, FEB)

    assert {line: amount for (kind, line), amount in company.said().items() if kind == "credit"} == paid


def test_a_negative_rest_is_a_credit_note_and_draws_nothing():
    company = Company({"id": "data", "meter": "bytes", "per_unit": "1"})
    company.journal.grant("a", "9.00")
    company.journal.batch(an_event("refund", "2026-01-15T12:00:00Z", properties={"bytes": "-2.5"}))
    company.journal.cut(JAN, FEB)

    january = company.latest()[1]

    assert (january.total_minor, january.credit_note_minor) == (0, 250)
    assert len(january.lines) == 1


def test_usage_after_the_last_month_is_billed_by_a_final_document():
    company = Company(CALLS, to="2026-01-20")
    company.use(10)
    company.journal.cut(JAN, FEB)
    company.journal.final("2026-02-01T22:59Z")  # a minute before the grace of 24 h is over
    company.use(5)
    company.journal.final("2026-02-01T23:00Z")

    due, final = company.latest()

    assert (due.start_us, due.end_us, due.version, due.cut_no) == (0, 0, 1, 2)
    assert list(final.lines.values()) == [5]
    assert [due.final for due, _ in company.documents()] == [0, due.final]


def test_an_id_is_made_of_tenant_customer_start_and_version():
    company = Company(CALLS)
    company.journal.cut(JAN, FEB)

    # The name "acme|cust-1|1767222000000000|1" in the namespace of the URL https://sretool.dev/billing/invoice.
    assert company.latest()[0].id == "0a3a83a7-451d-5894-9ea9-2dcd3ed1bc7f"
