"""billing.yaml: what it can say, all its mistakes, and the JSON that the journal keeps."""

import json
import re
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from sretool.billing.catalog.plain import catalog_as_json, catalog_from_json, number_text
from sretool.billing.catalog.reader import catalog_of_text
from sretool.billing.catalog.values import (
    ApiKey,
    Band,
    Commit,
    Customer,
    FixedLine,
    Graduated,
    Meter,
    Package,
    PerUnit,
    PlanVersion,
    Tenant,
    UsageLine,
    Volume,
    refused_changes,
)
from sretool.yamltext.codes import CODES
from sretool.yamltext.diagnostics import as_text

PAGES = Path(__file__).parents[3] / "docs" / "checks"
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
FULL = f"""apiVersion: sretool-billing/v1
grace: 12h
deadline: 2h
tenants:
  acme: {{rate: 50000, keys: [{{id: k1, sha256: {SHA}}}]}}
meters:
  calls: {{event_type: api_call, aggregation: count, filter: {{region: eu, beta: true, tier: 1, code: "1"}}}}
  bytes: {{event_type: api_call, aggregation: sum, property: bytes}}
customers:
  acme:
    cust-1:
      zone: Europe/Berlin
      currency: EUR
      plan: standard
      from: 2026-01-15
      to: 2026-12-31
      commits: [{{id: annual, kind: prepaid, amount: 1000, from: 2026-02, periods: 11}}]
    "Cust 2|x": {{zone: UTC, currency: JPY, plan: standard, from: 2026-03-01}}
plans:
  standard:
    - {{from: 2026-02-01, currency: JPY, lines: []}}
    - from: 2026-01-01
      currency: EUR
      minimum: 20.00
      lines:
        - {{id: platform, fixed: "10.00"}}
        - {{id: calls, meter: calls, per_unit: 0.001}}
        - {{id: data, meter: bytes, graduated: [{{to: 1000, unit: "0.01"}}, {{unit: "0.005"}}]}}
        - {{id: data-2, meter: bytes, volume: [{{to: 0.5, unit: "0.01"}}, {{unit: 0}}]}}
        - {{id: data-3, meter: bytes, package: {{size: 100, price: 5}}}}
"""


def said_of(text: str) -> list[str]:
    """Place, code and message of every diagnostic of a catalogue."""
    _, diagnostics = catalog_of_text(text)
    return [as_text(diagnostic).splitlines()[0].removeprefix("billing.yaml:") for diagnostic in diagnostics]


def test_everything_that_a_catalogue_can_say_is_read():
    catalog, diagnostics = catalog_of_text(FULL)

    assert diagnostics == []
    assert catalog is not None
    assert (catalog.grace_us, catalog.deadline_us) == (43_200_000_000, 7_200_000_000)
    assert catalog.tenants == {"acme": Tenant("acme", 50_000, (ApiKey("k1", SHA),))}
    wanted = (("beta", True), ("code", "1"), ("region", "eu"), ("tier", 1))
    assert catalog.meters == {
        "calls": Meter("calls", "api_call", "count", None, wanted),
        "bytes": Meter("bytes", "api_call", "sum", "bytes"),
    }
    commit = Commit("annual", "prepaid", 100_000, date(2026, 2, 1), 11)
    assert catalog.customers == {
        "acme": {
            "cust-1": Customer(
                *("acme", "cust-1", "Europe/Berlin", "EUR", "standard", date(2026, 1, 15), date(2026, 12, 31)),
                (commit,),
            ),
            "Cust 2|x": Customer("acme", "Cust 2|x", "UTC", "JPY", "standard", date(2026, 3, 1)),
        }
    }
    bands = (Band(Fraction(1000), Fraction("0.01")), Band(None, Fraction("0.005")))
    assert catalog.plans["standard"] == (
        PlanVersion(
            date(2026, 1, 1),
            "EUR",
            Fraction(20),
            (
                FixedLine("platform", Fraction(10)),
                UsageLine("calls", "calls", PerUnit(Fraction(1, 1000))),
                UsageLine("data", "bytes", Graduated(bands)),
                UsageLine("data-2", "bytes", Volume((Band(Fraction(1, 2), Fraction(1, 100)), Band(None, Fraction(0))))),
                UsageLine("data-3", "bytes", Package(Fraction(100), Fraction(5))),
            ),
        ),
        PlanVersion(date(2026, 2, 1), "JPY", None, ()),
    )


