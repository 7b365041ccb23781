"""Two implementations of the same rules, written apart, on journals that nobody would think of."""

import secrets
import tempfile
from pathlib import Path
from random import Random

import pytest
from billing.recount.kit import DAY_US, HOUR_US, a_catalog, an_event
from billing.recount.service import Service

from sretool.billing.journal import Kind
from sretool.billing.recount import reconcile

MONTHS = ["2025-12-31T23:00Z", "2026-01-31T23:00Z", "2026-02-28T23:00Z", "2026-03-31T22:00Z", "2026-04-30T22:00Z"]
BANDS = [{"to": "3", "unit": "0.105"}, {"to": "10.5", "unit": "0.045"}, {"to": None, "unit": "0.005"}]
LINES = [
    {"id": "platform", "fixed": "10.01"},
    {"id": "calls", "meter": "calls", "graduated": BANDS},
    {"id": "data", "meter": "bytes", "volume": BANDS},
    {"id": "peak", "meter": "peak", "per_unit": "0.015"},
    {"id": "last", "meter": "last", "package": {"size": "2.5", "price": "0.07"}},
    {"id": "users", "meter": "users", "per_unit": "0.125"},
]
COMMITS = [
    {"id": "pre", "kind": "prepaid", "amount": "0.90", "from": "2026-01", "periods": 2},
    {"id": "post", "kind": "postpaid", "amount": "12.00", "from": "2026-02", "periods": 2},
]

AMOUNTS = ["0", "1", "2", "-2.5", "0.000000000001", "7.25", "7.25", 3, 3, -1, "9999999999999999.9", True, None, "x"]
TIMES = [
    "2026-01-01T00:00:00+01:00",
    "2025-12-31T22:59:59.9999999Z",
    "2026-01-15T12:00:00Z",
    "2026-01-31T22:45:00z",
    "2026-01-31 23:00:00Z",
    "2026-02-14T05:45:00+05:45",
    "2026-02-28T23:59:59.999999+01:00",
    "2026-03-01T00:00:00Z",
    "2026-03-29T02:30:00Z",
    "2026-03-31t23:59:59+02:00",
]
KINDS = ["api_call", "api_call", "api_call", "peak", "last", "login", "unmetered"]
OPERATIONS = ["batch"] * 10 + ["cut"] * 3 + ["void"] * 3 + ["step"] * 4
OPERATIONS += ["final", "grant", "grant", "catalog", "release", "wait"]


def _catalog(unit: str, minimum: str | None, ends: str | None, *, knows_late: bool) -> dict[str, object]:
    lines = [line | ({"per_unit": unit} if line["id"] == "peak" else {}) for line in LINES]
    catalog = a_catalog(*lines, minimum=minimum, commits=COMMITS, to=ends)
    whose = catalog["customers"]["acme"]
    whose["cust-2"] = whose["cust-1"] | {"zone": "Asia/Kathmandu", "commits": [], "from": "2026-01-20"}
    if knows_late:
        whose["late"] = whose["cust-1"] | {"from": "2026-02-01", "to": None, "commits": COMMITS[:1]}
    return catalog


def _event(random: Random) -> dict[str, object]:
    amount = random.choice(AMOUNTS)
    return an_event(
        f"e{random.randrange(250)}",
        random.choice(TIMES),
        customer_id=random.choice(["cust-1", "cust-1", "cust-1", "cust-2", "late"]),
        event_type=random.choice(KINDS),
        properties={"bytes": amount, "user": amount},
    )


def _random_catalog(random: Random, *, knows_late: bool) -> dict[str, object]:
    """Of which customer "late" never goes away again, as no catalogue that is applied lets one."""
    return _catalog(
        random.choice(["0.015", "0.025"]),
        random.choice([None, "0.50", "30.00"]),
        random.choice([None, None, "2026-02-10", "2026-03-31"]),
        knows_late=knows_late,
    )


