"""What a template may name in an alert. Functions were asked of promtool; the page of newer ones is its changelog."""

from __future__ import annotations

from typing import Final

from sretool.promql.release import Version

KEYWORDS: Final = frozenset(
    ("block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with")
)
_OF_GO: Final = "and call eq ge gt html index js le len lt ne not or print printf println slice urlquery"
# `tmpl` is for consoles alone.
_OF_PROMETHEUS: Final = """
    args externalURL first graphLink humanize humanize1024 humanizeDuration humanizePercentage humanizeTimestamp label
    match parseDuration pathPrefix query reReplaceAll safeHtml sortByLabel stripDomain stripPort strvalue tableLink
    title toLower toTime toUpper value
"""
FUNCTIONS: Final = frozenset((*_OF_GO.split(), *_OF_PROMETHEUS.split()))
NEWER: Final[dict[str, Version]] = {"now": (3, 6), "toDuration": (3, 6), "urlQueryEscape": (3, 8)}
ELSE_WITH: Final[Version] = (3, 0)  # The first that is built with a Go that has {{ else with }}.

# Prometheus declares the named ones before the text of each label and annotation.
VARIABLES: Final = ("$", "$labels", "$externalLabels", "$externalURL", "$value")
