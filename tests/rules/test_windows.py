"""What windows count, against events that are counted by hand."""

import pytest
from rules.asking import Asker, rules_of
from rules.promises import service, slo, traffic

from sretool.model.duration import HOUR, MINUTE
from sretool.promql import names

SIX_HOURS_BAD = f"sum({names.bad_events(HOUR * 6)})"


def scraped_off_the_minute(jumps: dict[int, int], *, minutes: int, start: int) -> str:
    """A counter in steps of 10 s, scraped 20 s after each minute, that has grown by the minute given in `jumps`."""
    value, samples = start, ["_", "_"]
    for minute in range(minutes):
        value += jumps.get(minute, 0)
        samples += [str(value), "_x5"]
    return " ".join(samples)


BATCHES = {"ok": {20: 9_000, 80: 9_000, 140: 9_000}, "failed": {20: 1_000, 80: 1_000, 140: 1_000}}
LOCKED_TO_THE_HOUR = {
    f'one_total{{code="{code}"}}': scraped_off_the_minute(BATCHES[kind], minutes=180, start=50_000)
    for code, kind in (("200", "ok"), ("500", "failed"))
}


def test_a_batch_between_two_tiles_is_counted_once(asker: Asker):
    # Each batch falls between the scrapes 40 s before and 20 s after a whole five minutes.
    answer = asker.answer(rules_of(service(slo())), LOCKED_TO_THE_HOUR, SIX_HOURS_BAD, "3h", interval="10s")

    assert answer == {"{}": pytest.approx(3_000, rel=0.01)}


def test_a_window_counts_its_events(asker: Asker):
    one_hour, six_hours = names.all_events(HOUR), names.all_events(HOUR * 6)

    answers = asker.answers(
        rules_of(service(slo())),
        traffic("1000+59x200", "1000+1x200"),
        [(f"sum({one_hour})", "2h"), (f"sum({six_hours})", "2h"), (f"sum({names.error_ratio(HOUR)})", "2h")],
    )

    assert answers == [
        {"{}": pytest.approx(3_600)},
        # What a rate looks back over at birth is not there yet: half of five minutes.
        {"{}": pytest.approx(7_200 - 150, rel=0.03)},
        {"{}": pytest.approx(1 / 60)},
    ]


def test_the_five_minute_ratio_clears_when_five_minutes_and_a_scrape_are_clean(asker: Asker):
    series = traffic("1000+0x30 1060+60x30", "1000+60x30 2800+0x30")
    ratio = f"sum({names.error_ratio(MINUTE * 5)})"

    answers = asker.answers(rules_of(service(slo())), series, [(ratio, "30m"), (ratio, "35m30s"), (ratio, "36m30s")])

    assert answers == [{"{}": 1}, {"{}": pytest.approx(0.05, abs=0.1)}, {"{}": 0}]


def test_no_traffic_is_no_ratio(asker: Asker):
    rules = rules_of(service(slo()))

    answers = asker.answers(
        rules,
        traffic("1000+0x90", "1000+0x90"),
        [(names.error_ratio(window), "1h30m") for window in (MINUTE * 5, HOUR, HOUR * 6)]
        + [(f"sum({names.BAD})", "1h30m")],
    )

    assert answers == [{}, {}, {}, {"{}": 0}]


def test_coverage_is_what_was_seen_of_a_window(asker: Asker):
    # Twenty minutes, twenty of nothing, twenty more.
    series = traffic("1000+60x20 _x20 3460+60x40", "1000+0x20 _x20 1000+0x40")
    coverage = f"sum({names.coverage(HOUR)})"

    at_twenty, at_an_hour = asker.answers(rules_of(service(slo())), series, [(coverage, "20m"), (coverage, "1h")])

    assert at_twenty == {"{}": pytest.approx(20 / 60, abs=0.03)}
    assert at_an_hour == {"{}": pytest.approx(44 / 60, abs=0.05)}  # A rate outlives its counter by five minutes.
