"""Late usage, voids and reissues, by hand arithmetic: a call costs one cent."""

from billing.invoices.books import Books, Shown, catalog, us

from sretool.billing.invoices.controls import NewCatalog


def closed_january(*, calls: int = 100) -> Books:
    books = Books()
    books.use("calls", calls, "2026-01-10")
    books.cut("2026-01")
    return books


def test_an_invoice_bills_the_usage_before_its_cut():
    books = closed_january()

    assert books.shown("2026-01") == Shown(1, [("2026-01", "calls", 100)], 100)


def test_usage_of_the_neighbouring_months_is_not_in_it():
    books = Books()
    books.use("calls", 1, "2025-12-31T23:59")
    books.use("calls", 10, "2026-01-01T00:00")
    books.use("calls", 100, "2026-01-31T23:59")
    books.use("calls", 1000, "2026-02-01T00:00")
    books.cut("2026-01")

    assert books.shown("2026-01").total == 110


def test_an_hour_of_the_year_before_in_utc_is_of_january_in_berlin():
    books = Books(first=catalog("    c: {zone: Europe/Berlin, currency: EUR, plan: standard, from: 2025-12-01}"))
    books.use("calls", 1, "2025-12-31T22:59")
    books.use("calls", 10, "2025-12-31T23:00")
    books.use("calls", 100, "2026-01-31T23:00")
    books.cut("2025-12", zone="Europe/Berlin")
    books.cut("2026-01", zone="Europe/Berlin")

    assert [books.shown(month).total for month in ("2025-12", "2026-01")] == [1, 10]


def test_late_usage_is_unbilled_until_the_next_invoice_corrects_it():
    books = closed_january()
    books.use("calls", 20, "2026-01-31")
    late_before = books.late()
    books.use("calls", 7, "2026-02-10")
    books.cut("2026-02")

    assert late_before == {"EUR": 20}
    assert books.shown("2026-01").total == 100
    assert books.shown("2026-02") == Shown(1, [("2026-02", "calls", 7), ("+2026-01", "calls", 20)], 27)
    assert books.late() == {}


def test_a_plain_reissue_says_what_the_first_version_said():
    books = closed_january()
    books.use("calls", 20, "2026-01-31")
    books.cut("2026-02")
    books.void(books.document("2026-01"))
    books.void(books.document("2026-02"))

    assert books.shown("2026-01", version=2) == Shown(2, [("2026-01", "calls", 100)], 100)
    assert books.shown("2026-02", version=2) == Shown(2, [("2026-02", "calls", 0), ("+2026-01", "calls", 20)], 20)


def test_a_reissue_with_recut_bills_what_is_late_less_what_others_have_billed_of_it():
    books = closed_january()
    books.use("calls", 20, "2026-01-31")
    books.cut("2026-02")
    books.use("calls", 5, "2026-01-31")
    books.void(books.document("2026-01"), recut=True)

    assert books.shown("2026-01", version=2) == Shown(2, [("2026-01", "calls", 125), ("+2026-01", "calls", -20)], 105)
    assert books.late() == {}


def test_a_void_without_a_reissue_is_billed_by_the_next_invoice():
    books = closed_january()
    books.void(books.document("2026-01"), reissue=False)
    late = books.late()
    books.cut("2026-02")

    assert late == {"EUR": 100}
    assert books.shown("2026-02").lines == [("2026-02", "calls", 0), ("+2026-01", "calls", 100)]


def test_a_late_correction_of_the_minimum_goes_down_as_usage_goes_up():
    plan = """
    - from: 2025-01-01
      currency: EUR
      minimum: "5.00"
      lines:
        - {id: fee, fixed: "1.00"}
        - {id: calls, meter: calls, per_unit: "0.01"}
"""
    books = Books(first=catalog(plan=plan))
    books.use("calls", 300, "2026-01-10")
    books.cut("2026-01")
    books.use("calls", 150, "2026-01-11")
    books.cut("2026-02")

    assert books.shown("2026-01").lines == [
        ("2026-01", "fee", 100),
        ("2026-01", "calls", 300),
        ("2026-01", "minimum", 200),
    ]
    assert books.shown("2026-02").lines[3:] == [("+2026-01", "calls", 150), ("+2026-01", "minimum", -150)]


def test_a_new_price_is_for_new_periods_and_corrections_keep_the_old_one():
    books = closed_january()
    dearer = """
    - from: 2025-01-01
      currency: EUR
      lines:
        - {id: calls, meter: calls, per_unit: "0.02"}
"""
    books.do(NewCatalog(catalog(plan=dearer)))
    books.use("calls", 10, "2026-01-11")
    books.use("calls", 10, "2026-02-11")
    books.cut("2026-02")
    books.void(books.document("2026-01"))
    plain = books.shown("2026-01", version=2)
    books.void(books.document("2026-01", version=2), recut=True)

    assert books.shown("2026-02").lines == [("2026-02", "calls", 20), ("+2026-01", "calls", 10)]
    assert plain.lines == [("2026-01", "calls", 100)]
    assert books.shown("2026-01", version=3).lines == [("2026-01", "calls", 220), ("+2026-01", "calls", -10)]


