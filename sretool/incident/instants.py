"""When something happened, as somebody says it who was there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_OF_DAY: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")


def last_at(text: str, now: datetime) -> datetime | None:
    """The last time that it was so late, in UTC: `03:00` is today's, or yesterday's if that is still to come.

    None where the text is no time of day.
    """
    found = _OF_DAY.fullmatch(text)
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    today = now.astimezone(UTC).replace(hour=hour, minute=minute, second=second, microsecond=0)
    return today if today <= now else today - timedelta(days=1)
