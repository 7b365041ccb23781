"""Every alert has a page, and every page can be followed at 03:00: all its sections, and queries that have answers."""

import re
from pathlib import Path

import pytest

from sretool.promql.grammar import read
from sretool.promql.parse import Expression, parse
from sretool.promql.tree import Selector, walk
from sretool.rules.compile import rules_of
from sretool.rules.health import RUNBOOKS
from sretool.rules.rule import AlertRule, RecordingRule

ROOT = Path(__file__).parents[2]
STARTER = ROOT / "templates/starter"
SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Escalation", "Verify fixed"]
PAGES = [*sorted((ROOT / "runbooks").glob("*.md")), *sorted((STARTER / "runbooks").glob("*.md"))]
OF_PROMETHEUS = re.compile("up|ALERTS|prometheus_[a-z_]+")
SUFFIXES = re.compile("_(bucket|count|sum)$")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def fences(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@every_page
def test_a_page_has_the_six_sections_in_order_with_something_in_each(page):
    _, *parts = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)

    found = {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in parts}

    assert list(found) == SECTIONS
    assert all(found.values())


@every_page
def test_a_page_asks_prometheus_something_to_find_the_cause_and_to_see_it_gone(page):
    text = page.read_text(encoding="utf-8")

    diagnosis, verification = text.partition("## Diagnosis")[2], text.partition("## Verify fixed")[2]

    assert "```promql" in diagnosis.partition("## Mitigation")[0]
    assert "```promql" in verification


@every_page
def test_every_query_of_a_page_is_promql(page):
    failures = [parsed for parsed in map(parse, fences(page, "promql")) if not isinstance(parsed, Expression)]

    assert failures == []


@every_page
def test_every_query_of_a_page_asks_for_series_that_exist(page, contract, rule_files):
    rules = [rule for file in rule_files for rule in rules_of(file)]
    recorded = {rule.record for rule in rules if isinstance(rule, RecordingRule)}
    known = set(contract) | recorded | ({"http_requests_total"} if STARTER in page.parents else set())

    asked = [node.name for query in fences(page, "promql") for node in walk(read(query)) if isinstance(node, Selector)]

    assert [name for name in asked if SUFFIXES.sub("", name) not in known and not OF_PROMETHEUS.fullmatch(name)] == []


@every_page
def test_every_matcher_of_a_page_names_a_label_and_a_value_that_the_contract_has(page, contract):
    selectors = [node for query in fences(page, "promql") for node in walk(read(query)) if isinstance(node, Selector)]
    matchers = [(SUFFIXES.sub("", node.name), matcher) for node in selectors for matcher in node.matchers]

    wrong = [
        f"{metric}{{{matcher.label}}}: {value}"
        for metric, matcher in matchers
        if metric in contract
        for value in matcher.value.split("|")
        if not contract[metric].has(matcher.label, value)
    ]

    assert wrong == []


@every_page
def test_a_page_names_only_slos_that_exist(page, documents):
    promised = {f"{service}/{slo['name']}" for service, document in documents.items() for slo in document["slos"]}
    text = page.read_text(encoding="utf-8")
    queried = re.findall(r'service="(billing-[a-z]+)", slo="([a-z-]+)"', text)

    named = set(re.findall(r"billing-[a-z]+/[a-z-]+", text)) | {f"{service}/{slo}" for service, slo in queried}

    assert named - promised == set()


def test_the_alerts_name_exactly_the_pages_that_there_are(promises):
    named = {promise["runbook"] for promise in promises} | set(RUNBOOKS.values())

    assert named == {str(page.relative_to(ROOT)) for page in (ROOT / "runbooks").iterdir()}


def test_no_two_promises_share_a_page(promises):
    named = [promise["runbook"] for promise in promises]

    assert sorted(set(named)) == sorted(named)


def test_every_generated_alert_says_which_page_to_read(rule_files):
    alerts = [rule for file in rule_files for rule in rules_of(file) if isinstance(rule, AlertRule)]

    assert [alert.alert for alert in alerts if not dict(alert.annotations).get("runbook")] == []


def test_a_new_repository_has_the_pages_on_doubtful_data_as_they_are_here():
    here = {page: (ROOT / page).read_bytes() for page in RUNBOOKS.values()}

    assert {page: (STARTER / page).read_bytes() for page in RUNBOOKS.values()} == here