def test_a_catalogue_comes_back_from_the_json_of_the_journal():
    catalog, _ = catalog_of_text(FULL)
    assert catalog is not None

    body = json.dumps(catalog_as_json(catalog), sort_keys=True)

    assert catalog_from_json(json.loads(body)) == catalog


def test_the_json_has_exact_decimals_as_text():
    catalog, _ = catalog_of_text(FULL)
    assert catalog is not None

    said = catalog_as_json(catalog)

    assert said["plans"]["standard"][0]["minimum"] == "20"
    assert said["plans"]["standard"][0]["lines"][1] == {"id": "calls", "meter": "calls", "per_unit": "0.001"}
    assert said["plans"]["standard"][0]["lines"][3]["volume"][0] == {"to": "0.5", "unit": "0.01"}
    assert said["customers"]["acme"]["cust-1"]["commits"][0]["amount"] == "1000.00"


@pytest.mark.parametrize("text", ["0", "100", "0.5", "123456789012345678.000000000001", "-2.5"])
def test_numbers_are_written_as_they_were_read(text: str):
    assert number_text(Fraction(text)) == text


def test_the_version_in_force_is_the_latest_of_the_currency_that_has_begun():
    catalog, _ = catalog_of_text(FULL)
    assert catalog is not None
    euro, yen = catalog.customers["acme"]["cust-1"], catalog.customers["acme"]["Cust 2|x"]

    found = [catalog.plan_in_force(customer, date(2026, 3, 1)) for customer in (euro, yen)]

    assert [version.currency for version in found if version] == ["EUR", "JPY"]
    assert catalog.plan_in_force(yen, date(2026, 1, 1)) is None


def test_a_version_holds_from_the_first_period_that_begins_on_its_day_or_later():
    text = FULL.replace(
        "    - {from: 2026-02-01, currency: JPY, lines: []}", "    - {from: 2026-04-02, currency: EUR, lines: []}"
    )
    catalog, _ = catalog_of_text(text.replace("currency: JPY", "currency: EUR"))
    assert catalog is not None
    customer = catalog.customers["acme"]["cust-1"]

    begun = [catalog.plan_in_force(customer, date(2026, month, 1)) for month in (4, 5)]

    assert [version.from_day for version in begun if version] == [date(2026, 1, 1), date(2026, 4, 2)]


def test_all_mistakes_are_said_at_once():
    text = """apiVersion: sretool-billing/v2
grace: a day
tenants:
  Acme: {rate: 0, keys: [{id: k1, sha256: secret}, {id: k1, sha256: secret}, {id: k2, sha256: secret}]}
meters:
  calls: {event_type: api_call, aggregation: count, property: n}
  bytes: {event_type: api_call, aggregation: avg}
customers:
  acmee: {}
  Acme:
    c1: {zone: Europe/Berln, currency: EUR, plan: standard, from: 2026-01-01}
    c2: {zone: UTC, currency: eur, plan: standrd, from: 2026-01-32}
    c3: {zone: UTC, currency: EUR, plan: standard, from: 2026-02-01, to: 2026-01-01}
plans:
  standard:
    - from: 2026-01-01
      currency: EUR
      lines:
        - {id: minimum, fixed: "1"}
        - {id: a, fixed: "-1"}
        - {id: a, meter: cals, per_unit: "0.1"}
        - {id: b, meter: bytes, volume: [{to: 5, unit: 1}]}
        - {id: c, per_unit: 1, fixed: 1}
        - {id: d, meter: bytes}
"""

    assert said_of(text) == [
        "1:13: YA016 `apiVersion` must be sretool-billing/v1, not `sretool-billing/v2`",
        "2:8: YA016 `a day` is not a duration such as 24h",
        "4:3: YA016 a tenant cannot be called `Acme`",
        "4:16: YA016 `tenants.Acme.rate` must be 1 or more, not 0",
        "4:19: BL109 tenant Acme has 3 keys, and 2 may live at a time",
        "4:43: BL109 a key is kept as the SHA-256 of its secret, 64 hexadecimal digits in lower case",
        "4:57: BL105 key `k1` is there already, in line 4",
        "4:69: BL109 a key is kept as the SHA-256 of its secret, 64 hexadecimal digits in lower case",
        "4:95: BL109 a key is kept as the SHA-256 of its secret, 64 hexadecimal digits in lower case",
        "6:63: BL107 meter calls counts events, and has a property that it does not look at",
        "7:46: YA016 `meters.bytes.aggregation` must be count, sum, max, latest or unique, not `avg`",
        "9:3: BL104 no tenant of this catalogue is called `acmee`",
        "11:16: SL125 `Europe/Berln` is not an IANA time zone",
        "12:31: BL103 `eur` is not the ISO 4217 code of a currency",
        "12:42: BL104 no plan of this catalogue is called `standrd`",
        "12:57: YA016 `2026-01-32` is not a day such as 2026-01-31, from 2000 to 2199",
        "13:70: BL108 the subscription ends on 2026-01-01, before it begins on 2026-02-01",
        "19:16: BL105 `minimum` is the line that tops up a plan's usage lines",
        "20:26: BL101 a price is 0 or more, not -1",
        "21:16: BL105 line `a` is there already, in line 20",
        "21:26: BL104 no meter of this catalogue is called `cals`",
        "22:42: BL102 nothing says what units above 5 cost",
        "23:19: BL110 the line has fixed and per_unit",
        "24:11: BL110 the line has no price",
    ]


