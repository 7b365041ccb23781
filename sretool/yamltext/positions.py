"""From an offset in a scalar's value back to the file, past escapes, doubled quotes, folded lines and indentation."""

import re

_BREAK = "(?:\r\n|[\n\r\x85\u2028\u2029])"
_COUNTED_BREAK = re.compile(_BREAK)
_FOLD = f"(?P<fold>[ \t]*+(?>(?:{_BREAK}[ \t]*+)+))"
_BLANKS = "(?P<same>[ \t]++"

_PLAIN = re.compile(f"{_FOLD}|{_BLANKS}|[^ \t\r\n\x85\u2028\u2029]++)")
_SINGLE_QUOTED = re.compile(f"(?P<one>'')|{_FOLD}|{_BLANKS}|[^ \t\r\n\x85\u2028\u2029']++)")
_DOUBLE_QUOTED = re.compile(
    rf"(?P<joined>\\{_BREAK}[ \t]*+(?>(?:{_BREAK}[ \t]*+)*))|(?P<one>\\(?:x..|u.{{4}}|U.{{8}}|.))"
    rf"|{_FOLD}|{_BLANKS}|[^ \t\r\n\x85\u2028\u2029\\]++)"
)


Span = tuple[int, int]  # start and end


def value_spans(raw: str, value: str, style: str) -> list[Span] | None:
    """For each character of `value`, where it stands in `raw`, the scalar as it is written.

    None when the two cannot be brought together.
    """
    match style:
        case "":
            spans = _flow_spans(_PLAIN, raw, 0, len(raw))
        case "'":
            spans = _flow_spans(_SINGLE_QUOTED, raw, 1, len(raw) - 1)
        case '"':
            spans = _flow_spans(_DOUBLE_QUOTED, raw, 1, len(raw) - 1)
        case _:
            spans = _block_spans(raw, value)
    return spans if len(spans) == len(value) else None


def _flow_spans(atoms: re.Pattern[str], raw: str, start: int, end: int) -> list[Span]:
    spans: list[Span] = []
    for atom in atoms.finditer(raw, start, end):
        match atom.lastgroup:
            case "same":
                spans.extend((index, index + 1) for index in range(atom.start(), atom.end()))
            case "one":
                spans.append(atom.span())
            case "fold":  # one break is a space; each further one is a newline
                spans.extend([atom.span()] * max(1, _breaks(atom) - 1))
            case _:  # an escaped break joins two lines; each further one is a newline
                spans.extend([atom.span()] * (_breaks(atom) - 1))
    return spans


def _breaks(atom: re.Match[str]) -> int:
    return len(_COUNTED_BREAK.findall(atom.group()))


def _block_spans(raw: str, value: str) -> list[Span]:
    """Block scalars keep every line verbatim from its first visible character on; only what is between lines changes.

    So each line is found in the value, and what lies between two points at the end of the first.
    """
    spans: list[Span] = []
    line_end = 0
    for start, end in _lines_after_header(raw):
        text = raw[start:end].lstrip(" ")
        if not text.strip():
            continue
        at = value.find(text, len(spans))
        if at < 0:
            return []
        between = value[len(spans) : at]
        indent = _indent_kept(between, at_start=not spans)
        spans.extend([(line_end, line_end)] * (len(between) - indent))
        spans.extend((index, index + 1) for index in range(end - len(text) - indent, end))
        line_end = end
    return [*spans, *[(line_end, line_end)] * (len(value) - len(spans))]


def _indent_kept(between: str, *, at_start: bool) -> int:
    """How many of the spaces before a line belong to its own indentation: those after a newline, not a folded break."""
    above = between.rstrip(" ")
    return len(between) - len(above) if above.endswith("\n") or (at_start and not above) else 0


def _lines_after_header(raw: str) -> list[Span]:
    ends = [match.span() for match in _COUNTED_BREAK.finditer(raw)]
    starts = [after for _, after in ends]
    return list(zip(starts, [*(before for before, _ in ends[1:]), len(raw)], strict=True)) if starts else []
