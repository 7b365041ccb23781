"""One document from what is owed, what was billed before and what is in force: line amounts, minimum, adjustments,
commits, credits, total, in this order. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sretool.billing.invoices.controls import Grant
from sretool.billing.invoices.documents import Document, Line, Slot, digest_of, document_id
from sretool.billing.invoices.history import NO_HISTORY, Basis, History
from sretool.billing.invoices.owed import COMMIT_PREFIX, Account
from sretool.billing.periods import billing_period, commit_months
from sretool.billing.pricing import OwedLine

CREDIT_PREFIX = "credit:"


@dataclass(frozen=True, slots=True)
class Case:
    """All that a document is made of.

    `account` holds the document's own period and the earlier ones that are closed at the basis; where nothing has
    happened to them since they were last settled, they may be left out. `grants` stand before the basis.
    """

    slot: Slot
    version: int
    basis: Basis
    control_position: int
    account: Account
    history: History = NO_HISTORY
    grants: tuple[Grant, ...] = ()
    plan_digest: str = ""


@dataclass(slots=True)
class _Draft:
    lines: list[Line] = field(default_factory=list)
    drawn: list[tuple[str, int]] = field(default_factory=list)
    usage_minor: int = 0  # what prepaid commits may pay: usage, the minimum, and their adjustments

    @property
    def rest(self) -> int:
        return sum(line.amount_minor for line in self.lines)

    def pay(self, kind: str, name: str, source: str, amount: int, slot: Slot) -> None:
        self.lines.append(Line(kind, slot.period, name, -amount))
        self.drawn.append((source, amount))


def drafted(case: Case) -> Document:
    """The document of a case."""
    draft = _Draft()
    _bill_own_lines(case, draft)
    net = case.history.net(case.basis.position)
    _adjust(case, draft, net)
    drawn_before = case.history.drawn(case.control_position)
    _draw_commits(case, draft, drawn_before)
    _pay_by_credits(case, draft, drawn_before)
    rest = draft.rest
    return Document(
        id=document_id(case.slot, case.version),
        slot=case.slot,
        version=case.version,
        basis=case.basis,
        lines=tuple(draft.lines),
        drawn=tuple(draft.drawn),
        total_minor=max(0, rest),
        credit_note_minor=max(0, -rest),
        digest=digest_of(_inputs(case, net, drawn_before)),
    )


def _bill_own_lines(case: Case, draft: _Draft) -> None:
    if case.slot.period is None:
        return
    for owed in case.account.owed(case.slot.start_us):
        draft.lines.append(Line(owed.kind, case.slot.period, owed.line, owed.amount_minor, owed.meter, owed.quantity))
        draft.usage_minor += owed.amount_minor if owed.is_usage else 0


# --- adjustments: owed now, less what all documents in force have billed for it


def _adjust(case: Case, draft: _Draft, net: Mapping[tuple[int, str], int]) -> None:
    for start_us in sorted(case.account.terms):
        if case.slot.period is not None and start_us >= case.slot.start_us:
            continue
        owed = case.account.owed(start_us)
        amounts = {line.line: line.amount_minor for line in owed}
        for name in _names(owed, net, start_us):
            _add_adjustment(case, draft, start_us, name, amounts.get(name, 0) - net.get((start_us, name), 0))
    if case.basis.is_recut and case.slot.period is not None:
        start_us = case.slot.start_us
        for name in _names(case.account.owed(start_us), net, start_us):
            _add_adjustment(case, draft, start_us, name, -net.get((start_us, name), 0))


def _names(owed: Iterable[OwedLine], net: Mapping[tuple[int, str], int], start_us: int) -> list[str]:
    """The lines of a period: those that are owed in their order, then those that were billed and are owed no more."""
    names = [line.line for line in owed]
    return [*names, *sorted(name for period, name in net if period == start_us and name not in names)]


def _add_adjustment(case: Case, draft: _Draft, start_us: int, name: str, amount: int) -> None:
    if amount == 0:
        return
    draft.lines.append(Line("adjustment", case.account.terms[start_us].period, name, amount))
    fixed = {line.line for line in case.account.owed(start_us) if not line.is_usage}
    if name not in fixed and not name.startswith(COMMIT_PREFIX):
        draft.usage_minor += amount


# --- what is paid by commits and credits


def _draw_commits(case: Case, draft: _Draft, drawn: Mapping[str, int]) -> None:
    """A prepaid commit whose first month was billed pays usage of its months."""
    if case.slot.period is None:
        return
    month, usage = case.slot.period.month, max(0, draft.usage_minor)
    issued = {document.start_us for document in case.history.documents if not document.final_position}
    for commit in case.account.terms[case.slot.start_us].customer.commits:
        first, last = commit_months(commit)
        if commit.kind != "prepaid" or not first <= month <= last:
            continue
        if first != month and billing_period(case.slot.zone, first).start_us not in issued:
            continue
        source = f"{COMMIT_PREFIX}{commit.id}"
        amount = min(commit.amount_minor - drawn.get(source, 0), usage)
        if amount > 0:
            draft.pay("drawdown", f"commit-drawdown:{commit.id}", source, amount, case.slot)
            usage -= amount


def _pay_by_credits(case: Case, draft: _Draft, drawn: Mapping[str, int]) -> None:
    rest = draft.rest
    for grant in _in_force(case):
        source = f"{CREDIT_PREFIX}{grant.id}"
        amount = min(grant.amount_minor - drawn.get(source, 0), rest)
        if amount > 0:
            draft.pay("credit", source, source, amount, case.slot)
            rest -= amount


def _in_force(case: Case) -> Iterator[Grant]:
    """The credits of the document's last instant, in the order in which they pay."""
    instant = (case.basis.as_of_us if case.slot.period is None else case.slot.end_us) - 1
    for grant in sorted(case.grants, key=_payment_order):
        lives = grant.effective_us <= instant and (grant.expires_us is None or instant < grant.expires_us)
        if lives and grant.currency == case.slot.currency:
            yield grant


def _payment_order(grant: Grant) -> tuple[int, bool, int, str]:
    return grant.priority, grant.expires_us is None, grant.expires_us or 0, grant.id


def _inputs(case: Case, net: Mapping[tuple[int, str], int], drawn: Mapping[str, int]) -> dict[str, Any]:
    """Everything that the document depends on, for its digest."""
    return {
        "basis": [case.basis.position, case.basis.cut_no, case.basis.catalog_position],
        "plan": case.plan_digest,
        "usage": {
            str(start_us): {meter: str(quantity) for meter, quantity in quantities.items()}
            for start_us, quantities in case.account.quantities.items()
        },
        "billed": {f"{start_us}|{name}": amount for (start_us, name), amount in net.items()},
        "credits": {grant.id: grant.amount_minor for grant in _in_force(case)},
        "drawn": dict(drawn),
    }
