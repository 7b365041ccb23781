"""A model of the applier in a dozen lines, and a life of an applier among restarts, crashes and rivals beside it."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import pytest
from billing.usage import CATALOG, DAY_US, START_US, FakeJournal, usage_event

from sretool.billing.applier import Applier, applying
from sretool.billing.applier.figures import Progress
from sretool.billing.journal import Kind
from sretool.billing.ledger import LedgerReader, SqliteLedger, writing
from sretool.billing.ledger.id_filter import IdFilter


@dataclass(frozen=True)
class Sent:
    """An event as a test thinks of it: `at_s` after the start, an amount that no meter can use where it is None."""

    name: str
    customer: str = "ann"
    at_s: int = 0
    amount: Fraction | None = Fraction(1)
    region: str = "eu"
    tenant: str = "acme"

    def said(self) -> dict[str, object]:
        day, rest = divmod(self.at_s, 86_400)
        clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
        properties: dict[str, object] = {"region": self.region}
        if self.amount is not None:
            scaled = abs(self.amount.numerator * 10**12 // self.amount.denominator)
            sign = "-" if self.amount < 0 else ""
            properties["bytes"] = f"{sign}{scaled // 10**12}.{scaled % 10**12:012d}"
        timestamp = f"2026-01-{day + 1:02d}T{clock}Z"
        return usage_event(self.name, customer_id=self.customer, timestamp=timestamp, properties=properties)


Batch = tuple[int, Sequence[Sent]]  # ingest days since the one before, events of one tenant
Key = tuple[str, str, str, int]  # tenant, customer, meter, cuts before


@dataclass
class Model:
    """What the ledger should say."""

    counts: Counter[str] = field(default_factory=Counter)
    usage: dict[Key, list[Fraction]] = field(default_factory=dict)
    first: dict[tuple[str, str], tuple[int, Sent]] = field(default_factory=dict)

    def take(self, sent: Sent, day: int, cuts: int) -> None:
        first = self.first.get((sent.tenant, sent.name))
        if first is not None and day - first[0] <= 36:
            self.counts["duplicate" if first[1] == sent else "conflict"] += 1
            return
        self.first[sent.tenant, sent.name] = day, sent
        customers: Mapping[str, object] = CATALOG["customers"]  # type: ignore[assignment]
        if sent.customer not in customers[sent.tenant] or sent.amount is None:  # type: ignore[operator]
            self.counts["quarantined"] += 1
            return
        self.counts["counted"] += 1
        for meter in ("calls", "bytes", *(["eu_calls", "peak"] if sent.region == "eu" else [])):
            self.usage.setdefault((sent.tenant, sent.customer, meter, cuts), []).append(sent.amount)

    def quantities(self, upto_cut_no: int) -> dict[tuple[str, str, str], Fraction]:
        together: dict[tuple[str, str, str], list[Fraction]] = {}
        for (*whose, cuts), amounts in self.usage.items():
            if cuts <= upto_cut_no:
                together.setdefault((whose[0], whose[1], whose[2]), []).extend(amounts)
        how: dict[str, Callable[[list[Fraction]], Fraction]] = {"bytes": sum, "peak": max}  # type: ignore[dict-item]
        return {key: how.get(key[2], lambda amounts: Fraction(len(amounts)))(of) for key, of in together.items()}


def written(steps: Sequence[Batch | None]) -> tuple[FakeJournal, Model, int]:
    """A journal of batches, with a cut for each None; what it should come to, and how many cuts."""
    journal, model, cuts = FakeJournal(), Model(), 0
    journal.catalog()
    for step in steps:
        if step is None:
            journal.say(Kind.CUT, start_us=0, end_us=0, as_of_us=0, final=False)
            cuts += 1
            continue
        days, events = step
        journal.ingest_us += days * DAY_US
        journal.batch(*[sent.said() for sent in events], tenant=events[0].tenant)
        for sent in events:
            model.take(sent, (journal.ingest_us - START_US) // DAY_US, cuts)
    return journal, model, cuts


def differences(path: Path, model: Model, cuts: int) -> list[str]:
    """Where the ledger says something else than the model."""
    reader = LedgerReader.open(path)
    found: list[str] = []
    counts = {outcome: events for outcome, events in reader.counts().items() if events}
    if counts != dict(model.counts):
        found.append(f"counts are {counts}, not {dict(model.counts)}")
    for number in range(cuts + 1):
        usages = reader.usage(0, 2**60 - 2**60 % 900_000_000, upto_cut_no=number)
        got = {(usage.tenant, usage.customer, usage.meter): usage.quantity for usage in usages}
        if got != model.quantities(number):
            found.append(f"usage before cut {number} is {got}, not {model.quantities(number)}")
    reader.close()
    return found


class Crash(BaseException):
    """The process is gone."""


@contextmanager
def crashing(visits: Iterator[bool]) -> Iterator[None]:
    """Die at those visits of fail points that are True."""

    def fail_point(_name: str) -> None:
        if next(visits):
            raise Crash

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "fail_point", fail_point)
        patch.setattr(applying, "fail_point", fail_point)
        yield


def live(
    home: Path,
    journal: FakeJournal,
    *,
    seed: int,
    ledger_class: type[SqliteLedger] = SqliteLedger,
    troubles: float = 0.2,
) -> Path:
    """Apply a journal bit by bit, with crashes, restarts and a filter that is lost, by a seed; returns the ledger."""
    chance = random.Random(seed)
    path = home / "ledger.db"

    def visits() -> Iterator[bool]:
        while True:
            yield chance.random() < troubles

    def applier() -> Applier:
        ledger = ledger_class.open(path)
        return Applier(ledger, IdFilter(home / "filter", ledger.identity(), run_length=3), journal, Progress())

    running = applier()
    with crashing(visits()):
        while running.applied < journal.durable_end():
            try:
                running.step(chance.choice([1, 300, 3000, 100_000]))
            except Crash:
                running.close()
                running = applier()
            if chance.random() < troubles:
                running.close()
                for lost in sorted((home / "filter").glob("*")):
                    if chance.random() < 0.3:
                        lost.unlink()
                running = applier()
    running.close()
    return path
