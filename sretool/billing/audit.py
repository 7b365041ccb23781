"""Holds manifests against the journal and the ledger, as files: the service need not run, and may.

    lost           acknowledged, and not in the journal
    unexpected     in the journal, though its client never sent it or was told that it was refused
    counted twice  more events of a type in the rollups than different ids in the journal
    not counted    fewer, beside those that quarantine holds

What is indeterminate may be in the journal or not. What no manifest names is no finding, and is expected once in the
rollups, too. Memory grows with the manifests' batches, and with ids that none of them names up to a bound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from sretool.billing.directory import DataDirectory
from sretool.billing.journal import JournalReader, Kind, Record
from sretool.billing.manifest import Manifest, SentBatch, place_of, read_manifests, transaction_id
from sretool.billing.other_senders import IDS_MAX, OtherSenders
from sretool.billing.rollup_counts import Counted, read_counted

_CHUNK_BYTES = 8 * 2**20
_EXAMPLES = 10

Progress = Callable[[int, int], None]  # bytes of the journal read, and to be read


class NothingToAudit(Exception):
    """There is no manifest. Its message says how to get one."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found, in events. Examples are ids."""

    runs: int
    acknowledged: int
    indeterminate: int
    refused: int
    found: int  # acknowledged and in the journal
    expired: int  # acknowledged, and dropped from the journal by retention since
    lost: int
    unexpected: int
    counted: int | None  # in rollups that were compared; None while there is no ledger
    counted_twice: int
    not_counted: int
    foreign: int  # of nobody's manifest
    pending: int  # in the journal and not applied yet
    tenants: int  # whose counts could be compared
    not_compared: int  # of them
    examples: dict[str, list[str]] = field(default_factory=dict)

    @property
    def findings(self) -> int:
        """Events that are not as they were promised."""
        return self.lost + self.unexpected + self.counted_twice + self.not_counted

    @property
    def is_counting_known(self) -> bool:
        """Whether anything can be said of what was counted: also where there was nothing to count."""
        return not self.tenants or self.not_compared < self.tenants

    @property
    def is_clean(self) -> bool:
        """Nothing was found, and it was looked for."""
        return not self.findings and self.is_counting_known


def audit(directory: DataDirectory, *, progress: Progress | None = None, other_ids_max: int = IDS_MAX) -> Audit:
    """Audit every manifest of the directory. Raises NothingToAudit, NotAManifest, JournalError.

    The order of looking makes a running service no excuse and no finding: the ledger first, then how far the journal
    had come, then what clients say, and the journal to its end last.
    """
    counted = read_counted(directory.ledger)
    with JournalReader(directory.journal) as reader:
        known_end = reader.durable_end()
        manifests = list(read_manifests(directory.root / "manifests"))
        if not manifests:
            raise NothingToAudit(f"there is no manifest in {directory.root / 'manifests'}: run sretool billing load")
        applied = counted.applied if counted else 0
        scan = _Scan(manifests, OtherSenders(ids_max=other_ids_max), known_end=known_end, applied=applied)
        first, end = reader.first_position(), reader.durable_end()
        position = first
        while position < end and (records := reader.read(position, _CHUNK_BYTES)):
            for record in records:
                scan.take(record)
            position = records[-1].end
            if progress:
                progress(position - first, end - first)
    return _judge(scan, counted, first=first)


class _Id(msgspec.Struct, gc=False):
    transaction_id: str
    event_type: str


class _Run:
    """The batches of a manifest, and which of their events the journal has."""

    def __init__(self, manifest: Manifest) -> None:
        self.name = manifest.run
        self.batches = manifest.batches
        self.whole: set[int] = set()
        self.partial: dict[int, int] = {}  # a bit an event

    def missing(self, number: int) -> list[int]:
        """The indices of a batch that the journal has not shown."""
        if number in self.whole:
            return []
        seen = self.partial.get(number, 0)
        return [index for index in range(self.batches[number].count) if not seen >> index & 1]


