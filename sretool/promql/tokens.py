"""PromQL text to tokens, for every text there is.

What is no token of PromQL becomes a token of kind "unknown", so that its place can be shown; nothing raises.
Blanks and comments are left out. A template's placeholder (`$window`, `{{.window}}`) is a token of its own kind: it is
not PromQL, but specifications hold it where a duration will stand.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

Kind = Literal[
    "number",
    "duration",
    "string",
    "identifier",  # Keywords too: in PromQL nearly every keyword is also a name.
    "operator",
    "paren",
    "brace",
    "bracket",
    "comma",
    "colon",
    "at",
    "placeholder",
    "unknown",
    "end",  # Never from `tokenize`: a reader's sentinel after the last token.
]


class Token(NamedTuple):
    kind: Kind
    text: str
    start: int  # In characters of the text, from 0.
    end: int


# Quantifiers over text that a user writes are possessive or over disjoint classes: no text makes this slow.
_TOKEN: Final = re.compile(
    r"""
      [ \t\r\n]++ | \#[^\n]*+
    | (?P<identifier> (?!(?i:nan|inf)(?![A-Za-z0-9_:])) [A-Za-z_][A-Za-z0-9_:]*+ )
    | (?P<string> "[^"\\\n]*+(?>(?:\\[^\n][^"\\\n]*+)*)" | '[^'\\\n]*+(?>(?:\\[^\n][^'\\\n]*+)*)' | `[^`]*+` )
    | (?P<operator> =~ | !~ | == | != | <= | >= | </ | >/ | [-+*/%^<>=] )
    | (?P<comma> , )
    | (?P<paren> [()] )
    | (?P<placeholder> \{\{[^{}\n]*+\}\} | \$\{[^{}\s]*+\} | \$[A-Za-z0-9_]++ )
    | (?P<brace> [{}] )
    | (?P<bracket> [\[\]] )
    | (?P<duration> (?>(?:[0-9]++(?:ms|[smhdwy]))+) (?![A-Za-z0-9_.]) )
    | (?P<number> (?i:nan|inf)
                | (?: 0[xX][0-9a-fA-F]++ | (?:[0-9]++(?>(?:\.[0-9]*+)?)|\.[0-9]++)(?>(?:[eE][+-]?+[0-9]++)?) )
                  (?![A-Za-z0-9_.]) )
    # A name may begin with a colon, or be one. The colon before a step stands in brackets, where no name is.
    | (?P<colon> (?<=[A-Za-z0-9_}]): | :(?=(?:[^\[\]"'`\#]|\#[^\n]*+\n){0,80}\]) )
    | (?P<colon_name> :[A-Za-z0-9_:]*+ )
    | (?P<at> @ )
    | (?P<unknown> ["'][^\n]*+ | `[^`]*+ | [0-9.][A-Za-z0-9_.]*+ | && | \|\| | [^\x00-\x7f]++ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS: Final[dict[str, Kind]] = {
    "identifier": "identifier",
    "colon_name": "identifier",
    "string": "string",
    "operator": "operator",
    "comma": "comma",
    "paren": "paren",
    "placeholder": "placeholder",
    "brace": "brace",
    "bracket": "bracket",
    "duration": "duration",
    "number": "number",
    "colon": "colon",
    "at": "at",
    "unknown": "unknown",
}


def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of `text` in order; between two of them stand only blanks and comments."""
    return tuple(
        [
            Token(_KINDS[found.lastgroup], found.group(), found.start(), found.end())
            for found in _TOKEN.finditer(text)
            if found.lastgroup is not None
        ]
    )


def is_duration(text: str) -> bool:
    """5m or 1h30m, and neither 5 nor 0x5d, of which some servers make durations too."""
    return text[-1:] in ("s", "m", "h", "d", "w", "y") and text[:2] not in ("0x", "0X")
