from dataclasses import replace
from decimal import Decimal

from burn.backtest.made_up import THREE_NINES
from report.made_up import asked, counted, facts, hour, how_it_stands, measured, recorded

from sretool.model.period import Exclusion, OneOff
from sretool.model.slo import Slo
from sretool.report.facts import Key, Recorded
from sretool.report.quality import quality
from sretool.report.spendings import WeekOf
from sretool.report.values import Difference, Gap, Quality, Seen

KEY = ("shop/availability", ())


def found(slos: dict[Key, tuple[Slo, Recorded | None]], **more: object) -> Quality:
    weeks = {key: WeekOf(asked(), slo, how_it_stands(slo), series) for key, (slo, series) in slos.items()}
    return quality(facts(measured=measured(**more)), weeks, [])


def test_a_gap_is_told_once_for_all_that_have_it():
    other = replace(THREE_NINES, name="latency")
    gap = recorded(gap=(50, 52))

    seen = found({KEY: (THREE_NINES, gap), ("shop/latency", ()): (other, gap)})

    assert seen.gaps == (Gap(hour(50), hour(52), ("shop/availability", "shop/latency")),)
    # 24 of 2,016 tiles, cut.
    assert seen.seen[0] == Seen("shop/availability", Decimal("0.9880"))


def test_one_tile_that_is_missed_is_no_gap():
    assert found({KEY: (THREE_NINES, recorded(gap=(50, 50 + 1 / 12)))}).gaps == ()


def test_time_that_does_not_count_is_no_gap():
    excluded = Exclusion("a move", "ops", OneOff(hour(50), hour(52)))
    slo = replace(THREE_NINES, exclusions=(excluded,))

    seen = found({KEY: (slo, recorded(gap=(50, 52 + 1 / 12)))})

    assert (seen.gaps, seen.seen) == ((), ())


def test_an_slo_that_was_never_seen_has_no_coverage_and_no_gap():
    seen = found({KEY: (THREE_NINES, None)})

    assert (seen.gaps, seen.seen) == ((), (Seen("shop/availability", Decimal("0.0000")),))


def test_where_counters_and_recorded_series_differ_by_more_than_a_point_both_are_told():
    an_hour = recorded((12, 13, 1))

    near, far = (found({KEY: (THREE_NINES, an_hour)}, counts={KEY: counted(bad)}) for bad in (36_200, 36_300))

    assert near.differences == ()
    assert far.differences == (Difference("shop/availability", 36_300, 36_000),)


def test_what_the_server_warns_of_and_what_makes_figures_doubtful_is_told():
    seen = found({KEY: (THREE_NINES, recorded())}, warnings=("half of it is missing",), doubts=("it is old",))

    assert seen.warnings == ("half of it is missing",)
    assert seen.doubts == ("shop/availability: it is old",)


def test_without_a_server_what_is_missing_is_all_there_is_to_say():
    assert quality(facts(), {}, ["Prometheus: none is named"]) == Quality(("Prometheus: none is named",))


def test_a_week_is_whole_where_something_was_recorded_in_every_tile():
    assert found({KEY: (THREE_NINES, recorded())}) == Quality(())
