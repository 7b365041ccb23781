"""constraints.txt pins what the tests ran with: exact versions by name, from whichever index the machine uses."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PIN = re.compile(r"([A-Za-z0-9._-]+)==[A-Za-z0-9.!+]+")


def pin_lines() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_every_line_is_an_exact_pin_and_none_is_an_address():
    assert [line for line in pin_lines() if not PIN.fullmatch(line)] == []


def test_every_direct_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    wanted = [
        *project["project"]["dependencies"],
        *(one for group in project["dependency-groups"].values() for one in group),
        *(one for extra in extras for one in extra),
    ]

    pinned = {canonicalize_name(line.split("==")[0]) for line in pin_lines()}

    # An extra may name others of ours.
    assert {canonicalize_name(Requirement(line).name) for line in wanted} - pinned == {"sretool"}
