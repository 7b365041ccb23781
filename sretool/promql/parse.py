"""Text to a checked expression: promql-parser's verdict, our places and words.

The only importer of promql-parser. Texts that can hurt it are refused before (`guards`); its tree is never read beyond
the type of its root, since some of its attributes panic and its printers change the meaning.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from sretool.promql.failure import ParseFailure, Rejection
from sretool.promql.guards import refusal
from sretool.promql.placeholders import stand_in

if TYPE_CHECKING:
    from collections.abc import Callable

ValueType = Literal["scalar", "vector", "matrix", "string"]

_OF_NODE: Final[dict[str, ValueType]] = {
    "NumberLiteral": "scalar",
    "StringLiteral": "string",
    "VectorSelector": "vector",
    "MatrixSelector": "matrix",
    "SubqueryExpr": "matrix",
    "AggregateExpr": "vector",
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A text that is PromQL, or would be with a duration in each placeholder's place."""

    text: str
    value_type: ValueType


def parse(text: str, placeholders: Set[str] = frozenset()) -> Expression | ParseFailure:
    """Checks syntax and types as Prometheus 2.45 does, and much of what came later; see `versions`.

    `placeholders` are those that may stand where a duration may, spelled without blanks: `$window`, `{{.window}}`.
    """
    readable = stand_in(text, placeholders)
    if isinstance(readable, ParseFailure):
        return readable
    refused = refusal(readable)
    if refused is not None:
        return refused
    verdict = _judged(readable)
    if not isinstance(verdict, Rejection):
        return Expression(text, verdict)
    # Loaded only for texts that are wrong.
    from sretool.promql.blame import located

    return located(readable, verdict.reason, judge=_judged)


def _judged(text: str) -> ValueType | Rejection:
    """The type of an expression. Only for what the guards let pass."""
    try:
        return _value_type(_parser()(text))
    except ValueError as error:
        return Rejection(str(error))
    except BaseException as error:  # A Rust panic: its class is no Exception and cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        return Rejection(str(error))


@cache
def _parser() -> Callable[[str], Any]:
    """Loaded when first used: it costs a millisecond that most commands do not have to pay."""
    import promql_parser as peer

    vector, scalar, matrix = peer.ValueType.Vector, peer.ValueType.Scalar, peer.ValueType.Matrix
    # Prometheus dropped it in 3.0 and promql-parser with it; servers before have it.
    peer.register_extra_functions([peer.Function("holt_winters", [matrix, scalar, scalar], vector)])
    return peer.parse


def _value_type(root: Any) -> ValueType:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        kind = type(node).__name__
        if kind in ("ParenExpr", "UnaryExpr"):
            waiting.append(node.expr)
        elif kind == "BinaryExpr":
            waiting += (node.rhs, node.lhs)
        else:
            found = _of_call(node) if kind == "Call" else _OF_NODE[kind]
            # Operands are scalars and vectors only, and one vector makes the result a vector.
            if found != "scalar":
                return found
    return "scalar"


def _of_call(node: Any) -> ValueType:
    return cast(ValueType, str(node.func.return_type).rpartition(".")[2].lower())
