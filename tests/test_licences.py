"""sretool is Apache-2.0, and what it needs at run time must leave its users as free."""

import re
from importlib.metadata import Distribution, distribution

import pytest
from packaging.requirements import Requirement

# What a package does not say of itself, and where it is said.
SAID_ELSEWHERE = {"pagerduty": "MIT"}  # LICENSE of github.com/PagerDuty/python-pagerduty, read in November 2026.
COPYLEFT = re.compile(r"\b(A|L)?GPL|GNU (Affero |Lesser |Library )?General Public", re.IGNORECASE)


def licence_texts(package: Distribution) -> list[str]:
    """What a package says of its licence: the SPDX expression, the older field's first line, the classifiers, the
    first line of the licence files that it ships."""
    metadata = package.metadata
    spoken = metadata.get_all("License-Expression", []) + metadata.get_all("License", [])
    shipped = [package.read_text(f"licenses/{name}") or "" for name in metadata.get_all("License-File", [])]
    first_lines = [text.strip().split("\n")[0] for text in spoken + shipped if text.strip()]
    return first_lines + [line for line in metadata.get_all("Classifier", []) if line.startswith("License ::")]


def requirements(package: Distribution) -> list[str]:
    """The names of what `package` needs on this platform; of ours with all extras, of others without."""
    wanted = [Requirement(line) for line in package.requires or []]
    extras = ["", *package.metadata.get_all("Provides-Extra", [])] if package.name == "sretool" else [""]
    return [
        each.name
        for each in wanted
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras)
    ]


def runtime_packages() -> dict[str, Distribution]:
    """Everything that `pip install sretool` brings with all its extras, by name."""
    found: dict[str, Distribution] = {}
    waiting = ["sretool"]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = distribution(name)
            waiting.extend(requirements(found[name]))
    return found


RUNTIME_PACKAGES = runtime_packages()


def test_the_runtime_packages_reach_past_the_direct_dependencies():
    names = {package.name.lower() for package in RUNTIME_PACKAGES.values()}

    assert names >= {"sretool", "rich", "pygments", "numpy"}  # rich is ours, Pygments is what rich needs


@pytest.mark.parametrize("name", sorted(RUNTIME_PACKAGES))
def test_every_runtime_package_states_a_licence_and_none_is_copyleft(name: str):
    licences = licence_texts(RUNTIME_PACKAGES[name]) or [
        licence for package, licence in SAID_ELSEWHERE.items() if package == name
    ]

    assert licences, f"{name} states no licence: read its source and decide"
    assert not [licence for licence in licences if COPYLEFT.search(licence)]


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-or-later", "LGPLv2+", "AGPL-3.0", "GNU General Public License v3 (GPLv3)"]
)
def test_the_licences_that_must_not_come_in_are_recognised(licence: str):
    assert COPYLEFT.search(licence)
