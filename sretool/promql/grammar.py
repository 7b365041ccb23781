"""Tokens to a tree. What does not fit is a `PromqlSyntaxError` at the place where it stops fitting.

This is the shape of PromQL and no more: types, numbers of arguments and regular expressions are left to promql-parser,
which `parse` asks first. It exists because that parser knows no places.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, cast

from sretool.promql.cursor import Cursor
from sretool.promql.quoting import unquoted
from sretool.promql.tokens import Token
from sretool.promql.tree import (
    Aggregation,
    Binary,
    Call,
    Matcher,
    MatchOperator,
    Node,
    Number,
    Paren,
    Selector,
    String,
    Subquery,
    Unary,
)
from sretool.promql.words import AGGREGATORS, NO_METRIC_NAME

_PRECEDENCE: Final = {
    "or": 1,
    **dict.fromkeys(("and", "unless"), 2),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "</", ">/"), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%", "atan2"), 5),
    "^": 6,
}
_OF_A_SIGN: Final = 5  # -a^b is -(a^b), and -a*b is (-a)*b.
_RIGHT_ASSOCIATIVE: Final = 6
_FILLS: Final = frozenset(("fill", "fill_left", "fill_right"))
_IN_DURATIONS: Final = frozenset(("step", "range", "min_of", "max_of", "min", "max"))


def read(text: str) -> Node:
    """The tree of a text that `parse` accepted, or of one that only has the right shape.

    A placeholder may stand where a duration may. Raises PromqlSyntaxError. Nesting must have been limited before:
    a level costs two calls.
    """
    reader = _Reader(text)
    node = reader.expression()
    if reader.token.kind != "end":
        raise reader.leftover()
    return node


@dataclass(frozen=True, slots=True)
class _Sign:
    operator: Literal["+", "-"]
    start: int
    precedence: int = _OF_A_SIGN


@dataclass(slots=True)
class _Between:
    """An operator whose right side is still to come, and what stands between the two."""

    operator: str
    start: int
    end: int
    precedence: int
    returns_bool: bool = False
    matching: Literal["on", "ignoring"] | None = None
    matching_labels: tuple[str, ...] = ()
    group: Literal["group_left", "group_right"] | None = None
    group_labels: tuple[str, ...] = ()


class _Reader(Cursor):
    # Operators wait on a list of ours, so that only brackets use Python's stack.

    def expression(self) -> Node:
        waiting: list[_Sign | _Between] = []
        values: list[Node] = []
        while True:
            while self.token.text in ("+", "-"):
                sign = self.take()
                waiting.append(_Sign(cast(Literal["+", "-"], sign.text), sign.start))
            values.append(self._modified(self._operand()))
            precedence = _PRECEDENCE.get(self.token.text.lower(), 0)
            while waiting and _binds_first(waiting[-1].precedence, precedence):
                _join(waiting.pop(), values)
            if precedence == 0:
                return values[0]
            waiting.append(self._between(precedence))

    def _between(self, precedence: int) -> _Between:
        if self.token.text in ("</", ">/"):
            raise self.newer(f'the operator "{self.token.text}"')
        operator = self.take()
        between = _Between(operator.text.lower(), operator.start, operator.end, precedence)
        if self.word == "bool":
            between.returns_bool = True
            between.end = self.take().end
        if self.word in ("on", "ignoring"):
            between.matching = cast(Literal["on", "ignoring"], self.take().text.lower())
            between.matching_labels = self._labels()
            if self.word in ("group_left", "group_right"):
                between.group = cast(Literal["group_left", "group_right"], self.take().text.lower())
                between.group_labels = self._labels() if self.token.text == "(" else ()
        while self.word in _FILLS and self.following.text == "(":
            self.take()
            self._arguments()
        return between

    def _operand(self) -> Node:
        kind, text, start, end = self.token
        if kind in ("number", "duration"):
            self.take()
            return Number(text, start, end)
        if kind == "string":
            self.take()
            return String(unquoted(text), start, end)
        if kind == "identifier":
            return self._named()
        if text == "{":
            return self._selector(None)
        if text != "(":
            raise self.no_operand()
        opener = self.take()
        if self.token.text == ")":
            raise self.fault("there is nothing between these parentheses", start, self.token.end)
        body = self.expression()
        return Paren(body, start, self.close(opener))

    def _named(self) -> Node:
        word, following = self.word, self.following.text.lower()
        if word in AGGREGATORS and following in ("(", "by", "without"):
            return self._aggregation()
        if word in NO_METRIC_NAME:
            raise self.no_operand()
        name = self.take()
        if following != "(":
            return self._selector(name)
        arguments = self._arguments()
        return Call(name.text, arguments, name.start, self.previous.end)

    def _arguments(self) -> tuple[Node, ...]:
        opener = self.take()
        arguments: list[Node] = []
        if self.token.text != ")":
            arguments.append(self.expression())
            while self.token.kind == "comma":
                comma = self.take()
                if self.token.text == ")":
                    raise self.fault(
                        "no comma may stand after the last argument", comma.start, comma.end, "leave it out"
                    )
                arguments.append(self.expression())
        self.close(opener, expected='"," or ")"')
        return tuple(arguments)

    def _aggregation(self) -> Node:
        name = self.take()
        grouping, labels = self._grouping()
        if self.token.text != "(":
            raise self.unexpected(f'"{name.text}" aggregates what stands in parentheses')
        arguments = self._arguments()
        if grouping is None:
            grouping, labels = self._grouping()
        end = self.previous.end
        if not 1 <= len(arguments) <= 2:
            found = "nothing" if not arguments else f"{len(arguments)} expressions"
            raise self.fault(f'"{name.text}" aggregates one expression, and here is {found}', name.start, end)
        parameter = arguments[0] if len(arguments) == 2 else None
        return Aggregation(name.text.lower(), grouping, labels, parameter, arguments[-1], name.start, end)

    def _grouping(self) -> tuple[Literal["by", "without"] | None, tuple[str, ...]]:
        if self.word not in ("by", "without"):
            return None, ()
        keyword = cast(Literal["by", "without"], self.take().text.lower())
        return keyword, self._labels()

    def _labels(self) -> tuple[str, ...]:
        keyword = self.previous.text
        if self.token.text != "(":
            raise self.bare_labels(f'the labels of "{keyword}" stand in parentheses')
        opener = self.take()
        labels: list[str] = []
        while self.token.text != ")":
            if self.token.kind not in ("identifier", "string"):
                self.close(opener, expected="a label")
            label = self.take()
            labels.append(unquoted(label.text) if label.kind == "string" else label.text)
            if self.token.kind != "comma":
                break
            self.take()
        self.close(opener, expected='"," or ")"')
        return tuple(labels)

    def _selector(self, name: Token | None) -> Node:
        start = self.token.start if name is None else name.start
        known, place = (None, None) if name is None else (name.text, (name.start, name.end))
        matchers: list[Matcher] = []
        if self.token.text == "{":
            opener = self.take()
            while self.token.text != "}":
                matcher = self._matcher(opener)
                if known is None and matcher.label == "__name__" and matcher.operator == "=":
                    known, place = matcher.value, (matcher.value_start, matcher.end)
                else:
                    matchers.append(matcher)
                if self.token.kind != "comma":
                    break
                self.take()
            self.close(opener, expected='"," or "}"')
        end = self.previous.end
        return Selector(known, place, tuple(matchers), None, None, None, start, end, end)

    def _matcher(self, opener: Token) -> Matcher:
        if self.token.kind not in ("identifier", "string") and not self.token.text.isalpha():
            self.close(opener, expected="a label")
        label = self.take()
        written = unquoted(label.text) if label.kind == "string" else label.text
        if label.kind == "string" and self.token.text in (",", "}"):  # {"name"}, of newer servers.
            return Matcher("__name__", "=", written, label.start, label.start, label.end)
        if self.token.text not in ("=", "!=", "=~", "!~"):
            remedy = 'a label is matched with "="' if self.token.text == "==" else None
            raise self.unexpected(f'after the label "{written}" stands one of = != =~ !~', remedy)
        operator = self.take().text
        if self.token.kind != "string":
            bare = self.token.kind in ("identifier", "number", "duration")
            remedy = f'write "{self.token.text}"' if bare else None
            raise self.unexpected("the value of a label stands in quotes", remedy)
        value = self.take()
        read_as = unquoted(value.text)
        return Matcher(written, cast(MatchOperator, operator), read_as, label.start, value.start, value.end)

    # What may follow an operand.

    def _modified(self, node: Node) -> Node:
        while True:
            if self.token.text == "[":
                node = self._bracketed(node)
            elif self.token.kind == "at":
                node = self._at(node)
            elif self.word == "offset":
                node = self._offset(node)
            elif self.word in ("anchored", "smoothed"):
                raise self.newer(f'the modifier "{self.token.text}"')
            else:
                return node

    def _bracketed(self, node: Node) -> Node:
        opener = self.take()
        length = self._duration("a range is a duration such as 5m")
        if self.token.kind == "operator":
            raise self.newer("arithmetic on durations")
        if self.token.kind == "colon":
            self.take()
            step = None if self.token.text == "]" else self._duration("a step is a duration such as 1m")
            return Subquery(node, length, step, None, None, node.start, self.close(opener))
        end = self.close(opener, expected='":" or "]"')
        if isinstance(node, Selector) and node.is_plain:
            return replace(node, range=length, end=end)
        is_metric = isinstance(node, Selector)
        remedy = "write it before offset and @" if is_metric else f"write [{length}:1m], which makes it a subquery"
        raise self.fault("a range can only follow the name and labels of a metric", opener.start, end, remedy)

    def _duration(self, rule: str) -> str:
        if self.token.text in ("+", "-", "(") or (self.word in _IN_DURATIONS and self.following.text == "("):
            raise self.newer("arithmetic on durations")
        if self.token.kind not in ("duration", "number", "placeholder") or self.token.text.isalpha():
            raise self.unexpected(rule, "use whole numbers with ms s m h d w y: 30s, 5m, 1h30m")
        return self.take().text

    def _offset(self, node: Node) -> Node:
        keyword = self.take()
        sign = self.take().text if self.token.text in ("+", "-") else ""
        length = sign + self._duration("an offset is a duration such as 5m")
        end = self.previous.end
        if isinstance(node, Selector | Subquery):
            return replace(node, offset=length, end=end)
        remedy = "write it after the metric, inside the function: rate(name[5m] offset 10m)"
        raise self.fault('"offset" can only follow a selector or a subquery', keyword.start, end, remedy)

    def _at(self, node: Node) -> Node:
        symbol = self.take()
        start = self.token.start
        if self.word in ("start", "end") and self.following.text == "(":
            self.take()
            self.close(self.take())
        else:
            if self.token.text in ("+", "-"):
                self.take()
            if self.token.kind not in ("number", "duration"):
                raise self.unexpected('after "@" stands a Unix time, start() or end()')
            self.take()
        end = self.previous.end
        if isinstance(node, Selector | Subquery):
            return replace(node, at=self._text[start:end], end=end)
        raise self.fault('"@" can only follow a selector or a subquery', symbol.start, end)


def _binds_first(waiting: int, coming: int) -> bool:
    """Whether a waiting operator takes the value between the two."""
    return waiting > coming or (waiting == coming and coming != _RIGHT_ASSOCIATIVE)


def _join(operator: _Sign | _Between, values: list[Node]) -> None:
    right = values.pop()
    if isinstance(operator, _Sign):
        values.append(Unary(operator.operator, right, operator.start, right.end))
        return
    left = values.pop()
    values.append(
        Binary(
            operator=operator.operator,
            returns_bool=operator.returns_bool,
            matching=operator.matching,
            matching_labels=operator.matching_labels,
            group=operator.group,
            group_labels=operator.group_labels,
            left=left,
            right=right,
            operator_start=operator.start,
            operator_end=operator.end,
            start=left.start,
            end=right.end,
        )
    )
