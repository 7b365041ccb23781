"""Commits and credits by hand arithmetic: a call costs one cent, the platform fee is 10 EUR."""

from billing.invoices.books import Books, Shown, catalog, us

PLAN = """
    - from: 2025-01-01
      currency: EUR
      lines:
        - {id: fee, fixed: "10.00"}
        - {id: calls, meter: calls, per_unit: "0.01"}
"""
DAY_US = 86_400_000_000


def committed(commit: str) -> Books:
    customer = f"    c: {{zone: UTC, currency: EUR, plan: standard, from: 2026-01-01, commits: [{commit}]}}"
    return Books(first=catalog(customer, PLAN))


PREPAID = '{id: year, kind: prepaid, amount: "50.00", from: 2026-01, periods: 3}'
POSTPAID = '{id: year, kind: postpaid, amount: "50.00", from: 2026-01, periods: 2}'


def test_a_prepaid_commit_is_billed_at_its_start_and_drawn_by_usage_only():
    books = committed(PREPAID)
    for month, calls in (("2026-01", 3000), ("2026-02", 3000), ("2026-03", 1000), ("2026-04", 1000)):
        books.use("calls", calls, f"{month}-10")
        books.cut(month)

    # 50 - 30 leaves 20 for February; March and April pay in full.
    assert books.shown("2026-01") == Shown(
        1,
        [
            ("2026-01", "fee", 1000),
            ("2026-01", "calls", 3000),
            ("2026-01", "commit:year", 5000),
            ("2026-01", "commit-drawdown:year", -3000),
        ],
        6000,
    )
    assert books.shown("2026-02").lines[2:] == [("2026-02", "commit-drawdown:year", -2000)]
    assert [books.shown(month).total for month in ("2026-02", "2026-03", "2026-04")] == [2000, 2000, 2000]


def test_the_rest_of_a_prepaid_commit_expires_with_its_last_month():
    books = committed(PREPAID)
    for month in ("2026-01", "2026-02", "2026-03", "2026-04"):
        books.cut(month)
    books.use("calls", 1000, "2026-05-10")
    books.cut("2026-05")

    assert books.shown("2026-05").total == 2000


def test_late_usage_draws_on_the_commit_of_the_invoice_that_corrects_it():
    books = committed(PREPAID)
    books.cut("2026-01")
    books.use("calls", 500, "2026-01-10")
    books.cut("2026-02")

    assert books.shown("2026-02").lines[2:] == [
        ("+2026-01", "calls", 500),
        ("2026-02", "commit-drawdown:year", -500),
    ]


def test_a_postpaid_commit_bills_what_is_missing_at_its_end():
    books = committed(POSTPAID)
    for month, calls in (("2026-01", 1000), ("2026-02", 1500)):
        books.use("calls", calls, f"{month}-10")
        books.cut(month)

    # 50 - 10 - 15; fees do not count.
    assert books.shown("2026-02").lines[2:] == [("2026-02", "commit:year", 2500)]


def test_a_postpaid_commit_that_was_used_up_bills_nothing():
    books = committed(POSTPAID)
    books.use("calls", 6000, "2026-01-10")
    books.cut("2026-01")
    books.cut("2026-02")

    assert books.shown("2026-02").lines[2:] == [("2026-02", "commit:year", 0)]


def test_usage_that_comes_after_the_end_of_a_postpaid_commit_lowers_what_was_missing():
    books = committed(POSTPAID)
    books.cut("2026-01")
    books.cut("2026-02")
    books.use("calls", 700, "2026-01-31")
    books.cut("2026-03")

    assert books.shown("2026-03").lines[2:] == [("+2026-01", "calls", 700), ("+2026-02", "commit:year", -700)]


def test_a_void_returns_what_was_drawn_of_a_commit():
    books = committed(PREPAID)
    books.use("calls", 5000, "2026-01-10")
    books.cut("2026-01")
    books.void(books.document("2026-01"))
    books.use("calls", 1000, "2026-02-10")
    books.cut("2026-02")

    assert books.shown("2026-01", version=2).lines == books.shown("2026-01").lines
    assert books.shown("2026-02").total == 2000


