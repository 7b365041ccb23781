"""What the parser's complaint means and what to write instead: YA001.

libyaml says where it gave up, which is often the line after the mistake, and says it in its own terms. The usual
mistakes are recognised here from the text around that place; the rest is reported in the parser's words.
"""

import re
from dataclasses import dataclass

from yaml.error import MarkedYAMLError

from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.remedies import in_quotes
from sretool.yamltext.source import Source, Spot

Mistake = tuple[Spot, str, str]  # where, what is wrong, what to write instead

# A line up to its value: indent, dashes of lists, and a key with its colon where there is one.
_KEY = r"""(?:"[^"\n]*"|'[^'\n]*'|[^\s"'#{}\[\]][^:#\n]*):[ \t]+"""
_TO_VALUE = rf"[ \t]*(?:-[ \t]+)*(?:{_KEY})?"
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?![<=>])", re.MULTILINE)
_TEMPLATE = re.compile(_TO_VALUE + r"(\{\{[^\n]*)")
_VALUE_GOES_ON = re.compile(
    _TO_VALUE + r"""((?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'|\{[^}\n]*\}|\[[^\]\n]*\])[ \t]*[^\s#,:}\]][^\n]*)"""
)
_PLAIN_VALUE = re.compile(rf"[ \t]*(?:-[ \t]+)*{_KEY}([^\s\"'{{\[|>&*!#][^\n]*)")
_COLON_WITHOUT_SPACE = re.compile(r"[ \t]*(?:-[ \t]+)*([\w.-]+):(?=[^\s:/])([^\n]*)")
_QUOTE_OPENS_VALUE = re.compile(_TO_VALUE + r"""(["'])""")


@dataclass(frozen=True, slots=True)
class Failure:
    """What the parser said: its problem, what it was doing, and where (indices into the text) each of the two began."""

    source: Source
    problem: str
    doing: str
    at: int
    doing_at: int

    def match_line(self, pattern: re.Pattern[str], index: int) -> re.Match[str] | None:
        """Match a pattern at the start of the line of an index."""
        return pattern.match(self.source.text, self.line_start(index))

    def line_start(self, index: int) -> int:
        return self.source.line_start(self.source.line_number(index))

    def rest_of_line(self, index: int) -> str:
        return self.source.line(self.source.line_number(index))[index - self.line_start(index) :]

    def char(self, index: int) -> str:
        """The character at an index; "" at the end of the text."""
        return self.source.text[index : index + 1]

    def spot(self, start: int, length: int = 1) -> Spot:
        return Spot(self.source, start, start + length)


def report_syntax_error(error: MarkedYAMLError, source: Source, notes: Notes) -> None:
    """Report what made the parser raise, as exactly as it can be told."""
    at = error.problem_mark.index if error.problem_mark else 0
    doing_at = error.context_mark.index if error.context_mark else at
    failure = Failure(source, error.problem or "", error.context or "", at, doing_at)
    known = (mistake for recogniser in _RECOGNISERS if (mistake := recogniser(failure)) is not None)
    spot, message, remedy = next(known, None) or _unrecognised(failure)
    if not any(
        note.code == "YA017" and note.place == spot.place for note in notes.diagnostics
    ):  # one mistake, one note
        notes.report("YA001", spot, message, remedy=remedy)


def _conflict_mark(failure: Failure) -> Mistake | None:
    found = _CONFLICT.search(failure.source.text)
    if found is None:
        return None
    return failure.spot(found.start(), 7), "a merge conflict was left in the file", "resolve it and remove its marks"


def _tab(failure: Failure) -> Mistake | None:
    if failure.char(failure.at) != "\t":
        return None
    return failure.spot(failure.at), "a tab stands where YAML wants spaces", "indent with spaces"


def _template(failure: Failure) -> Mistake | None:
    found = failure.match_line(_TEMPLATE, failure.at)
    if found is None:
        return None
    return Spot(failure.source, *found.span(1)), "{{ opens a YAML mapping, not a template", in_quotes(found[1])


def _value_goes_on(failure: Failure) -> Mistake | None:
    found = failure.match_line(_VALUE_GOES_ON, failure.at)
    if found is None or found.start(1) > failure.at:
        return None
    opening = found[1][0]
    closing = {"{": "}", "[": "]"}.get(opening, opening)
    return failure.spot(failure.at), f"the value goes on after its closing {closing}", in_quotes(found[1])


def _unclosed_quote(failure: Failure) -> Mistake | None:
    if "quoted scalar" not in failure.doing or "unexpected end of stream" not in failure.problem:
        return None
    quote = failure.char(failure.doing_at)
    return (
        failure.spot(failure.doing_at),
        "the quote that opens here is never closed",
        f"write {quote} at the end of the value",
    )


def _quote_closed_by_the_next(failure: Failure) -> Mistake | None:
    """`a: "x` and below it `b: "y"`: the parser stumbles over y, since the quote before it closed the first value."""
    found = failure.match_line(_QUOTE_OPENS_VALUE, failure.at)
    if found is None or found.end() != failure.at:
        return None
    opening = failure.source.text.rfind(found[1], 0, found.start(1))
    if opening < 0 or opening > failure.line_start(failure.at):
        return None
    return (
        failure.spot(opening),
        "the quote that opens here is not closed on its line",
        f"write {found[1]} at the end of the value",
    )


