"""The price catalogue as values: tenants, meters, customers and plans, all frozen.

`catalog_reader` makes them of billing.yaml and says what is wrong with it; `catalog_json` is the form that the journal
keeps. What is here is right: names refer to something, bands rise, currencies exist. Prices are exact rationals;
amounts that people agreed on are minor units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, Literal

API_VERSION: Final = "sretool-billing/v1"
MINIMUM: Final = "minimum"  # the id of the line that tops up the usage lines; no line of a plan may have it

Aggregation = Literal["count", "sum", "max", "latest", "unique"]
CommitKind = Literal["prepaid", "postpaid"]
FilterValue = str | int | bool


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`sha256` is the hex digest of the secret; the secret itself was shown once."""

    id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Tenant:
    """`rate` is how many events a second are contracted. Two keys, so that one can be replaced while both live."""

    name: str
    rate: int
    keys: tuple[ApiKey, ...]


@dataclass(frozen=True, slots=True)
class Meter:
    """What an event of `event_type` counts for. Every pair of `filter` must be a property of it, in value and type."""

    name: str
    event_type: str
    aggregation: Aggregation
    property: str | None = None
    filter: tuple[tuple[str, FilterValue], ...] = ()


@dataclass(frozen=True, slots=True)
class PerUnit:
    unit: Fraction


@dataclass(frozen=True, slots=True)
class Band:
    """Units up to and with `to`, from where the band before ended; None: all that are left."""

    to: Fraction | None
    unit: Fraction


@dataclass(frozen=True, slots=True)
class Graduated:
    """Each unit costs what its band says."""

    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Volume:
    """Every unit costs what the band of the whole quantity says."""

    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """Whole packages of `size` units, rounded up."""

    size: Fraction
    price: Fraction


Price = PerUnit | Graduated | Volume | Package


@dataclass(frozen=True, slots=True)
class FixedLine:
    id: str
    amount: Fraction


@dataclass(frozen=True, slots=True)
class UsageLine:
    id: str
    meter: str
    price: Price


PlanLine = FixedLine | UsageLine


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """In force for billing periods whose first local day is `from_day` or later, until the next version's."""

    from_day: date
    currency: str
    minimum: Fraction | None
    lines: tuple[PlanLine, ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """An amount promised for `periods` calendar months from the month of `first_day`, its first day."""

    id: str
    kind: CommitKind
    amount_minor: int
    first_day: date
    periods: int


@dataclass(frozen=True, slots=True)
class Customer:
    """A subscription from the local day `from_day` to the local day `to_day`, both of them in it."""

    tenant: str
    id: str
    zone: str
    currency: str
    plan: str
    from_day: date
    to_day: date | None = None
    commits: tuple[Commit, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything by its name; customers by tenant and id, plan versions by the day from which they hold."""

    grace_us: int
    deadline_us: int
    tenants: Mapping[str, Tenant]
    meters: Mapping[str, Meter]
    customers: Mapping[str, Mapping[str, Customer]]
    plans: Mapping[str, tuple[PlanVersion, ...]]

    def customer(self, tenant: str, customer: str) -> Customer | None:
        of_tenant = self.customers.get(tenant)
        return None if of_tenant is None else of_tenant.get(customer)

    def every_customer(self) -> Iterator[Customer]:
        for of_tenant in self.customers.values():
            yield from of_tenant.values()

    def plan_in_force(self, customer: Customer, first_day: date) -> PlanVersion | None:
        """The version for the billing period that begins on a local day: the latest one, in the customer's currency."""
        found = [
            version
            for version in self.plans.get(customer.plan, ())
            if version.from_day <= first_day and version.currency == customer.currency
        ]
        return max(found, key=lambda version: version.from_day, default=None)


def refused_changes(old: Catalog, new: Catalog) -> list[str]:
    """What a new catalogue may not do to the one in force, a sentence each; [] when it may replace it.

    Rollups and closed periods were made by what these say, so that a change would bill usage twice or not at all.
    """
    refused = []
    for customer in old.every_customer():
        follower = new.customer(customer.tenant, customer.id)
        shown = f"customer {customer.tenant}/{customer.id}"
        if follower is None:
            refused.append(f"{shown} is gone: keep it, and give it a `to`, its last day")
            continue
        refused += [
            f"{shown} changes its {name} from {before} to {after}: end it with a `to`, and add a customer"
            for name, before, after in (
                ("zone", customer.zone, follower.zone),
                ("currency", customer.currency, follower.currency),
                ("from", customer.from_day, follower.from_day),
            )
            if before != after
        ]
    for meter in old.meters.values():
        successor = new.meters.get(meter.name)
        if successor is None:
            refused.append(f"meter {meter.name} is gone: keep it as long as a billed period may have used it")
        elif successor.aggregation != meter.aggregation:
            refused.append(
                f"meter {meter.name} changes its aggregation from {meter.aggregation} to {successor.aggregation}: "
                "add a meter"
            )
    return refused
