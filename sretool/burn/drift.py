"""Whether the rules that a server runs are those that the files say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from sretool.burn.scales import another_scale, scale_of
from sretool.burn.together import in_lines
from sretool.model.slo import Service
from sretool.prometheus.answers import RuleState
from sretool.rules.compile import compile_service, rules_of
from sretool.rules.rule import RecordingRule
from sretool.rules.timing import Timing

_STRING = r'"(?:[^"\\]|\\.)*"'
_LAYOUT = re.compile(
    rf"(?P<string>{_STRING})|(?P<space>\s+)|(?P<number>(?<![\w.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]))"
)
_MATCHERS = re.compile(rf"\{{((?:[^\"{{}}]|{_STRING})*)\}}")
_MATCHER = re.compile(rf"(?:[^\",]|{_STRING})+")
Fingerprint = tuple[str, tuple[tuple[str, str], ...], str]


def drift(services: Iterable[Service], running: Iterable[RuleState], timing: Timing) -> list[str]:
    """Whose rules differ from what their files would generate now, and in what; none of whom nothing is loaded."""
    by_service: dict[str, list[RuleState]] = {}
    for rule in running:
        prefix, _, rest = rule.group.partition(":")
        if prefix == "slo" and ":" in rest:
            by_service.setdefault(rest.rpartition(":")[0], []).append(rule)
    found = [
        (service.name, _difference(service, by_service[service.name], timing))
        for service in services
        if service.name in by_service
    ]
    return list(in_lines((name, words) for name, words in found if words))


def _difference(service: Service, running: Sequence[RuleState], timing: Timing) -> str:
    another = another_scale((scale_of(rule.labels) for rule in running), timing)
    if another:
        return another
    theirs = Counter((rule.name, tuple(sorted(rule.labels.items())), _bare(rule.expr)) for rule in running)
    ours = Counter(_expected(service, timing))
    if theirs == ours:
        return ""
    more, less = (theirs - ours).total(), (ours - theirs).total()
    files = _copies(running)
    if files or (not less and {*theirs} == {*ours}):
        places = f", from {' and '.join(files)}" if files else ""
        return f"the rules on the server are loaded more than once{places}: leave them in one file"
    names = sorted({_whose(one) for one in ((theirs - ours) + (ours - theirs))})
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return (
        f"the rules on the server are not those of the files ({more} there only, {less} in the files "
        f"only: {shown}); generate them again and reload"
    )


def _copies(running: Iterable[RuleState]) -> list[str]:
    """The files that have the same group, as a server lets them; none where each group is in one file."""
    files_of: dict[str, set[str]] = {}
    for rule in running:
        files_of.setdefault(rule.group, set()).add(rule.file)
    return sorted({file for files in files_of.values() if len(files) > 1 for file in files})


def _expected(service: Service, timing: Timing) -> Iterable[Fingerprint]:
    for rule in rules_of(compile_service(service, timing)):
        name = rule.record if isinstance(rule, RecordingRule) else rule.alert
        yield name, tuple(sorted(rule.labels)), _bare(rule.expr)


def _whose(rule: Fingerprint) -> str:
    name, labels, _ = rule
    slo = dict(labels).get("slo")
    return f"{name} of {slo}" if slo else name


def _bare(expr: str) -> str:
    """As both sides would write it: Prometheus lays out, orders matchers and prints numbers in its own way."""
    return _MATCHERS.sub(_in_order, _LAYOUT.sub(_plainly, expr))


def _plainly(found: re.Match[str]) -> str:
    if found["number"] is not None:
        return repr(float(found["number"]))
    return found["string"] or ""


def _in_order(found: re.Match[str]) -> str:
    return "{" + ",".join(sorted(_MATCHER.findall(found[1]))) + "}"
