"""From an offset in a scalar's value back to the file, past escapes, doubled quotes, folded lines and indentation."""

import re

_BREAK = "(?:\r\n|[\n\r\x85\u2028\u2029])"
_COUNTED_BREAK = re.compile(_BREAK)
_FOLD = f"(?P<fold>[ \t]*+(?:{_BREAK}[ \t]*+)++)"
_BLANKS = "(?P<same>[ \t]++"

_PLAIN = re.compile(f"{_FOLD}|{_BLANKS}|[^ \t\r\n\x85\u2028\u2029]++)")
_SINGLE_QUOTED = re.compile(f"(?P<one>'')|{_FOLD}|{_BLANKS}|[^ \t\r\n\x85\u2028\u2029']++)")
_DOUBLE_QUOTED = re.compile(
    rf"(?P<joined>\\{_BREAK}[ \t]*+(?:{_BREAK}[ \t]*+)*+)|(?P<one>\\(?:x..|u.{{4}}|U.{{8}}|.))"
    rf"|{_FOLD}|{_BLANKS}|[^ \t\r\n\x85\u2028\u2029\\]++)"
)


def value_positions(raw: str, value: str, style: str) -> list[int] | None:
    """For each character of `value`, its index in `raw` (the scalar as it is written), and one more for the end.

    None when the two cannot be brought together.
    """
    match style:
        case "":
            positions = _flow_positions(_PLAIN, raw, 0, len(raw))
        case "'":
            positions = _flow_positions(_SINGLE_QUOTED, raw, 1, len(raw) - 1)
        case '"':
            positions = _flow_positions(_DOUBLE_QUOTED, raw, 1, len(raw) - 1)
        case _:
            positions = _block_positions(raw, value)
    return positions if len(positions) == len(value) + 1 else None


def _flow_positions(atoms: re.Pattern[str], raw: str, start: int, end: int) -> list[int]:
    positions: list[int] = []
    for atom in atoms.finditer(raw, start, end):
        match atom.lastgroup:
            case "same":
                positions.extend(range(atom.start(), atom.end()))
            case "one":
                positions.append(atom.start())
            case "fold":  # one break is a space; each further one is a newline
                positions.extend([atom.start()] * max(1, _breaks(atom) - 1))
            case _:  # an escaped break joins two lines; each further one is a newline
                positions.extend([atom.start()] * (_breaks(atom) - 1))
    return [*positions, end]


def _breaks(atom: re.Match[str]) -> int:
    return len(_COUNTED_BREAK.findall(atom.group()))


def _block_positions(raw: str, value: str) -> list[int]:
    """Block scalars keep every line verbatim from its first visible character on; only what is between lines changes.

    So each line is found in the value, and what lies between two points at the end of the first.
    """
    positions: list[int] = []
    line_end = len(raw)
    for start, end in _lines_after_header(raw):
        text = raw[start:end].lstrip(" ")
        if not text.strip():
            continue
        at = value.find(text, len(positions))
        if at < 0:
            return []
        between = value[len(positions) : at]
        indent = _indent_kept(between, at_start=not positions)
        first = end - len(text)
        positions.extend([line_end if positions else first - indent] * (len(between) - indent))
        positions.extend(range(first - indent, end))
        line_end = end
    return [*positions, *[line_end] * (len(value) + 1 - len(positions))]


def _indent_kept(between: str, *, at_start: bool) -> int:
    """How many of the spaces before a line belong to its own indentation: those after a newline, not a folded break."""
    spaces = len(between) - len(between.rstrip(" "))
    return spaces if between.rstrip(" ").endswith("\n") or (at_start and spaces == len(between)) else 0


def _lines_after_header(raw: str) -> list[tuple[int, int]]:
    ends = [match.span() for match in _COUNTED_BREAK.finditer(raw)]
    starts = [after for _, after in ends]
    return list(zip(starts, [*(before for before, _ in ends[1:]), len(raw)], strict=True)) if starts else []
