"""What `billing init` writes: a price catalogue of real shape, and the keys of its tenants.

Three tenants that look like businesses, a canary for the probe, and tenants with generous rates for `billing load`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sretool.billing.keys import FILE_NAME, Client, Key, mint, write_keys

CANARY = "canary"
LOAD_PREFIX = "load-"
LOAD_TENANTS = 8
DEFAULT_CUSTOMERS = 1_000

# Contracted events a second.
_RATES = {"acme": 50_000, "globex": 20_000, "initech": 5_000, CANARY: 1_000}
_LOAD_RATE = 2_000_000

# Zones on both sides of UTC, at :30 and :45, with and without daylight saving; currencies of 2, 0 and 3 decimals.
_PLACES = (
    ("Europe/Berlin", "EUR"),
    ("America/New_York", "USD"),
    ("Asia/Tokyo", "JPY"),
    ("Asia/Kathmandu", "USD"),
    ("Asia/Kuwait", "KWD"),
    ("Australia/Lord_Howe", "USD"),
    ("America/Santiago", "USD"),
    ("UTC", "EUR"),
)

_HEAD = """\
# The price catalogue. `sretool billing catalog apply` puts a changed one into force; serve does so when it starts.
apiVersion: sretool-billing/v1
grace: 24h       # a period is closed this long after its end
deadline: 4h     # and its invoices are due this long after that

meters:
  api_calls: {event_type: api_call, aggregation: count}
  api_calls_eu: {event_type: api_call, aggregation: count, filter: {region: eu}}
  bytes: {event_type: api_call, aggregation: sum, property: bytes}
  active_users: {event_type: login, aggregation: unique, property: user}
  storage_peak: {event_type: storage, aggregation: max, property: gigabytes}
  seats: {event_type: seats, aggregation: latest, property: seats}
"""

# A plan has one currency, so each price list stands once a currency, at what it costs there.
_CURRENCIES = {"EUR": ("", 2), "USD": ("", 2), "JPY": ("00", 0), "KWD": ("", 3)}


@dataclass(frozen=True, slots=True)
class Started:
    """What was written, and the keys: they are shown once."""

    catalog: Path
    keys_file: Path
    keys: dict[str, Key]
    customers: int


def write_starter(directory: Path, *, today: date, customers: int = DEFAULT_CUSTOMERS) -> Started:
    """Write billing.yaml and the keys file. Raises FileExistsError, naming what is there, and writes nothing then."""
    catalog, keys_file = directory / "billing.yaml", directory / FILE_NAME
    for path in (catalog, keys_file):
        if path.exists():
            raise FileExistsError(f"{path} is there already; nothing was written")
    keys = {tenant: mint(f"{tenant}-1") for tenant in _tenants()}
    directory.mkdir(parents=True, exist_ok=True)
    by_tenant = {tenant: dict(_customers(tenant, customers)) for tenant in keys}
    # The keys first: a catalogue whose keys nobody has would be a lock without a key.
    write_keys(keys_file, {tenant: Client(tenant, key.text, tuple(by_tenant[tenant])) for tenant, key in keys.items()})
    temporary = catalog.with_name(f".{catalog.name}.tmp")
    temporary.write_text(_catalog(keys, by_tenant, since=_quarter_before(today)), encoding="utf-8")
    temporary.replace(catalog)
    return Started(catalog, keys_file, keys, sum(map(len, by_tenant.values())))


def _tenants() -> list[str]:
    return [*_RATES, *(f"{LOAD_PREFIX}{number}" for number in range(1, LOAD_TENANTS + 1))]


def _quarter_before(today: date) -> date:
    """The first of the month three months ago: customers that have a past can be invoiced at once."""
    months = today.year * 12 + today.month - 1 - 3
    return date(months // 12, months % 12 + 1, 1)


def _customers(tenant: str, load_customers: int) -> Iterator[tuple[str, str]]:
    """Each customer's name with all that stands beside it, but for the date."""
    match tenant:
        case "acme":
            for number, (zone, currency) in enumerate(_PLACES, start=1):
                yield f"acme-{number}", _customer(zone, currency, "standard")
        case "globex":
            for number, plan in enumerate(("standard", "volume", "package"), start=1):
                yield f"globex-{number}", _customer("America/New_York", "USD", plan)
        case "initech":
            yield "initech-1", _customer("Asia/Kathmandu", "USD", "volume")
        case "canary":
            yield "canary-1", _customer("UTC", "EUR", "standard")
        case _:
            yield from _load_customers(int(tenant.removeprefix(LOAD_PREFIX)) - 1, load_customers)


