"""Faults: what can be set, who sees it when, and where a process can be made to die."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import sretool.billing
from sretool.billing.faults import FAIL_POINTS, FAULTS, Faults, UnknownFault, checked_parameter


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def faults_of(directory: Path, **more: Any) -> Faults:
    """The faults of a directory, in a process that has the permission."""
    return Faults(directory / "faults.json", are_enabled=True, **more)


def test_a_fault_that_was_set_is_seen_by_another_process_within_200_ms(tmp_path):
    clock = Clock()
    setting, reading = faults_of(tmp_path), faults_of(tmp_path, monotonic=clock)
    assert reading.active() == {}

    setting.set("latency", "250")
    clock.now += 0.2

    assert reading.number("latency") == 250


def test_faults_json_is_not_looked_at_for_every_batch(tmp_path):
    clock = Clock()
    setting, reading = faults_of(tmp_path), faults_of(tmp_path, monotonic=clock)
    reading.active()

    setting.set("rounding-bug")
    clock.now += 0.1

    assert not reading.is_on("rounding-bug")


def test_a_cleared_fault_leaves_the_others_on(tmp_path):
    faults = faults_of(tmp_path)
    faults.set("rounding-bug")
    faults.set("slow-disk", "20")

    faults.clear("rounding-bug")

    assert faults.active() == {"slow-disk": "20"}


def test_all_faults_are_cleared_at_once(tmp_path):
    faults = faults_of(tmp_path)
    faults.set("rounding-bug")
    faults.set("slow-disk", "20")

    faults.clear()

    assert faults.active() == {}


@pytest.mark.parametrize("name", [name for name, kind in FAULTS.items() if kind.parameter != "point"])
def test_every_fault_has_a_parameter_of_its_own_when_none_is_given(name):
    assert checked_parameter(name, "") == FAULTS[name].default


@pytest.mark.parametrize(
    ("name", "parameter", "said"),
    [
        ("latency", "soon", "'soon' of fault latency is not milliseconds above 0 and at most 60000"),
        ("latency", "nan", "'nan' of fault latency is not milliseconds"),
        ("error-ratio", "1.5", "'1.5' of fault error-ratio is not ratio of batches above 0 and at most 1"),
        ("disk-full", "1", "fault disk-full takes no parameter, not '1'"),
        ("crash", "", "no fail point ''"),
        ("crash", "journal.after_write:0", "'journal.after_write:0' is not a fail point or a fail point with"),
        ("flood", "", "no fault 'flood': there are ack-dropped, "),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_what_can(name, parameter, said):
    with pytest.raises(UnknownFault, match="^" + said):
        checked_parameter(name, parameter)


def test_a_process_dies_at_the_visit_of_the_fail_point_that_is_armed():
    visit = (
        "from sretool.billing.faults import arm_from_environment, fail_point\narm_from_environment()\n"
        "for visit in range(9):\n    print(visit)\n    fail_point({!r})"
    )

    died = subprocess.run(
        [sys.executable, "-uc", visit.format("journal.after_write")],
        env={"SRETOOL_FAIL_POINT": "journal.after_write:3"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (died.returncode, died.stdout) == (137, "0\n1\n2\n")


def test_a_process_without_the_permission_ignores_what_was_written_by_hand(tmp_path):
    faults_of(tmp_path).set("latency", "250")
    faults = Faults(tmp_path / "faults.json", are_enabled=False)

    assert (faults.active(), faults.is_on("latency"), faults.number("latency")) == ({}, False, 0)


def test_a_crash_happens_once_and_takes_its_fault_off(tmp_path):
    faults_of(tmp_path).set("crash", "journal.after_write")
    visit = (
        "import sys, pathlib\nfrom sretool.billing.faults import Faults, fail_point\n"
        "Faults(pathlib.Path(sys.argv[1]), are_enabled=True).active()\nfail_point('journal.after_write')"
    )

    codes = [
        subprocess.run([sys.executable, "-c", visit, str(tmp_path / "faults.json")], check=False).returncode
        for _ in range(2)
    ]

    assert codes == [137, 0]


def test_a_crash_that_was_taken_off_in_time_does_not_happen(tmp_path):
    program = (
        "import sys; from pathlib import Path; from sretool.billing.faults import Faults, fail_point\n"
        "faults = Faults(Path(sys.argv[1]), are_enabled=True)\n"
        "faults.set('crash', 'gateway.before_ack'); faults.active()\n"
        "faults.clear('crash'); faults.active()\n"
        "fail_point('gateway.before_ack')"
    )

    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "faults.json")], check=False)

    assert done.returncode == 0


def _named_in_code() -> set[str]:
    root = Path(sretool.billing.__file__).parent
    calls = [
        node
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")).removeprefix("_") == "fail_point"
    ]
    return {ast.literal_eval(call.args[0]) for call in calls}


def test_the_registry_has_every_fail_point_of_the_code_and_no_other():
    assert sorted(_named_in_code()) == sorted(FAIL_POINTS)
