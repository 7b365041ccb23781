"""What the processes of a service under test do differently. On their PYTHONPATH only; the product knows nothing of it.

Segments are small, so that crashes meet their ends; who died is started again soon; and, where CRASH_BREAK names one,
ledger or gateway make a mistake that the harness has to notice. Nobody gives way to anybody.
"""

import os

if "CRASH_SEGMENT_BYTES" in os.environ:
    from sretool.billing import supervision
    from sretool.billing.faults import fail_point
    from sretool.billing.journal.writer import SegmentJournal
    from sretool.billing.ledger import Fenced, SqliteLedger

    SegmentJournal.open.__func__.__kwdefaults__["segment_bytes"] = int(os.environ["CRASH_SEGMENT_BYTES"])
    supervision.PAUSE_SECONDS_MAX = 0.2
    # Who gives way to everybody does not even get to its end, once killed, on a machine that is busy with other tests.
    supervision.SERVICE = tuple(supervision.Process(process.module) for process in supervision.SERVICE)

    def _move(ledger, partition, to):
        ledger._connection.execute("UPDATE applied SET position = ? WHERE partition = ?", (to, partition))

    def _without_sightings(ledger, effects):
        written, ledger._write_sightings = ledger._write_sightings, lambda *_: None
        ledger._write(effects)
        ledger._write_sightings = written

    def _sightings(ledger, effects):
        if effects.sightings:
            ledger._write_sightings(effects.sightings, effects.day)

    def offset_first(ledger, partition, to, effects):
        """The applied position in a transaction of its own, before what it stands for."""
        with ledger._transaction():
            _move(ledger, partition, to)
        fail_point("applier.before_commit")
        with ledger._transaction():
            ledger._write(effects)

    def seen_apart(ledger, partition, to, effects):
        """Ids are marked as seen before their events count, in another transaction."""
        with ledger._transaction():
            _sightings(ledger, effects)
        fail_point("applier.before_commit")
        with ledger._transaction():
            _without_sightings(ledger, effects)
            _move(ledger, partition, to)

    def rollups_first(ledger, partition, to, effects):
        """Events count before they are marked as seen, in another transaction."""
        with ledger._transaction():
            _without_sightings(ledger, effects)
        fail_point("applier.before_commit")
        with ledger._transaction():
            _sightings(ledger, effects)
            _move(ledger, partition, to)

    def _apply_broken(self, partition, epoch, *, from_, to, effects):
        standing = self._one("SELECT position, epoch FROM applied WHERE partition = ?", partition)
        if standing != (from_, epoch):
            raise Fenced(f"the ledger stands at {standing}, not at {(from_, epoch)}")
        _BROKEN(self, partition, to, effects)
        from sretool.billing.ledger import schema

        self._parts = schema.parts(self._connection)

    async def _acknowledge_early(committer):
        """Senders are told where their batches will stand, and then those are written."""
        import asyncio

        from sretool.billing.journal.layout import encode_group

        try:
            while committer._waiting:
                pendings, waiters = committer._next_group()
                _, places = encode_group(pendings, committer._journal.durable_end, ingest_us=0)
                for waiter, place in zip(waiters, places, strict=True):
                    waiter.set_result(place)
                for _ in range(20):  # turns of the loop, in which it answers
                    await asyncio.sleep(0)
                append_group = committer._journal.append_group
                await asyncio.get_running_loop().run_in_executor(committer._thread, append_group, pendings)
        finally:
            committer._syncing = None

    broken = os.environ.get("CRASH_BREAK")
    if broken == "acknowledge early":
        from sretool.billing.journal import GroupCommitter

        GroupCommitter._sync_all = _acknowledge_early
    elif broken:
        _BROKEN = {"offset first": offset_first, "seen apart": seen_apart, "rollups first": rollups_first}[broken]
        SqliteLedger.apply = _apply_broken
