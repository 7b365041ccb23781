"""When the recount lets the applier go first: as long as that is behind and gets on.

It asks only when to count, never what: nothing that the applier says has a part in what is recounted.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sretool import clock
from sretool.billing.directory import DataDirectory

BEHIND_US = 1_000_000
STANDS_STILL_SECONDS = 5.0


class GivingWay:
    """Looks at what the applier of a data directory publishes twice a second."""

    def __init__(
        self,
        directory: DataDirectory,
        *,
        now_us: Callable[[], int] = clock.now_us,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._now_us = now_us
        self._monotonic = monotonic
        self._applied = directory.status("applier").get("applied")
        self._moved_at = float("-inf")

    def is_due(self) -> bool:
        """Whether to wait. An applier that stands still, is stalled or dead is not waited for."""
        said = self._directory.status("applier")
        applied, watermark_us = said.get("applied"), said.get("watermark_us")
        if applied != self._applied:
            self._applied, self._moved_at = applied, self._monotonic()
        is_behind = watermark_us is not None and self._now_us() - watermark_us > BEHIND_US
        return is_behind and self._monotonic() - self._moved_at < STANDS_STILL_SECONDS
