"""Events as JSON objects, and back. What a field may hold is said once, below, for both directions.

A value that is its field's default is not written, and a field that is not known is passed over: so a later version may
say more of a thing without breaking this one. A kind that is not known is told apart from what is broken. Texts are
well-formed on both ways: what nobody could send is neither written nor read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, get_args

from sretool.incident.events import (
    KINDS,
    SEVERITIES,
    Action,
    Event,
    Happening,
    Origin,
    Outcome,
    Reading,
    Route,
    SeenAlert,
)
from sretool.incident.texts import well_formed

VERSION: Final = 1


class Undecodable(ValueError):
    """No event can be made of this. The message says what is wrong."""


class Malformed(Undecodable):
    """Nothing that any version of sretool has written."""


class Newer(Undecodable):
    """Written by a version of sretool that knows more than this one."""


def encode(event: Event) -> dict[str, Any]:
    """What stands in a line of the ledger, beside its place in the chain."""
    kind = _NAMES[type(event.happening)]
    return {"v": VERSION} | _written(event, _EVENT) | {"kind": kind, "what": _written(event.happening, _WHAT[kind])}


def decode(line: Mapping[str, Any]) -> Event:
    """Raises Malformed or Newer."""
    version = line.get("v")
    if type(version) is not int or version < 1:
        raise Malformed(f"`v` must be the version of the line, such as {VERSION}, not {version!r}")
    kind = line.get("kind")
    if version > VERSION or (isinstance(kind, str) and kind not in KINDS):
        raise Newer(f"it is of a newer sretool (version {version}, kind {kind}): this one knows version {VERSION}")
    if not isinstance(kind, str):
        raise Malformed(f"`kind` must be the name of a kind, not {kind!r}")
    what = line.get("what")
    if not isinstance(what, dict):
        raise Malformed("`what` must be an object")
    happening = _read(what, KINDS[kind], _WHAT[kind], where="what.")
    return Event(happening=happening, **_values(line, Event, _EVENT, where=""))


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a value is written, and read again; `read` raises ValueError or TypeError for what it is not."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any] = lambda value: value


def _written(value: object, shapes: Mapping[str, _Shape]) -> dict[str, Any]:
    defaults = _DEFAULTS[type(value)]
    return {
        name: shape.write(field)
        for name, shape in shapes.items()
        if (field := getattr(value, name)) != defaults.get(name, MISSING)
    }


def _read(found: Any, kind: type[Any], shapes: Mapping[str, _Shape], *, where: str) -> Any:
    if not isinstance(found, dict):
        raise Malformed(f"`{where.removesuffix('.')}` must be an object")
    return kind(**_values(found, kind, shapes, where=where))


def _values(found: Mapping[str, Any], kind: type[Any], shapes: Mapping[str, _Shape], *, where: str) -> dict[str, Any]:
    values = {}
    for name, shape in shapes.items():
        if name in found:
            try:
                values[name] = shape.read(found[name])
            except Undecodable:
                raise
            except (ValueError, TypeError) as error:
                raise Malformed(f"`{where}{name}` {error}") from error
        elif name not in _DEFAULTS[kind]:
            raise Malformed(f"`{where}{name}` is missing")
    return values


def _text(found: Any) -> str:
    if not isinstance(found, str):
        raise ValueError(f"must be a text, not {found!r:.80}")
    return well_formed(found)


def _flag(found: Any) -> bool:
    if not isinstance(found, bool):
        raise ValueError(f"must be true or false, not {found!r:.80}")
    return found


def _one_of(allowed: tuple[str, ...]) -> _Shape:
    def read(found: Any) -> str:
        if found not in allowed:
            raise ValueError(f"must be one of {', '.join(filter(None, allowed))}, not {found!r:.80}")
        return _text(found)

    return _Shape(read)


def _instant(found: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(_text(found))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError(f"must be an instant such as 2026-11-28T03:00:00Z, not {found!r:.80}")
    return instant.astimezone(UTC)


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _decimal(found: Any) -> Decimal:
    try:
        number = Decimal(_text(found))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"must be a number, as a text, not {found!r:.80}")
    return number


def _many(one: _Shape) -> _Shape:
    def read(found: Any) -> tuple[Any, ...]:
        if not isinstance(found, list):
            raise ValueError(f"must be a list, not {found!r:.80}")
        return tuple(map(one.read, found))

    return _Shape(read, lambda values: [one.write(value) for value in values])


def _pairs(value: _Shape) -> _Shape:
    def read(found: Any) -> tuple[tuple[str, Any], ...]:
        if not isinstance(found, dict):
            raise ValueError(f"must be an object, not {found!r:.80}")
        return tuple((well_formed(name), value.read(held)) for name, held in found.items())

    return _Shape(read, lambda pairs: {well_formed(name): value.write(held) for name, held in pairs})


def _nested(kind: type[Any], shapes: Mapping[str, _Shape]) -> _Shape:
    return _Shape(
        lambda found: _read(found, kind, shapes, where=f"{kind.__name__}."), lambda value: _written(value, shapes)
    )


TEXT: Final = _Shape(_text, well_formed)
INSTANT: Final = _Shape(_instant, instant_text)
ENDED: Final = _Shape(lambda found: None if found is None else _instant(found), instant_text)
NUMBER: Final = _Shape(_decimal, str)
SEVERITY: Final = _one_of(SEVERITIES)

_ALERT: Final = {
    "fingerprint": TEXT,
    "name": TEXT,
    "labels": _pairs(TEXT),
    "annotations": _pairs(TEXT),
    "started_at_utc": INSTANT,
    "ended_at_utc": ENDED,
}
_READING: Final = {
    "slo": TEXT,
    "verdict": TEXT,
    "budget_left": NUMBER,
    "burn_rates": _pairs(NUMBER),
    "firing": _many(TEXT),
    "doubts": _many(TEXT),
    "runbook": TEXT,
}
_EVENT: Final = {
    "event_id": TEXT,
    "incident_id": TEXT,
    "occurred_at_utc": INSTANT,
    "recorded_at_utc": INSTANT,
    "actor": TEXT,
    "origin": _one_of(get_args(Origin)),
    "tells": _many(_one_of(get_args(Action))),
}
# By the name that a line has for a kind of happening.
_WHAT: Final[Mapping[str, Mapping[str, _Shape]]] = {
    "opened": {
        "title": TEXT,
        "severity": SEVERITY,
        "severity_reason": TEXT,
        "service": TEXT,
        "slo": TEXT,
        "group": TEXT,
    },
    "severity_set": {"severity": SEVERITY, "reason": TEXT},
    "acknowledged": {"by": TEXT},
    "noted": {"text": TEXT},
    "alerts_seen": {"alerts": _many(_nested(SeenAlert, _ALERT))},
    "snapshot": {"at_utc": INSTANT, "readings": _many(_nested(Reading, _READING)), "failure": TEXT},
    "resolved": {"resolution": TEXT},
    "delivery_tried": {
        "delivery_id": TEXT,
        "outcome": _one_of(get_args(Outcome)),
        "words": TEXT,
        "route": _one_of(get_args(Route)),
        "reference": TEXT,
        "url": TEXT,
        "may_be_done": _Shape(_flag),
    },
    "postmortem_written": {"path": TEXT},
}
_NAMES: Final[dict[type[Happening], str]] = {kind: name for name, kind in KINDS.items()}
_DEFAULTS: Final[dict[type[Any], dict[str, Any]]] = {
    kind: {field.name: field.default for field in fields(kind) if field.default is not MISSING}
    for kind in (Event, SeenAlert, Reading, *KINDS.values())
}
