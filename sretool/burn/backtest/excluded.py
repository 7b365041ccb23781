"""Time that does not count, as the rules have it: an exclusion, and for as long after it as a rate looks back into it.

Worked out here and not by the server, which would need minutes for what is recorded one moment at a time.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sretool import clock
from sretool.model.period import WEEK_SECONDS, Exclusion, OneOff, WeeklySchedule
from sretool.rules.calendar import FIRST_YEAR, LAST_YEAR
from sretool.rules.timing import TILE, Timing

Times = NDArray[np.int64]

_MONDAY_SECONDS: Final = 3 * 86_400  # 1970-01-01 was a Thursday: three days after a Monday.


def excluded(exclusions: tuple[Exclusion, ...], timing: Timing, times: Times) -> NDArray[np.bool_]:
    """Of Unix times, which do not count."""
    longer = int((TILE + timing.scrape_interval).seconds)
    found = np.zeros(len(times), dtype=bool)
    for exclusion in exclusions:
        match exclusion.when:
            case OneOff(start, end):
                found |= (times >= round(start.timestamp())) & (times < round(end.timestamp()) + longer)
            case WeeklySchedule(spans, zone):
                second = (times + _offsets(zone, times) + _MONDAY_SECONDS) % WEEK_SECONDS
                for span in spans:
                    found |= (second - span.start_second) % WEEK_SECONDS < span.length_seconds + longer
    return found


def _offsets(zone: str, times: Times) -> Times:
    """The zone's seconds from UTC at each time."""
    start, changes = clock.offsets(zone, first_year=FIRST_YEAR, last_year=LAST_YEAR)
    offsets = np.cumsum([start, *(grows for _, grows in changes)])
    found: Times = offsets[np.searchsorted([at for at, _ in changes], times, side="right")]
    return found
