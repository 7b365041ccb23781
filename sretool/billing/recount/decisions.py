"""Which decisions can be followed, as the recount reads the words of the service's README, "What a decision says".

What cannot be read decides nothing. This is written apart from what the applier and the biller ask, and has to agree
with it on every record: a cut that only one of them counts would part all that comes after it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from sretool.billing.journal import Kind, Record
from sretool.billing.recount.rating import exact, scale
from sretool.billing.recount.reading import Unreadable
from sretool.clock import UnknownZone, zone
from sretool.money import EXPONENTS

_Holds = Callable[[Any], bool]

END_US = 7_258_118_400_000_000  # 2200-01-01
NESTED_MAX = 32
MINOR_MAX = 10**15
PRICES = ("fixed", "per_unit", "graduated", "volume", "package")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}").fullmatch
_DECIMAL = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,12})?").fullmatch
_DAY = re.compile(r"(20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}").fullmatch
_SHA256 = re.compile(r"[0-9a-f]{64}").fullmatch


def decision(record: Record) -> dict[str, Any]:
    """What a control record says. Raises Unreadable."""
    try:
        said = json.loads(record.body.decode(), parse_float=_none, parse_constant=_none)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    if not _is_plain(said, NESTED_MAX):
        raise Unreadable("a value that no decision has: half a character, a number too large, or nested too deeply")
    body = _object(said, _FIELDS[record.kind], place=record.kind.name)
    _AS_A_WHOLE[record.kind](body)
    return body


def _none(text: str) -> Any:
    raise Unreadable(f"{text[:40]} is no whole number")


def _is_plain(value: Any, levels: int) -> bool:
    match value:
        case bool() | None:
            return True
        case int():
            return -(2**63) <= value < 2**63
        case str():
            return not any("\ud800" <= character <= "\udfff" for character in value) if not value.isascii() else True
        case dict():
            return levels > 0 and all(_is_plain(k, levels) and _is_plain(v, levels - 1) for k, v in value.items())
        case list():
            return levels > 0 and all(_is_plain(each, levels - 1) for each in value)
    return False


def _object(value: Any, fields: Mapping[str, _Holds], *, place: str) -> dict[str, Any]:
    """The value, if it is an object whose fields hold what they have to."""
    if type(value) is not dict:
        raise Unreadable(f"{place} is an object")
    for name, holds in fields.items():
        if name not in value or not holds(value[name]):
            raise Unreadable(f"{name} of {place}")
    return value


def _each(value: Any, fields: Mapping[str, _Holds], *, place: str) -> Sequence[dict[str, Any]]:
    if type(value) is not list:
        raise Unreadable(f"{place} are a list")
    return [_object(each, fields, place=place) for each in value]


def _named(value: Mapping[str, Any], *, place: str) -> Mapping[str, Any]:
    for name in value:
        if not _NAME(name):
            raise Unreadable(f"the name {name[:40]!r} in {place}")
    return value


def _text(value: Any) -> bool:
    return type(value) is str


def _whole(value: Any) -> bool:
    return type(value) is int


def _truth(value: Any) -> bool:
    return type(value) is bool


def _dict(value: Any) -> bool:
    return type(value) is dict


def _list(value: Any) -> bool:
    return type(value) is list


def _instant(value: Any) -> bool:
    return type(value) is int and 0 <= value < END_US


def _between(low: int, high: int) -> _Holds:
    return lambda value: type(value) is int and low <= value <= high


def _like(shape: Callable[[str], object]) -> _Holds:
    return lambda value: type(value) is str and bool(shape(value))


def _or_null(holds: _Holds) -> _Holds:
    return lambda value: value is None or holds(value)


def _one_of(*texts: str) -> _Holds:
    return lambda value: type(value) is str and value in texts


def _day(value: Any) -> bool:
    if type(value) is not str or not _DAY(value):
        return False
    try:
        return bool(date.fromisoformat(value))
    except ValueError:
        return False


def _month(value: Any) -> bool:
    return type(value) is str and _day(f"{value}-01")


def _zone(value: Any) -> bool:
    try:
        return type(value) is str and bool(zone(value))
    except UnknownZone:
        return False


def _currency(value: Any) -> bool:
    return type(value) is str and value in EXPONENTS


def _filter(value: Any) -> bool:
    return type(value) is dict and all(type(wanted) in (str, int, bool) for wanted in value.values())


_price = _like(_DECIMAL)
_WHICH = {"position": _between(0, 2**53 - 1), "index": _between(0, 99)}
_FIELDS: Mapping[Kind, Mapping[str, _Holds]] = {
    Kind.CATALOG: {"catalog": _dict},
    Kind.GRANT: dict.fromkeys(("id", "tenant", "customer", "reason", "amount"), _text)
    | {"currency": _currency, "priority": _whole, "effective_us": _instant, "expires_us": _or_null(_instant)},
    Kind.CUT: dict.fromkeys(("start_us", "end_us", "as_of_us"), _instant) | {"final": _truth},
    Kind.VOID: {"invoice": _text, "reason": _text, "reissue": _truth, "recut": _truth},
    Kind.RELEASE: _WHICH,
    Kind.DISCARD: _WHICH | {"reason": _text},
}
_CATALOG = dict.fromkeys(("grace_us", "deadline_us"), _instant) | dict.fromkeys(
    ("tenants", "meters", "customers", "plans"), _dict
)
_TENANT = {"rate": _between(1, 2**63), "keys": _list}
_KEY = {"id": _like(_NAME), "sha256": _like(_SHA256)}
_METER = {
    "event_type": _text,
    "aggregation": _one_of("count", "sum", "max", "latest", "unique"),
    "property": _or_null(_text),
    "filter": _filter,
}
_CUSTOMER = {
    "zone": _zone,
    "currency": _currency,
    "plan": _text,
    "from": _day,
    "to": _or_null(_day),
    "commits": _list,
}
_COMMIT = {
    "id": _like(_NAME),
    "kind": _one_of("prepaid", "postpaid"),
    "amount": _text,
    "from": _month,
    "periods": _between(1, 120),
}
_VERSION = {"from": _day, "currency": _currency, "minimum": _or_null(_price), "lines": _list}
_LINE = {"id": lambda value: _like(_NAME)(value) and value != "minimum"}


def _catalog(body: Mapping[str, Any]) -> None:
    catalog = _object(body["catalog"], _CATALOG, place="catalog")
    for tenant in _named(catalog["tenants"], place="tenants").values():
        _each(_object(tenant, _TENANT, place="tenant")["keys"], _KEY, place="keys")
    for meter in _named(catalog["meters"], place="meters").values():
        _object(meter, _METER, place="meter")
    for versions in _named(catalog["plans"], place="plans").values():
        for version in _each(versions, _VERSION, place="versions"):
            _lines(version["lines"], catalog["meters"])
    for of_tenant in _named(catalog["customers"], place="customers").values():
        for customer in _object(of_tenant, {}, place="customers").values():
            _customer(_object(customer, _CUSTOMER, place="customer"), catalog["plans"])


def _customer(customer: Mapping[str, Any], plans: Mapping[str, Any]) -> None:
    if customer["plan"] not in plans:
        raise Unreadable(f"there is no plan {customer['plan'][:40]!r}")
    commits = _each(customer["commits"], _COMMIT, place="commits")
    _once(commits)
    for commit in commits:
        _amount(commit["amount"], customer["currency"])


def _lines(said: Sequence[Any], meters: Mapping[str, Any]) -> None:
    lines = _each(said, _LINE, place="lines")
    _once(lines)
    for line in lines:
        given = [name for name in PRICES if name in line]
        if len(given) != 1 or not _is_price(given[0], line[given[0]]):
            raise Unreadable(f"the price of line {line['id']}")
        if not _text(line.get("meter", "")) or (given != ["fixed"] and line.get("meter") not in meters):
            raise Unreadable(f"the meter of line {line['id']}")


def _is_price(kind: str, value: Any) -> bool:
    if kind in ("fixed", "per_unit"):
        return _price(value)
    if kind == "package":
        return bool(exact(_object(value, {"size": _price, "price": _price}, place="package")["size"]))
    bands = _each(value, {"to": _or_null(_price), "unit": _price}, place="bands")
    inner = [band["to"] for band in bands[:-1]]
    if not bands or bands[-1]["to"] is not None or None in inner:
        return False
    ends = [exact("0"), *map(exact, inner)]
    return all(low < high for low, high in pairwise(ends))


def _once(rows: Sequence[Mapping[str, Any]]) -> None:
    if len({row["id"] for row in rows}) != len(rows):
        raise Unreadable("an id is there twice")


def _amount(text: str, currency: str) -> None:
    """Above 0, at most 10**15 minor units, and with no more decimals than its currency."""
    minor = exact(text) * scale(currency) if _DECIMAL(text) else exact("0")
    if minor.denominator != 1 or not 0 < minor <= MINOR_MAX:
        raise Unreadable(f"the amount {text[:40]!r}")


def _grant(body: Mapping[str, Any]) -> None:
    _amount(body["amount"], body["currency"])


def _cut(body: Mapping[str, Any]) -> None:
    if body["final"] and (body["start_us"] or body["end_us"]):
        raise Unreadable("a final cut has no period")


def _nothing(_: Mapping[str, Any]) -> None:
    """Its fields say all."""


_AS_A_WHOLE: Mapping[Kind, Callable[[Mapping[str, Any]], None]] = {
    **dict.fromkeys((Kind.VOID, Kind.RELEASE, Kind.DISCARD), _nothing),
    Kind.CATALOG: _catalog,
    Kind.GRANT: _grant,
    Kind.CUT: _cut,
}
