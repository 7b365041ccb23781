"""Appending from asyncio: whoever waits while a group is being synced forms the next group."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sretool.billing.journal.errors import ClockJumped, JournalFailed
from sretool.billing.journal.layout import refuse_unwritable
from sretool.billing.journal.record import Appended, Pending
from sretool.billing.journal.writer import SegmentJournal

GROUP_BYTES_MAX = 4 << 20

_Waiter = tuple[Pending, asyncio.Future[Appended]]


class GroupCommitter:
    """Appends for many coroutines of one event loop; a thread writes and syncs, so that the loop never waits.

    A coroutine that is cancelled while it waits leaves its record in the group: it is then indeterminate.
    """

    def __init__(self, journal: SegmentJournal, *, group_bytes_max: int = GROUP_BYTES_MAX) -> None:
        self._journal = journal
        self._group_bytes_max = group_bytes_max
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._waiting: deque[_Waiter] = deque()
        self._syncing: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def is_failed(self) -> bool:
        """Whether every further append raises JournalFailed."""
        return self._closed or self._journal.is_failed

    @property
    def durable_end(self) -> int:
        """The position behind the last durable record."""
        return self._journal.durable_end

    @property
    def newest_us(self) -> int:
        """No record that comes is stamped earlier."""
        return self._journal.newest_us

    async def append(self, pending: Pending) -> Appended:
        """Where the record stands, once it is durable. Raises JournalFailed, ValueError if it is too large."""
        if self._closed:
            raise JournalFailed("the journal is closed")
        refuse_unwritable(pending)
        waiter: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        self._waiting.append((pending, waiter))
        if self._syncing is None:
            self._syncing = asyncio.create_task(self._sync_all())
        return await waiter

    async def close(self) -> None:
        """Refuse what comes, finish what waits, close the journal."""
        self._closed = True
        if self._syncing is not None:
            await self._syncing
        self._thread.shutdown()
        self._journal.close()

    async def _sync_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                pendings, waiters = self._next_group()
                try:
                    # Here, and not in the thread: each checksum there would give up the interpreter's lock and wait
                    # for it again behind a loop that is busy, while the disk has nothing to do.
                    group = self._journal.prepare(pendings)
                    places = await loop.run_in_executor(self._thread, self._journal.commit, group)
                except Exception as error:  # noqa: BLE001 - whatever it was, each waiter has to hear of it
                    _fail(waiters, error)
                else:
                    for waiter, place in zip(waiters, places, strict=True):
                        if not waiter.done():
                            waiter.set_result(place)
        finally:
            self._syncing = None

    def _next_group(self) -> tuple[list[Pending], list[asyncio.Future[Appended]]]:
        pendings: list[Pending] = []
        waiters: list[asyncio.Future[Appended]] = []
        room = self._group_bytes_max
        while self._waiting and (not pendings or room >= len(self._waiting[0][0].body)):
            pending, waiter = self._waiting.popleft()
            room -= len(pending.body)
            pendings.append(pending)
            waiters.append(waiter)
        return pendings, waiters


def _fail(waiters: Sequence[asyncio.Future[Appended]], error: Exception) -> None:
    for waiter in waiters:
        if not waiter.done():
            failure = (ClockJumped if isinstance(error, ClockJumped) else JournalFailed)(str(error))
            failure.__cause__ = error
            waiter.set_exception(failure)
