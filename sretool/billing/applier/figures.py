"""How far the applier is, as its status file says once a second, also while it is idle, stalled or in a long bulk."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sretool import clock
from sretool.billing.directory import DataDirectory
from sretool.billing.journal import JournalError, JournalReader, Kind, Record
from sretool.billing.ledger.protocol import OUTCOMES
from sretool.billing.metrics import Figures

STAMP_SECONDS = 0.5
_APPLIED = "billing_applied_events_total"
_VISIBLE = "billing_event_visible_seconds"
_WATERMARK = "billing_applied_watermark_timestamp_seconds"
_OLDEST_HELD = "billing_quarantine_oldest_timestamp_seconds"
_SHARD = "0"


class Progress:
    """Written by the loop, read by the stamper. What is counted stands in the ledger; the histogram begins anew."""

    def __init__(self) -> None:
        self.applied: int | None = None  # Unknown until the ledger has been read.
        self.quarantine_oldest_us: int | None = None
        self.unreadable_decisions = 0  # Since this process began.
        self.figures = Figures([_APPLIED, _VISIBLE, _OLDEST_HELD])

    def start(self, applied: int, counts: Mapping[str, int], quarantine_oldest_us: int | None) -> None:
        """Take what the ledger says."""
        for outcome in OUTCOMES:
            self.figures.set(_APPLIED, counts[outcome], outcome)
        self.quarantine_oldest_us = quarantine_oldest_us
        self.applied = applied

    def passed(self, bulk: Sequence[Record], counts: Mapping[str, int], committed_us: int) -> None:
        """A bulk has been committed at an instant."""
        for outcome, events in counts.items():
            self.figures.add(_APPLIED, events, outcome)
        for record in bulk:
            if record.kind is Kind.BATCH:
                age_seconds = max(0, committed_us - record.ingest_us) / 1e6
                self.figures.observe(_VISIBLE, age_seconds, events=record.count)
        self.applied = bulk[-1].end

    def status(self, watermark_us: int | None) -> dict[str, Any]:
        """What the status file says; no watermark as long as none is known."""
        self.figures.set(_OLDEST_HELD, (self.quarantine_oldest_us or 0) / 1e6)
        if watermark_us is not None:
            self.figures.set(_WATERMARK, watermark_us / 1e6, _SHARD)
        published = self.figures.published()
        return {
            "pid": os.getpid(),
            "watermark_us": watermark_us,
            "applied": self.applied,
            "counts": dict(published[_APPLIED]),
            "visible": published[_VISIBLE],
            "unreadable_decisions": self.unreadable_decisions,
            "metrics": published,
        }


class Watermark:
    """The instant before which everything that is durable is applied."""

    def __init__(self, source: JournalReader, now_us: Callable[[], int] = clock.now_us) -> None:
        self._source = source
        self._now_us = now_us
        self._waiting: tuple[int, int] | None = None  # the first record that is not applied, and its instant

    def at(self, applied: int) -> int | None:
        """Now, if all that was durable just now is applied, else when the first came that is not.

        None where the journal cannot say: what stands there is damaged, or the ledger is ahead.
        """
        now_us = self._now_us()  # Before the journal is looked at: what comes later is not in it.
        durable = self._source.durable_end()
        if applied == durable:
            return now_us
        if applied > durable:
            return None
        if self._waiting is None or self._waiting[0] != applied:
            try:
                self._waiting = (applied, self._source.at(applied).ingest_us)
            except JournalError:
                return None
        return self._waiting[1]


class Stamper:
    """A thread that publishes the progress, so that a dead applier ages and a busy one does not."""

    def __init__(self, directory: DataDirectory, progress: Progress) -> None:
        self._directory = directory
        self._progress = progress
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stamper", daemon=True)

    def __enter__(self) -> Stamper:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with JournalReader(self._directory.journal) as source:
            watermark = Watermark(source)
            while not self._stop.is_set():
                self._stamp(watermark)
                self._stop.wait(STAMP_SECONDS)
            self._stamp(watermark)

    def _stamp(self, watermark: Watermark) -> None:
        applied = self._progress.applied
        if applied is not None:
            self._directory.write_status("applier", self._progress.status(watermark.at(applied)))
