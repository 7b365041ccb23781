"""The price catalogue as plain JSON: the form in which a CATALOG record of the journal holds it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from sretool.billing.catalog.values import (
    API_VERSION,
    ApiKey,
    Band,
    Catalog,
    Commit,
    Customer,
    FixedLine,
    Graduated,
    Meter,
    Package,
    PerUnit,
    PlanLine,
    PlanVersion,
    Price,
    Tenant,
    UsageLine,
    Volume,
)
from sretool.money import decimal_text, whole_minor_units


def catalog_as_json(catalog: Catalog) -> dict[str, Any]:
    """Text, integers, lists and mappings; decimals as text."""
    return {
        "apiVersion": API_VERSION,
        "grace_us": catalog.grace_us,
        "deadline_us": catalog.deadline_us,
        "tenants": {
            tenant.name: {"rate": tenant.rate, "keys": [{"id": key.id, "sha256": key.sha256} for key in tenant.keys]}
            for tenant in catalog.tenants.values()
        },
        "meters": {
            meter.name: {
                "event_type": meter.event_type,
                "aggregation": meter.aggregation,
                "property": meter.property,
                "filter": dict(meter.filter),
            }
            for meter in catalog.meters.values()
        },
        "customers": {
            tenant: {name: _customer_as_json(customer) for name, customer in of_tenant.items()}
            for tenant, of_tenant in catalog.customers.items()
        },
        "plans": {name: [version_as_json(version) for version in plan] for name, plan in catalog.plans.items()},
    }


def catalog_from_json(value: Mapping[str, Any]) -> Catalog:
    """What `catalog_as_json` made. It was validated before it was written, and is not validated again."""
    return Catalog(
        grace_us=value["grace_us"],
        deadline_us=value["deadline_us"],
        tenants={
            name: Tenant(name, said["rate"], tuple(ApiKey(key["id"], key["sha256"]) for key in said["keys"]))
            for name, said in value["tenants"].items()
        },
        meters={
            name: Meter(
                name, said["event_type"], said["aggregation"], said["property"], tuple(sorted(said["filter"].items()))
            )
            for name, said in value["meters"].items()
        },
        customers={
            tenant: {name: _customer_from_json(tenant, name, said) for name, said in of_tenant.items()}
            for tenant, of_tenant in value["customers"].items()
        },
        plans={name: tuple(_version_from_json(said) for said in plan) for name, plan in value["plans"].items()},
    )


def _customer_as_json(customer: Customer) -> dict[str, Any]:
    return {
        "zone": customer.zone,
        "currency": customer.currency,
        "plan": customer.plan,
        "from": customer.from_day.isoformat(),
        "to": None if customer.to_day is None else customer.to_day.isoformat(),
        "commits": [
            {
                "id": commit.id,
                "kind": commit.kind,
                "amount": decimal_text(commit.amount_minor, customer.currency),
                "from": commit.first_day.isoformat()[:7],
                "periods": commit.periods,
            }
            for commit in customer.commits
        ],
    }


def _customer_from_json(tenant: str, name: str, said: Mapping[str, Any]) -> Customer:
    return Customer(
        tenant=tenant,
        id=name,
        zone=said["zone"],
        currency=said["currency"],
        plan=said["plan"],
        from_day=date.fromisoformat(said["from"]),
        to_day=None if said["to"] is None else date.fromisoformat(said["to"]),
        commits=tuple(
            Commit(
                commit["id"],
                commit["kind"],
                whole_minor_units(commit["amount"], said["currency"]),
                date.fromisoformat(f"{commit['from']}-01"),
                commit["periods"],
            )
            for commit in said["commits"]
        ),
    )


def version_as_json(version: PlanVersion) -> dict[str, Any]:
    """One version of a plan."""
    return {
        "from": version.from_day.isoformat(),
        "currency": version.currency,
        "minimum": None if version.minimum is None else number_text(version.minimum),
        "lines": [_line_as_json(line) for line in version.lines],
    }


def _version_from_json(said: Mapping[str, Any]) -> PlanVersion:
    return PlanVersion(
        date.fromisoformat(said["from"]),
        said["currency"],
        None if said["minimum"] is None else Fraction(said["minimum"]),
        tuple(_line_from_json(line) for line in said["lines"]),
    )


def _line_as_json(line: PlanLine) -> dict[str, Any]:
    if isinstance(line, FixedLine):
        return {"id": line.id, "fixed": number_text(line.amount)}
    said: dict[str, Any] = {"id": line.id, "meter": line.meter}
    match line.price:
        case PerUnit(unit):
            said["per_unit"] = number_text(unit)
        case Graduated(bands):
            said["graduated"] = [_band_as_json(band) for band in bands]
        case Volume(bands):
            said["volume"] = [_band_as_json(band) for band in bands]
        case Package(size, price):
            said["package"] = {"size": number_text(size), "price": number_text(price)}
    return said


def _line_from_json(said: Mapping[str, Any]) -> PlanLine:
    if "fixed" in said:
        return FixedLine(said["id"], Fraction(said["fixed"]))
    return UsageLine(said["id"], said["meter"], _price_from_json(said))


def _price_from_json(said: Mapping[str, Any]) -> Price:
    if "per_unit" in said:
        return PerUnit(Fraction(said["per_unit"]))
    if "package" in said:
        return Package(Fraction(said["package"]["size"]), Fraction(said["package"]["price"]))
    bands = tuple(
        Band(None if band["to"] is None else Fraction(band["to"]), Fraction(band["unit"]))
        for band in said["graduated" if "graduated" in said else "volume"]
    )
    return Graduated(bands) if "graduated" in said else Volume(bands)


def _band_as_json(band: Band) -> dict[str, str | None]:
    return {"to": None if band.to is None else number_text(band.to), "unit": number_text(band.unit)}


def number_text(number: Fraction) -> str:
    """A decimal number of at most 12 decimals as text, without zeros at its end."""
    pico, rest = divmod(abs(number) * 10**12, 1)
    assert rest == 0, f"{number} has more than 12 decimals"
    whole, decimals = divmod(int(pico), 10**12)
    sign = "-" if number < 0 else ""
    return f"{sign}{whole}.{decimals:012d}".rstrip("0").rstrip(".")
