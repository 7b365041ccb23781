"""Findings as SARIF 2.1.0, the format of OASIS that code hosts and editors read."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from typing import Any, Final
from urllib.parse import quote

from sretool.lint.linting import Report
from sretool.yamltext.codes import CODES, Level
from sretool.yamltext.diagnostics import Diagnostic

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final[dict[Level, str]] = {"error": "error", "warning": "warning", "info": "note"}


def sarif(report: Report, *, version: str, explained: dict[str, str]) -> str:
    """One run. `explained` are the pages of the codes that were found; what comments accepted is there as such."""
    told = [*report.findings, *(diagnostic for diagnostic, _ in report.accepted)]
    codes = sorted({diagnostic.code for diagnostic in told})
    seen: Counter[str] = Counter()
    results = [_result(diagnostic, codes, seen) for diagnostic in report.findings]
    for diagnostic, reason in report.accepted:
        accepted = {"kind": "inSource"} | ({"justification": reason} if reason else {})
        results.append(_result(diagnostic, codes, seen) | {"suppressions": [accepted]})
    driver = {
        "name": "sretool",
        "semanticVersion": version,
        "rules": [_rule(code, explained.get(code, "")) for code in codes],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(code: str, page: str) -> dict[str, Any]:
    known = CODES[code]
    help_text = {"help": {"text": page, "markdown": page}} if page else {}
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in known.slug.split("-")),
        "shortDescription": {"text": known.title},
        **help_text,
        "defaultConfiguration": {"level": _LEVELS[known.level]},
    }


def _result(diagnostic: Diagnostic, codes: list[str], seen: Counter[str]) -> dict[str, Any]:
    place = diagnostic.place
    region = {"startLine": place.line, "startColumn": place.column, "endColumn": max(place.end_column, place.column)}
    snippet = {"snippet": {"text": diagnostic.source_line}} if diagnostic.source_line else {}
    location = {"artifactLocation": {"uri": _uri(place.path)}, "region": region | snippet}
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": _LEVELS[diagnostic.level],
        "message": {"text": f"{diagnostic.message}\nremedy: {diagnostic.remedy}"},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"codeAndLine/v1": _fingerprint(diagnostic, seen)},
    }


def _uri(path: str) -> str:
    """A path as the reference that it is, relative where it was given so."""
    return quote(os.fsencode(path.removeprefix("./").replace("\\", "/")), safe="/~")


def _fingerprint(diagnostic: Diagnostic, seen: Counter[str]) -> str:
    """The same finding in the next commit, wherever its line has moved; the second of a kind is another one."""
    same = "\0".join((diagnostic.code, diagnostic.place.path, diagnostic.source_line.strip()))
    seen[same] += 1
    return hashlib.sha256(f"{same}\0{seen[same]}".encode(errors="replace")).hexdigest()[:32]
