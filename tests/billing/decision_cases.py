"""Decisions that can be read and such that cannot, as one table for all who read them."""

import json
from copy import deepcopy
from typing import Any

from billing.recount.kit import a_catalog

from sretool.billing.journal import Kind

BANDS = [{"to": "3", "unit": "0.1"}, {"to": "10.5", "unit": "0"}, {"to": None, "unit": "0.005"}]
COMMITS = [
    {"id": "pre", "kind": "prepaid", "amount": "0.90", "from": "2026-01", "periods": 2},
    {"id": "post", "kind": "postpaid", "amount": "12", "from": "2026-02", "periods": 120},
]
CATALOG = a_catalog(
    {"id": "platform", "fixed": "10.01"},
    {"id": "calls", "meter": "calls", "graduated": BANDS},
    {"id": "data", "meter": "bytes", "volume": BANDS},
    {"id": "peak", "meter": "peak", "per_unit": "0.015"},
    {"id": "last", "meter": "last", "package": {"size": "2.5", "price": "0.07"}},
    commits=COMMITS,
    minimum="1.00",
)
GOOD: dict[Kind, dict[str, Any]] = {
    Kind.CATALOG: {"catalog": CATALOG},
    Kind.GRANT: {
        "id": "g",
        "tenant": "acme",
        "customer": "cust-1",
        "currency": "EUR",
        "amount": "12.50",
        "priority": 0,
        "effective_us": 0,
        "expires_us": None,
        "reason": "",
    },
    Kind.CUT: {"start_us": 0, "end_us": 900_000_000, "as_of_us": 7, "final": False},
    Kind.VOID: {"invoice": "i", "reason": "", "reissue": True, "recut": True},
    Kind.RELEASE: {"position": 0, "index": 0},
    Kind.DISCARD: {"position": 0, "index": 0, "reason": ""},
}
CUSTOMER, PLAN = "catalog/customers/acme/cust-1", "catalog/plans/standard/0"
LINES = f"{PLAN}/lines"
END_US = 7_258_118_400_000_000  # date -u -d 2200-01-01 +%s

Case = tuple[str, Kind, bytes]


def changed(kind: Kind, path: str, value: Any) -> bytes:
    """A good decision with one value put into its place, or taken out of it where the value is `Ellipsis`."""
    body = deepcopy(GOOD[kind])
    *way, last = path.split("/")
    place: Any = body
    for step in way:
        place = place[int(step) if type(place) is list else step]
    step = int(last) if type(place) is list else last
    if value is ...:
        del place[step]
    else:
        place[step] = value
    return json.dumps(body).encode()


def _cases(kind: Kind, *changes: tuple[str, Any]) -> list[Case]:
    return [(f"{kind.name} {path} {ascii(value)[:40]}", kind, changed(kind, path, value)) for path, value in changes]


def _nested(levels: int) -> bytes:
    """A cut with an extra field, so many objects and arrays deep in all."""
    inner = "[" * (levels - 1) + "]" * (levels - 1)
    return changed(Kind.CUT, "more", 0).replace(b'"more": 0', f'"more": {inner}'.encode())


def _with(kind: Kind, old: bytes, new: bytes) -> bytes:
    said = json.dumps(GOOD[kind]).encode()
    assert old in said
    return said.replace(old, new)


