"""The generated tests against the real promtool: right rules pass, and rules that were broken on purpose do not."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from rules.promises import MONTH, events, service, slo, span

from sretool.model.duration import DAY, MINUTE, Duration
from sretool.model.period import CalendarMonth, Exclusion, RollingPeriod, WeeklySchedule
from sretool.model.sli import (
    CohortSli,
    CompletenessSli,
    EventsSli,
    ExprSli,
    FreshnessSli,
    LatencySli,
    Sli,
    TimeSliceSli,
)
from sretool.model.slo import Alerting, Invariant, Service, SeverityWords
from sretool.model.tiers import BurnTier, default_tiers
from sretool.rules.compile import compile_service
from sretool.rules.emit import emit
from sretool.rules.timing import Timing
from sretool.rules.unittests.generate import GeneratedTests, unit_tests

pytestmark = pytest.mark.long

TEN_MINUTES = MINUTE * 10
ERRORS_OF = 'sum(rate(f_total{code="500"}[$window])) / sum(rate(f_total[$window]))'
KINDS: dict[str, Sli] = {
    "events-bad": EventsSli("bad", 'a_total{code=~"5..|499"}', 'a_total{handler!~"/health|/ready"}'),
    "events-good": EventsSli("good", 'b_total{outcome="ok"}', "b_total"),
    "events-apart": EventsSli("bad", 'errors_total{job="x"}', 'tries_total{job="x"}'),
    "latency": LatencySli('c_seconds{job=~"api|web"}', Decimal("0.25")),
    "latency-whole": LatencySli("d_seconds", Decimal(60)),
    "time-slice": TimeSliceSli("queue_depth", "<", "100"),
    "time-slice-count": TimeSliceSli("increase(audited_total[15m])", ">", "0"),
    "freshness": FreshnessSli("watermark_seconds", Duration.of(minutes=5)),
    "completeness": CompletenessSli("in_total", "out_total", TEN_MINUTES),
    "cohorts": CohortSli("expected_total", "missing_total"),
    "expr": ExprSli(
        'sum(rate(e_total{code="500"}[$window])) or 0 * sum(rate(e_total[$window]))', "sum(rate(e_total[$window]))"
    ),
    "expr-increase": ExprSli(
        'sum(increase(i_total{code="500"}[$window])) or vector(0)', "sum(increase(i_total[$window]))"
    ),
    "expr-ratio": ExprSli(f"({ERRORS_OF}) >= 0", f"0 * (({ERRORS_OF}) >= 0) + 1"),
    "expr-gauge": ExprSli("clamp_min(1 - avg_over_time(ok[$window]), 0)", "0 * avg_over_time(ok[$window]) + 1"),
}
BROKEN_INVARIANT = Invariant("checkout", "lost", 'lost_total{kind="a"}')
PAGE, TICKET = default_tiers(MONTH.length)[0], default_tiers(MONTH.length)[2]


def of_kinds(*kinds: str) -> Service:
    return service(*(slo(kind, KINDS[kind]) for kind in kinds))


EVERY_KIND = replace(of_kinds(*KINDS), invariants=(BROKEN_INVARIANT,), targets=(("job", "checkout"),), traffic="always")
GROUPED = service(
    slo("by-region", EventsSli("bad", 'g_total{code="500"}', 'g_total{region=~"eu|us"}'), group_by=("region",)),
    slo("listed", events("listed"), group_by=("region", "plan"), groups=(("eu", "free"), ("us", "paid"))),
    slo("sliced", TimeSliceSli("min by (region) (up2)", "==", "1"), group_by=("region",), groups=(("eu",), ("us",))),
    slo("fresh", FreshnessSli("mark", TEN_MINUTES, shards=3), group_by=("t",), groups=(("a",), ("b",))),
    slo("latency", LatencySli("h_seconds", Decimal(1)), group_by=("region",)),
)
PROMISED_OTHERWISE = service(
    slo("loose", objective="0.95"),
    slo("tight", events("tight"), objective="0.99999"),
    slo("week", events("week"), period=RollingPeriod(DAY * 7)),
    slo("slice-exclude", TimeSliceSli("q", "<", "limit", "on ()"), objective="0.99", no_data="exclude"),
    slo("slice-good", TimeSliceSli("100", ">=", "max(q2)"), objective="0.99", no_data="good"),
    traffic=WeeklySchedule((span(3, 0, 8),), "Europe/Berlin"),
)
ALERTED_OTHERWISE = service(
    slo(
        "own",
        alerting=Alerting(
            default_tiers(MONTH.length),
            name="CheckoutBurn",
            min_bad_events=Decimal(200),
            min_events=Decimal(1_000),
            severities=(SeverityWords("page", labels=(("severity", "critical"),)),),
        ),
    ),
    slo("tickets", events("tickets"), alerting=Alerting((TICKET,))),
    slo("pages", events("pages"), alerting=Alerting((PAGE,), min_bad_events=Decimal(0))),
    slo("silent", events("silent"), alerting=Alerting(())),
    slo("odd", events("odd"), alerting=Alerting((BurnTier(MINUTE * 30, MINUTE * 5, Decimal(20), "page"),))),
    # Thursday is the day on which promtool's time begins.
    slo("patched", events("patched"), exclusions=(Exclusion("r", "a", WeeklySchedule((span(3, 6, 2),), "UTC")),)),
)
BY_THE_MONTH = service(slo("month", period=CalendarMonth("Europe/Berlin"), alerting=Alerting((PAGE,))))
OTHERWISE = {
    "by groups": GROUPED,
    "promised otherwise": PROMISED_OTHERWISE,
    "promised by the month": BY_THE_MONTH,
    "alerted otherwise": ALERTED_OTHERWISE,
}
EVERY_QUARTER_MINUTE = Timing(scrape_interval=Duration.of(seconds=15))


@dataclass(frozen=True)
class Written:
    """Rules and their tests on disk."""

    directory: Path
    generated: GeneratedTests

    def run(self, promtool: Path, *, story: str = "") -> str:
        """What promtool says of the tests, or of those that tell a story; empty where all pass."""
        names = [f"{pace}.yaml" for pace, text in self.generated.files if self._holds(text, pace, story)]
        assert names, f"nothing tells: {story}"
        directory = self.directory / "tests"
        command = [promtool, "test", "rules", *names]
        run = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
        return "" if run.returncode == 0 else run.stdout + run.stderr

    def with_mistake(self, pattern: str, instead: str) -> Written:
        rules = self.directory / "rules.yaml"
        right = rules.read_text()
        wrong = re.sub(pattern, instead, right)
        assert wrong != right, "the rules hold nothing to make this mistake in"
        rules.write_text(wrong)
        return self

    def _holds(self, text: str, pace: str, story: str) -> bool:
        document = yaml.safe_load(text)
        document["tests"] = [test for test in document["tests"] if test["name"].startswith(story)]
        (self.directory / "tests" / f"{pace}.yaml").write_text(yaml.safe_dump(document) if story else text)
        return bool(document["tests"])


def written(told: Service, directory: Path, timing: Timing | None = None) -> Written:
    rules = compile_service(told, timing or Timing())
    generated = unit_tests(told, rules, timing or Timing(), rules_path="../rules.yaml")
    (directory / "tests").mkdir()
    (directory / "rules.yaml").write_text(emit(rules))
    return Written(directory, generated)


def test_right_rules_of_every_kind_pass(tmp_path: Path, promtool: Path):
    made = written(EVERY_KIND, tmp_path)

    assert made.run(promtool) == ""


@pytest.mark.parametrize("variety", OTHERWISE)
def test_right_rules_pass_however_they_are_promised_and_told(tmp_path: Path, promtool: Path, variety: str):
    assert written(OTHERWISE[variety], tmp_path).run(promtool) == ""


def test_right_rules_pass_at_other_scrape_intervals(tmp_path: Path, promtool: Path):
    told = of_kinds("events-bad", "latency", "completeness", "freshness")

    assert written(told, tmp_path, EVERY_QUARTER_MINUTE).run(promtool) == ""


EXPECTED_OTHERWISE = "        exp: "  # As promtool says it; rules that it cannot read are another thing.
OUTAGE = "a total outage is told in time, and its end too"
FINE = "what the budget allows is no alert"
UNBORN = "what is not born yet is read right"
LOST = "series that are lost are missed"
# What may go wrong: a pattern of the rules' text, what stands there instead, and the SLI and the story that find it.
MUTANTS = {
    "bad events are not filled with zeros": (r"\n +or\n +0 \* sum\([^\n]*\)(?=\n +labels)", "", "events-bad", UNBORN),
    "good events never born are no data": (
        r"\n *or\n *0 \* sum\([^\n]*\)(?=\n)",
        "",
        "events-good",
        UNBORN,
    ),
    "a latency is filled with zeros": (
        r"(record: slo:bad_events:rate\n +expr: \|-\n)((?: {10}.*\n)+)",
        "\\1\\2          or 0 * sum(rate(c_seconds_count[6m]))\n",
        "latency",
        UNBORN,
    ),
    "the wrong bucket is read": (r'le="0.25"', 'le="+Inf"', "latency", OUTAGE),
    "coverage is left out": (
        r" \* slo:coverage:ratio(\w+)\{service=\"checkout\"\}",
        "",
        "events-bad",
        "a short fault soon after birth is no page",
    ),
    "a threshold is twice what it should be": (r"vector\(0\.0144\)", "vector(0.0288)", "events-bad", FINE),
    "a threshold is a float that was computed": (r"vector\(0\.003\)", "vector(3.001 * 0.001)", "events-bad", FINE),
    "half hours count a step too many": (r"\[29m59s999ms:(\w+)\]", r"[30m:\1]", "events-bad", FINE),
    "windows count every sample twice": (r"\[59m59s999ms\]\) \* 30", "[59m59s999ms]) * 60", "events-bad", OUTAGE),
    "the short window is forgotten": (
        r"and ignoring \(severity\)\n +slo:error:ratio(?:5m|30m|2h)\{.*\n.*\n",
        "",
        "events-bad",
        OUTAGE,
    ),
    "the long window is forgotten": (
        r"slo:error:ratio1h(\{.*\}) \* slo:coverage:ratio1h\{.*\}",
        r"slo:error:ratio5m\1",
        "events-bad",
        OUTAGE,
    ),
    "the minimum of bad events is forgotten": (
        r"and ignoring \(severity\)\n +round\(slo:bad_events.*\n.*\n",
        "",
        "events-bad",
        "a page needs its minimum of bad events",
    ),
    "the minimum of bad events is one more": (
        r"(min_bad_events:count\n +expr: )vector\(2\)",
        r"\1vector(3)",
        "events-bad",
        "a page needs its minimum of bad events",
    ),
    "an alert goes on": (r"keep_firing_for: 5m", "keep_firing_for: 1h", "events-bad", OUTAGE),
    "lost data are not told": (r"state: lost", "state: gone", "events-bad", LOST),
    "missing data of a time slice are good": (r" or on \(\) max\(slo:info\{.*?\} offset 5m\)", "", "time-slice", LOST),
    "the newest watermark stands for all": (r"min\(last_over_time", "max(last_over_time", "freshness", OUTAGE),
    "what is not metered is forgiven": (r"or\n +0 \* sum\(in_total\)", "", "completeness", UNBORN),
    "lost events are not counted by the second": (r"\) / 300", ")", "completeness", OUTAGE),
}


@pytest.mark.parametrize("mistake", MUTANTS)
def test_a_mistake_in_the_rules_fails_a_generated_test(tmp_path: Path, promtool: Path, mistake: str):
    pattern, instead, kind, story = MUTANTS[mistake]
    made = written(of_kinds(kind), tmp_path)

    assert EXPECTED_OTHERWISE in made.with_mistake(pattern, instead).run(promtool, story=story)


BIRTH_AND_RESET = "violations that a counter is born with, or counts after a reset, page"
INVARIANT_MUTANTS = {
    "a birth is forgotten": (r"\(lost_total\{kind=\"a\"\} unless .*\n +or\n", "", BIRTH_AND_RESET),
    "a reset is forgotten": (r"\n +or\n +increase\(.*", "", BIRTH_AND_RESET),
    "a rise in a gap is forgotten": (
        r"\n +or\n +\(lost_total\{kind=\"a\"\} - .*\n",
        "\n",
        "a violation inside a scrape gap of two hours pages",
    ),
    "a gap tells again": (r"\[1d\] offset 1h", "[1h] offset 1h", "a scrape gap alone does not page again"),
    "absence is not told": (
        r"absent\(lost_total\{kind=\"a\"\}\)",
        'lost_total{kind="a"} == 99',
        "an invariant that nothing measures is told",
    ),
}


@pytest.mark.parametrize("mistake", INVARIANT_MUTANTS)
def test_a_mistake_about_an_invariant_fails_a_generated_test(tmp_path: Path, promtool: Path, mistake: str):
    pattern, instead, story = INVARIANT_MUTANTS[mistake]
    made = written(Service("checkout", invariants=(BROKEN_INVARIANT,)), tmp_path)

    assert EXPECTED_OTHERWISE in made.with_mistake(pattern, instead).run(promtool, story=story)


def test_what_cannot_be_told_is_named_and_not_passed_over():
    told = service(
        slo("native", LatencySli("n_seconds", Decimal(1), native=True)),
        slo("clock", TimeSliceSli("time() - held_since", "<=", "86400")),
        slo("odd-regex", EventsSli("bad", 'o_total{code=~"\\\\p{L}+"}', "o_total")),
    )

    made = unit_tests(told, compile_service(told, Timing()), Timing(), rules_path="../checkout.yaml")

    assert {str(story) for story in made.left_out} == {
        "native: all stories: promtool knows no native histograms",
        "clock: all stories: it holds time(), which is not worked out here",
        "odd-regex: all stories: no labels were found for the metric o_total",
    }
    assert made.files == ()


def test_what_is_left_out_stands_in_the_files():
    told = of_kinds("events-bad")
    told = replace(told, slos=(*told.slos, slo("native", LatencySli("n_seconds", Decimal(1), native=True))))

    made = unit_tests(told, compile_service(told, Timing()), Timing(), rules_path="../checkout.yaml")

    for _, text in made.files:
        assert "# Left out: native: all stories: promtool knows no native histograms.\n" in text


def test_the_order_of_slos_in_the_input_changes_no_byte():
    backwards = replace(EVERY_KIND, slos=EVERY_KIND.slos[::-1])
    rules = compile_service(EVERY_KIND, Timing())

    one = unit_tests(EVERY_KIND, rules, Timing(), rules_path="../checkout.yaml")
    other = unit_tests(backwards, rules, Timing(), rules_path="../checkout.yaml")

    assert one == other


def test_slos_that_read_the_same_metric_are_told_apart():
    twins = service(slo("one", KINDS["events-bad"]), slo("two", KINDS["events-bad"]))

    made = unit_tests(twins, compile_service(twins, Timing()), Timing(), rules_path="../checkout.yaml")

    tests = [test for _, text in made.files for test in yaml.safe_load(text)["tests"]]
    with_series = [test["name"] for test in tests if "input_series" in test]
    assert with_series
    assert not [name for name in with_series if name.endswith("one, two")]


def test_tests_tell_time_as_it_is():
    told = of_kinds("events-bad")
    fast = Timing(scale=60)

    with pytest.raises(ValueError, match="not divided by 60"):
        unit_tests(told, compile_service(told, fast), fast, rules_path="../checkout.yaml")
