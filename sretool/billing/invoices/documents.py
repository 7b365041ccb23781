"""Documents as values: their lines, ids, digests and the JSON that is kept and shown."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from sretool.billing.invoices.history import Basis
from sretool.billing.periods import BillingPeriod
from sretool.money import decimal_text

AMOUNTS_END: Final = 2**63
NAMESPACE: Final = uuid5(NAMESPACE_URL, "https://sretool.dev/billing/invoice")


@dataclass(frozen=True, slots=True)
class Line:
    """`period` is what the line is for: the document's own, or, of an adjustment, an earlier one."""

    kind: str
    period: BillingPeriod | None
    line: str
    amount_minor: int
    meter: str | None = None
    quantity: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """What a document is for: a period of a customer, or, with a `final_position`, what was late after the last one."""

    tenant: str
    customer: str
    currency: str
    zone: str
    period: BillingPeriod | None
    final_position: int = 0

    @property
    def start_us(self) -> int:
        return 0 if self.period is None else self.period.start_us

    @property
    def end_us(self) -> int:
        return 0 if self.period is None else self.period.end_us


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice. It never changes; `digest` is that of everything it was made of."""

    id: str
    slot: Slot
    version: int
    basis: Basis
    lines: tuple[Line, ...]
    drawn: tuple[tuple[str, int], ...]
    total_minor: int
    credit_note_minor: int
    digest: str

    @property
    def is_issuable(self) -> bool:
        """Whether every amount has at most 64 bits, in which they are kept."""
        amounts = [line.amount_minor for line in self.lines]
        amounts += (self.total_minor, self.credit_note_minor)
        return min(amounts) >= -AMOUNTS_END and max(amounts) < AMOUNTS_END


def document_id(slot: Slot, version: int) -> str:
    """The same for the same document, whenever and wherever it is made."""
    place = f"final:{slot.final_position}" if slot.final_position else str(slot.start_us)
    return str(uuid5(NAMESPACE, f"{slot.tenant}|{slot.customer}|{place}|{version}"))


def digest_of(inputs: Any) -> str:
    """SHA-256 of the inputs as canonical JSON."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def document_as_json(document: Document, *, finalized_us: int, control_position: int) -> dict[str, Any]:
    """What is kept of a document, and what the API answers. Amounts are in minor units and as decimal text."""
    slot, currency = document.slot, document.slot.currency
    return {
        "id": document.id,
        "tenant": slot.tenant,
        "customer": slot.customer,
        "version": document.version,
        "period": _period_as_json(slot),
        "currency": currency,
        "lines": [_line_as_json(line, currency) for line in document.lines],
        "total_minor": document.total_minor,
        "total": decimal_text(document.total_minor, currency),
        "credit_note_minor": document.credit_note_minor,
        "credit_note": decimal_text(document.credit_note_minor, currency),
        "cut_no": document.basis.cut_no,
        "basis_position": document.basis.position,
        "catalog_position": document.basis.catalog_position,
        "control_position": control_position,
        "finalized_us": finalized_us,
        "digest": document.digest,
    }


def _period_as_json(slot: Slot) -> dict[str, Any] | None:
    if slot.period is None:
        return None
    return {"name": slot.period.name, "start_us": slot.start_us, "end_us": slot.end_us, "zone": slot.zone}


def _line_as_json(line: Line, currency: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "kind": line.kind,
        "line": line.line,
        "amount_minor": line.amount_minor,
        "amount": decimal_text(line.amount_minor, currency),
        "period": None if line.period is None else line.period.name,
    }
    if line.meter is not None and line.quantity is not None:
        said |= {"meter": line.meter, "quantity": quantity_text(line.quantity)}
    return said


def quantity_text(quantity: Fraction) -> str:
    """An exact quantity; usage has at most 12 decimals."""
    pico = quantity * 10**12
    assert pico.denominator == 1
    whole, decimals = divmod(abs(pico.numerator), 10**12)
    text = f"{whole}.{decimals:012d}".rstrip("0").rstrip(".") if decimals else str(whole)
    return f"-{text}" if pico < 0 else text
