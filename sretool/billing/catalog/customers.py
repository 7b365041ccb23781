"""The customers of billing.yaml, with their commits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from sretool import clock
from sretool.billing.catalog.months import first_day, months_later
from sretool.billing.catalog.text import currency_of, day_of, identifier_of, known_name, month_of, unique_ids
from sretool.billing.catalog.values import Commit, CommitKind, Customer, PlanVersion
from sretool.money import NotAnAmount, whole_minor_units
from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.remedies import meant

CUSTOMER: Final = ("zone", "currency", "plan", "from", "to", "commits")
COMMIT: Final = ("id", "kind", "amount", "from", "periods")
_KINDS: Final[tuple[CommitKind, ...]] = ("prepaid", "postpaid")


def read_customers(
    tenant: str,
    node: nodes.Mapping,
    notes: Notes,
    *,
    plan_names: Collection[str],
    plans: Mapping[str, tuple[PlanVersion, ...]],
) -> dict[str, Customer]:
    """The customers of a tenant by id. `plan_names` are all that the file has, `plans` those that could be read."""
    with Fields(node, notes, where=f"customers.{tenant}") as fields:
        found = [(name, fields.mapping(name.value, required=True)) for name, _ in node.items()]
    read = [
        _customer(tenant, name, entry, notes, plan_names=plan_names, plans=plans)
        for name, entry in found
        if entry is not None
    ]
    return {customer.id: customer for customer in read if customer is not None}


def _customer(
    tenant: str,
    name: nodes.Scalar,
    entry: nodes.Mapping,
    notes: Notes,
    *,
    plan_names: Collection[str],
    plans: Mapping[str, tuple[PlanVersion, ...]],
) -> Customer | None:
    with Fields(entry, notes, where=f"customers.{tenant}.{name.value}", known=CUSTOMER) as fields:
        zone = _zone(fields, notes)
        currency = currency_of(fields, notes)
        plan = fields.scalar("plan", required=True)
        from_day = day_of(fields, "from", notes, required=True)
        to_day = day_of(fields, "to", notes)
        commits = fields.sections("commits", known=COMMIT)
    if len(name.value) > 128 or not name.value.isprintable() or not name.value:
        message = "a customer's id has 1 to 128 characters that can be printed"
        notes.report("YA016", name, message, remedy="write the customer_id that its events have")
    if plan is not None and not known_name(plan, plan_names, notes, what="plan", among="plans"):
        plan = None
    if from_day and to_day and to_day < from_day:
        message = f"the subscription ends on {to_day}, before it begins on {from_day}"
        notes.report("BL108", entry.key("to"), message, remedy="`to` is its last day: write one not before `from`")
        return None
    if zone is None or currency is None or plan is None or from_day is None:
        return None
    bare = Customer(tenant, name.value, zone, currency, plan.value, from_day, to_day)
    _report_plan_gap(bare, plan, plans, notes)
    read = [_commit(section, bare, notes) for section in commits]
    found = tuple(commit for commit in read if commit is not None)
    unique_ids([section.node.get("id") for section in commits], notes, what="commit")
    return Customer(tenant, name.value, zone, currency, plan.value, from_day, to_day, found)


def _zone(fields: Fields, notes: Notes) -> str | None:
    scalar = fields.scalar("zone", required=True)
    if scalar is None:
        return None
    try:
        clock.zone(scalar.value)
    except clock.UnknownZone:
        probably = meant(scalar.value, clock.zone_names())
        message = f"`{scalar.value}` is not an IANA time zone"
        notes.report("SL125", scalar, message, remedy=f"write {probably}" if probably else "write one, or UTC")
        return None
    return scalar.value


def _report_plan_gap(
    customer: Customer, plan: nodes.Scalar, plans: Mapping[str, tuple[PlanVersion, ...]], notes: Notes
) -> None:
    begins = first_day(customer.from_day)
    versions = plans.get(customer.plan)
    if versions is None:
        return  # It is there and wrong, which is said where it stands.
    of_currency = [version.from_day for version in versions if version.currency == customer.currency]
    if of_currency and min(of_currency) <= begins:
        return
    message = f"plan {customer.plan} has no version in {customer.currency} that holds on {begins}"
    remedy = f"add a version of {customer.plan} with currency: {customer.currency} and from: {begins}"
    notes.report("BL106", plan, message, remedy=remedy)


def _commit(fields: Fields, customer: Customer, notes: Notes) -> Commit | None:
    with fields:
        commit_id = fields.scalar("id", required=True)
        kind = fields.choice("kind", _KINDS, required=True)
        amount = fields.scalar("amount", required=True)
        begins = month_of(fields, "from", notes)
        periods = fields.integer("periods", required=True, least=1, most=120)
    amount_minor = None if amount is None else _commit_amount(amount, customer.currency, notes)
    if commit_id is None or kind is None or amount_minor is None or begins is None or periods is None:
        return None
    if not identifier_of(commit_id, notes, what="a commit"):
        return None
    last = months_later(begins, periods - 1)
    outside = begins < first_day(customer.from_day) or (customer.to_day is not None and last > customer.to_day)
    if outside:
        message = f"commit {commit_id.value} holds from {begins:%Y-%m} to {last:%Y-%m}, beyond its subscription"
        notes.report("BL108", fields.node.key("from"), message, remedy="move it, or shorten it, into the subscription")
    return Commit(commit_id.value, kind, amount_minor, begins, periods)


def _commit_amount(amount: nodes.Scalar, currency: str, notes: Notes) -> int | None:
    try:
        minor = whole_minor_units(amount.value, currency)
    except NotAnAmount as error:
        notes.report("BL101", amount, str(error), remedy="write a decimal number such as 1000.00")
        return None
    if minor <= 0:
        notes.report("BL101", amount, f"a commit is above 0, not {amount.value}", remedy="write what was agreed on")
        return None
    return minor
