"""Which release of Prometheus: pairs of numbers, which compare as the releases do."""

from __future__ import annotations

from typing import Final

Version = tuple[int, int]

OLDEST: Final[Version] = (2, 42)  # Our alerts have keep_firing_for, which it brought.