def _load_customers(tenant: int, total: int) -> Iterator[tuple[str, str]]:
    plans = ("standard", "volume", "package")
    for number in range(tenant, max(total, LOAD_TENANTS), LOAD_TENANTS):
        zone, currency = _PLACES[(number // LOAD_TENANTS) % len(_PLACES)]
        yield f"customer-{number:06d}", _customer(zone, currency, plans[number % len(plans)])


def _customer(zone: str, currency: str, plan: str) -> str:
    return f"zone: {zone}, currency: {currency}, plan: {plan}-{currency.lower()}"


def _catalog(keys: dict[str, Key], customers: dict[str, dict[str, str]], *, since: date) -> str:
    lines = [_HEAD, "tenants:  # contracted events a second; at most two keys each, so that one can follow another"]
    for tenant, key in keys.items():
        rate = _RATES.get(tenant, _LOAD_RATE)
        lines.append(f"  {tenant}: {{rate: {rate}, keys: [{{id: {key.id}, sha256: {json.dumps(key.sha256)}}}]}}")
    lines += ["", "customers:"]
    for tenant, rows in customers.items():
        lines.append(f"  {tenant}:")
        lines += [f"    {name}: {{{row}, from: {since}{_commit(name, since)}}}" for name, row in rows.items()]
    lines += ["", "plans:"]
    for currency, (zeros, decimals) in _CURRENCIES.items():
        lines += [_plans(currency, zeros, decimals, since)]
    return "\n".join(lines)


def _commit(customer: str, since: date) -> str:
    kinds = {"acme-1": "prepaid", "globex-1": "postpaid"}
    if customer not in kinds:
        return ""
    terms = f'id: year-1, kind: {kinds[customer]}, amount: "1000.00", from: {since:%Y-%m}, periods: 12'
    return f", commits: [{{{terms}}}]"


def _plans(currency: str, zeros: str, decimals: int, since: date) -> str:
    """One plan of each kind of price. Unit prices may be finer than the currency; fees may not."""

    def fee(amount: int) -> str:
        return f"{amount}{zeros}" + (f".{'0' * decimals}" if decimals else "")

    lower = currency.lower()
    return f"""\
  standard-{lower}:
    - from: {since}
      currency: {currency}
      minimum: "{fee(20)}"
      lines:
        - {{id: platform, fixed: "{fee(10)}"}}
        - {{id: calls, meter: api_calls, per_unit: "0.001"}}
        - id: data
          meter: bytes
          graduated:
            - {{to: 1000000, unit: "0.00001"}}
            - {{to: 50000000, unit: "0.000005"}}
            - {{unit: "0.000002"}}
        - {{id: users, meter: active_users, per_unit: "0.5"}}
  volume-{lower}:
    - from: {since}
      currency: {currency}
      lines:
        - id: calls
          meter: api_calls
          volume: [{{to: 10000, unit: "0.002"}}, {{to: 1000000, unit: "0.001"}}, {{unit: "0.0005"}}]
        - {{id: storage, meter: storage_peak, per_unit: "0.25"}}
  package-{lower}:
    - from: {since}
      currency: {currency}
      lines:
        - {{id: calls-eu, meter: api_calls_eu, package: {{size: 1000, price: "{fee(1)}"}}}}
        - {{id: calls, meter: api_calls, package: {{size: 10000, price: "{fee(2)}"}}}}
        - {{id: seats, meter: seats, per_unit: "{fee(9)}"}}
"""
