"""Our tree is promql-parser's, and its places are where things were written."""

import re
from typing import Any

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.promql import tree
from sretool.promql.failure import PromqlSyntaxError
from sretool.promql.grammar import read

# Valid expressions, grown from selectors. All are instant vectors, so that every way of joining two fits.
NAMES = st.sampled_from(["up", "a", "job:up:sum", ":x", "sum", "rate", "by", "and", "offset", "start", "infra"])
MATCHERS = st.sampled_from(
    ['{b="c"}', '{b=~"c|d",e!="f"}', '{b!~"c",}', "{}", '{ b = "}" }', "{b='it\\'s'}", '{by="x",inf="y"} # so\n']
)
NAMELESS = st.sampled_from(['{__name__="m"}', '{__name__=~"m.*",a="b"}', '{a="b",__name__="m"}', '{"m"}'])
MODIFIERS = st.sampled_from(["", "", " offset 5m", " offset -5m @ 100", " @ start()", "@end( )", " OFFSET 1h30m"])
SELECTORS = st.tuples(NAMES, MATCHERS | st.just("")).map("".join) | NAMELESS
RANGES = st.sampled_from(["[5m]", "[1h30m]", "[ 5m ]"])
OPERATORS = (
    "+ - * / % ^ atan2 == != < <= > >= >bool and or unless AND "
    "+on(x) *ignoring(x,y)group_left /on(x)group_right(z) ==bool\non() unless\ton(by)"
)
BINARY = st.sampled_from(OPERATORS.split(" "))


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from([" ", "\n"]), BINARY, inner).map(lambda t: f"{t[0]}{t[1]}{t[2]} {t[3]}"),
        inner.map(lambda x: f"({x})"),
        inner.map(lambda x: f"-{x}"),
        inner.map(lambda x: f"+{x}"),
        inner.map(lambda x: f"2 ^ -{x}"),
        inner.map(lambda x: f"abs({x})"),
        inner.map(lambda x: f"sum by (a,le) ({x})"),
        inner.map(lambda x: f"max({x})without(a)"),
        inner.map(lambda x: f"topk(3, {x})"),
        inner.map(lambda x: f"histogram_quantile(0.9, {x})"),
        inner.map(lambda x: f"max_over_time(({x})[1h:5m] offset 1m)"),
        inner.map(lambda x: f'label_replace({x}, "a", `$1`, "b", "(.*)")'),
    )


VECTORS = st.recursive(
    st.tuples(SELECTORS, MODIFIERS).map("".join)
    | st.tuples(SELECTORS, RANGES, MODIFIERS).map(lambda t: f"rate({''.join(t)})")
    | st.sampled_from(["vector(0x1F)", "vector(NaN)", "vector(-inf)", "vector(.5e1)"])
    | st.just("vector(time())"),
    _grown,
    max_leaves=12,
)
# Most of these are no PromQL, and those that are must have the same tree. No nan or Inf is among them: they make
# promql-parser panic after "offset".
WORDS = (
    "a foo sum rate by without on ignoring group_left bool and or unless atan2 offset @ start end topk x le "
    "( ) ( ) { } [ ] [5m] [5m:1m] , + - * / ^ == < >= = =~ 1 2.5 5m : :a {a='b'} (a) (x,y) fill(0)"
)
SOUP = st.lists(st.sampled_from([*WORDS.split(), '"s"', "`y`", "# so\n", "\n"]), max_size=9)


@given(VECTORS)
def test_the_tree_of_an_expression_is_promql_parsers(text: str) -> None:
    assert of_ours(read(text)) == of_peer(promql_parser.parse(text))


@given(SOUP, st.sampled_from(["", " "]))
def test_what_promql_parser_accepts_has_the_same_tree_here(pieces: list[str], between: str) -> None:
    text = between.join(pieces)
    expected = _of_peer_if_accepted(text)

    assert expected is None or of_ours(read(text)) == expected


