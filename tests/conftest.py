"""What every test may ask for: the real tools. None of them is ever faked, and no test is skipped for want of one."""

import os
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes, or is made, says how busy the machine is. Time is never a test's verdict.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# A shell that starts this in the background has it ignore Ctrl-C, and nohup a lost terminal; its children would too,
# and some tests press the one and take away the other.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# promtool, which takes most of the time here, and Prometheus collect garbage a quarter as often: a fifth less to do.
os.environ.setdefault("GOGC", "400")
# A worker of xdist is told the width of a terminal, and a shell may be: what is printed here is for none.
for of_a_terminal in ("COLUMNS", "LINES"):
    os.environ.pop(of_a_terminal, None)
TERMINAL_REPORTER = "terminalreporter"


def tool_on_path(*names: str) -> Path:
    """The first of `names` that PATH has; a test that asks for a tool nobody has fails and says how to get it."""
    for name in names:
        found = shutil.which(name)
        if found:
            return Path(found)
    remedy = "run `make test` or `make test-extra`, which fetch it"
    return pytest.fail(f"{' or '.join(names)} is not on PATH: {remedy}", pytrace=False)


@pytest.fixture(scope="session")
def promtool() -> Path:
    return tool_on_path("promtool")


@pytest.fixture(scope="session")
def prometheus_binary() -> Path:
    return tool_on_path("prometheus")


@pytest.fixture(scope="session")
def alertmanager_binary() -> Path:
    """Debian calls the program `prometheus-alertmanager`; everybody else says `alertmanager`."""
    return tool_on_path("alertmanager", "prometheus-alertmanager")


@pytest.fixture(scope="session")
def victoria_binary() -> Path:
    return tool_on_path("victoria-metrics")


@pytest.fixture(scope="session")
def browser() -> Path:
    """A Chromium, for tests with the marker `extra`."""
    of_mac = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    return of_mac if of_mac.is_file() else tool_on_path("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def ceph_alerts() -> Path:
    """The alerts of Ceph as Debian ships them, which scripts/fetch-tools unpacks."""
    shipped = "etc/prometheus/ceph/ceph_default_alerts.yml"
    places = (Path("/") / shipped, Path(__file__).parents[1] / ".tools" / shipped)
    found = next((path for path in places if path.is_file()), None)
    return found or pytest.fail("the package ceph-prometheus-alerts is not here: run `make tools`", pytrace=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With CI=true a skipped test is a failed build: what a test needs is fetched, or it fails."""
    reporter = session.config.pluginmanager.get_plugin(TERMINAL_REPORTER)
    if reporter is None or os.environ.get("CI") != "true" or exitstatus != pytest.ExitCode.OK:
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped:
        reporter.ensure_newline()
        reporter.write_line(f"{len(skipped)} tests were skipped, which CI=true does not allow", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