COMMIT = "{id: annual, kind: prepaid, amount: 1000, from: 2026-02, periods: 11}"


@pytest.mark.parametrize(
    ("commit", "said"),
    [
        ("{id: a, kind: prepaid, amount: 0, from: 2026-02, periods: 1}", "BL101 a commit is above 0, not 0"),
        (
            "{id: a, kind: prepaid, amount: 1.001, from: 2026-02, periods: 1}",
            "BL101 1.001 has more than the 2 decimals of EUR",
        ),
        (
            "{id: a, kind: prepaid, amount: 1, from: 2025-12, periods: 1}",
            "BL108 commit a holds from 2025-12 to 2025-12, beyond its subscription",
        ),
        (
            "{id: a, kind: postpaid, amount: 1, from: 2026-06, periods: 8}",
            "BL108 commit a holds from 2026-06 to 2027-01, beyond its subscription",
        ),
        (
            "{id: a, kind: prepaid, amount: 1, from: 2026-13, periods: 1}",
            "YA016 `2026-13` is not a month such as 2026-01, from 2000 to 2199",
        ),
        (
            "{id: a, kind: paid, amount: 1, from: 2026-02, periods: 0}",
            "YA016 `customers.acme.cust-1.commits[0].kind` must be prepaid or postpaid, not `paid`",
        ),
    ],
)
def test_a_commit_that_does_not_fit_is_told(commit: str, said: str):
    found = said_of(FULL.replace(COMMIT, commit))

    assert said in [line.split(" ", 1)[1] for line in found]


def test_a_file_that_holds_something_else_is_told():
    assert said_of("- 1\n") == ["1:1: YA013 a catalogue must be a mapping, not a list"]
    assert said_of("") == ["1:1: YA009 the file holds no YAML document"]
    assert said_of(FULL + "---\na: 1\n")[-1].endswith("a catalogue is one YAML document, and here begins another")


@pytest.mark.parametrize("code", sorted(code for code in CODES if code.startswith("BL")))
def test_the_examples_of_a_page_raise_its_code_and_raise_nothing(code: str):
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    wrong, right = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)

    assert {diagnostic.code for diagnostic in catalog_of_text(wrong)[1]} == {code}
    assert catalog_of_text(right)[1] == []


def test_a_new_catalogue_may_not_move_what_was_billed():
    old, _ = catalog_of_text(FULL)
    text = FULL.replace("Europe/Berlin", "Europe/Paris").replace('    "Cust 2|x"', '    "Cust 3"')
    new, _ = catalog_of_text(text.replace("aggregation: sum", "aggregation: max"))
    assert old is not None
    assert new is not None

    assert refused_changes(old, old) == []
    assert refused_changes(old, new) == [
        "customer acme/cust-1 changes its zone from Europe/Berlin to Europe/Paris: "
        "end it with a `to`, and add a customer",
        "customer acme/Cust 2|x is gone: keep it, and give it a `to`, its last day",
        "meter bytes changes its aggregation from sum to max: add a meter",
    ]
