"""A mistake of our own, in words that may be recorded and told to anybody."""

from __future__ import annotations

from types import TracebackType

_OURS = "sretool."


def bug_words(error: Exception) -> str:
    """Of which kind it is and where it came up; never what it says itself, for that may quote a key."""
    place = _place(error.__traceback__)
    return f"this is a bug of ours ({type(error).__name__}{f' at {place}' if place else ''}): please report it"


def _place(traceback: TracebackType | None) -> str:
    """The innermost line of ours, or nothing."""
    place = ""
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__", ""))
        if module.startswith(_OURS):
            place = f"{module}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
