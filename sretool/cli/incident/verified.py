"""What `verify` found, as lines, as Markdown and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sretool.incident.verify import Finding, Verified


def shown(found: Verified, output: str) -> str:
    if output == "json":
        return json.dumps(_as_json(found), indent=2, ensure_ascii=False)
    bullet = "- " if output == "markdown" else ""
    return "\n".join([*(f"{bullet}{finding}" for finding in found.findings), _total(found)])


def _total(found: Verified) -> str:
    damage = sum(not finding.is_note for finding in found.findings)
    verdict = "all as written" if found.is_sound else f"{damage} {'place is' if damage == 1 else 'places are'} wrong"
    events = f"{found.events:,} {'event' if found.events == 1 else 'events'}"
    return f"{events} of {found.writers} {'writer' if found.writers == 1 else 'writers'}: {verdict}"


def _as_json(found: Verified) -> dict[str, object]:
    return {
        "sound": found.is_sound,
        "events": found.events,
        "writers": found.writers,
        "findings": [_finding(finding) for finding in found.findings],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "path": str(finding.path),
        "line": finding.line or None,
        "words": finding.words,
        "level": "note" if finding.is_note else "error",
    }
