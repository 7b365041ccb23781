"""Words that mean something to PromQL, in small letters."""

from __future__ import annotations

from typing import Final

AGGREGATORS: Final = frozenset(
    {"avg", "count", "group", "max", "min", "stddev", "stdvar", "sum"}
    # With a parameter; the last two are experimental.
    | {"bottomk", "count_values", "quantile", "topk", "limit_ratio", "limitk"}
)
NO_METRIC_NAME: Final = frozenset(("bool", "on", "ignoring", "group_left", "group_right", "atan2"))
# What cannot stand alone as a metric's name, whatever its case.
RESERVED: Final = AGGREGATORS | NO_METRIC_NAME | {"and", "or", "unless", "by", "without", "offset", "nan", "inf"}
