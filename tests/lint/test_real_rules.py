"""Rules of others: what is an error in them is one, each with the reason why, and there is no other."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from linted import HERE, report

from sretool.lint.pages import page_finder
from sretool.model.duration import Duration
from sretool.settings.repository import Repository
from sretool.yamltext.diagnostics import as_text

NOT_OURS = replace(HERE, is_marked=False)  # Nobody says how often is scraped, or by which Prometheus.
# Why each error is one, where targets are scraped every minute.
SCRAPED_EVERY_MINUTE = {
    "PQ205": "rate(...[1m]) of the network cards' counters: with a minute between samples, it mostly holds one, so"
    " that the alerts about dropped and faulty packets have gaps and start to wait again at each",
}


def scraped_every(interval: str) -> Repository:
    return replace(HERE, settings=replace(HERE.settings, scrape_interval=Duration.parse(interval)))


def errors(path: Path, repository: Repository) -> list[str]:
    found = report({"ceph.yml": path.read_text(encoding="utf-8")}, repository=repository).findings
    return [as_text(diagnostic) for diagnostic in found if diagnostic.level == "error"]


def test_the_alerts_of_ceph_have_no_error_where_nothing_is_known_of_their_server(ceph_alerts: Path):
    assert errors(ceph_alerts, NOT_OURS) == []


def test_the_alerts_of_ceph_have_no_error_where_targets_are_scraped_every_15_seconds(ceph_alerts: Path):
    assert errors(ceph_alerts, scraped_every("15s")) == []


def test_the_errors_of_the_alerts_of_ceph_are_those_that_have_a_reason(ceph_alerts: Path):
    text = ceph_alerts.read_text(encoding="utf-8")
    ranges_of_a_minute = len(re.findall(r"rate\([^()]*\[1m\]\)", text))

    found = report({"ceph.yml": text}, repository=scraped_every("1m")).findings

    told = Counter(diagnostic.code for diagnostic in found if diagnostic.level == "error")
    assert ranges_of_a_minute > 0
    assert told == {"PQ205": ranges_of_a_minute}
    assert set(told) == set(SCRAPED_EVERY_MINUTE)
    lines = text.splitlines()
    assert all("[1m]" in lines[each.place.line - 1] for each in found if each.code == "PQ205")


def test_a_resource_of_the_operator_is_read_as_its_file_is(ceph_alerts: Path):
    text = ceph_alerts.read_text(encoding="utf-8")
    indented = "".join(f"  {line}" if line.strip() else line for line in text.splitlines(keepends=True))
    head = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: ceph}\nspec:\n"

    plain = report({"ceph.yml": text}, repository=scraped_every("1m")).findings
    resource = report({"ceph.yml": head + indented}, repository=scraped_every("1m")).findings

    assert [(each.code, each.place.line + 4) for each in plain] == [(each.code, each.place.line) for each in resource]


@pytest.mark.parametrize("link", ["https://example.org/page", "http://example.org"])
def test_pages_of_others_are_taken_to_be_there(link: str):
    assert page_finder(HERE)(link)
