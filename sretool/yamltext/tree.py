"""Events to trees, bottom up on a stack of our own: no recursion, so a hostile file cannot exhaust Python's.

Children of a container gather in a flat list (of a mapping: key, value, key, value) until its end event makes the node.
"""

import re

from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
)

from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.eventstream import NextEvent
from sretool.yamltext.nodes import Mapping, Node, Scalar, Sequence, kind
from sretool.yamltext.remedies import in_quotes
from sretool.yamltext.source import Source, Spot

DEPTH_MAX = 64  # mappings and lists within each other, aliases expanded
EXPANSION_MAX = 100_000  # nodes that the aliases of one document may stand for, together

MISTAKES_MAX = 200  # of a file; a hostile one can make a million, and they cost more than the reading

# An anchor and a tag, and what may stand between them and their value.
_PROPERTIES = re.compile(r"(?>(?:[&!]\S*+|\s++|#.*+)*)")
_TAG = re.compile(r"!\S*")
_REST_OF_PLAIN_VALUE = re.compile(r"[ \t]*[^\s#,}\]][^\r\n]*")
_YAML_TAG = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset(["!", _YAML_TAG + "str"])
_KNOWN_TAGS = _TEXT_TAGS | {_YAML_TAG + name for name in ("int", "float", "bool", "null", "map", "seq")}

Entries = dict[str, tuple[Scalar, Node]]


class DocumentRefused(Exception):
    """The rest of the file is not read; the reason has been reported."""