class _Scan:
    """Reads the journal once."""

    def __init__(self, manifests: Sequence[Manifest], others: OtherSenders, *, known_end: int, applied: int) -> None:
        self.runs = {manifest.run: _Run(manifest) for manifest in manifests}
        self.tenants = {batch.tenant for manifest in manifests for batch in manifest.batches.values()}
        self.known_end = known_end
        self.applied = applied
        self.distinct: Counter[tuple[str, str]] = Counter()  # tenant and event type
        self.distinct_applied: Counter[tuple[str, str]] | None = None
        self.others = others
        self.unexpected = 0
        self.unexpected_ids: list[str] = []
        self.pending = 0
        self._decoder = msgspec.json.Decoder(list[_Id])

    def take(self, record: Record) -> None:
        if record.kind is not Kind.BATCH or record.tenant not in self.tenants:
            return
        if record.position >= self.applied:
            self.pending += record.count
            if self.distinct_applied is None:
                self.distinct_applied = self.distinct.copy()
        events = self._decoder.decode(record.body)
        if not self._take_whole(record, events):
            for event in events:
                self._take_one(record, event)

    def _take_whole(self, record: Record, events: list[_Id]) -> bool:
        """A batch as it was sent, which nearly all are."""
        place = place_of(events[0].transaction_id) if events else None
        run = self.runs.get(place[0]) if place else None
        if place is None or run is None or place[1] in run.partial:
            return False
        batch = run.batches.get(place[1])
        if batch is None or not _is_theirs(batch, record, size=len(events)):
            return False
        if any(event.transaction_id != transaction_id(run.name, place[1], i) for i, event in enumerate(events)):
            return False
        if place[1] not in run.whole:
            run.whole.add(place[1])
            self._count(record.tenant, events)
        return True

    def _take_one(self, record: Record, event: _Id) -> None:
        place = place_of(event.transaction_id)
        run = self.runs.get(place[0]) if place else None
        if place is None or run is None:
            self._take_other(record, event)
            return
        _, number, index = place
        batch = run.batches.get(number)
        if batch is None or batch.is_refused or batch.tenant != record.tenant or index >= batch.count:
            self._take_unexpected(record, event)
            return
        if number in run.whole:
            return
        seen = run.partial.get(number, 0)
        if not seen >> index & 1:
            run.partial[number] = seen | 1 << index
            self._count(record.tenant, (event,))

    def _take_unexpected(self, record: Record, event: _Id) -> None:
        if record.position >= self.known_end:
            return  # It was sent after its manifest was read.
        self.unexpected += 1
        self._take_other(record, event)
        if len(self.unexpected_ids) < _EXAMPLES:
            self.unexpected_ids.append(event.transaction_id)

    def _take_other(self, record: Record, event: _Id) -> None:
        if self.others.is_new(record.tenant, event.transaction_id, ingest_us=record.ingest_us):
            self._count(record.tenant, (event,))

    def _count(self, tenant: str, events: Iterable[_Id]) -> None:
        for event_type, number in Counter(event.event_type for event in events).items():
            self.distinct[tenant, event_type] += number


def _is_theirs(batch: SentBatch, record: Record, *, size: int) -> bool:
    return batch.tenant == record.tenant and batch.count == size and not batch.is_refused


def _judge(scan: _Scan, counted: Counted | None, *, first: int) -> Audit:
    manifests = [Manifest(run.name, run.batches) for run in scan.runs.values()]
    acknowledged = [
        (run, number, batch)
        for run in scan.runs.values()
        for number, batch in run.batches.items()
        if batch.is_acknowledged
    ]
    expired = sum(batch.count for _, _, batch in acknowledged if batch.position < first)
    missing = [
        transaction_id(run.name, number, index)
        for run, number, batch in acknowledged
        if batch.position >= first
        for index in run.missing(number)
    ]
    total = sum(manifest.events("acknowledged") for manifest in manifests)
    distinct = scan.distinct if scan.distinct_applied is None else scan.distinct_applied
    whole_history = first == 0  # else the rollups hold what the journal no longer shows
    compared = counted.compare(distinct, without=scan.others.uncountable) if counted and whole_history else None
    tenants = {tenant for tenant, _ in scan.distinct} | {batch.tenant for _, _, batch in acknowledged}
    examples = {"lost": missing[:_EXAMPLES], "unexpected": scan.unexpected_ids}
    if compared:
        examples |= {"counted twice": compared.twice_examples, "not counted": compared.missing_examples}
    return Audit(
        runs=len(manifests),
        acknowledged=total,
        indeterminate=sum(manifest.events("indeterminate") for manifest in manifests),
        refused=sum(manifest.events("refused") for manifest in manifests),
        found=total - expired - len(missing),
        expired=expired,
        lost=len(missing),
        unexpected=scan.unexpected,
        counted=compared.counted if compared else None,
        counted_twice=compared.twice if compared else 0,
        not_counted=compared.missing if compared else 0,
        foreign=scan.others.events.total(),
        pending=scan.pending,
        tenants=len(tenants),
        not_compared=len(tenants - compared.tenants) if compared else len(tenants),
        examples={finding: ids for finding, ids in examples.items() if ids},
    )
