"""What the fields of each kind of decision hold, as types: see `decisions`.

Fields that no type here has are passed over. An error names the field by its path, such as `$.catalog.grace_us`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from sretool import clock
from sretool.billing.catalog.text import FIRST_YEAR, LAST_YEAR
from sretool.billing.catalog.values import MINIMUM
from sretool.billing.event_faults import EVENTS_MAX
from sretool.billing.journal.record import Kind
from sretool.money import EXPONENTS, exact_number, whole_minor_units

AMOUNT_MINOR_MAX: Final = 10**15
INSTANTS_END_US: Final = (date(LAST_YEAR + 1, 1, 1) - date(1970, 1, 1)).days * 86_400_000_000
_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PRICES: Final = ("fixed", "per_unit", "graduated", "volume", "package")

_Instant = Annotated[int, Meta(ge=0, lt=INSTANTS_END_US)]
_Name = Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9_-]{0,62}\Z")]


class Grant(Struct):
    """The body of a GRANT."""

    id: str
    tenant: str
    customer: str
    currency: str
    amount: str
    priority: int
    effective_us: _Instant
    expires_us: _Instant | None
    reason: str

    def __post_init__(self) -> None:
        _refuse_amount(self.amount, self.currency)


class Cut(Struct):
    """The body of a CUT."""

    start_us: _Instant
    end_us: _Instant
    as_of_us: _Instant
    final: bool

    def __post_init__(self) -> None:
        if self.final and (self.start_us or self.end_us):
            raise ValueError("start_us and end_us of a final cut are 0: write 0")


class Void(Struct):
    """The body of a VOID."""

    invoice: str
    reason: str
    reissue: bool
    recut: bool


class Release(Struct):
    """The body of a RELEASE: which event."""

    position: Annotated[int, Meta(ge=0, lt=2**53)]
    index: Annotated[int, Meta(ge=0, lt=EVENTS_MAX)]


class Discard(Release):
    """The body of a DISCARD: which event, and why."""

    reason: str


class _Key(Struct):
    id: _Name
    sha256: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class _Tenant(Struct):
    rate: Annotated[int, Meta(ge=1)]
    keys: list[_Key]


class _Meter(Struct):
    event_type: str
    aggregation: Literal["count", "sum", "max", "latest", "unique"]
    property: str | None
    filter: dict[str, str | int | bool]


class _Commit(Struct):
    id: _Name
    kind: Literal["prepaid", "postpaid"]
    amount: str
    first_month: str = msgspec.field(name="from")
    periods: Annotated[int, Meta(ge=1, le=120)]

    def __post_init__(self) -> None:
        _refuse_no_day(f"{self.first_month}-01", shown=self.first_month)


class _Customer(Struct):
    zone: str
    currency: str
    plan: str
    from_day: str = msgspec.field(name="from")
    to_day: str | None = msgspec.field(name="to")
    commits: list[_Commit]

    def __post_init__(self) -> None:
        clock.zone(self.zone)
        _refuse_no_day(self.from_day)
        if self.to_day is not None:
            _refuse_no_day(self.to_day)
        _refuse_currency(self.currency)
        for commit in self.commits:
            _refuse_amount(commit.amount, self.currency)
        _refuse_repeated((commit.id for commit in self.commits), what="commit")


class _Band(Struct):
    to: str | None
    unit: str

    def __post_init__(self) -> None:
        _price(self.unit)


class _Package(Struct):
    size: str
    price: str

    def __post_init__(self) -> None:
        _price(self.price)
        if _price(self.size) == 0:
            raise ValueError("size is 0: write how many units are in one package")


class _Line(Struct):
    id: _Name
    meter: str | UnsetType = UNSET
    fixed: str | UnsetType = UNSET
    per_unit: str | UnsetType = UNSET
    graduated: list[_Band] | UnsetType = UNSET
    volume: list[_Band] | UnsetType = UNSET
    package: _Package | UnsetType = UNSET

    def __post_init__(self) -> None:
        given = [name for name in _PRICES if getattr(self, name) is not UNSET]
        if len(given) != 1:
            raise ValueError(f"a line has one price, not {len(given)}: write one of {', '.join(_PRICES)}")
        if self.id == MINIMUM:
            raise ValueError(f"no line is called {MINIMUM}: write another id")
        for price in (self.fixed, self.per_unit):
            if price is not UNSET:
                _price(price)
        for bands in (self.graduated, self.volume):
            if bands is not UNSET:
                _refuse_bands([band.to for band in bands])


class _Version(Struct):
    from_day: str = msgspec.field(name="from")
    currency: str
    minimum: str | None
    lines: list[_Line]

    def __post_init__(self) -> None:
        _refuse_no_day(self.from_day)
        _refuse_currency(self.currency)
        if self.minimum is not None:
            _price(self.minimum)
        _refuse_repeated((line.id for line in self.lines), what="line")


class _Plain(Struct):
    grace_us: _Instant
    deadline_us: _Instant
    tenants: dict[_Name, _Tenant]
    meters: dict[_Name, _Meter]
    customers: dict[_Name, dict[str, _Customer]]
    plans: dict[_Name, list[_Version]]

    def refuse_unknown_names(self) -> None:
        """Raise ValueError where a plan has no such meter, or a customer no such plan."""
        for versions in self.plans.values():
            for line in (line for version in versions for line in version.lines):
                if line.fixed is UNSET:
                    _refuse_unknown(line.meter, self.meters, what=f"meter of line {line.id}")
        for of_tenant in self.customers.values():
            for name, customer in of_tenant.items():
                _refuse_unknown(customer.plan, self.plans, what=f"plan of customer {name}")


class Catalog(Struct):
    """The body of a CATALOG."""

    catalog: _Plain


SHAPES: Final[Mapping[Kind, type[Struct]]] = {
    Kind.CATALOG: Catalog,
    Kind.GRANT: Grant,
    Kind.CUT: Cut,
    Kind.VOID: Void,
    Kind.RELEASE: Release,
    Kind.DISCARD: Discard,
}


def _refuse_no_day(text: str, *, shown: str = "") -> None:
    """Also of a day on which no calendar of ours goes on."""
    day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{shown or text!r} is no day or month from {FIRST_YEAR} to {LAST_YEAR}: write 2026-01-31")


def _refuse_currency(currency: str) -> None:
    if currency not in EXPONENTS:
        raise ValueError(f"currency {currency!r} is no ISO 4217 code: write one such as EUR")


def _refuse_amount(amount: str, currency: str) -> None:
    minor = whole_minor_units(amount, currency)
    if not 0 < minor <= AMOUNT_MINOR_MAX:
        raise ValueError(f"amount {amount} is not above 0 and at most {AMOUNT_MINOR_MAX} minor units: write such a one")


def _price(text: str) -> Fraction:
    number = exact_number(text)
    if text.startswith("-"):
        raise ValueError(f"{text} is a price below 0: write 0 or more")
    return number


def _refuse_bands(ends: list[str | None]) -> None:
    inner = [_price(end) for end in ends[:-1] if end is not None]
    if not ends or ends[-1] is not None or len(inner) < len(ends) - 1:
        raise ValueError("bands end with the only one whose `to` is null: write it last")
    if any(after <= before for before, after in pairwise([Fraction(0), *inner])):
        raise ValueError("bands rise above 0: write each `to` above the one before")


def _refuse_repeated(ids: Iterable[str], *, what: str) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise ValueError(f"{what} {one} is there twice: write another id")
        seen.add(one)


def _refuse_unknown(name: str | UnsetType, known: Collection[str], *, what: str) -> None:
    if name not in known:
        raise ValueError(f"{what} is {name!r}, which this catalogue does not have: write one that it has")
