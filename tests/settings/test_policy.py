"""policy.yaml: what it says, what holds without it, and mistakes in it."""

from datetime import date
from decimal import Decimal

import pytest

from sretool.settings.policy import AgreedException, Policy, read_policy
from sretool.yamltext.diagnostics import Notes, as_text
from sretool.yamltext.loading import load
from sretool.yamltext.nodes import Mapping

EXCEPTION = "exceptions:\n  - {slo: shop/availability, reason: The vendor, approver: Ada, until: 2026-12-31}\n"
AGREED = AgreedException("shop/availability", "The vendor", "Ada", date(2026, 12, 31))


def policy_of(text: str) -> tuple[Policy, str]:
    loaded = load(text, "policy.yaml")
    notes = Notes(loaded.diagnostics)
    (document,) = loaded.documents
    assert isinstance(document, Mapping)
    policy = read_policy(document, notes)
    return policy, "\n".join(as_text(diagnostic) for diagnostic in notes.diagnostics)


def test_everything_is_read():
    text = """freeze_below: 5%
caution_below: 33.3%
min_coverage: 50%
on_no_data: open
exceptions:
  - service: shop
    reason: |
      The vendor's outage
      spent the budget.
    approver: Ada Lovelace
    until: 2026-12-31
"""

    assert policy_of(text) == (
        Policy(
            freeze_below=Decimal("0.05"),
            caution_below=Decimal("0.333"),
            min_coverage=Decimal("0.5"),
            on_no_data="open",
            exceptions=(
                AgreedException("shop", "The vendor's outage spent the budget.", "Ada Lovelace", date(2026, 12, 31)),
            ),
        ),
        "",
    )


def test_what_is_not_said_is_usual_and_closed():
    assert policy_of("freeze_below: 0%") == (Policy(), "")
    assert (Policy().freeze_below, Policy().caution_below, Policy().on_no_data) == (0, Decimal("0.25"), "close")


def test_care_begins_nowhere_below_a_freeze():
    assert policy_of("freeze_below: 40%")[0].caution_below == Decimal("0.4")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "freeze_below: 10",
            "policy.yaml:1:15: YA016 `freeze_below` must be a percentage from 0% to 100%, not `10`\n"
            "  freeze_below: 10\n"
            "                ^^\n"
            "  remedy: write such as 25%, with its sign",
        ),
        (
            "freeze_below: 10%\ncaution_below: 5%",
            "policy.yaml:2:16: YA016 `caution_below` is less than `freeze_below`: what is frozen would not even be in "
            "need of care\n"
            "  caution_below: 5%\n"
            "                 ^^\n"
            "  remedy: make `caution_below` the greater of the two, or leave it out",
        ),
        (
            EXCEPTION.replace("2026-12-31", "2026-06-31"),
            "policy.yaml:2:72: YA016 `2026-06-31` is no day\n"
            "  - {slo: shop/availability, reason: The vendor, approver: Ada, until: 2026-06-31}\n"
            "                                                                       ^^^^^^^^^^\n"
            "  remedy: write the last day of it, such as 2026-12-31",
        ),
        (
            "exceptions: caf",
            "policy.yaml:1:13: YA013 `exceptions` must be a list, not text\n"
            "  exceptions: caf\n"
            "              ^^^\n"
            "  remedy: write `exceptions:` and below it, after a dash, each item as keys and values: `- name: value`",
        ),
        (
            "exeptions: []",
            "policy.yaml:1:1: YA003 the key `exeptions` is not known\n"
            "  exeptions: []\n"
            "  ^^^^^^^^^\n"
            "  remedy: write exceptions",
        ),
    ],
)
def test_a_mistake_has_a_place_a_code_and_a_remedy(text: str, said: str):
    assert policy_of(text)[1] == said


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("slo: shop/availability", "slo: availability", "YA016 `availability` does not say whose SLO it is"),
        ("slo: shop/availability", "service: shop/availability", "YA016 `shop/availability` is the name of an SLO"),
        ("slo: shop/availability", "slo: shop/a, service: shop", "YA016 an exception is about an SLO or about a serv"),
        ("slo: shop/availability, ", "", "YA014 `exceptions[0].slo` or `exceptions[0].service` is missing"),
        ("approver: Ada, ", "", "YA014 `exceptions[0].approver` is missing"),
        ("reason: The vendor", "reason: ''", "YA014 `exceptions[0].reason` has no value"),
        ("until: 2026-12-31", "until: 20261231", "YA016 `20261231` is no day"),
        ("until:", "til:", "YA003 the key `exceptions[0].til` is not known"),
    ],
)
def test_an_exception_that_does_not_say_all_is_none(was: str, becomes: str, said: str):
    policy, words = policy_of(EXCEPTION.replace(was, becomes))

    assert (policy.exceptions, said in words) == ((), True), words


def test_an_exception_counts_to_the_end_of_its_last_day():
    policy = Policy(exceptions=(AGREED,))

    assert policy.agreed("shop/availability", date(2026, 12, 31)) == AGREED
    assert policy.agreed("shop/availability", date(2027, 1, 1)) is None
    assert policy.over(["shop/availability"], date(2027, 1, 1)) == (AGREED,)


def test_an_exception_for_a_service_is_about_each_of_its_slos_and_no_others():
    policy = Policy(exceptions=(AgreedException("shop", "The vendor", "Ada", date(2026, 12, 31)),))
    today = date(2026, 12, 1)

    assert [policy.agreed(name, today) is not None for name in ("shop/a", "shop/b", "shopping/a")] == [
        True,
        True,
        False,
    ]


def test_what_a_terminal_would_obey_is_no_part_of_a_reason():
    policy, _ = policy_of(EXCEPTION.replace("The vendor", '"\\e[2JThe\\a vendor"'))

    assert policy.exceptions[0].reason == "[2JThe vendor"


def test_of_two_exceptions_the_one_that_lasts_longer_counts():
    short = AgreedException("shop", "At first", "Ada", date(2026, 11, 30))

    assert Policy(exceptions=(AGREED, short)).agreed("shop/availability", date(2026, 11, 1)) == AGREED
