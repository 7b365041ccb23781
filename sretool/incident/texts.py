"""Texts that can be written down and sent, whatever somebody typed or piped."""

from __future__ import annotations

from typing import Final

_UNKNOWN: Final = "\ufffd"


def well_formed(text: str) -> str:
    """A text without halves of signs: what Python makes of an argument's bytes that are no UTF-8, and JSON of half an
    emoji. No encoding has them, so whoever is to send one fails. Each becomes Unicode's sign for what is unknown.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_UNKNOWN if "\ud800" <= sign <= "\udfff" else sign for sign in text)
    return text