class TreeBuilder:
    """Builds the documents of one source into `documents`, and reports to `notes` what is wrong with them."""

    def __init__(self, source: Source, notes: Notes) -> None:
        self.documents: list[Node] = []
        self._source = source
        self._notes = notes
        self._anchors: dict[str, Node] = {}
        self._expanded = 0
        self._mistakes = 0
        self._has_hole = False  # an alias of the document at hand stands for nothing, so nobody should read it

    def read(self, next_event: NextEvent) -> None:
        """Read all events. Raises DocumentRefused, and whatever the parser raises."""
        opened: list[tuple[list[Node], CollectionStartEvent]] = []
        children: list[Node] = []
        while (event := next_event()) is not None:
            # In order of frequency: this runs once an event, 35 times for a small SLO.
            if isinstance(event, ScalarEvent):
                children.append(self._scalar(event))
            elif isinstance(event, CollectionStartEvent):
                opened.append((children, event))
                children = []
                if len(opened) > DEPTH_MAX:
                    self._refuse_depth(_start(event))
            elif isinstance(event, CollectionEndEvent):
                siblings, start_event = opened.pop()
                siblings.append(self._container(start_event, children, _span(event)[1]))
                children = siblings
            elif isinstance(event, AliasEvent):
                children.append(self._alias(event, opened))
            elif isinstance(event, DocumentStartEvent):
                self._anchors, self._expanded, self._has_hole = {}, 0, False
            elif isinstance(event, DocumentEndEvent):
                self._finish_document(children.pop())

    def _finish_document(self, root: Node) -> None:
        is_empty = isinstance(root, Scalar) and root.is_null
        if not is_empty and not self._has_hole:
            self.documents.append(root)

    def _scalar(self, event: ScalarEvent) -> Scalar:
        start, end = _span(event)
        scalar = Scalar(self._source, start, end, event.value, event.style or "")
        if event.tag is not None or event.anchor is not None:
            after = _PROPERTIES.match(self._source.text, start, end)
            scalar.start = after.end() if after else start
            if event.tag in _TEXT_TAGS and not scalar.style:
                scalar.style = "'"  # `!!str 5` is text, as '5' is
            self._check_tag(event.tag, start)
            self._keep_anchor(event.anchor, scalar)
        return scalar

    def _container(self, event: CollectionStartEvent, children: list[Node], end: int) -> Node:
        start = _start(event)
        if isinstance(event, MappingStartEvent):
            node = self._mapping(children, start, end)
        else:
            node = Sequence(self._source, start, end, children)
        if event.tag is not None or event.anchor is not None:
            self._check_tag(event.tag, start)
            self._keep_anchor(event.anchor, node)
        return node

    def _mapping(self, children: list[Node], start: int, end: int) -> Node:
        keys = [key for key in children[::2] if isinstance(key, Scalar)]
        values = children[1::2]
        if len(keys) < len(values):
            if self._source.text.startswith("{{", start):
                return self._template(start, end)
            keys, values = self._with_text_keys(children)
        entries = {key.value: (key, value) for key, value in zip(keys, values, strict=True)}
        if len(entries) < len(keys):
            entries = self._first_of_duplicates(keys, values)
        if "<<" in entries and not entries["<<"][0].style:
            self._merge(entries)
        return Mapping(self._source, start, end, entries)

    def _template(self, start: int, end: int) -> Scalar:
        """`{{ $value }}` without quotes is a mapping whose key is a mapping; it is read as the text that was meant."""
        template = self._source.text[start:end]
        goes_on = _REST_OF_PLAIN_VALUE.match(self._source.text, end)
        meant = template + goes_on.group() if goes_on else template
        at = Spot(self._source, start, start + len(meant))
        self._report("YA017", at, "{{ opens a YAML mapping, not a template", remedy=in_quotes(meant))
        return Scalar(self._source, start, end, template)

    def _with_text_keys(self, children: list[Node]) -> tuple[list[Scalar], list[Node]]:
        keys, values = [], []
        for key, value in zip(children[::2], children[1::2], strict=True):
            if isinstance(key, Scalar):
                keys.append(key)
                values.append(value)
            else:
                self._report("YA017", key, f"a key must be text, not {kind(key)}", remedy="put the key in quotes")
        return keys, values

    def _first_of_duplicates(self, keys: list[Scalar], values: list[Node]) -> Entries:
        entries: Entries = {}
        for key, value in zip(keys, values, strict=True):
            first, _ = entries.setdefault(key.value, (key, value))
            if first is not key:
                before = first.place
                message = f"the key `{key.value}` was given before, at {before.line}:{before.column}"
                self._report("YA002", key, message, remedy="keep one of the two, or rename one")
        return entries

    def _merge(self, entries: Entries) -> None:
        """Replace `<<` by the keys of the mappings it names: keys given here win, then those of earlier mappings."""
        key, value = entries.pop("<<")
        for merged in value if isinstance(value, Sequence) else [value]:
            if not isinstance(merged, Mapping):
                message = f"<< merges mappings, not {kind(merged)}"
                self._report(
                    "YA013",
                    merged if merged.end > merged.start else key,
                    message,
                    remedy="name the anchor of a mapping",
                )
                continue
            for name, entry in merged.entries.items():
                entries.setdefault(name, entry)

    def _alias(self, event: AliasEvent, opened: list[tuple[list[Node], CollectionStartEvent]]) -> Node:
        at, name = Spot(self._source, *_span(event)), event.anchor or ""
        node = self._anchors.get(name)
        if any(outer.anchor == name for _, outer in opened):
            message, remedy = f"*{name} stands inside the value that it names", f"write out what *{name} should be"
        elif node is None:
            message = f"*{name} names no anchor above it"
            remedy = f"write &{name} before the value that it should repeat, or put *{name} in quotes if it is text"
        else:
            self._count_expansion(at, node, len(opened))
            return node
        self._report("YA011", at, message, remedy=remedy)
        self._has_hole = True
        return Scalar(self._source, at.start, at.end, "")

    def _count_expansion(self, at: Spot, node: Node, depth: int) -> None:
        size, height = _size_and_height(node, limit=EXPANSION_MAX - self._expanded)
        self._expanded += size
        if self._expanded > EXPANSION_MAX:
            message = f"the aliases down to here stand for more than {EXPANSION_MAX} values"
            self._report("YA010", at, message, remedy="repeat less: write the values out where they differ")
            raise DocumentRefused
        if depth + height > DEPTH_MAX:
            self._refuse_depth(at.start)

    def _refuse_depth(self, index: int) -> None:
        message = f"more than {DEPTH_MAX} mappings and lists are nested here"
        self._report("YA008", Spot(self._source, index, index + 1), message, remedy="nest less deep")
        raise DocumentRefused

    def _check_tag(self, tag: str | None, start: int) -> None:
        if tag is None or tag in _KNOWN_TAGS:
            return
        written = _TAG.search(self._source.text, start)
        at = Spot(self._source, *written.span()) if written else Spot(self._source, start, start)
        shown = tag.replace(_YAML_TAG, "!!")
        self._report(
            "YA012", at, f"the tag {shown} means nothing here", remedy="remove the tag; plain YAML values are enough"
        )

    def _report(self, code: str, at: Spot, message: str, *, remedy: str) -> None:
        """Report a mistake; the last one that is allowed ends the reading."""
        self._mistakes += 1
        if self._mistakes < MISTAKES_MAX:
            self._notes.report(code, at, message, remedy=remedy)
            return
        stops = f"{message}; this is mistake {MISTAKES_MAX} in the file, and the rest is not read"
        self._notes.report(code, at, stops, remedy=remedy)
        raise DocumentRefused

    def _keep_anchor(self, anchor: str | None, node: Node) -> None:
        if anchor is not None:
            self._anchors[anchor] = node


def _size_and_height(node: Node, *, limit: int) -> tuple[int, int]:
    """How many nodes a tree has with its aliases expanded, counted until beyond the limit, and how many levels."""
    size = height = 0
    todo = [(node, 0)]
    while todo and size <= limit:
        current, level = todo.pop()
        size += 1
        if not isinstance(current, Scalar):
            below = [value for _, value in current.items()] if isinstance(current, Mapping) else current.items
            todo.extend((child, level + 1) for child in below)
            height = max(height, level + 1)
    return size, height


def _start(event: Event) -> int:
    return _span(event)[0]


def _span(event: Event) -> tuple[int, int]:
    start, end = event.start_mark, event.end_mark
    assert start is not None, "a parser marks the start of every event"
    assert end is not None, "a parser marks the end of every event"
    return start.index, end.index
