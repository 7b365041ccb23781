"""Which SLO made a rule: worked out by making all rules again, so that no rule file has to carry line numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sretool.lint.engine import Finding
from sretool.lint.rulefile import Rule as WrittenRule
from sretool.lint.rulefile import RuleFile, read_rule_file
from sretool.model.sli import WINDOW_PLACEHOLDER
from sretool.model.slo import Labels, Service
from sretool.promql import names
from sretool.rules.compile import compile_service, rules_of
from sretool.rules.emit import HEADER, emit
from sretool.rules.links import link_runbooks
from sretool.rules.rule import AlertRule, Rule
from sretool.rules.rule import RuleFile as MadeFile
from sretool.rules.targets import OPERATOR_HEADER, emit_operator
from sretool.rules.timing import Timing
from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Diagnostic, Notes
from sretool.yamltext.loading import load
from sretool.yamltext.source import Place, Source

_SERVICE = re.compile(rf"(?:{re.escape(HEADER)}|{re.escape(OPERATOR_HEADER)}) (\S+)\. ")
_BETWEEN = "---\n"


@dataclass(frozen=True, slots=True)
class Content:
    """All of a rule, as it is made and as it is read: whoever changes any of it by hand has made another rule."""

    name: str
    expr: str
    labels: Labels
    annotations: Labels
    hold: str
    keep_firing: str


@dataclass(frozen=True, slots=True)
class Generated:
    """`makers` are the places of what a rule was made of, `files` the rule files by service.

    `window` is the range that rules have where an SLO has the placeholder.
    """

    makers: Mapping[Content, Place]
    files: Mapping[str, MadeFile]
    window: str

    @property
    def texts(self) -> dict[str, tuple[str, ...]]:
        """What a service's rule file may be, by service."""
        return {name: (emit(file), emit_operator(file)) for name, file in self.files.items()}

    def own_rules(self, service: str) -> tuple[WrittenRule, ...]:
        """The rules that only one SLO or invariant of a service has, as they are read from a file.

        In the others, which all SLOs of the service share, and in parameters, nothing is a user's expression.
        """
        return self._as_read(service, _is_of_one)

    def linking_rules(self, service: str) -> tuple[WrittenRule, ...]:
        """The other rules that link to a page: alerts about data, and what says of an SLO which runbook it has."""
        return self._as_read(service, lambda rule: not _is_of_one(rule) and _links(rule))

    def _as_read(self, service: str, is_chosen: Callable[[Rule], bool]) -> tuple[WrittenRule, ...]:
        file = self.files[service]
        groups = (replace(group, rules=tuple(filter(is_chosen, group.rules))) for group in file.groups)
        chosen = replace(file, groups=tuple(group for group in groups if group.rules))
        documents = load(emit(chosen), f"<rules of {service}>").documents if chosen.groups else ()
        read = [read_rule_file(each, Notes()) for each in documents if isinstance(each, nodes.Mapping)]
        return tuple(rule for each in read for rule in each.rules)


def service_of(file: RuleFile) -> str | None:
    """The service of whose SLOs a file says that it was made; None for any other file."""
    return _said_service(file.source)


def is_made(text: str, texts: Iterable[tuple[str, ...]]) -> bool:
    """Whether a file is what was generated, of one service or of several in a row, as standard output has them."""
    whole = [each for of_service in texts for each in of_service]
    bodies = [each.partition("\ngroups:\n")[2] for each in whole]
    at = 0
    while at < len(text):
        if text.startswith(_BETWEEN, at):
            at += len(_BETWEEN)
        piece = next((each for each in (*whole, *(bodies if at else ())) if each and text.startswith(each, at)), None)
        if piece is None:
            return False
        at += len(piece)
    return True


def generate(services: Iterable[Service], timing: Timing, runbook_url: str | None) -> Generated:
    """What `sretool slo generate` makes of some services, and of which part of them each rule comes."""
    makers: dict[Content, Place] = {}
    files: dict[str, MadeFile] = {}
    for service in services:
        rules = link_runbooks(compile_service(service, timing), runbook_url)
        files[service.name] = rules
        places = _places(service)
        for rule in rules_of(rules):
            maker = _maker(rule, places) or service.place
            if maker is not None:
                makers.setdefault(_as_made(rule), maker)
    return Generated(makers, files, timing.base_window)


