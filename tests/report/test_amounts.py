from dataclasses import dataclass, field
from decimal import Decimal

from report.made_up import asked

from sretool.burn.batching import Asking
from sretool.money import Amount
from sretool.prometheus.answers import Sample, Vector
from sretool.report.amounts import facts_of_money, money
from sretool.report.facts import Missing, MoneyFigures
from sretool.report.values import CurrencyWeek

NOTHING = MoneyFigures({}, {}, {}, {}, {}, {}, {})


@dataclass
class Counters:
    """Answers for each expression that is asked, by a word in it, with values by currency or outcome."""

    values: dict[str, dict[str, str]]
    queries: list[str] = field(default_factory=list)

    def query(self, expr: str, *, at: float) -> Vector:
        self.queries.append(expr)
        samples = []
        for part in expr.split("label_replace(")[1:]:
            number = part.rpartition('"sretool_asked", "')[2].partition('"')[0]
            for word, values in self.values.items():
                if word in part:
                    samples += [
                        Sample(
                            {"sretool_asked": number, "currency": label, "outcome": label, "result": label}, Decimal(v)
                        )
                        for label, v in values.items()
                    ]
        return Vector(tuple(samples))


def test_amounts_are_asked_for_in_a_few_queries_and_found_by_currency():
    server = Counters({"billed_amount": {"EUR": "123450", "JPY": "9007199254740993"}, "due_total": {"missed": "3"}})

    found = facts_of_money(Asking(server, 0.0), asked())

    assert isinstance(found, MoneyFigures)
    assert found.billed == {"EUR": Decimal(123450), "JPY": Decimal(9007199254740993)}
    assert found.due == {"missed": 3}
    assert len(server.queries) <= 4


def test_a_server_without_amounts_is_a_missing_source():
    assert isinstance(facts_of_money(Asking(Counters({}), 0.0), asked()), Missing)


def test_amounts_are_exact_in_the_minor_units_of_their_currency():
    figures = MoneyFigures(
        billed={"EUR": Decimal(123450), "JPY": Decimal(7)},
        voided={"EUR": Decimal(0)},
        mis_billed={"JPY": Decimal(1)},
        late={"EUR": Decimal(5)},
        late_before={"EUR": Decimal(8)},
        due={"on_time": Decimal(10), "missed": Decimal(1)},
        rechecked={"match": Decimal(4)},
    )

    found = money(figures)

    assert found.currencies == (
        CurrencyWeek("EUR", Amount(123450, "EUR"), Amount(0, "EUR"), Amount(5, "EUR"), Amount(8, "EUR"), None),
        CurrencyWeek("JPY", Amount(7, "JPY"), None, None, None, Amount(1, "JPY")),
    )
    assert (found.invoices_on_time, found.invoices_missed, found.rechecked_mismatch) == (10, 1, None)
    assert found.notes == ()


def test_what_a_server_had_to_guess_is_no_amount_and_said():
    found = money(MoneyFigures({"EUR": Decimal("1010.55")}, {}, {}, {}, {}, {}, {"match": Decimal("0.5")}))

    assert found.currencies[0].billed is None
    assert found.rechecked_match is None
    of_a_reset = "not known. Its counter was reset within the week, and"
    assert found.notes == (
        f"billed, EUR: {of_a_reset} 1,010.6 is what the server makes of that",
        f"invoices held against their recount, match: {of_a_reset} 0.5 is what the server makes of that",
    )


def test_what_is_no_currency_is_said_and_not_shown():
    found = money(MoneyFigures({"XBT": Decimal(1), "EUR": Decimal(1)}, {}, {}, {}, {}, {}, {}))

    assert [one.currency for one in found.currencies] == ["EUR"]
    assert found.notes == ("XBT is the code of no currency, and not shown",)


def test_of_nothing_there_is_nothing():
    assert money(NOTHING).currencies == ()
