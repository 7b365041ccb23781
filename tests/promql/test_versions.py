"""What an expression needs of a Prometheus."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from sretool.promql.release import OLDEST
from sretool.promql.versions import EVERYWHERE, NEWER, Since, requirements

AGGREGATIONS = {"limitk", "limit_ratio"}


def test_the_installed_prometheus_has_the_functions_that_it_should(promtool: Path, tmp_path: Path) -> None:
    names = sorted((EVERYWHERE | NEWER.keys()) - AGGREGATIONS - {"holt_winters"})
    rules = [{"record": "r", "expr": f"{name}()"} for name in names]
    path = tmp_path / "rules.yaml"
    path.write_text(json.dumps({"groups": [{"name": "g", "rules": rules}]}))
    said = subprocess.run([promtool, "--version"], capture_output=True, text=True, check=True)
    version = re.search(r"version (\d+)\.(\d+)", said.stdout + said.stderr)
    assert version is not None

    ran = subprocess.run([promtool, "check", "rules", path], capture_output=True, text=True, check=False)

    # Calls without arguments are wrong for other reasons; "start" and "end" were words before they were functions.
    unknown = set(re.findall(r'unknown function with name "(\w+)"', ran.stderr)) | {"start", "end"}
    installed = (int(version[1]), int(version[2]))
    assert unknown - {"start", "end"} <= {name for name, since in NEWER.items() if since.version > installed}
    assert {name for name in names if name in NEWER and NEWER[name].version > installed} <= unknown


@pytest.mark.parametrize(
    ("text", "what", "written", "since"),
    [
        ("a + x[300]", "a number as a duration", "x[300]", Since((2, 54))),
        ("x[5m:60]", "a number as a duration", "x[5m:60]", Since((2, 54))),
        ("x offset -300", "a number as a duration", "x offset -300", Since((2, 54))),
        ("x > 5m", "a duration as a number", "5m", Since((2, 54))),
        ("x @ 5m", "a duration as a time", "x @ 5m", Since((2, 54))),
        ('{"a b"}', "a name in quotes", '"a b"', Since((3, 0))),
        ('x{c="d","a"="b"}', "a name in quotes", '"a"', Since((3, 0))),
        ('sum by (a, "b") (x)', "a name in quotes", '"b"', Since((3, 0))),
        ("limitk(1, x)", '"limitk"', "limitk", Since((2, 54), "promql-experimental-functions")),
        ("sum(info(x))", '"info"', "info", Since((2, 55), "promql-experimental-functions")),
        ("a + on (x) fill(0) b", '"fill"', "fill", Since((3, 10), "promql-binop-fill-modifiers")),
        ("histogram_avg(x)", '"histogram_avg"', "histogram_avg", Since((2, 51))),
    ],
)
def test_what_old_servers_lack_is_found(text: str, what: str, written: str, since: Since) -> None:
    (requirement,) = requirements(text)

    assert (requirement.what, text[requirement.start : requirement.end]) == (what, written)
    assert requirement.since == since
    assert not requirement.is_met_by(OLDEST)
    assert requirement.is_met_by(since.version)


def test_what_new_servers_lack_is_found() -> None:
    (requirement,) = requirements("holt_winters(x[1h], 0.5, 0.5)")

    assert requirement.is_met_by((2, 55))
    assert not requirement.is_met_by((3, 0))


@pytest.mark.parametrize(
    "text",
    [
        "sum by (a) (rate(x{b='c'}[5m] offset 1h)) > 1e3",
        "x @ 1e9",
        "count_values('v', x)",
        'label_replace(x, "a", "b", "c", "d")',
        "x[$window]",
        "max_over_time(x[1h:{{.step}}])",
        "fill + limitk + info",
    ],
)
def test_what_every_server_has_needs_nothing(text: str) -> None:
    assert requirements(text) == ()
