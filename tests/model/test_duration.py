import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.model.duration import Duration

# As promtool prints a group's interval back (Prometheus' model.Duration): weeks and years only when they come out even.
PRINTED = [
    ("90m", "1h30m"),
    ("28d", "4w"),
    ("30d", "30d"),
    ("365d", "1y"),
    ("8d", "8d"),
    ("1500ms", "1s500ms"),
    ("0", "0s"),
    ("59m59s", "59m59s"),
    ("1w2d", "9d"),
]


@pytest.mark.parametrize(("given_text", "printed"), PRINTED)
def test_a_duration_prints_as_prometheus_prints_it(given_text, printed):
    assert str(Duration.parse(given_text)) == printed


@given(st.integers(min_value=0, max_value=9_223_372_036_854))
def test_what_is_printed_reads_back(milliseconds):
    duration = Duration(milliseconds)

    assert Duration.parse(str(duration)) == duration
    assert Duration.parse(duration.readable) == duration


@pytest.mark.parametrize("text", ["", "5", "1.5h", "m5", "1h1h", "5m1h", "-5m", "5 m", "1H", "\u0661m", "999999999y"])
def test_what_prometheus_refuses_is_refused(text):
    with pytest.raises(ValueError, match=r"duration such as|longer than"):
        Duration.parse(text)


def test_promtool_reads_what_we_print(promtool: Path, tmp_path: Path):
    texts = [str(Duration.parse(text)) for text, _ in PRINTED if text != "0"]
    groups = [
        {"name": text, "interval": text, "rules": [{"record": f"a:b:{place}", "expr": f"rate(x[{text}])"}]}
        for place, text in enumerate(texts)
    ]
    (tmp_path / "rules.json").write_text(json.dumps({"groups": groups}))

    done = subprocess.run(
        [promtool, "check", "rules", tmp_path / "rules.json"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, "rules found" in done.stdout) == (0, True), done.stderr


def test_people_read_days_rather_than_weeks():
    assert (Duration.parse("28d").readable, Duration.parse("3d6h").readable) == ("28d", "3d6h")


def test_a_divided_duration_never_becomes_nothing():
    assert Duration(30).per(1_000) == Duration(1)
    assert Duration(0).per(60) == Duration(0)
