"""The checks, one file each. A new one is a line here, a line in the table of codes, a page and its cases."""

from __future__ import annotations

from typing import Any, Final

from sretool.lint.check import Check
from sretool.lint.checks import (
    absent_compared,
    beyond_ratio,
    drift,
    duplicate_rule,
    empty_section,
    group_name,
    lost_label,
    mean_of_quantiles,
    mean_of_ratios,
    missing_runbook,
    newer_promql,
    no_comparison,
    no_runbook,
    promql_syntax,
    quantile,
    rate_of_sum,
    raw_counter,
    record_and_alert,
    regexp_as_text,
    rule_name,
    severity,
    short_range,
    template,
    value_in_label,
    window_in_name,
)

CHECKS: Final[tuple[Check[Any], ...]] = (
    record_and_alert.CHECK,
    group_name.CHECK,
    beyond_ratio.CHECK,
    mean_of_ratios.CHECK,
    promql_syntax.CHECK,
    newer_promql.CHECK,
    raw_counter.CHECK,
    rate_of_sum.CHECK,
    short_range.CHECK,
    quantile.CHECK,
    window_in_name.CHECK,
    regexp_as_text.CHECK,
    mean_of_quantiles.CHECK,
    absent_compared.CHECK,
    no_comparison.CHECK,
    lost_label.CHECK,
    value_in_label.CHECK,
    template.CHECK,
    severity.CHECK,
    rule_name.CHECK,
    duplicate_rule.CHECK,
    no_runbook.CHECK,
    missing_runbook.CHECK,
    empty_section.CHECK,
    drift.CHECK,
)
