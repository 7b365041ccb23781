"""The tree of a YAML document: `Scalar`, `Mapping` and `Sequence`, each a `Spot` that knows where it stands.

Nodes are plain slotted classes and not frozen dataclasses because a run makes half a million of them; nobody changes
one after `loading` has made it. An alias is the very node of its anchor, and a document is a tree of bounded size and
depth, so plain recursion over it is safe.
"""

from collections.abc import Iterable, Iterator

from sretool.yamltext.source import Place, Source, Spot

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


class Scalar(Spot):
    """Text. `style` is "" for a plain scalar, else the sign that opens it: ' or " or | or >."""

    __slots__ = ("style", "value")

    def __init__(self, source: Source, start: int, end: int, value: str, style: str = "") -> None:
        self.source = source
        self.start = start
        self.end = end
        self.value = value
        self.style = style

    @property
    def is_null(self) -> bool:
        return not self.style and self.value in _NULLS

    def part(self, start: int, end: int) -> Spot:
        """The spot in the file of value[start:end].

        Exact for plain, quoted and literal scalars; in a folded or multi-line scalar a space that stands for a line
        break points at the end of its line. Where the text cannot be followed it is the whole scalar.
        """
        from sretool.yamltext.positions import value_spans  # Loaded for what is wrong.

        spans = value_spans(self.source.text[self.start : self.end], self.value, self.style)
        if not spans:
            return self
        start = max(0, min(start, len(spans)))
        end = max(start, min(end, len(spans)))
        first = spans[start][0] if start < len(spans) else spans[-1][1]
        last = spans[end - 1][1] if end > start else first
        return Spot(self.source, self.start + first, self.start + last)

    def place_at(self, start: int, end: int) -> Place:
        """The place in the file of value[start:end]; see `part`."""
        return self.part(start, end).place


class Mapping(Spot):
    """Keys and values as the file has them; keys merged by `<<` come last. Of a key given twice the first counts."""

    __slots__ = ("entries",)

    def __init__(self, source: Source, start: int, end: int, entries: "dict[str, tuple[Scalar, Node]]") -> None:
        self.source = source
        self.start = start
        self.end = end
        self.entries = entries

    def get(self, name: str) -> "Node | None":
        entry = self.entries.get(name)
        return None if entry is None else entry[1]

    def key(self, name: str) -> Scalar:
        """The node of a key, which is where to point when the key is wrong. Raises KeyError."""
        return self.entries[name][0]

    def items(self) -> "Iterable[tuple[Scalar, Node]]":
        return self.entries.values()

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def __len__(self) -> int:
        return len(self.entries)


class Sequence(Spot):
    """A list of nodes."""

    __slots__ = ("items",)

    def __init__(self, source: Source, start: int, end: int, items: "list[Node]") -> None:
        self.source = source
        self.start = start
        self.end = end
        self.items = items

    def __iter__(self) -> "Iterator[Node]":
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


Node = Scalar | Mapping | Sequence


def kind(node: Node) -> str:
    """What a node is, in a user's words: "text", "nothing", "a mapping", "a list"."""
    match node:
        case Scalar():
            return "nothing" if node.is_null else "text"
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
