"""The checks, one file each. A new one is a line here, a line in the table of codes, a page and its cases."""

from __future__ import annotations

from typing import Any, Final

from sretool.lint.check import Check
from sretool.lint.checks import no_comparison, promql_syntax, value_in_label

CHECKS: Final[tuple[Check[Any], ...]] = tuple(module.CHECK for module in (no_comparison, promql_syntax, value_in_label))
