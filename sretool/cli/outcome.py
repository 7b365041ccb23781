"""How a command ends. `main` alone turns these into exits.

0 fine · 1 found something (drift, findings, a closed gate) · 2 your input is wrong · 3 the world did not answer
70 our bug · 75 accepted locally, delivery queued
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    FINE = 0
    FOUND = 1
    WRONG_INPUT = 2
    NO_ANSWER = 3
    OUR_BUG = 70
    QUEUED = 75


class Stop(Exception):
    """End the command with this code. A message, if any, is one line for stderr; results are printed already."""

    def __init__(self, code: Exit, message: str = "") -> None:
        super().__init__(message)
        self.code = code