def test_a_credit_pays_an_invoice_and_keeps_its_rest_for_the_next():
    books = Books(first=catalog(plan=PLAN))
    books.grant("welcome", 1500)
    books.cut("2026-01")
    books.cut("2026-02")
    books.cut("2026-03")

    assert books.shown("2026-01") == Shown(
        1, [("2026-01", "fee", 1000), ("2026-01", "calls", 0), ("2026-01", "credit:welcome", -1000)], 0
    )
    assert books.shown("2026-02").lines[2:] == [("2026-02", "credit:welcome", -500)]
    assert [books.shown(month).total for month in ("2026-02", "2026-03")] == [500, 1000]


def test_credits_pay_by_priority_then_expiry_then_id():
    books = Books(first=catalog(plan=PLAN))
    end = us("2026-02-01")
    books.grant("d", 100, priority=1)
    books.grant("c", 100, priority=1, expires_us=end + DAY_US)
    books.grant("b", 100, priority=0)
    books.grant("a", 100, priority=0)
    books.cut("2026-01")

    assert [line for _, line, _ in books.shown("2026-01").lines[2:]] == ["credit:a", "credit:b", "credit:c", "credit:d"]


def test_a_credit_pays_only_if_it_is_in_force_at_the_last_instant_of_the_period():
    books = Books(first=catalog(plan=PLAN))
    end = us("2026-02-01")
    books.grant("begins-with-february", 100, effective_us=end)
    books.grant("ended-at-the-last-instant", 100, expires_us=end - 1)
    books.grant("yen", 100, currency="JPY")
    books.grant("others", 100, customer="d")
    books.grant("begins-at-the-last-instant", 10, effective_us=end - 1)
    books.grant("ends-with-january", 20, expires_us=end)
    books.cut("2026-01")

    assert [(line, amount) for _, line, amount in books.shown("2026-01").lines[2:]] == [
        ("credit:ends-with-january", -20),
        ("credit:begins-at-the-last-instant", -10),
    ]


def test_of_two_grants_with_one_id_the_first_counts():
    books = Books(first=catalog(plan=PLAN))
    books.grant("welcome", 100)
    books.grant("welcome", 900)
    books.cut("2026-01")

    assert books.shown("2026-01").total == 900


def test_a_reissue_may_use_the_credit_of_the_first_version_even_after_its_expiry():
    books = Books(first=catalog(plan=PLAN))
    books.grant("welcome", 1500, expires_us=us("2026-02-01"))
    books.cut("2026-01")
    books.cut("2026-02")
    books.void(books.document("2026-01"))

    assert books.shown("2026-01", version=2) == Shown(
        2, [("2026-01", "fee", 1000), ("2026-01", "calls", 0), ("2026-01", "credit:welcome", -1000)], 0
    )
    assert books.shown("2026-02").total == 1000


def test_a_plain_reissue_does_not_use_a_later_grant_and_a_recut_does():
    books = Books(first=catalog(plan=PLAN))
    books.cut("2026-01")
    books.grant("apology", 400)
    books.void(books.document("2026-01"))
    books.void(books.document("2026-01", version=2), recut=True)

    assert [books.shown("2026-01", version=version).total for version in (1, 2, 3)] == [1000, 1000, 600]


def test_a_credit_is_never_drawn_beyond_its_amount():
    books = Books(first=catalog(plan=PLAN))
    books.grant("welcome", 1500)
    books.cut("2026-01")
    books.void(books.document("2026-01"), reissue=False)
    books.cut("2026-02")  # bills January again, as a correction: 20 in all
    books.cut("2026-03")

    assert [books.shown(month).total for month in ("2026-02", "2026-03")] == [500, 1000]


def test_a_negative_rest_is_a_total_of_nothing_and_a_credit_note():
    plan = """
    - from: 2025-01-01
      currency: EUR
      lines:
        - {id: bytes, meter: bytes, per_unit: 1}
"""
    books = Books(first=catalog(plan=plan))
    books.grant("welcome", 1500)
    books.use("bytes", 1, "2026-01-10", quantity="-3")
    books.cut("2026-01")

    assert books.shown("2026-01") == Shown(1, [("2026-01", "bytes", -300)], 0, 300)
