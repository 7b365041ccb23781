"""What foreign indicators make of known data, as promtool counts it; expectations by hand."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sretool.promql import names
from sretool.rules.compile import compile_service
from sretool.rules.emit import emit
from sretool.rules.timing import Timing
from sretool.settings.context import SpecContext
from sretool.spec.load import read_specs
from sretool.yamltext.loading import load

OPENSLO = """
apiVersion: openslo/v1
kind: SLO
metadata: {{name: searches}}
spec:
  service: shop
  budgetingMethod: {method}
  timeWindow: [{{duration: 28d, isRolling: true}}]
  objectives: [{{target: 0.99, {objective}}}]
  indicator:
    metadata: {{name: answered}}
    spec:
      {indicator}
"""
PYRRA = """
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: searches, namespace: shop}
spec: {target: "99", window: 4w, indicator: {bool_gauge: {metric: probe_success}}}
"""


NEEDED = (names.INFO, names.BAD, names.ALL)


def metric(query: str) -> str:
    return f"{{metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}}}"


def ratio(side: str, some: str) -> str:
    return f"ratioMetric: {{counter: true, {side}: {metric(some)}, total: {metric('all_total')}}}"


RAW = f"ratioMetric: {{rawType: failure, raw: {metric('failed / answered')}}}"
ABOVE = f"thresholdMetric: {metric('queue_length')}"
SLICES = "timeSliceTarget: 0.9, timeSliceWindow: 5m"


def counted(text: str, series: dict[str, str], tmp_path: Path, promtool: Path) -> tuple[float, float]:
    """Bad and all events from 00:15 to 02:00, from the tiles that alerts and periods read.

    promtool is asked for what there is by expecting nothing: it says what it got instead.
    """
    specs = read_specs([load(text, "shop.yaml")], SpecContext())
    (service,) = specs.services
    assert not specs.has_errors
    file = compile_service(service, Timing())
    rules = [rule for group in file.groups for rule in group.rules if getattr(rule, "record", "") in NEEDED]
    only = replace(file, groups=(replace(file.groups[0], rules=tuple(rules)),))
    (tmp_path / "rules.yaml").write_text(emit(only), encoding="utf-8")
    counts = [f"sum_over_time({name}[1h44m59s:5m]) * 300" for name in (names.BAD, names.ALL)]
    test = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": [{"expr": expr, "eval_time": "2h", "exp_samples": []} for expr in counts],
            }
        ],
    }
    (tmp_path / "test.yaml").write_text(json.dumps(test), encoding="utf-8")
    command = [promtool, "test", "rules", "test.yaml"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stderr
    bad, every = (float(value) for value in re.findall(r"got: .* (\S+)$", said, re.MULTILINE))
    return bad, every


# All events rise by 60 a minute. In minute 60, 40 of them are bad: of the 300 of a slice, more than a tenth.
ALL = "0+60x130"
BURST = "0x60 40x70"
GOOD = "0+60x59 " + " ".join(str(60 * minute - 40) for minute in range(60, 131))


@pytest.mark.parametrize(
    ("method", "objective", "indicator", "series", "bad", "tolerance"),
    [
        # A burst is seen for exactly the length of a slice, wherever slices would be cut.
        ("Timeslices", SLICES, ratio("bad", "bad_total"), {"all_total": ALL, "bad_total": BURST}, 300, 30),
        ("Timeslices", SLICES, ratio("good", "good_total"), {"all_total": ALL, "good_total": GOOD}, 300, 30),
        # Good events that were never born are an outage; bad ones are none.
        ("Timeslices", SLICES, ratio("good", "good_total"), {"all_total": ALL}, 6300, 0),
        ("Timeslices", SLICES, ratio("bad", "bad_total"), {"all_total": ALL}, 0, 0),
        # Without events there is nothing bad.
        ("Timeslices", SLICES, ratio("bad", "bad_total"), {"all_total": "0x130", "bad_total": "0x130"}, 0, 0),
        # Without the series there is no data, and no data is bad.
        ("Timeslices", SLICES, ratio("bad", "bad_total"), {"other": "0x130"}, 6300, 0),
        # 40 of 300 events for five minutes.
        (
            "RatioTimeslices",
            "timeSliceWindow: 5m",
            ratio("bad", "bad_total"),
            {"all_total": ALL, "bad_total": BURST},
            40 / 300 * 300,
            3,
        ),
        # For an hour the queue is too long.
        ("Occurrences", "op: lt, value: 10", ABOVE, {"queue_length": "5x59 20x59 5x12"}, 3600, 30),
        ("Timeslices", f"op: lt, value: 10, {SLICES}", ABOVE, {"queue_length": "5x59 20x59 5x12"}, 3600, 300),
    ],
)
def test_seconds_are_bad_as_long_as_slices_and_values_are(
    method: str,
    objective: str,
    indicator: str,
    series: dict[str, str],
    bad: float,
    tolerance: float,
    tmp_path: Path,
    promtool: Path,
):
    text = OPENSLO.format(method=method, objective=objective, indicator=indicator)

    seconds, every = counted(text, series, tmp_path, promtool)

    assert seconds == pytest.approx(bad, abs=tolerance)
    assert every == pytest.approx(6300)


def test_a_ratio_that_is_not_a_number_for_an_hour_leaves_that_hour_out(tmp_path: Path, promtool: Path):
    series = {"failed": "1x59 0x71", "answered": "10x59 0x71"}

    bad, every = counted(OPENSLO.format(method="Occurrences", objective="", indicator=RAW), series, tmp_path, promtool)

    assert every == pytest.approx(2700, abs=600)
    assert bad == pytest.approx(every / 10)


def test_every_series_of_a_gauge_is_an_event_a_second(tmp_path: Path, promtool: Path):
    series = {'probe_success{zone="a"}': "1x130", 'probe_success{zone="b"}': "1x59 0x71"}

    bad, every = counted(PYRRA, series, tmp_path, promtool)

    assert every == pytest.approx(2 * 6300)
    assert bad == pytest.approx(3600, abs=300)
