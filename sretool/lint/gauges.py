"""Which metrics are gauges by their names, as far as everybody keeps to these names."""

from __future__ import annotations

import re
from typing import Final

# Units and endings that no counter has, by the conventions of Prometheus. Bytes and seconds are counted as well.
_ENDING: Final = re.compile(r"_(?:ratio|percent|celsius|info|timestamp(?:_seconds)?|start_time_seconds|created)$")
# What Prometheus itself and the libraries of its clients write of every target.
_EVERYWHERE: Final = frozenset(
    (
        "up",
        "scrape_duration_seconds",
        "scrape_samples_scraped",
        "scrape_samples_post_metric_relabeling",
        "process_open_fds",
        "process_max_fds",
        "process_resident_memory_bytes",
        "process_virtual_memory_bytes",
        "go_goroutines",
        "go_threads",
    )
)


def is_gauge_by_name(name: str) -> bool:
    """False says nothing. What is recorded has names of another kind."""
    return name in _EVERYWHERE or (":" not in name and _ENDING.search(name) is not None)