def _do(service: Service, operation: str, random: Random) -> None:
    match operation:
        case "batch":
            service.batch(*[_event(random) for _ in range(random.randint(1, 8))])
        case "cut":
            month = random.randrange(4)
            service.cut(MONTHS[month], MONTHS[month + 1])
        case "final":
            body = {"start_us": 0, "end_us": 0, "as_of_us": service.now_us + 90 * DAY_US, "final": True}
            service.append(Kind.CUT, body)
        case "void":
            name = random.choice([row[0] for row in service.invoices()] or ["none"])
            service.void(name, reissue=random.random() < 0.8, recut=random.random() < 0.4)
        case "grant":
            _grant(service, random)
        case "catalog":
            service.knows_late = service.knows_late or random.random() < 0.5
            service.catalog(_random_catalog(random, knows_late=service.knows_late))
        case "release":
            held = service.store.rows("SELECT position, number FROM held")
            position, index = random.choice(held or [(0, 0)])
            kind = random.choice([Kind.RELEASE, Kind.RELEASE, Kind.DISCARD])
            reason = {"reason": "x"} if kind == Kind.DISCARD else {}
            service.append(kind, {"position": position, "index": index} | reason)
        case "wait":
            service.now_us += random.choice([HOUR_US, DAY_US, 36 * DAY_US, 37 * DAY_US])
        case "step":
            _step(service, random.choice(["apply", "bill", "both", "recount", "one", "worker"]))


def _grant(service: Service, random: Random) -> None:
    month = random.randrange(5)
    expires = None if month > 3 else 1_767_222_000_000_000 + month * 31 * DAY_US
    grant = {"id": random.choice("pqrs"), "tenant": "acme", "customer": "cust-1", "currency": "EUR"}
    amount = random.choice(["0.10", "3.00", "12.00"])
    rest = {"priority": month % 2, "effective_us": 0, "expires_us": expires, "reason": "", "amount": amount}
    service.append(Kind.GRANT, grant | rest)


def _step(service: Service, which: str) -> None:
    match which:
        case "one":
            service.applier.step(max_bytes=1)
        case "worker":
            service.worker.step()
        case "both":
            service.apply()
            service.bill()
        case _:
            getattr(service, which)()


def _agree(seed: int) -> None:
    random = Random(seed)
    with tempfile.TemporaryDirectory() as root:
        service = Service(Path(root))
        try:
            service.catalog(_random_catalog(random, knows_late=False))
            for _ in range(random.randint(5, 90)):
                _do(service, random.choice(OPERATIONS), random)
            meanwhile = reconcile(service.directory)
            counted = service.settle()
            afterwards = reconcile(service.directory)
        finally:
            service.close()
    assert meanwhile.found == ()
    assert afterwards.found == ()
    assert afterwards.waiting == 0
    assert (counted["mismatch"], counted["hour_mismatch"], counted["unreadable"]) == (0, 0, 0)


@pytest.mark.parametrize("seed", range(20))
def test_applier_and_biller_agree_with_the_recount_at_any_moment(seed):
    _agree(seed)


@pytest.mark.soak
def test_applier_and_biller_agree_with_the_recount_on_a_thousand_journals():
    first = secrets.randbelow(10**9)
    print(f"seeds from {first}")
    for seed in range(first, first + 1000):
        try:
            _agree(seed)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error


def test_a_commit_is_owed_also_where_no_version_of_the_plan_is_in_force(tmp_path):
    service = Service(tmp_path)
    catalog = a_catalog(commits=[COMMITS[0] | {"periods": 1}, COMMITS[1] | {"from": "2026-01", "periods": 1}])
    catalog["plans"] = {"standard": []}
    service.catalog(catalog)
    service.cut(MONTHS[0], MONTHS[1])

    counted = service.settle()
    totals = [total for _, _, total in service.invoices()]
    service.close()

    assert totals == [90 + 1200]
    assert (counted["match"], counted["mismatch"]) == (1, 0)
