"""What an Alertmanager posts to a webhook (version 4), as values. Pure.

Anybody may post anything: what is no notification is refused with a sentence, and no text of one can be long enough to
fill the ledger, or holds what a terminal would obey.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sretool.incident.events import SeenAlert

VERSION: Final = "4"
_KEY_LENGTH_MAX: Final = 1_024
_LABELS_MAX: Final = 64
_VALUE_LENGTH_MAX: Final = 1_024
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{1,64}")
_CUT: Final = "…"


class NoWebhook(ValueError):
    """What was received is no notification of an Alertmanager. The message says why."""


@dataclass(frozen=True, slots=True)
class Notification:
    """How a group of alerts stands. `group` is the Alertmanager's key of it, never empty, and neither are the alerts.

    `is_over`: it says that all of them have ended. `omitted` are so many that it does not show.
    """

    group: str
    alerts: tuple[SeenAlert, ...]
    is_over: bool
    omitted: int = 0


def notification(body: bytes) -> Notification:
    """Raises NoWebhook."""
    found = _object(body)
    version = found.get("version")
    if version != VERSION:
        raise NoWebhook(
            f'`version` must be "{VERSION}", as Alertmanager 0.4 and later write it, not {_quoted(version)}'
        )
    group = found.get("groupKey")
    if not isinstance(group, str) or not group:
        raise NoWebhook("`groupKey` must be the key of a group of alerts")
    alerts, omitted = found.get("alerts"), found.get("truncatedAlerts", 0)
    if not isinstance(alerts, list) or not alerts:
        raise NoWebhook("`alerts` must be a list of alerts, and not empty")
    if type(omitted) is not int or omitted < 0:
        raise NoWebhook(f"`truncatedAlerts` must be a number of alerts, not {_quoted(omitted)}")
    told = [_alert(alert, f"alerts[{place}]") for place, alert in enumerate(alerts)]
    once = {(alert.fingerprint, alert.started_at_utc): alert for alert in told}
    return Notification(_key(group), tuple(once.values()), _is_over(found.get("status")), omitted)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NoWebhook("its bytes are no UTF-8") from error
    except RecursionError as error:
        raise NoWebhook("it nests too deep") from error
    except ValueError as error:
        raise NoWebhook(f"it is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise NoWebhook("it is not a JSON object")
    return found


def _alert(found: object, where: str) -> SeenAlert:
    if not isinstance(found, dict):
        raise NoWebhook(f"`{where}` must be an object, not {_quoted(found)}")
    labels = _texts(found.get("labels"), f"{where}.labels")
    is_over = _is_over(found.get("status"), f"{where}.status")
    given = found.get("fingerprint")
    return SeenAlert(
        fingerprint=given if isinstance(given, str) and _FINGERPRINT.fullmatch(given) else _fingerprint(labels),
        name=_clean(labels.get("alertname", "")),
        labels=_kept(labels),
        annotations=_kept(_texts(found.get("annotations") or {}, f"{where}.annotations")),
        started_at_utc=_instant(found.get("startsAt"), f"{where}.startsAt"),
        # Of an alert that fires, the time is when it will count as ended unless it is heard of again.
        ended_at_utc=_instant(found.get("endsAt"), f"{where}.endsAt") if is_over else None,
    )


def _is_over(status: object, where: str = "status") -> bool:
    if status not in ("firing", "resolved"):
        raise NoWebhook(f"`{where}` must be firing or resolved, not {_quoted(status)}")
    return status == "resolved"


def _texts(found: object, where: str) -> dict[str, str]:
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise NoWebhook(f"`{where}` must be an object of texts")
    return found


def _instant(found: object, where: str) -> datetime:
    try:
        instant = datetime.fromisoformat(found) if isinstance(found, str) else None
        if instant is not None and instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # Told below, with what else may be wrong with it.
    raise NoWebhook(f"`{where}` must be an instant such as 2026-11-28T03:00:00Z, not {_quoted(found)}")


def _kept(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """So many as anybody reads, by name."""
    return tuple((_clean(name), _clean(texts[name])) for name in sorted(texts)[:_LABELS_MAX])


def _clean(text: str) -> str:
    """Without what a terminal would obey, and cut where nobody reads on."""
    short = text if len(text) <= _VALUE_LENGTH_MAX else text[: _VALUE_LENGTH_MAX - 1] + _CUT
    return "".join(letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in short)


def _key(group: str) -> str:
    """As it is; one that is too long to be kept is still nobody else's."""
    cleaned = _clean(group)
    if cleaned == group:
        return group
    return f"{cleaned[: _KEY_LENGTH_MAX - 80]}{_CUT} sha256:{_digest(group)}"


def _fingerprint(labels: Mapping[str, str]) -> str:
    """Of an Alertmanager that tells none, before 0.21."""
    return _digest(json.dumps(labels, sort_keys=True))[:16]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _quoted(found: object) -> str:
    """What was there instead, as short as a line allows."""
    return f"{found!r:.80}".encode("ascii", "backslashreplace").decode()
