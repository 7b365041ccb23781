"""Prometheus rule files as values with places, read leniently: what is there is kept, what is wrong is noted.

Plain files, PrometheusRule resources of the operator, and what Thanos, Mimir and newer versions add to them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from sretool.promql.failure import ParseFailure, PromqlSyntaxError
from sretool.promql.grammar import read
from sretool.promql.parse import parse
from sretool.promql.tree import Node
from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Mapping, Scalar, kind
from sretool.yamltext.source import Source, Spot

_FILE_KEYS_OF_OTHERS = ("namespace",)  # Mimir and Cortex
_GROUP_KEYS_OF_OTHERS = (
    "partial_response_strategy",  # Thanos
    "source_tenants",  # Mimir, and what follows
    "evaluation_delay",
    "align_evaluation_time_on_interval",
    "remote_write",
    "concurrency",  # VictoriaMetrics, and what follows
    "type",
    "params",
    "headers",
    "tenant",
    "eval_offset",
    "eval_delay",
    "eval_alignment",
    "debug",
    "notifier_headers",
    "partialResponseStrategy",  # the operator, and what follows
)
_RUNBOOKS = ("runbook_url", "runbook", "runbookURL", "playbook", "documentation", "documentation_url")
_RULE_KEYS_OF_OTHERS = ("debug", "update_entries_limit")  # VictoriaMetrics


# As Prometheus reads them: units from the largest to the smallest, each once.
_DURATION = re.compile(
    r"0|(?:[0-9]+y)?(?:[0-9]+w)?(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m(?!s))?(?:[0-9]+s)?(?:[0-9]+ms)?", re.ASCII
)


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule. What is not there, or not text, is None or missing."""

    node: Mapping
    group: str
    record: Scalar | None
    alert: Scalar | None
    expr: Scalar | None
    labels: dict[str, Scalar]
    annotations: dict[str, Scalar]

    @property
    def name(self) -> str:
        return next((each.value for each in (self.alert, self.record) if each is not None), "")

    @property
    def head(self) -> Spot:
        """What to point at when the rule as a whole is meant."""
        return next((each for each in (self.alert, self.record) if each is not None), self.node)

    @property
    def runbooks(self) -> tuple[Scalar, ...]:
        """The annotations that say what to do, by any of the names that are usual for them."""
        return tuple(self.annotations[name] for name in _RUNBOOKS if name in self.annotations)

    @cached_property
    def failure(self) -> ParseFailure | None:
        """Why its expression is none; None where it is one, or where there is none to read."""
        read_as = None if self.expr is None else _read(self.expr.value)
        return read_as if isinstance(read_as, ParseFailure) else None

    @cached_property
    def tree(self) -> Node | None:
        """Its expression; None where there is none that can be read."""
        read_as = None if self.expr is None else _read(self.expr.value)
        return None if isinstance(read_as, ParseFailure) else read_as

    def part(self, node: Node) -> Spot:
        """Where a node of its expression stands in the file."""
        return self.span(node.start, node.end)

    def span(self, start: int, end: int) -> Spot:
        """Where a stretch of its expression stands in the file."""
        assert self.expr is not None, "it was read from there"
        return self.expr.part(start, end)


@dataclass(frozen=True, eq=False)
class Group:
    """`labels` are those that newer servers give to all rules of a group."""

    node: Mapping
    name: Scalar | None
    labels: dict[str, Scalar]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, eq=False)
class RuleFile:
    """The groups of one document."""

    source: Source
    node: Mapping
    groups: tuple[Group, ...] = field(default=())

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for group in self.groups for rule in group.rules)


def is_rule_file(document: nodes.Node) -> bool:
    """Whether a document says that it holds rules of Prometheus. It may be full of mistakes all the same."""
    if not isinstance(document, Mapping):
        return False
    named = document.get("kind")
    if isinstance(named, Scalar) and named.value == "PrometheusRule":
        return True
    return "groups" in document and "apiVersion" not in document


def read_rule_file(document: Mapping, notes: Notes) -> RuleFile:
    """The groups and rules of a document; what is wrong with its shape goes to the notes."""
    with Fields(document, notes) as fields:
        if "kind" in document:
            fields.ignore("apiVersion", "kind", "metadata", "status")
            spec = fields.section("spec", required=True)
            groups = _groups(spec, notes) if spec is not None else ()
        else:
            groups = _groups(fields, notes)
    return RuleFile(document.source, document, groups)


def _groups(fields: Fields, notes: Notes) -> tuple[Group, ...]:
    with fields:
        fields.ignore(*_FILE_KEYS_OF_OTHERS)
        return tuple(_group(section, notes) for section in fields.sections("groups"))


def _group(fields: Fields, notes: Notes) -> Group:
    with fields:
        name = fields.scalar("name", required=True)
        fields.ignore("limit", *_GROUP_KEYS_OF_OTHERS)
        for key in ("interval", "query_offset"):
            _check_duration(fields, key, notes)
        labels = _texts(fields, "labels", notes)
        called = name.value if name is not None else ""
        rules = tuple(_rule(section, called, notes) for section in fields.sections("rules"))
    return Group(fields.node, name, labels, rules)


def _rule(fields: Fields, group: str, notes: Notes) -> Rule:
    with fields:
        record, alert = fields.scalar("record"), fields.scalar("alert")
        expr = fields.scalar("expr", required=True)
        fields.ignore(*_RULE_KEYS_OF_OTHERS)
        for key in ("for", "keep_firing_for"):
            _check_duration(fields, key, notes)
        labels, annotations = _texts(fields, "labels", notes), _texts(fields, "annotations", notes)
    return Rule(fields.node, group, record, alert, expr, labels, annotations)


def _check_duration(fields: Fields, key: str, notes: Notes) -> None:
    at = fields.scalar(key) if key in fields.node else None
    if at is not None and not (at.value and _DURATION.fullmatch(at.value)):
        unit = f"{at.value}m or {at.value}s" if at.value.isdigit() else "such as 5m or 1h30m"
        notes.report("YA016", at, f"`{key}` is a duration with its unit, not {at.value}", remedy=f"write {unit}")


def _texts(fields: Fields, key: str, notes: Notes) -> dict[str, Scalar]:
    """The texts of a mapping by name."""
    found: dict[str, Scalar] = {}
    mapping = fields.mapping(key)
    for name, value in mapping.items() if mapping is not None else ():
        if isinstance(value, Scalar):
            found[name.value] = value
        else:
            message = f"`{key}.{name.value}` must be text, not {kind(value)}"
            notes.report("YA013", name, message, remedy="write text, in quotes if need be")
    return found


@lru_cache(maxsize=16384)  # Vendored rules repeat each other.
def _read(text: str) -> Node | ParseFailure:
    parsed = parse(text)
    if isinstance(parsed, ParseFailure):
        return parsed
    try:
        return read(text)
    except PromqlSyntaxError as error:
        return error.failure
