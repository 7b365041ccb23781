"""Journal and applier through crashes on a disk that forgets, and the proof that such a run would notice a mistake."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from billing.simulation.broken import (
    AcknowledgesBeforeSync,
    FencesNobody,
    ForgetsAfter34Days,
    MarksIdsBefore,
    MovesOnBefore,
    NamesNothingDurably,
    PublishesBeforeSync,
    ReadsPastTheSync,
    RecoversWithoutSync,
    RetriesTheSync,
    StampsWhatTheClockSays,
    TrustsTheCacheAfterARestart,
)

from sretool.billing.applier import metering
from sretool.billing.journal import SegmentJournal, recovery
from sretool.billing.quantity import quantity_of
from sretool.billing.simulation.disk import Killed, PowerLoss
from sretool.billing.simulation.world import POINTS, Parts, Violated, World

SEEDS_PER_TEST = 25
BROKEN_SEEDS = 300


def seed_range(seeds: range) -> str:
    return f"seeds {seeds.start} to {seeds.stop - 1}"


@pytest.mark.parametrize(
    "seeds", [range(first, first + SEEDS_PER_TEST) for first in range(0, 200, SEEDS_PER_TEST)], ids=seed_range
)
def test_an_acknowledged_event_outlives_every_crash_and_counts_once(seeds: range) -> None:
    for seed in seeds:
        run(seed)


@pytest.mark.soak
@pytest.mark.parametrize("seeds", [range(first, first + 1000) for first in range(1000, 21_000, 1000)], ids=seed_range)
def test_an_acknowledged_event_outlives_every_crash_of_many_lives_and_counts_once(seeds: range) -> None:
    for seed in seeds:
        run(seed, lives=12)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(Parts(journal=AcknowledgesBeforeSync), id="acknowledge before sync"),
        pytest.param(Parts(journal=PublishesBeforeSync), id="publish before sync"),
        pytest.param(Parts(journal=RetriesTheSync), id="fsync retried after failure"),
        pytest.param(Parts(journal=StampsWhatTheClockSays), id="ingest time that goes back"),
        pytest.param(Parts(reader=ReadsPastTheSync), id="applier reads past the sync point"),
        pytest.param(Parts(disk=NamesNothingDurably), id="directory not synced"),
        pytest.param(Parts(disk=RecoversWithoutSync), id="recovery publishes without a sync"),
        pytest.param(Parts(ledger=MarksIdsBefore), id="ids marked in another transaction"),
        pytest.param(Parts(ledger=MovesOnBefore), id="position moved in another transaction"),
        pytest.param(Parts(ledger=FencesNobody), id="no fencing"),
    ],
)
def test_a_broken_part_is_caught(parts: Parts) -> None:
    assert violation(parts) is not None


@pytest.mark.parametrize("part", [AcknowledgesBeforeSync, RetriesTheSync])
def test_a_loss_is_caught_by_reading_the_journal_alone(part: type[SegmentJournal]) -> None:
    """The world also looks at the platter; here it does not, so that only what readers see can tell."""
    assert violation(Parts(journal=part), world=SeesOnlyWhatReadersSee) is not None


def test_an_applier_that_reads_past_the_sync_is_caught_by_what_it_applied() -> None:
    """Neither the platter is looked at nor where it stands: a power failure took away what the rollups hold."""
    assert violation(Parts(reader=ReadsPastTheSync), world=SeesOnlyWhatReadersSee) is not None


def test_sums_of_floats_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def total_of_floats(values: Sequence[object]) -> int:
        return int(sum(quantity_of(value) / 1e12 for value in values) * 1e12)

    monkeypatch.setattr(metering, "total", total_of_floats)

    assert "the rollups" in str(violation(Parts()))


def test_an_applier_whose_ledger_forgets_too_soon_is_caught() -> None:
    assert violation(Parts(ledger=ForgetsAfter34Days)) is not None


def test_a_vanished_segment_is_caught_by_reading_the_journal_alone() -> None:
    assert violation(Parts(disk=NamesNothingDurably), world=SeesOnlyWhatReadersSee) is not None


def test_recovery_that_trusts_the_page_cache_after_a_failed_sync_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_write_again", TrustsTheCacheAfterARestart())

    assert violation(Parts()) is not None


@pytest.mark.parametrize("stop", [PowerLoss, Killed])
@pytest.mark.parametrize("point", POINTS)
def test_a_stop_at_each_fail_point_loses_nothing(point: str, stop: type[BaseException]) -> None:
    stops = 0
    for seed in range(20):
        world = World(seed)
        world.on_point = once = StopsOnce(point, stop)
        world.run()
        stops += once.has_stopped

    assert stops > 0


def test_a_seed_decides_everything() -> None:
    assert story(7) == story(7)


TROUBLES = {
    "journal.roll.after_create",
    "recovery.before_truncate",
    "recovery.after_truncate",
    "indeterminate",
    "dropped .seg",
    "counted",
    "duplicate",
    "conflict",
    "quarantined",
    "death of an applier",
    "replacement of an applier",
    "fence of an applier",
}


def test_the_lives_see_every_trouble() -> None:
    """A run in which nothing is ever torn, cut or left half created would prove nothing."""
    seen: set[str] = set()
    for seed in range(60):
        if seen >= TROUBLES:
            break
        world = World(seed)
        world.on_point = seen.add
        world.run()
        seen |= {outcome for outcome, events in world.appliers.ledger.counts().items() if events}
        seen |= {f"{ends} of an applier" for ends in world.appliers.ends}
        seen.add("indeterminate" if len(world.acknowledged) < len(world.attempted) else "all acknowledged")
        seen |= {f"dropped {path.suffix}" for path in dropped(world)}

    assert seen >= TROUBLES


class SeesOnlyWhatReadersSee(World):
    def check_published(self, end: int) -> None:
        pass


class StopsOnce:
    """Stops the machine, or the process, at the first visit of a fail point."""

    def __init__(self, point: str, stop: type[BaseException]) -> None:
        self.point, self.stop, self.has_stopped = point, stop, False

    def __call__(self, name: str) -> None:
        if name == self.point and not self.has_stopped:
            self.has_stopped = True
            raise self.stop


def run(seed: int, *, lives: int = 8) -> World:
    world = World(seed)
    try:
        world.run(lives)
    except (Exception, PowerLoss, Killed) as error:  # noqa: BLE001 - whatever it was, its seed is wanted
        pytest.fail(f"World({seed}).run({lives}): {type(error).__name__}: {error}")
    return world


def violation(parts: Parts, *, world: type[World] = World) -> str | None:
    """What the first seed that catches these parts says."""
    for seed in range(BROKEN_SEEDS):
        try:
            world(seed, parts).run()
        except Violated as violated:
            return str(violated)
    return None


def story(seed: int) -> Sequence[object]:
    world = run(seed)
    ledger = world.appliers.ledger
    return [world.acknowledged, ledger.applied(), ledger.counts(), ledger.hours(), world.disk.operations]


def dropped(world: World) -> set[Path]:
    return {path for path in world.disk.removed if path.suffix == ".seg"}