def _colon_without_space(failure: Failure) -> Mistake | None:
    if "mapping values are not allowed" in failure.problem:
        found = failure.match_line(_COLON_WITHOUT_SPACE, max(0, failure.line_start(failure.at) - 1))
    elif "could not find expected ':'" in failure.problem:
        found = failure.match_line(_COLON_WITHOUT_SPACE, failure.doing_at)
    else:
        return None
    if found is None:
        return None
    return failure.spot(found.end(1)), "a space is missing after the colon", f"write {found[1]}: {found[2].strip()}"


def _colon_in_value(failure: Failure) -> Mistake | None:
    if "mapping values are not allowed" not in failure.problem:
        return None
    found = failure.match_line(_PLAIN_VALUE, failure.at)
    if found is None or found.start(1) > failure.at:
        return None
    return failure.spot(failure.at), "a value without quotes cannot hold a colon and a space", in_quotes(found[1])


def _deeper_than_above(failure: Failure) -> Mistake | None:
    start = failure.line_start(failure.at)
    key = failure.source.text[start : failure.at].lstrip()
    key_at = failure.at - len(key)
    above_at = failure.line_start(max(0, start - 1))
    above = failure.rest_of_line(above_at)
    if "mapping values are not allowed" not in failure.problem or key_at - start <= len(above) - len(above.lstrip()):
        return None
    message = "this key is indented deeper than the one above it, which has its value already"
    return failure.spot(key_at, len(key)), message, "align it with the key above"


def _neither_key_nor_item(failure: Failure) -> Mistake | None:
    if "could not find expected ':'" not in failure.problem:
        return None
    spot = failure.spot(failure.doing_at, len(failure.rest_of_line(failure.doing_at).rstrip()))
    remedy = "write key: value; if it goes on from the line above, indent it deeper"
    return spot, "this line is neither a key with its value nor a list item", remedy


def _misaligned(failure: Failure) -> Mistake | None:
    before = failure.source.text[failure.line_start(failure.at) : failure.at]
    if before.strip() or "parsing a block" not in failure.doing:
        return None
    message = "this line fits neither the key nor the list item above it"
    return failure.spot(failure.at), message, "align it with the line it belongs to"


def _unclosed_bracket(failure: Failure) -> Mistake | None:
    if "parsing a flow" not in failure.doing:
        return None
    opening_at = failure.doing_at if failure.char(failure.doing_at) in ("{", "[") else _left_open(failure)
    if opening_at is None:
        return None
    opening = failure.char(opening_at)
    closing = "}" if opening == "{" else "]"
    remedy = f"write {closing} where it ends, or put the whole value in quotes if it is text"
    return failure.spot(opening_at), f"the {opening} that opens here is not closed as it should be", remedy


def _left_open(failure: Failure) -> int | None:
    """At the end of the text, the last bracket that nothing closes, as far as brackets in quotes let it be told."""
    if failure.char(failure.at):
        return None
    closed = 0
    for index in range(failure.at - 1, max(-1, failure.at - 10_000), -1):
        closed += {"}": 1, "]": 1, "{": -1, "[": -1}.get(failure.char(index), 0)
        if closed < 0:
            return index
    return None


def _text_after_block_sign(failure: Failure) -> Mistake | None:
    if "scanning a block scalar" not in failure.doing:
        return None
    sign = failure.char(failure.doing_at)
    remedy = f"start the text on the next line, or put the whole value in quotes if {sign} belongs to it"
    return (
        failure.spot(failure.doing_at),
        f"{sign} begins a block of text, and nothing may follow it on its line",
        remedy,
    )


def _sign_of_yaml(failure: Failure) -> Mistake | None:
    if "cannot start any token" in failure.problem:
        at = failure.at
    elif "scanning an alias" in failure.doing or "scanning an anchor" in failure.doing:
        at = failure.doing_at
    else:
        return None
    message = f"a value without quotes cannot begin with {failure.char(at)}"
    return failure.spot(at), message, in_quotes(failure.rest_of_line(at))


def _unknown_escape(failure: Failure) -> Mistake | None:
    at = failure.source.text.rfind("\\", 0, failure.at + 1)
    if "unknown escape" not in failure.problem or at < 0:
        return None
    escape = failure.source.text[at : at + 2]
    return failure.spot(at, 2), f"{escape} is not an escape that YAML knows", f"write \\{escape}, or use single quotes"


def _list_on_the_line_of_its_key(failure: Failure) -> Mistake | None:
    if "sequence entries are not allowed" not in failure.problem:
        return None
    return failure.spot(failure.at), "a list cannot begin on the line of its key", "begin it on the next line"


def _unrecognised(failure: Failure) -> Mistake:
    doing = f" {failure.doing}" if failure.doing else ""
    message = f"YAML does not parse: {failure.problem}{doing}"
    return failure.spot(failure.at), message, "check the indentation, the quotes and the colons here and just above"


# Those that look at the text come first: they know better than the parser what was meant.
_RECOGNISERS = (
    _conflict_mark,
    _tab,
    _template,
    _unclosed_quote,
    _value_goes_on,
    _quote_closed_by_the_next,
    _colon_without_space,
    _colon_in_value,
    _deeper_than_above,
    _neither_key_nor_item,
    _unclosed_bracket,
    _text_after_block_sign,
    _sign_of_yaml,
    _unknown_escape,
    _list_on_the_line_of_its_key,
    _misaligned,
)