@given(VECTORS)
def test_every_node_stands_where_it_says(text: str) -> None:
    for node in tree.walk(read(text)):
        written = text[node.start : node.end]
        assert of_ours(read(written)) == of_ours(node)
        assert written == written.strip()
        match node:
            case tree.Selector():
                assert node.name is None or node.name in text[slice(*(node.name_place or (0, 0)))]
                assert node.name is None or node.name in text[node.start : node.head_end]
                for matcher in node.matchers:
                    assert matcher.label in text[matcher.start : matcher.value_start]
                    assert text[matcher.value_start] in "\"'`"
            case tree.Binary():
                operator = text[node.operator_start : node.operator_end].lower()
                assert operator.removesuffix("bool").strip() == node.operator
            case tree.Call():
                assert written.startswith(node.function)
                assert written.endswith(")")
            case tree.Aggregation():
                assert written.lower().startswith(node.operator)
            case _:
                pass


@given(VECTORS)
def test_a_node_stands_before_what_it_holds(text: str) -> None:
    root = read(text)

    for node in tree.walk(root):
        for child in tree.children(node):
            assert node.start <= child.start <= child.end <= node.end


def test_precedence_is_prometheus_own() -> None:
    assert _spelled("1 + 2 * 3 ^ 4 ^ 5 - 6") == "((1+(2*(3^(4^5))))-6)"
    assert _spelled("-1 ^ 2 * 3") == "((-(1^2))*3)"
    assert _spelled("2 ^ -1 * 3") == "((2^(-1))*3)"
    assert _spelled("a or b and c < 1 unless d") == "(aor((band(c<1))unlessd))"


def test_a_selector_knows_its_parts() -> None:
    text = 'm {a="b", c!~`d`} [5m] offset -1h @ end()'

    selector = read(text)

    assert isinstance(selector, tree.Selector)
    assert (selector.name, selector.range, selector.offset, selector.at) == ("m", "5m", "-1h", "end()")
    assert [(m.label, m.operator, m.value) for m in selector.matchers] == [("a", "=", "b"), ("c", "!~", "d")]
    assert text[selector.start : selector.head_end] == 'm {a="b", c!~`d`}'
    assert not selector.is_plain


def test_a_placeholder_may_stand_where_a_duration_may() -> None:
    node = read("rate(x[{{ .window }}] offset $lag)")

    assert isinstance(node, tree.Call)
    assert isinstance(node.arguments[0], tree.Selector)
    assert (node.arguments[0].range, node.arguments[0].offset) == ("{{ .window }}", "$lag")


def test_a_chain_of_a_thousand_operators_is_walked() -> None:
    assert sum(1 for _ in tree.walk(read("+".join(["a"] * 1000)))) == 1999
    assert sum(1 for _ in tree.walk(read("^".join(["a"] * 1000)))) == 1999


@pytest.mark.parametrize("text", ["", "a b", "sum(", "a{b=c}", "a + ", ")", "$x", "a[5m][5m]", "(a)[5m]"])
def test_what_has_not_the_shape_of_promql_is_an_error(text: str) -> None:
    with pytest.raises(PromqlSyntaxError):
        read(text)


def _spelled(text: str) -> str:
    """With a pair of parentheses for every operator."""

    def spelled(node: tree.Node) -> str:
        match node:
            case tree.Binary():
                return f"({spelled(node.left)}{node.operator}{spelled(node.right)})"
            case tree.Unary():
                return f"({node.operator}{spelled(node.operand)})"
            case _:
                return text[node.start : node.end]

    return spelled(read(text))


# Our tree and promql-parser's in one plain form. That parser folds signs into literals, drops plus signs, and keeps
# the name of `{__name__="x"}` among the matchers.

MATCH_OPERATORS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


def _of_peer_if_accepted(text: str) -> Any | None:
    try:
        return of_peer(promql_parser.parse(text))
    except ValueError:
        return None


