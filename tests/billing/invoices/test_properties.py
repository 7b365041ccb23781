"""Whatever the order of late usage, voids, reissues, recuts, grants and cuts: billed once, and never below nothing.

What is owed is computed here from the list of what was used and its price, one cent a call, not by the code under test.
"""

from fractions import Fraction

from billing.invoices.books import Books, catalog
from hypothesis import given, settings
from hypothesis import strategies as st

MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
GRADUATED = """
    - from: 2025-01-01
      currency: EUR
      minimum: "3.00"
      lines:
        - {id: fee, fixed: "1.00"}
        - {id: calls, meter: calls, graduated: [{to: 100, unit: "0.013"}, {to: 250, unit: "0.0071"}, {unit: "0.0039"}]}
"""

used = st.tuples(st.just("use"), st.sampled_from(MONTHS), st.integers(1, 300))
voided = st.tuples(st.just("void"), st.integers(0, 10), st.booleans(), st.booleans())
granted = st.tuples(st.just("grant"), st.integers(1, 500), st.none())
cut = st.tuples(st.just("cut"), st.none(), st.none())
steps = st.lists(st.one_of(used, used, voided, granted, cut), max_size=25)


class Story:
    """Books, and beside them what was used by month, how many months are closed, and what credits there are."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.used = dict.fromkeys(MONTHS, 0)
        self.closed = 0
        self.granted: dict[str, int] = {}

    def tell(self, step: tuple[object, ...]) -> None:
        match step:
            case ("use", str(month), int(calls)):
                self.used[month] += calls
                self.books.use("calls", calls, f"{month}-10")
            case ("cut", *_) if self.closed < len(MONTHS):
                self.books.cut(MONTHS[self.closed])
                self.closed += 1
            case ("grant", int(amount), _):
                name = f"g{len(self.granted)}"
                self.granted[name] = amount
                self.books.grant(name, amount)
            case ("void", int(number), bool(reissue), bool(recut)) if self.books.in_force():
                in_force = self.books.in_force()
                self.books.void(in_force[number % len(in_force)], reissue=reissue, recut=recut)

    @property
    def closed_months(self) -> tuple[str, ...]:
        return MONTHS[: self.closed]


def told(steps: list[tuple[object, ...]], books: Books) -> Story:
    story = Story(books)
    for step in steps:
        story.tell(step)
    return story


def billed(books: Books) -> int:
    """The sum of what documents in force have billed, before what commits and credits paid of it."""
    return sum(
        line.amount_minor
        for issued in books.in_force()
        for line in issued.lines
        if line.kind not in ("drawdown", "credit")
    )


@given(steps)
@settings(deadline=None)
def test_usage_is_billed_exactly_once_or_is_late_and_unbilled(steps: list[tuple[object, ...]]):
    story = told(steps, Books())

    owed = sum(story.used[month] for month in story.closed_months)
    assert billed(story.books) + story.books.late().get("EUR", 0) == owed


@given(steps)
@settings(deadline=None)
def test_the_next_invoice_leaves_nothing_late(steps: list[tuple[object, ...]]):
    story = told(steps, Books())
    story.books.cut("2026-05")

    assert billed(story.books) == sum(story.used[month] for month in story.closed_months)
    assert story.books.late() == {}


@given(steps)
@settings(deadline=None)
def test_with_bands_and_a_minimum_the_next_invoice_leaves_each_month_at_its_price(steps: list[tuple[object, ...]]):
    story = told(steps, Books(first=catalog(plan=GRADUATED)))
    story.books.cut("2026-05")

    assert billed(story.books) == sum(_month_minor(story.used[month]) for month in story.closed_months) + _month_minor(
        0
    )


def _month_minor(calls: int) -> int:
    """Fee, calls by their bands, and what is missing of 3.00, in cents; round() of a Fraction is half-even."""
    exact = Fraction("1.3") * min(calls, 100)
    exact += Fraction("0.71") * max(0, min(calls, 250) - 100)
    exact += Fraction("0.39") * max(0, calls - 250)
    return 100 + max(300, round(exact))


@given(steps)
@settings(deadline=None)
def test_no_total_is_negative_and_no_credit_is_overdrawn(steps: list[tuple[object, ...]]):
    grants, uses, cuts = [("grant", 150, None)], [("use", month, 100) for month in MONTHS], [("cut", None, None)] * 4
    story = told([*grants, *uses, *steps, *cuts], Books())
    rows = story.books.store.connection.execute("SELECT total_minor, credit_note_minor FROM documents").fetchall()
    drawn: dict[str, int] = {}
    for issued in story.books.in_force():
        for source, amount in issued.drawn.items():
            drawn[source] = drawn.get(source, 0) + amount

    assert all(total >= 0 and note >= 0 and 0 in (total, note) for total, note in rows)
    assert all(0 < amount <= story.granted[source.removeprefix("credit:")] for source, amount in drawn.items())


@given(steps)
@settings(deadline=None)
def test_issued_documents_never_change(steps: list[tuple[object, ...]]):
    story, seen = Story(Books()), dict[str, str]()
    for step in steps:
        story.tell(step)
        rows = story.books.store.connection.execute("SELECT id, json || digest || total_minor FROM documents")
        for name, said in rows.fetchall():
            assert seen.setdefault(name, said) == said


@given(steps, st.integers(0, 10))
@settings(deadline=None)
def test_a_void_with_a_plain_reissue_bills_what_it_billed_before(steps: list[tuple[object, ...]], number: int):
    story = told([*steps, ("cut", None, None)], Books())
    in_force = story.books.in_force()
    if not in_force:
        return
    old, before = in_force[number % len(in_force)], billed(story.books)
    story.books.void(old)
    new = story.books.in_force()[-1]

    assert billed(story.books) == before
    assert [line for line in new.lines if line.kind != "credit"] == [
        line for line in old.lines if line.kind != "credit"
    ]


@given(st.lists(used, max_size=12), st.permutations(range(12)))
@settings(deadline=None)
def test_the_order_in_which_usage_comes_does_not_matter(steps: list[tuple[object, ...]], order: list[int]):
    shuffled = [steps[index] for index in order if index < len(steps)]
    books = [told([*some, ("cut", None, None)], Books()).books for some in (steps, shuffled)]

    assert books[0].shown("2026-01") == books[1].shown("2026-01")


@given(st.integers(0, 500), st.integers(0, 500))
@settings(deadline=None)
def test_usage_that_is_late_costs_what_it_would_have_cost_in_time(first: int, second: int):
    late, in_time = (Books(first=catalog(plan=GRADUATED)) for _ in range(2))
    for books in (late, in_time):
        books.use("calls", first, "2026-01-10")
    in_time.use("calls", second, "2026-01-20")
    for books in (late, in_time):
        books.cut("2026-01")
    late.use("calls", second, "2026-01-20")
    for books in (late, in_time):
        books.cut("2026-02")

    assert billed(late) == billed(in_time)
