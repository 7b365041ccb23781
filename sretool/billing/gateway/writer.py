"""The journal as the gateway holds it: opened again after it failed, and counted."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from sretool.billing.ahead import open_journal, refuse_behind
from sretool.billing.directory import DataDirectory
from sretool.billing.gateway.resume import Reached, catch_up, resume
from sretool.billing.gateway.room import Room
from sretool.billing.journal import (
    Appended,
    ClockJumped,
    Disk,
    GroupCommitter,
    JournalError,
    JournalFailed,
    Kind,
    Pending,
    SteadyClock,
)

REOPEN_SECONDS = 1.0


class Writer:
    """Appends to the journal of a data directory, of which it is the only writer.

    A failed journal is sealed and everybody who waits is told. It is opened again, which recovers it, until that
    succeeds; meanwhile every append fails at once.
    """

    def __init__(
        self, directory: DataDirectory, *, disk: Disk, clock: Callable[[], int], reopen_seconds: float = REOPEN_SECONDS
    ):
        self._directory, self._disk = directory, disk
        self._clock = SteadyClock(clock)  # Also across a journal that failed: opening it again proves no clock right.
        self.reopen_seconds = reopen_seconds
        self.room = Room(directory)
        self._committer: GroupCommitter | None = None
        self._reopening: asyncio.Task[None] | None = None
        self.reached = Reached()
        self._newest_us = 0
        self._is_clock_told = False
        self._was_open = False

    @property
    def durable_end(self) -> int:
        """The position behind the last durable record, as this process knows it."""
        return self.reached.position

    @property
    def appended_events(self) -> int:
        """Events in the journal, ever."""
        return self.reached.appended_events

    @property
    def is_failed(self) -> bool:
        return self._committer is None or self._committer.is_failed

    def open(self) -> None:
        """Recover the journal and be its writer. Raises JournalError, OSError."""
        journal = open_journal(self._directory, disk=self._disk, now_us=self._clock.stamp)
        if self._was_open:
            catch_up(self._directory.journal, self.reached)
        else:
            self.reached = resume(self._directory)
        self._was_open = True
        self._committer = GroupCommitter(journal)

    def window_us(self) -> int:
        """The instant that the time window is judged at: never before the stamp of a record, by which ids are known."""
        if self._committer is not None:
            self._newest_us = self._committer.newest_us
        return max(self._clock.look(), self._newest_us)

    def clock_fault(self) -> str | None:
        """Why the clock cannot be believed at the moment."""
        return self._clock.fault()

    def refuse_behind(self) -> None:
        """Raise JournalBehind when the ledger, the invoices or the recount were made of more than the journal holds."""
        committer = self._committer
        if committer is not None:
            refuse_behind(self._directory, lambda: committer.durable_end)

    async def append(self, pending: Pending) -> Appended:
        """Where the record stands, durable. Raises JournalFailed.

        Decisions are few and small: they are taken however little room there is.
        """
        if pending.kind is Kind.BATCH:
            self.room.demand()
        if self._committer is None:
            raise JournalFailed("the journal is being opened again")
        try:
            appended = await self._committer.append(pending)
        except ClockJumped as error:
            self._tell(error)
            raise
        except JournalFailed:
            if self._reopening is None:
                self._reopening = asyncio.create_task(self._reopen())
            raise
        self._is_clock_told = False
        self._count(pending, appended)
        return appended

    def _tell(self, error: ClockJumped) -> None:
        """Once, however many are refused."""
        if not self._is_clock_told:
            self._is_clock_told = True
            print(f"gateway: {error}; remedy: {error.remedy}", file=sys.stderr)

    def _count(self, pending: Pending, appended: Appended) -> None:
        if appended.position != self.reached.position:
            # Somebody stopped waiting for what stands between.
            catch_up(self._directory.journal, self.reached, until=appended.position)
        self.reached.pass_record(
            appended.position, appended.end, count=pending.count, is_catalog=pending.kind is Kind.CATALOG
        )

    async def close(self) -> None:
        if self._reopening is not None:
            self._reopening.cancel()
        if self._committer is not None:
            await self._committer.close()

    async def _reopen(self) -> None:
        failed, self._committer = self._committer, None
        if failed is not None:
            await failed.close()
        print("gateway: the journal failed and is sealed; it is being opened again", file=sys.stderr)
        while True:
            await asyncio.sleep(self.reopen_seconds)
            try:
                await asyncio.to_thread(self.open)
            except (JournalError, OSError) as error:
                print(f"gateway: the journal cannot be opened: {error}", file=sys.stderr)
            else:
                break
        self._reopening = None
        print("gateway: the journal is open again", file=sys.stderr)