def at_makers(findings: Iterable[Finding], generated: Generated, sources: Mapping[str, Source]) -> Iterator[Diagnostic]:
    """Findings where their makers stand. A page that what is made of several links to is missing once."""
    missing: set[str] = set()
    for finding in findings:
        told = at_maker(finding, generated, sources)
        if told.code == "RB702" and told.place != finding.diagnostic.place:
            if told.message in missing:
                continue
            missing.add(told.message)
        yield told


def at_maker(finding: Finding, generated: Generated, sources: Mapping[str, Source]) -> Diagnostic:
    """A finding about a generated rule, told where the SLO stands that made it; any other where it is. Of a rule that
    its SLOs do not make, this is said.
    """
    told = finding.diagnostic
    if not isinstance(finding.subject, WrittenRule):
        return told
    maker = generated.makers.get(_as_written(finding.subject))
    if maker is None:
        said = _said_service(finding.subject.node.source)
        if said not in generated.files or names.TIME_SCALE in finding.subject.labels:
            return told  # Rules for a demonstration are not made again here.
        labelled = finding.subject.labels.get(names.SERVICE)  # A file may have the rules of several services.
        service = labelled.value if labelled is not None and labelled.value in generated.files else said
        edited = f"the SLOs of {service} do not make this rule so: it was edited by hand, or they have changed since"
        return replace(told, message=f"{told.message} ({edited})")
    source = sources.get(maker.path)
    message = f"{told.message} (in the rule {finding.subject.name} that this makes)"
    remedy = told.remedy.replace(f"[{generated.window}]", f"[{WINDOW_PLACEHOLDER}]")
    line = "" if source is None else source.line(maker.line)
    return replace(told, place=maker, message=message, remedy=remedy, source_line=line)


def _is_of_one(rule: Rule) -> bool:
    return not rule.expr.startswith("vector(") and any(name in (names.SLO, names.INVARIANT) for name, _ in rule.labels)


def _links(rule: Rule) -> bool:
    named = rule.annotations if isinstance(rule, AlertRule) else rule.labels if rule.record == names.INFO else ()
    return any(name == "runbook" for name, _ in named)


def _places(service: Service) -> dict[tuple[str, str], Place | None]:
    """Places of SLOs and invariants, by the label and its value that tell them in rules."""
    slos = {(names.SLO, slo.name): slo.place for slo in service.slos}
    return slos | {(names.INVARIANT, invariant.name): invariant.place for invariant in service.invariants}


def _maker(rule: Rule, places: Mapping[tuple[str, str], Place | None]) -> Place | None:
    return next((places[label] for label in rule.labels if label in places), None)


def _said_service(source: Source) -> str | None:
    said = _SERVICE.match(source.text)
    return None if said is None else said[1]


def _as_made(rule: Rule) -> Content:
    labels, expr = tuple(sorted(rule.labels)), rule.expr.strip()
    if not isinstance(rule, AlertRule):
        return Content(rule.record, expr, labels, (), "", "")
    annotations = tuple(sorted((name, value) for name, value in rule.annotations if value))
    hold, keep_firing = (str(each) if each else "" for each in (rule.hold, rule.keep_firing))
    return Content(rule.alert, expr, labels, annotations, hold, keep_firing)


def _as_written(rule: WrittenRule) -> Content:
    labels, annotations = (
        tuple(sorted((name, value.value) for name, value in texts.items())) for texts in (rule.labels, rule.annotations)
    )
    lengths = (rule.node.get(key) for key in ("for", "keep_firing_for"))
    hold, keep_firing = (each.value if isinstance(each, nodes.Scalar) else "" for each in lengths)
    expr = "" if rule.expr is None else rule.expr.value.strip()
    return Content(rule.name, expr, labels, annotations, hold, keep_firing)
