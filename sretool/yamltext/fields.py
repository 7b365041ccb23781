"""Typed reading of a mapping: ask for fields by name, get values or None, and every mistake in the notes.

    with Fields(node, notes) as spec:
        service = spec.text("service", required=True)
        slos = [read_slo(fields) for fields in spec.sections("slos")]
    if service is None:
        return None

Leaving the block reports the keys that were not asked for, so ask for all of them first and decide after it.
Text is what the file says: `on`, `1e3` and `007` are these characters, and whether they are quoted makes no difference.
"""

import re
from collections.abc import Callable, Collection
from decimal import Decimal
from types import TracebackType
from typing import Self, TypeVar

from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.nodes import Mapping, Node, Scalar, Sequence, kind
from sretool.yamltext.remedies import in_quotes, meant, one_of
from sretool.yamltext.source import Spot

_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,3})?")
_UNKNOWN_KEYS_SHOWN = 20  # of one mapping; a file with more was not written for us

ChoiceT = TypeVar("ChoiceT", bound=str)


class Fields:
    """Reads the fields of one mapping.

    `where` is the path to the mapping in its document, for messages ("slos[0].sli"); sections find theirs themselves.
    `known` are the keys that may stand in it, for readers that share them with a schema; without it they are those
    that were asked for.
    A key without a value (`owner:`) counts as not given, with a warning when the field is not required.
    """

    __slots__ = ("_asked", "_known", "_missing", "_notes", "_where", "node")

    def __init__(self, node: Mapping, notes: Notes, *, where: str = "", known: Collection[str] | None = None) -> None:
        self.node = node
        self._notes = notes
        self._where = where
        self._known = known
        self._asked: set[str] = set()
        self._missing: list[tuple[str, ...]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if error is None:
            self.finish()

    def text(self, name: str, *, required: bool = False) -> str | None:
        """The text of a field, as it stands in the file; a block scalar keeps its final newline."""
        scalar = self.scalar(name, required=required)
        return None if scalar is None else scalar.value

    def scalar(self, name: str, *, required: bool = False) -> Scalar | None:
        """The node of a text field, for readers that parse it and want to point into it."""
        node = self._given(name, required=required)
        if node is None or isinstance(node, Scalar):
            return node
        text = node.source.text[node.start : node.end]
        self._report_kind(
            name, node, kind(node), "text", in_quotes(text) if text.startswith("{") else "write text after its colon"
        )
        return None

    def boolean(self, name: str, *, required: bool = False) -> bool | None:
        """true or false, or one of YAML 1.1's other words for them (yes, no, on, off); not in quotes."""
        scalar = self.scalar(name, required=required)
        if scalar is None:
            return None
        value = _BOOLEANS.get(scalar.value.lower())
        if value is None:
            self._bad(
                scalar, f"`{self._path(name)}` must be true or false, not {_shown(scalar)}", "write true or false"
            )
        elif scalar.style:
            self._bad(
                scalar,
                f"`{self._path(name)}` must be true or false, and quotes make it text",
                f"write {str(value).lower()} without quotes",
            )
            return None
        return value

    def integer(
        self, name: str, *, required: bool = False, least: int | None = None, most: int | None = None
    ) -> int | None:
        """A whole number in decimal digits, within bounds that are both allowed."""
        scalar = self.scalar(name, required=required)
        if scalar is None:
            return None
        if not _INTEGER.fullmatch(scalar.value):
            self._bad(
                scalar,
                f"`{self._path(name)}` must be a whole number, not {_shown(scalar)}",
                f"write a whole number{_bounds(least, most)}",
            )
            return None
        value = int(scalar.value)
        return value if self._within(name, scalar, Decimal(value), least, most) else None

    def decimal(
        self,
        name: str,
        *,
        required: bool = False,
        least: Decimal | int | None = None,
        most: Decimal | int | None = None,
    ) -> Decimal | None:
        """A number, exactly as it is written, within bounds that are both allowed; never NaN or infinite."""
        scalar = self.scalar(name, required=required)
        if scalar is None:
            return None
        if not _DECIMAL.fullmatch(scalar.value):
            self._bad(
                scalar,
                f"`{self._path(name)}` must be a number, not {_shown(scalar)}",
                "write it in digits, such as 14.4",
            )
            return None
        value = Decimal(scalar.value)
        return value if self._within(name, scalar, value, least, most) else None

    def choice(self, name: str, choices: tuple[ChoiceT, ...], *, required: bool = False) -> ChoiceT | None:
        """One of a few words."""
        scalar = self.scalar(name, required=required)
        if scalar is None:
            return None
        for choice in choices:
            if scalar.value == choice:
                return choice
        remedy = f"write {meant(scalar.value, choices) or one_of(choices)}"
        self._bad(scalar, f"`{self._path(name)}` must be {one_of(choices)}, not {_shown(scalar)}", remedy)
        return None

    def mapping(self, name: str, *, required: bool = False) -> Mapping | None:
        node = self._given(name, required=required)
        if node is None or isinstance(node, Mapping):
            return node
        self._report_kind(name, node, kind(node), "a mapping", f"write `{name}:` and its keys below it, indented")
        return None

    def sequence(self, name: str, *, required: bool = False) -> Sequence | None:
        return self._list(name, required=required, instead_of_text=lambda text: f"write {name}: [{text}]")

    def _list(self, name: str, *, required: bool, instead_of_text: Callable[[str], str]) -> Sequence | None:
        node = self._given(name, required=required)
        if node is None or isinstance(node, Sequence):
            return node
        remedy = f"write `{name}:` and each item below it, after a dash"
        if isinstance(node, Scalar) and "\n" not in node.value:
            remedy = instead_of_text(node.source.text[node.start : node.end])
        self._report_kind(name, node, kind(node), "a list", remedy)
        return None

    def section(self, name: str, *, required: bool = False, known: Collection[str] | None = None) -> "Fields | None":
        """The fields of a mapping within this one. It is a block of its own: `with section:` or section.finish()."""
        node = self.mapping(name, required=required)
        return None if node is None else Fields(node, self._notes, where=self._path(name), known=known)

    def sections(self, name: str, *, required: bool = False, known: Collection[str] | None = None) -> "list[Fields]":
        """The fields of each mapping in a list; items that are not mappings are reported and left out."""
        remedy = f"write `{name}:` and below it, after a dash, each item as keys and values: `- name: value`"
        sequence = self._list(name, required=required, instead_of_text=lambda _: remedy)
        places = [(f"{self._path(name)}[{index}]", item) for index, item in enumerate(sequence or ())]
        nodes = [(where, as_mapping(item, self._notes, what=f"`{where}`")) for where, item in places]
        return [Fields(node, self._notes, where=where, known=known) for where, node in nodes if node is not None]

    def mappings(self, name: str, *, required: bool = False) -> list[Mapping]:
        """As `sections`, but the nodes."""
        return [section.node for section in self.sections(name, required=required)]

    def texts(self, name: str, *, required: bool = False) -> list[str]:
        """The items of a list of texts; those that are empty or not text are reported and left out."""
        return [scalar.value for scalar in self.scalars(name, required=required)]

    def scalars(self, name: str, *, required: bool = False) -> list[Scalar]:
        """As `texts`, but the nodes."""
        sequence = self.sequence(name, required=required)
        items = [self._as_text(item, item, f"{name}[{index}]") for index, item in enumerate(sequence or ())]
        return [item for item in items if item is not None]

    def text_map(self, name: str, *, required: bool = False) -> dict[str, str]:
        """A mapping of text to text, such as labels; entries whose value is not text are reported and left out."""
        mapping = self.mapping(name, required=required)
        entries = mapping.items() if mapping is not None else ()
        texts = {key.value: self._as_text(value, key, f"{name}.{key.value}") for key, value in entries}
        return {key: text.value for key, text in texts.items() if text is not None}

    def any_node(self, name: str, *, required: bool = False) -> Node | None:
        """The node of a field of any kind, as it is; None when it is not given."""
        return self._given(name, required=required)

    def ignore(self, *names: str) -> None:
        """Say of keys that they may be there and mean nothing to us."""
        self._asked.update(names)

    def one_required(self, *names: str) -> None:
        """Say that one of some keys must be there, and none is; leaving the block reports it."""
        self._missing.append(names)

    @property
    def unknown(self) -> list[Scalar]:
        """The keys that nobody has asked for and that are not known."""
        table = self._known or ()
        return [key for key, _ in self.node.items() if key.value not in self._asked and key.value not in table]

    def finish(self) -> None:
        """Report the keys that are not known and those that are missing. Leaving the `with` block calls it."""
        unknown = self.unknown
        if not unknown and not self._missing:
            return
        known = sorted(self._asked.union(self._known or ()))
        free = [name for name in known if name not in self.node]
        probably = {key: meant(key.value, free) for key in unknown[:_UNKNOWN_KEYS_SHOWN]}
        wanted = set(probably.values())  # These are there, misspelt, and that is said.
        missing = [names for names in self._missing if wanted.isdisjoint(names)]
        strange = [key for key, name in probably.items() if name is None]
        if len(strange) == 1 and missing:
            self._report_instead(strange[0], missing)
            missing = []
            del probably[strange[0]]
        for key, name in probably.items():
            remedy = f"write {name}" if name else f"remove it; the keys here are {', '.join(known)}"
            self._notes.report("YA003", key, f"the key `{self._path(key.value)}` is not known", remedy=remedy)
        if len(unknown) > _UNKNOWN_KEYS_SHOWN:
            more = f"{len(unknown) - _UNKNOWN_KEYS_SHOWN} more keys are not known here"
            self._notes.report(
                "YA003", unknown[_UNKNOWN_KEYS_SHOWN], more, remedy=f"the keys here are {', '.join(known)}"
            )
        for names in missing:
            message = f"{one_of([f'`{self._path(name)}`' for name in names])} is missing"
            self._notes.report(
                "YA014", self.node, message, remedy=f"write {one_of([f'`{name}:`' for name in names])} and its value"
            )

    def _report_instead(self, key: Scalar, missing: list[tuple[str, ...]]) -> None:
        """Report the one key that resembles none, where others are missing: it probably stands for one of them."""
        absent = " and ".join(one_of([f"`{name}`" for name in names]) for names in missing)
        verb = "is" if len(missing) == 1 else "are"
        message = f"the key `{self._path(key.value)}` is not known, and {absent} {verb} missing"
        names = [name for names in missing for name in names]
        self._notes.report("YA003", key, message, remedy=f"write {one_of(names)}")

    def _given(self, name: str, *, required: bool) -> Node | None:
        assert self._known is None or name in self._known, f"{name} is not among the known keys"
        self._asked.add(name)
        entry = self.node.entries.get(name)
        if entry is None:
            if required:
                self._missing.append((name,))
            return None
        key, node = entry
        if not isinstance(node, Scalar) or not (node.is_null or not node.value.strip()):
            return node
        if required:
            self._notes.report(
                "YA014", key, f"`{self._path(name)}` has no value", remedy="write its value after the colon"
            )
        else:
            self._notes.report(
                "YA015", key, f"`{self._path(name)}` has no value", remedy="give it one, or remove the key"
            )
        return None

    def _as_text(self, node: Node, key: Spot, name: str) -> Scalar | None:
        if isinstance(node, Scalar) and not node.is_null:
            return node
        at = key if isinstance(node, Scalar) else node
        self._report_kind(name, at, kind(node), "text", "write text, in quotes if need be")
        return None

    def _report_kind(self, name: str, at: Spot, found: str, expected: str, remedy: str) -> None:
        self._notes.report("YA013", at, f"`{self._path(name)}` must be {expected}, not {found}", remedy=remedy)

    def _bad(self, scalar: Scalar, message: str, remedy: str) -> None:
        self._notes.report("YA016", scalar, message, remedy=remedy)

    def _path(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def _within(
        self, name: str, scalar: Scalar, value: Decimal, least: Decimal | int | None, most: Decimal | int | None
    ) -> bool:
        if least is not None and value < least:
            bound = f"{least} or more"
        elif most is not None and value > most:
            bound = f"{most} or less"
        else:
            return True
        self._bad(scalar, f"`{self._path(name)}` must be {bound}, not {scalar.value}", f"write {bound}")
        return False


def as_mapping(node: Node, notes: Notes, *, what: str) -> Mapping | None:
    """The node if it is a mapping; else None and a note. `what` begins its message: "a spec"."""
    if isinstance(node, Mapping):
        return node
    remedy = "write keys and values: `name: value`"
    notes.report("YA013", node, f"{what} must be a mapping, not {kind(node)}", remedy=remedy)
    return None


def _bounds(least: int | None, most: int | None) -> str:
    """What a whole number must be, as the end of a sentence that asks for one."""
    if least is not None and most is not None:
        return f" from {least} to {most}"
    if least is not None:
        return f", {least} or more"
    return ", such as 30" if most is None else f", {most} or less"


def _shown(scalar: Scalar) -> str:
    value = scalar.value.strip()
    return f"`{value}`" if len(value) <= 40 and "\n" not in value else f"`{value[:37].splitlines()[0]}...`"
