"""From what is asked of a load to what is run."""

import pytest

from sretool.billing.keys import Client
from sretool.billing.load.command import Loaded, WrongLoad, load_tenants, month_us, sweep_plans
from sretool.billing.load.figures import Figures, Tally, figures
from sretool.billing.load.generator import Plan
from sretool.billing.load.traffic import DAY_US

NOW_US = 1_785_672_000_000_000  # 2026-08-02T12:00:00Z
AUGUST_US = 1_785_542_400_000_000


def test_last_month_is_cut_to_what_the_service_still_takes():
    assert month_us("last", now_us=NOW_US) == (
        max(AUGUST_US - 31 * DAY_US, NOW_US - 33 * DAY_US - DAY_US // 2),
        AUGUST_US,
    )
    assert month_us("2026-07", now_us=NOW_US) == month_us("last", now_us=NOW_US)


def test_this_month_ends_now():
    assert month_us("2026-08", now_us=NOW_US) == (AUGUST_US, NOW_US)


@pytest.mark.parametrize("month", ["2026-05", "2026-09", "2026-13", "August", ""])
def test_a_month_of_which_nothing_can_be_sent_is_refused(month):
    with pytest.raises(WrongLoad):
        month_us(month, now_us=NOW_US)


def test_a_sweep_is_a_plan_a_rate():
    assert [plan.rate for plan in sweep_plans("100:300:100", Plan("http://x", 1.0, 1.0))] == [100.0, 200.0, 300.0]


@pytest.mark.parametrize("sweep", ["0:1:1", "2:1:1", "1:2:0", "1:2", "a:b:c"])
def test_a_sweep_that_goes_nowhere_is_refused(sweep):
    with pytest.raises(WrongLoad, match="LOW:HIGH:STEP"):
        sweep_plans(sweep, Plan("http://x", 1.0, 1.0))


def test_the_tenants_for_load_are_those_that_init_made_for_it():
    clients = {name: Client(name, "k", ("c",)) for name in ("acme", "load-1", "load-2")}

    assert [client.tenant for client in load_tenants(clients, None)] == ["load-1", "load-2"]
    assert [client.tenant for client in load_tenants(clients, 1)] == ["load-1"]
    with pytest.raises(WrongLoad, match="--tenants 2"):
        load_tenants(clients, 3)
    with pytest.raises(WrongLoad, match="no tenant"):
        load_tenants({"acme": clients["acme"]}, None)


def _step(asked, acknowledged, *, p99=0.01, failed=0) -> Figures:
    tally = Tally()
    tally.acknowledged(acknowledged, p99)
    tally.events["shed"] += failed
    return figures(tally, asked=asked, seconds=1.0)


def test_capacity_is_the_highest_rate_that_was_kept_in_time_and_whole(tmp_path):
    steps = (_step(100.0, 100), _step(200.0, 199), _step(300.0, 290), _step(400.0, 400, p99=0.06))
    lossy = (_step(500.0, 500, failed=1),)

    assert Loaded("run", tmp_path, steps + lossy).capacity == 200.0
    assert Loaded("run", tmp_path, lossy).capacity is None
