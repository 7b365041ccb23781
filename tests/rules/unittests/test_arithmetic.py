import pytest

from sretool.promql.grammar import read
from sretool.rules.unittests.arithmetic import NotUnderstood, settled
from sretool.rules.unittests.concrete import Series

OK, ERROR, GAUGE = Series("m", (("code", "200"),)), Series("m", (("code", "500"),)), Series("g")
WORLD = {OK: 9.0, ERROR: 1.0, GAUGE: 3.0}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2 + 3 * 4", [14]),
        ("-g", [-3]),
        ("rate(m[5m])", [9, 1]),
        ("sum(rate(m[5m]))", [10]),
        ('sum(rate(m{code=~"5.."}[5m])) / sum(rate(m[5m]))', [0.1]),
        ("increase(m{code='500'}[5m])", [300]),
        ("count(m) + max(m) - min(m) + avg(m)", [2 + 9 - 1 + 5]),
        ("g > 2", [3]),
        ("g > 3", []),
        ("g >= bool 4", [0]),
        ("m / 2", [4.5, 0.5]),
        ("absent_metric or vector(7)", [7]),
        ("g and absent_metric", []),
        ("g unless absent_metric", [3]),
        ("clamp_min(1 - g, 0)", [0]),
        ("clamp_max(g, 2)", [2]),
        ("avg_over_time(g[5m])", [3]),
        ("g / 0 >= 0", []),
    ],
)
def test_it_works_out_what_a_steady_world_gives(text: str, values: list[float]):
    assert settled(read(text), WORLD) == values


@pytest.mark.parametrize(
    "text",
    [
        "time() - g",
        "histogram_quantile(0.9, m)",
        "g offset 5m",
        "topk(1, m)",
        "m + m",
        "g ^ 2",
        "max_over_time(g[5m:1m])",
    ],
)
def test_what_it_does_not_know_it_refuses(text: str):
    with pytest.raises(NotUnderstood, match=r"worked out here"):
        settled(read(text), WORLD)