def of_peer(node: Any) -> Any:
    match type(node).__name__:
        case "NumberLiteral":
            return ("number", repr(node.val))
        case "StringLiteral":
            return ("string", node.val)
        case "VectorSelector":
            return _selector_of_peer(node, has_range=False)
        case "MatrixSelector":
            return _selector_of_peer(node.vector_selector, has_range=True)
        case "SubqueryExpr":
            return ("subquery", of_peer(node.expr), node.step is not None, node.offset is not None)
        case "ParenExpr":
            return ("paren", of_peer(node.expr))
        case "UnaryExpr":
            return ("minus", of_peer(node.expr))
        case "Call":
            return ("call", node.func.name, *map(of_peer, node.args))
        case "AggregateExpr":
            kind = None if node.modifier is None else _last_word(node.modifier.type).lower()
            labels = () if node.modifier is None else tuple(sorted(set(node.modifier.labels)))
            parameter = None if node.param is None else of_peer(node.param)
            return ("aggregation", str(node.op), kind, labels, parameter, of_peer(node.expr))
        case "BinaryExpr":
            return _binary_of_peer(node)
    raise AssertionError(type(node))


def _selector_of_peer(node: Any, *, has_range: bool) -> Any:
    matchers = {(m.name, MATCH_OPERATORS[_last_word(m.op)], m.value) for m in node.matchers.matchers}
    if node.name is not None:
        matchers.add(("__name__", "=", node.name))
    return ("selector", frozenset(matchers), has_range, node.offset is not None)


def _binary_of_peer(node: Any) -> Any:
    modifier, matching, group = node.modifier, None, None
    if modifier is not None and modifier.matching is not None:
        kind = {"Include": "on", "Exclude": "ignoring"}[_last_word(modifier.matching.type)]
        matching = (kind, tuple(sorted(set(modifier.matching.labels))))
    if modifier is not None and _last_word(modifier.card) in ("ManyToOne", "OneToMany"):
        side = {"ManyToOne": "group_left", "OneToMany": "group_right"}[_last_word(modifier.card)]
        group = (side, tuple(sorted(set(modifier.group_labels or ()))))
    returns_bool = modifier is not None and modifier.return_bool
    return ("binary", str(node.op), returns_bool, matching, group, of_peer(node.lhs), of_peer(node.rhs))


def _last_word(enumerated: Any) -> str:
    return repr(enumerated).rpartition(".")[2]


def of_ours(node: tree.Node) -> Any:
    match node:
        case tree.Number():
            return ("number", repr(_value(node.text)))
        case tree.String():
            return ("string", node.value)
        case tree.Selector():
            matchers = {(m.label, m.operator, m.value) for m in node.matchers}
            if node.name is not None:
                matchers.add(("__name__", "=", node.name))
            return ("selector", frozenset(matchers), node.range is not None, node.offset is not None)
        case tree.Subquery():
            return ("subquery", of_ours(node.body), node.step is not None, node.offset is not None)
        case tree.Paren():
            return ("paren", of_ours(node.body))
        case tree.Unary(operator="+"):
            return of_ours(node.operand)
        case tree.Unary():
            inside = of_ours(node.operand)
            return ("number", repr(-float(inside[1]))) if inside[0] == "number" else ("minus", inside)
        case tree.Call():
            return ("call", node.function, *map(of_ours, node.arguments))
        case tree.Aggregation():
            parameter = None if node.parameter is None else of_ours(node.parameter)
            labels = tuple(sorted(set(node.labels)))
            return ("aggregation", node.operator, node.grouping, labels, parameter, of_ours(node.body))
        case tree.Binary():
            matching = None if node.matching is None else (node.matching, tuple(sorted(set(node.matching_labels))))
            group = None if node.group is None else (node.group, tuple(sorted(set(node.group_labels))))
            sides = of_ours(node.left), of_ours(node.right)
            return ("binary", node.operator, node.returns_bool, matching, group, *sides)


def _value(text: str) -> float:
    if text.lower().startswith("0x"):
        return float(int(text, 16))
    if re.fullmatch(r"(?:[0-9]+(?:ms|[smhdwy]))+", text):
        return float(promql_parser.parse_duration(text).total_seconds())
    return float(text)
