"""What a quoted PromQL string stands for. PromQL quotes as Go does; backquotes keep their text as it is."""

from __future__ import annotations

import re
from typing import Final

_ESCAPE: Final = re.compile(
    rb"""\\(?: (?P<octal>[0-7]{3}) | x(?P<byte>[0-9a-fA-F]{2})
             | u(?P<short>[0-9a-fA-F]{4}) | U(?P<long>[0-9a-fA-F]{8}) | (?P<plain>.) )""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN: Final = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def unquoted(literal: str) -> str:
    """The value of a string token. Bytes that are not UTF-8 (from `\\xff`) become U+FFFD."""
    inside = literal[1:-1]
    if literal[0] == "`" or "\\" not in inside:
        return inside
    return _ESCAPE.sub(_meaning, inside.encode(errors="replace")).decode(errors="replace")


def _meaning(escape: re.Match[bytes]) -> bytes:
    if escape["plain"] is not None:
        return _PLAIN.get(escape["plain"], escape["plain"])
    if escape["octal"] is not None:
        return bytes([int(escape["octal"], 8) & 0xFF])
    if escape["byte"] is not None:
        return bytes([int(escape["byte"], 16)])
    code = int(escape["short"] or escape["long"], 16)
    return chr(code).encode(errors="replace") if code <= 0x10FFFF else b"\xef\xbf\xbd"
