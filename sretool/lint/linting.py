"""All of it put together: what was read comes in, what is wrong with it goes out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sretool.lint import generated as making
from sretool.lint import suppressions
from sretool.lint.check import Check, Facts
from sretool.lint.documents import Documents, sort_documents
from sretool.lint.engine import able_checks, run
from sretool.lint.pages import Page
from sretool.lint.rulefile import Rule
from sretool.model.slo import Service
from sretool.promql.release import Version
from sretool.rules.timing import Timing
from sretool.settings.repository import Repository
from sretool.spec.load import Specs, read_specs
from sretool.yamltext.codes import CODES
from sretool.yamltext.diagnostics import Diagnostic, in_order
from sretool.yamltext.loading import Loaded, collector_paused

# A file that cannot be read hides everything else, so that these are told whatever was asked for.
BLINDING: Final = frozenset(("YA001", "YA006", "YA007", "YA008", "YA010", "YA018"))


@dataclass(frozen=True, slots=True)
class Choice:
    """Which codes are told, by the beginnings of codes: SL is all about SLOs, PQ201 is one."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def has(self, code: str) -> bool:
        wanted = not self.select or code.startswith(self.select) or code in BLINDING
        return wanted and not (self.ignore and code.startswith(self.ignore))


@dataclass(frozen=True, slots=True)
class Report:
    """`findings` in the order of places. `accepted` were accepted by a comment, each with its reason. `others` are the
    files that hold nothing that we know.
    """

    findings: tuple[Diagnostic, ...]
    accepted: tuple[tuple[Diagnostic, str], ...]
    files: int
    others: tuple[str, ...]

    def beside(self, others: Sequence[str]) -> Report:
        """The same, of more files that hold nothing that we know."""
        return replace(self, files=self.files + len(others), others=(*self.others, *others))

    def and_(self, other: Report | None) -> Report:
        """Both as one."""
        if other is None:
            return self
        return Report(
            tuple(in_order((*self.findings, *other.findings))),
            (*self.accepted, *other.accepted),
            self.files + other.files,
            (*self.others, *other.others),
        )


@dataclass(frozen=True, slots=True)
class Around:
    """What lint knows beside the files: `our_specs` reads the specifications of the repository, if any are needed;
    `has_page` and `page` tell of the runbooks that it links to.
    """

    repository: Repository
    today: date
    target_version: Version | None = None
    our_specs: Callable[[], Iterable[Loaded]] = tuple
    has_page: Callable[[str], bool] | None = None
    page: Callable[[str], Page | None] | None = None


def lint(
    sources: Iterable[Loaded], pages: Iterable[Page], checks: Sequence[Check[Any]], around: Around, choice: Choice
) -> Report:
    """Everything that is wrong with some files. Never raises for what is in them."""
    with collector_paused():  # What is read stays to the end.
        return _report(sources, pages, checks, around, choice)


def _report(
    sources: Iterable[Loaded], pages: Iterable[Page], checks: Sequence[Check[Any]], around: Around, choice: Choice
) -> Report:
    documents = sort_documents(sources)
    checks = [check for check in checks if choice.has(check.code)]
    context = around.repository.context
    specs = read_specs(documents.specs, context) if documents.specs else Specs((), ())
    ours = _our_specs(documents, around)
    made = _generated(specs if ours is None else read_specs(ours, context), around)
    rules = [rule for file in documents.rule_files for rule in file.rules]
    of_slos = [rule for service in specs.services if made is not None for rule in made.own_rules(service.name)]
    facts = _facts((*rules, *of_slos), made if ours is not None else None, around)
    pages = _with_linked(pages, rules, specs.services, around)
    linted = {each.source.path: each.source for each in documents.sources}
    linted |= {page.source.path: page.source for page in pages}
    by_path = {each.source.path: each.source for each in ours or ()} | linted
    found = run((*documents.rule_files, *rules, *of_slos, *pages), checks, facts)
    if made is not None:
        found += run(
            _linking(specs.services, made, around), [check for check in checks if check.code == "RB702"], facts
        )
    told = [each.diagnostic for each in found] if made is None else making.at_makers(found, made, by_path)
    everything = (*around.repository.diagnostics, *documents.notes.diagnostics, *specs.diagnostics, *told)
    rest = suppressions.apply(
        dict.fromkeys(everything), by_path, today=around.today, judged=_judged(checks, facts, choice), linted=linted
    )
    kept = in_order(dict.fromkeys(each for each in rest.left if choice.has(each.code)))
    return Report(tuple(kept), rest.accepted, len(linted), documents.others)


def _our_specs(documents: Documents, around: Around) -> tuple[Loaded, ...] | None:
    """All specifications that there are, where a rule file says that it was made of some and they can be known."""
    is_known = around.repository.is_marked or documents.specs
    if not is_known or all(making.service_of(file) is None for file in documents.rule_files):
        return None
    ours = tuple(around.our_specs())
    named = {os.path.realpath(source.source.path) for source in ours}
    return (*ours, *(each for each in documents.specs if os.path.realpath(each.source.path) not in named))


def _generated(specs: Specs, around: Around) -> making.Generated | None:
    """What the SLOs make; None where they have mistakes, which are told where they are linted."""
    if specs.has_errors:
        return None
    settings = around.repository.settings
    return making.generate(specs.services, Timing(settings.scrape_interval), settings.runbook_url)


def _with_linked(
    pages: Iterable[Page], rules: Iterable[Rule], services: Iterable[Service], around: Around
) -> list[Page]:
    """The pages that are linted themselves, and those of ours that SLOs and alerts link to."""
    by_path = {os.path.realpath(page.source.path): page for page in pages}
    if around.page is None:
        return list(by_path.values())
    links = [link.value for rule in rules for link in rule.runbooks]
    for service in services:
        links += [slo.runbook for slo in service.slos]
        links += [invariant.runbook for invariant in service.invariants]
    for link in dict.fromkeys(links):
        page = around.page(link) if link and "{{" not in link else None
        if page is not None:
            by_path.setdefault(os.path.realpath(page.source.path), page)
    return list(by_path.values())


def _linking(services: Iterable[Service], made: making.Generated, around: Around) -> Iterator[Rule]:
    """The rules of services for whose links alone they are looked at, but for what reading SLOs has said already."""
    has_page = around.repository.context.has_page
    for service in services:
        for rule in made.linking_rules(service.name):
            own = rule.labels.get("runbook")
            if own is None or has_page is None or has_page(own.value):
                yield rule


def _facts(rules: Iterable[Rule], made: making.Generated | None, around: Around) -> Facts:
    settings = around.repository.settings
    is_marked = around.repository.is_marked
    recorded: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.record is not None:
            recorded.setdefault(rule.record.value, []).append(rule)
    return Facts(
        scrape_interval=settings.scrape_interval if is_marked else None,
        target_version=around.target_version or (settings.target_version if is_marked else None),
        has_page=around.has_page if is_marked else None,
        generated=None if made is None else made.texts,
        recorded=recorded,
    )


def _judged(checks: Iterable[Check[Any]], facts: Facts, choice: Choice) -> frozenset[str]:
    """The codes that were looked for. What reading finds is always looked for."""
    by_checks = {check.code for check in checks}
    able = {check.code for check in able_checks(checks, facts)}
    return frozenset(code for code in CODES if choice.has(code) and (code in able or code not in by_checks))
