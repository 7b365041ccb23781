"""Counters that differ in the value of one label alone, asked as one: a server finds their series once, not each.

Nothing is read that was not asked for: where several labels differ, all but one stay as they are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Final

from sretool.burn.batching import Asking, Row
from sretool.burn.counters import Counted
from sretool.burn.figures import Group
from sretool.promql.literal import one_of
from sretool.promql.usual import usual_name

_MATCHER: Final = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"([^"\\\n]*)"')
_VALUES_MAX: Final = 50

ByGroup = Mapping[Group, Decimal]
_Matchers = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask of each of some counters, as PromQL of one."""

    expression: Callable[[Counted], str]
    of: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """What is asked, and by the value of a label whose rows are whose. Without a label all rows are of the one."""

    asked: Counted
    label: str
    members: Mapping[str, Counted]


@lru_cache(8)  # The same counters are asked several questions.
def merged(some: tuple[Counted, ...]) -> tuple[Merged, ...]:
    """Every counter once, in as few as possible."""
    alone: list[Counted] = []
    alike: dict[tuple[str, tuple[str, ...], _Matchers, str], dict[str, Counted]] = defaultdict(dict)
    read = {one: _read(one) for one in dict.fromkeys(some)}
    values = _values(read)
    for one, (name, matchers) in read.items():
        labels = [label for label, operator, value in matchers if operator == "=" and value]
        if not labels or len({label for label, _, _ in matchers}) < len(matchers):
            alone.append(one)
            continue
        label = max(labels, key=lambda each: (len(values[name, each]), each))
        others = tuple(sorted(matcher for matcher in matchers if matcher[0] != label))
        value = next(value for each, _, value in matchers if each == label)
        if value in alike[name, one.group_by, others, label]:
            alone.append(one)
        else:
            alike[name, one.group_by, others, label][value] = one
    found = [Merged(one, "", {"": one}) for one in alone]
    for (name, _, others, label), members in alike.items():
        found += _chunks(name, others, label, members)
    return tuple(found)


def instantly(asking: Asking, questions: Sequence[Question]) -> list[dict[Counted, ByGroup]]:
    """For each question the answer of each of its counters. Raises NoAnswer."""
    answers = iter(asking.instant(_expressions(questions)))
    return [_shared((each, next(answers)) for each in merged(question.of)) for question in questions]


def evenly(
    asking: Asking, questions: Sequence[Question], times: Sequence[range]
) -> list[dict[int, dict[Counted, ByGroup]]]:
    """The same, by Unix time."""
    answers = iter(asking.evenly(_expressions(questions), times))
    moments = dict.fromkeys(chain.from_iterable(times))
    found = []
    for question in questions:
        rows = [(each, next(answers)) for each in merged(question.of)]
        found.append({at: _shared((each, by_time.get(at, ())) for each, by_time in rows) for at in moments})
    return found


def _expressions(questions: Sequence[Question]) -> list[str]:
    return [question.expression(each.asked) for question in questions for each in merged(question.of)]


def _shared(answers: Iterable[tuple[Merged, Iterable[Row]]]) -> dict[Counted, ByGroup]:
    found: dict[Counted, dict[Group, Decimal]] = {}
    for each, rows in answers:
        for one in each.members.values():
            found[one] = {}
        for labels, value in rows:
            one = each.members[labels.get(each.label, "")]
            found[one][tuple([labels.get(name, "") for name in one.group_by])] = value
    return dict(found)


def _chunks(name: str, others: _Matchers, label: str, members: Mapping[str, Counted]) -> Iterable[Merged]:
    chosen = sorted(members)
    for first in range(0, len(chosen), _VALUES_MAX):
        values = chosen[first : first + _VALUES_MAX]
        one = members[values[0]]
        if len(values) == 1:
            yield Merged(one, "", {"": one})
            continue
        fixed = [f'{each}{operator}"{value}"' for each, operator, value in others]
        selector = f"{name}{{{', '.join([*fixed, one_of(label, tuple(values))])}}}"
        group_by = tuple(dict.fromkeys((*one.group_by, label)))
        yield Merged(
            replace(one, selector=selector, group_by=group_by), label, {value: members[value] for value in values}
        )


def _values(read: Mapping[Counted, tuple[str, _Matchers]]) -> Mapping[tuple[str, str], set[str]]:
    """By metric and label: how many values it is asked to have."""
    values: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name, matchers in read.values():
        for label, operator, value in matchers:
            if operator == "=":
                values[name, label].add(value)
    return values


def _read(one: Counted) -> tuple[str, _Matchers]:
    """The metric and matchers of a selector of the usual shape; of any other, nothing."""
    name = usual_name(one.selector)
    if name is None or one.slower_than is not None:
        return "", ()
    return name, tuple(_MATCHER.findall(one.selector))