def test_late_usage_without_a_next_invoice_waits_for_the_final_cut():
    ended = "    c: {zone: UTC, currency: EUR, plan: standard, from: 2026-01-01, to: 2026-01-31}"
    books = Books(first=catalog(ended))
    books.use("calls", 100, "2026-01-10")
    books.cut("2026-01")
    books.use("calls", 20, "2026-01-31")
    books.cut("2026-02")
    late = books.late()
    books.final("2026-03-01")
    books.final("2026-03-01")
    first, second = books.history()

    assert late == {"EUR": 20}
    assert books.show(first).total == 100
    assert books.show(second) == Shown(1, [("+2026-01", "calls", 20)], 20)
    assert books.late() == {}


def test_a_final_document_can_be_voided_and_issued_again():
    ended = "    c: {zone: UTC, currency: EUR, plan: standard, from: 2026-01-01, to: 2026-01-31}"
    books = Books(first=catalog(ended))
    books.cut("2026-01")
    books.use("calls", 20, "2026-01-31")
    books.final("2026-03-01")
    books.void(books.history()[1])

    assert [books.show(issued).total for issued in books.history()] == [0, 20, 20]
    assert len({issued.id for issued in books.history()}) == 3


def test_nobody_who_goes_on_gets_a_final_document():
    books = closed_january()
    books.use("calls", 20, "2026-01-31")
    books.final("2026-03-01")

    assert len(books.history()) == 1


def test_a_void_of_what_is_not_there_or_void_already_changes_nothing():
    books = closed_january()
    first = books.document("2026-01")
    books.void(first, reissue=False)
    books.void(first, reissue=True)

    assert [issued.version for issued in books.history()] == [1]


def test_a_customer_who_comes_later_gets_the_months_that_others_have():
    books = closed_january()
    later = catalog(
        "    c: {zone: UTC, currency: EUR, plan: standard, from: 2026-01-01}\n"
        "    d: {zone: UTC, currency: EUR, plan: standard, from: 2026-01-15}"
    )
    books.do(NewCatalog(later))
    books.use("calls", 3, "2026-01-20", customer="d")
    books.cut("2026-01")

    assert books.shown("2026-01", "d").total == 3
    assert len(books.history("c")) == 1


def test_every_aggregation_is_billed():
    plan = """
    - from: 2025-01-01
      currency: EUR
      lines:
        - {id: bytes, meter: bytes, per_unit: 1}
        - {id: peak, meter: peak, per_unit: 1}
        - {id: last, meter: last, per_unit: 1}
        - {id: users, meter: users, per_unit: 1}
"""
    books = Books(first=catalog(plan=plan))
    for hour, quantity in (("01", "0.25"), ("02", "-3.5"), ("03", "1234567890123456.01")):
        books.use("bytes", 2, f"2026-01-10T{hour}:00", quantity=quantity)
    for hour, quantity in (("01", "7"), ("02", "9.5"), ("03", "-100")):
        books.use("peak", 2, f"2026-01-10T{hour}:00", quantity=quantity)
        books.use("last", 2, f"2026-01-10T{hour}:00", quantity=quantity)
    for hour, user in (("01", "1"), ("02", "2"), ("03", "1")):
        books.use("users", 1, f"2026-01-10T{hour}:00", quantity=user)
    books.cut("2026-01")

    # 0.50 - 7.00 + 2469135780246912.02; 9.50; -100; two users.
    assert [amount for _, _, amount in books.shown("2026-01").lines] == [246913578024690552, 950, -10000, 200]


def test_the_last_of_two_events_of_one_instant_is_that_with_the_greater_id():
    plan = """
    - from: 2025-01-01
      currency: EUR
      lines: [{id: last, meter: last, per_unit: 1}]
"""
    books = Books(first=catalog(plan=plan))
    books.use("last", 1, "2026-01-10", quantity="7", event="b")
    books.use("last", 1, "2026-01-11", quantity="9", event="a")
    books.ledger.execute("UPDATE rollup SET latest_us = 0")
    books.cut("2026-01")

    assert books.shown("2026-01").total == 700


def test_a_month_before_the_subscription_has_no_invoice():
    books = Books()
    books.use("calls", 1, "2025-12-10")
    books.cut("2025-12")

    assert books.history() == []


def test_a_cut_before_the_first_catalogue_makes_nothing():
    books = Books()
    books.store.connection.execute("DELETE FROM catalogs")

    books.cut("2026-01")

    assert books.history() == []


def test_times_are_those_of_the_journal():
    books = closed_january()
    (finalized_us,) = books.store.connection.execute("SELECT finalized_us FROM documents").fetchone()

    assert finalized_us == us("2026-01-01")