READABLE: list[Case] = [
    *[(f"{kind.name} as it is", kind, json.dumps(body).encode()) for kind, body in GOOD.items()],
    *_cases(Kind.CUT, ("as_of_us", END_US - 1), ("more", {"a": [1, "ü", None, True]}), ("final", False)),
    ("CUT final", Kind.CUT, json.dumps(GOOD[Kind.CUT] | {"final": True, "end_us": 0}).encode()),
    ("CUT 32 deep", Kind.CUT, _nested(32)),
    ("CUT with a key twice, of which the last counts", Kind.CUT, _with(Kind.CUT, b"{", b'{"final": 0, ')),
    *_cases(Kind.GRANT, ("expires_us", 5), ("reason", "\U0001f600\0"), ("priority", -(2**63)), ("amount", "1")),
    *_cases(Kind.GRANT, ("amount", "10000000000000.00"), ("amount", "00.10")),
    *_cases(Kind.RELEASE, ("index", 99), ("position", 2**53 - 1)),
    *_cases(
        Kind.CATALOG,
        ("catalog/apiVersion", ...),
        ("catalog/meters/calls/filter", {"a": True, "b": -1, "c": ""}),
        ("catalog/plans/standard", []),
        (f"{CUSTOMER}/zone", "Asia/Kathmandu"),
        (f"{CUSTOMER}/to", "2199-12-31"),
        (f"{CUSTOMER}/commits", []),
        (f"{PLAN}/minimum", None),
        (f"{LINES}/1/graduated", [{"to": None, "unit": "1"}]),
        (f"{LINES}/0/meter", "unknown"),
    ),
]

