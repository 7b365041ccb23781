"""AL301: an alert that fires whenever its series are there, since nothing in it compares."""

from __future__ import annotations

from collections.abc import Iterator

from sretool.lint.check import Check, Facts, Flaw
from sretool.lint.rulefile import Rule
from sretool.promql.tree import COMPARISONS, Binary, Call, Node, Number, Selector, walk, without_parens

_FILTERS = ("and", "unless")
_ABSENCE = (
    "absent",
    "absent_over_time",
    "vector",
    "limitk",
)  # vector(1) fires always, and says so: a dead man's switch.


def _find(rule: Rule, facts: Facts) -> Iterator[Flaw]:
    tree = rule.tree
    if rule.alert is None or tree is None or _chooses(tree, facts, depth=0):
        return
    comparison = next((node for node in walk(tree) if isinstance(node, Binary) and node.returns_bool), None)
    if comparison is None:
        message, remedy = "this alert fires whenever the series is there: it compares nothing", "compare it, as in > 0"
        yield Flaw(rule.part(tree), message, remedy)
        return
    at = rule.span(comparison.operator_start, comparison.operator_end)
    message = "this alert fires whenever the series is there: bool makes 0 or 1 of a comparison, and 0 fires as 1 does"
    yield Flaw(at, message, "leave bool out, or compare the result: == 1")


def _chooses(tree: Node, facts: Facts, *, depth: int) -> bool:
    """Whether something in the expression decides if there is a result, or might: what others record is not known."""
    root = without_parens(tree)
    if isinstance(root, Number):
        return True  # It fires always, and says so.
    for node in walk(tree):
        match node:
            case Binary(operator=operator, returns_bool=False) if operator in COMPARISONS or operator in _FILTERS:
                return True
            case Call(function=function) if function in _ABSENCE:
                return True
            case Selector(name=None) | Selector(name="ALERTS"):
                return True
            case Selector(name=str(name)) if ":" in name or name in facts.recorded:
                rules = facts.recorded.get(name, ())
                trees = [rule.tree for rule in rules if rule.tree is not None]
                if not trees or depth > 4 or any(_chooses(each, facts, depth=depth + 1) for each in trees):
                    return True
            case _:
                pass
    return False


CHECK = Check("AL301", Rule, _find)
