"""Runbooks as links: in a repository a path is enough, in a page that wakes somebody it has to be a URL."""

from __future__ import annotations

from dataclasses import replace

from sretool.model.slo import Labels
from sretool.promql import names
from sretool.rules.rule import AlertRule, RecordingRule, Rule, RuleFile


def link_runbooks(file: RuleFile, base_url: str | None) -> RuleFile:
    """The same rules with `base_url` before each runbook's path. Without one, nothing changes."""
    if base_url is None:
        return file
    groups = (replace(group, rules=tuple(_linked(rule, base_url) for rule in group.rules)) for group in file.groups)
    return replace(file, groups=tuple(groups))


def _linked(rule: Rule, base_url: str) -> Rule:
    if isinstance(rule, AlertRule):
        return replace(rule, annotations=_with_links(rule.annotations, base_url))
    if rule.record == names.INFO:
        return RecordingRule(rule.record, rule.expr, _with_links(rule.labels, base_url))
    return rule


def _with_links(words: Labels, base_url: str) -> Labels:
    return tuple((name, link(value, base_url) if name == names.RUNBOOK else value) for name, value in words)


def link(path: str, base_url: str) -> str:
    """The link to a page of the repository. What is a link already stays as it is."""
    if not path or path.startswith("{{") or "://" in path:  # A template looks the link up on slo:info.
        return path
    return f"{base_url.rstrip('/')}/{path.lstrip('/')}"
