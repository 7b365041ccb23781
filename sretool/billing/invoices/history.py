"""A customer's documents so far, and what of them was in force at a point of the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_BILLED = ("drawdown", "credit")  # kinds of lines by which an amount is paid, not billed


@dataclass(frozen=True, slots=True)
class Basis:
    """The control record that fixes a document's inputs: usage, catalogue, credits, and what was billed before.

    A reissue has that of the version which it replaces; with --recut the void is a basis of its own. `as_of_us` is
    billing time, which says what credits are in force for a document without a period.
    """

    position: int
    cut_no: int
    catalog_position: int
    as_of_us: int
    is_recut: bool = False


@dataclass(frozen=True, slots=True)
class BilledLine:
    kind: str
    period_start_us: int
    line: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Issued:
    """A document that was issued: for a period, or, with a `final_position`, for what was late after the last one."""

    id: str
    start_us: int
    end_us: int
    final_position: int
    version: int
    basis: Basis
    control_position: int
    voided_position: int | None
    total_minor: int
    lines: tuple[BilledLine, ...] = ()
    drawn: Mapping[str, int] = field(default_factory=dict)

    def in_force(self, position: int) -> bool:
        """Whether it was issued before a control record, and not voided by it or before it."""
        voided = self.voided_position is not None and self.voided_position <= position
        return self.control_position < position and not voided


@dataclass(frozen=True, slots=True)
class History:
    """All documents of one customer, voided ones too."""

    documents: tuple[Issued, ...] = ()

    def closed(self, position: int) -> dict[int, Issued]:
        """The periods that have a document from before a position, by their start; of each its highest version."""
        found: dict[int, Issued] = {}
        for document in sorted(self.documents, key=lambda document: (document.start_us, document.version)):
            if not document.final_position and document.control_position < position:
                found[document.start_us] = document
        return found

    def net(self, position: int) -> dict[tuple[int, str], int]:
        """What the documents in force at a position have billed, by period and line; without what adds up to 0."""
        found: dict[tuple[int, str], int] = {}
        for document in self.documents:
            if document.in_force(position):
                for line in document.lines:
                    if line.kind not in NOT_BILLED:
                        key = (line.period_start_us, line.line)
                        found[key] = found.get(key, 0) + line.amount_minor
        return {key: amount for key, amount in found.items() if amount}

    def drawn(self, position: int) -> dict[str, int]:
        """What the documents in force at a position have drawn, by commit and credit."""
        found: dict[str, int] = {}
        for document in self.documents:
            if document.in_force(position):
                for source, amount in document.drawn.items():
                    found[source] = found.get(source, 0) + amount
        return found


NO_HISTORY = History()
