"""Labels that satisfy selectors: what a target would have to expose for a specification to see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from sretool.promql.literal import string_literal
from sretool.promql.tree import Matcher, Selector
from sretool.rules.unittests.regexes import is_understood, matches, samples

# Values for labels of which a selector says only what they are not. The empty one stands for no label.
_USUAL: Final = ("other", "200", "0", "", "any-other", "500")
_TRIES_MAX: Final = 5_000

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """A metric's name and its labels, sorted by name."""

    metric: str
    labels: Labels = ()

    def __str__(self) -> str:
        inside = ", ".join(f"{name}={string_literal(value)}" for name, value in self.labels)
        return f"{self.metric}{{{inside}}}" if inside else self.metric

    def with_label(self, name: str, value: str) -> Series:
        return Series(self.metric, tuple(sorted({**dict(self.labels), name: value}.items())))


def selects(selector: Selector, series: Series) -> bool:
    labels = dict(series.labels)
    return selector.name == series.metric and all(
        _holds(matcher, labels.get(matcher.label, "")) for matcher in selector.matchers
    )


def series_for(
    wanted: Sequence[Selector], *, unwanted: Sequence[Selector] = (), fixed: Mapping[str, str] | None = None
) -> Series | None:
    """A series that all of `wanted`, which share a metric, select and none of `unwanted` does.

    `fixed` are labels that it must have. None where none was found.
    """
    fixed = fixed or {}
    metric = wanted[0].name
    asked = [matcher for selector in (*wanted, *unwanted) for matcher in selector.matchers]
    if metric is None or not all(_is_usable(matcher) for matcher in asked):
        return None
    names = sorted({matcher.label for matcher in asked} | fixed.keys())
    choices = [_values(name, wanted, unwanted, fixed) for name in names]
    for values in islice(product(*choices), _TRIES_MAX):
        series = Series(metric, tuple((name, value) for name, value in zip(names, values, strict=True) if value))
        if not any(selects(selector, series) for selector in unwanted):
            return series
    return None


def _values(
    name: str, wanted: Sequence[Selector], unwanted: Sequence[Selector], fixed: Mapping[str, str]
) -> tuple[str, ...]:
    """Values of a label that all of `wanted` accept, the most telling first."""
    required = [matcher for selector in wanted for matcher in selector.matchers if matcher.label == name]
    candidates = (fixed[name],) if name in fixed else (*named_values(required), *_USUAL)
    if not required and name not in fixed:  # Only to escape what is unwanted: best by not being there.
        candidates = (
            "",
            *_USUAL,
            *named_values(m for selector in unwanted for m in selector.matchers if m.label == name),
        )
    accepted = (value for value in candidates if all(_holds(matcher, value) for matcher in required))
    return tuple(dict.fromkeys(accepted))


def named_values(matchers: Iterable[Matcher]) -> tuple[str, ...]:
    named: list[str] = []
    for matcher in matchers:
        if matcher.operator == "=":
            named.append(matcher.value)
        elif matcher.operator == "=~":
            named += samples(matcher.value)
    return tuple(named)


def _is_usable(matcher: Matcher) -> bool:
    """Not on the metric's name, which has to be plain, and no expression that Prometheus would read otherwise."""
    return matcher.label != "__name__" and (matcher.operator in ("=", "!=") or is_understood(matcher.value))


def _holds(matcher: Matcher, value: str) -> bool:
    match matcher.operator:
        case "=":
            return value == matcher.value
        case "!=":
            return value != matcher.value
        case "=~":
            return matches(matcher.value, value)
        case "!~":
            return not matches(matcher.value, value)