UNREADABLE: list[Case] = [
    *[
        (f"no JSON {body[:30]!r}", Kind.CUT, body)
        for body in (b"", b"[]", b"null", b"7", b'"text"', b"{", b"\xff", b"[" * 100_000, b"\xef\xbb\xbf{}")
    ],
    ("UTF-16", Kind.CUT, json.dumps(GOOD[Kind.CUT]).encode("utf-16")),
    *[
        (f"an extra field of {value!r}", kind, json.dumps(body)[:-1].encode() + b', "more": ' + value + b"}")
        for kind, body in GOOD.items()
        for value in (b"NaN", b"-Infinity", b"1.5", b"1e400", b"1" * 5000, rb'"\ud800"', rb'{"\udfff": 0}', b"-1e0")
    ],
    *[(f"{kind.name} without anything", kind, b"{}") for kind in GOOD],
    *[
        (f"{kind.name} {value}", kind, changed(kind, "more", value))
        for kind in GOOD
        for value in (2**63, -(2**63) - 1, 2**100)
    ],
    ("CUT 33 deep", Kind.CUT, _nested(33)),
    ("CUT 900 deep", Kind.CUT, _nested(900)),
    *_cases(
        Kind.CUT,
        ("start_us", -1),
        ("as_of_us", END_US),
        ("as_of_us", 2**62),
        ("end_us", True),
        ("end_us", "0"),
        ("end_us", ...),
        ("final", 0),
        ("final", None),
        ("final", True),  # and a period
    ),
    *_cases(Kind.VOID, ("invoice", 7), ("reason", None), ("reissue", 1), ("recut", "true"), ("recut", ...)),
    *_cases(
        Kind.GRANT,
        ("id", None),
        ("tenant", []),
        ("customer", ...),
        ("currency", "EURO"),
        ("currency", 978),
        ("amount", "12.505"),
        ("amount", "0.00"),
        ("amount", "-1"),
        ("amount", 12),
        ("amount", "1e3"),
        ("amount", "\u0661"),
        ("amount", "1\n"),
        ("amount", "10000000000000.01"),
        ("amount", "1" * 19),
        ("priority", False),
        ("effective_us", None),
        ("expires_us", -1),
        ("expires_us", ...),
        ("reason", {}),
    ),
    *_cases(Kind.RELEASE, ("position", -1), ("position", 2**53), ("position", True), ("index", 100), ("index", "0")),
    *_cases(Kind.DISCARD, ("position", ...), ("index", -1), ("reason", 7), ("reason", ...), ("reason", None)),
    *_cases(
        Kind.CATALOG,
        ("catalog", []),
        ("catalog/grace_us", "0"),
        ("catalog/deadline_us", -1),
        ("catalog/tenants", []),
        ("catalog/tenants/acme", None),
        ("catalog/tenants/acme/rate", 0),
        ("catalog/tenants/acme/rate", "1000"),
        ("catalog/tenants/acme/keys", [{"id": "k", "sha256": "0" * 63}]),
        ("catalog/tenants/acme/keys", [{"id": "K", "sha256": "0" * 64}]),
        ("catalog/tenants/acme/keys", {}),
        ("catalog/tenants/a b", {"rate": 1, "keys": []}),
        ("catalog/meters", ...),
        ("catalog/meters/calls/aggregation", "median"),
        ("catalog/meters/calls/aggregation", ["count"]),
        ("catalog/meters/calls/event_type", None),
        ("catalog/meters/calls/property", 1),
        ("catalog/meters/calls/filter", None),
        ("catalog/meters/calls/filter", {"a": None}),
        ("catalog/meters/calls/filter", {"a": []}),
        ("catalog/meters/Calls", CATALOG["meters"]["calls"]),  # type: ignore[index]
        ("catalog/customers/acme", []),
        (f"{CUSTOMER}/zone", "Mars/Olympus"),
        (f"{CUSTOMER}/zone", "../UTC"),
        (f"{CUSTOMER}/zone", "Europe"),
        (f"{CUSTOMER}/zone", ""),
        (f"{CUSTOMER}/currency", "XXX"),
        (f"{CUSTOMER}/plan", "none"),
        (f"{CUSTOMER}/plan", {}),
        (f"{CUSTOMER}/from", "1999-12-31"),
        (f"{CUSTOMER}/from", "2026-02-29"),
        (f"{CUSTOMER}/from", "20260101"),
        (f"{CUSTOMER}/to", "2200-01-01"),
        (f"{CUSTOMER}/to", ...),
        (f"{CUSTOMER}/commits", None),
        (f"{CUSTOMER}/commits", [COMMITS[0], COMMITS[0]]),
        (f"{CUSTOMER}/commits/0/kind", "free"),
        (f"{CUSTOMER}/commits/0/amount", "0.905"),
        (f"{CUSTOMER}/commits/0/amount", "0"),
        (f"{CUSTOMER}/commits/0/from", "2026-13"),
        (f"{CUSTOMER}/commits/0/from", "2026-01-01"),
        (f"{CUSTOMER}/commits/0/periods", 0),
        (f"{CUSTOMER}/commits/0/periods", 121),
        ("catalog/plans/standard", {}),
        (f"{PLAN}/from", None),
        (f"{PLAN}/currency", "eur"),
        (f"{PLAN}/minimum", "-1"),
        (f"{PLAN}/minimum", ...),
        (f"{LINES}/0/id", "minimum"),
        (f"{LINES}/0/id", "calls"),
        (f"{LINES}/0/id", "commit:x"),
        (f"{LINES}/0/fixed", None),
        (f"{LINES}/0/fixed", "-0"),
        (f"{LINES}/0/fixed", ...),
        (f"{LINES}/0/meter", None),
        (f"{LINES}/3/fixed", "1"),
        (f"{LINES}/3/meter", "unknown"),
        (f"{LINES}/3/meter", ...),
        (f"{LINES}/3/per_unit", "0.0000000000001"),
        (f"{LINES}/1/graduated", []),
        (f"{LINES}/1/graduated", None),
        (f"{LINES}/1/graduated/2/to", "11"),
        (f"{LINES}/1/graduated/2/to", ...),
        (f"{LINES}/1/graduated/1/to", None),
        (f"{LINES}/1/graduated/1/to", "3"),
        (f"{LINES}/1/graduated/0/to", "0"),
        (f"{LINES}/2/volume/0/unit", 1),
        (f"{LINES}/4/package/size", "0.0"),
        (f"{LINES}/4/package/price", None),
        (f"{LINES}/4/package", "1"),
    ),
]


def places(value: Any, path: str = "") -> list[str]:
    """The paths of all values in a decision."""
    inner = value.items() if type(value) is dict else enumerate(value) if type(value) is list else ()
    found = [path] if path else []
    for name, member in inner:
        found += places(member, f"{path}/{name}" if path else str(name))
    return found
