"""From paths to the texts of all files that `slo generate` writes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sretool.cli.inputs import counted, load, settings
from sretool.model.slo import Service
from sretool.rules.compile import compile_service
from sretool.rules.emit import HEADER, emit
from sretool.rules.links import link_runbooks
from sretool.rules.rule import RuleFile
from sretool.rules.timing import Timing
from sretool.rules.unittests.scenario import EVALUATION_SECONDS, Pace

_WORTH_PROGRESS = 200  # Services; fewer are done before anybody wonders.


@dataclass(frozen=True, slots=True)
class Generated:
    """Texts by file name, the line that each begins with, what they hold, and what no unit test was made for.

    `tests_not_asked_for` are the names of unit tests that belong to these files and were not asked for.
    """

    files: dict[str, str]
    header: str
    counted: str
    left_out: tuple[str, ...] = ()
    tests_not_asked_for: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """Every file of the directory that these SLOs have, asked for or not."""
        return self.tests_not_asked_for.union(self.files)

    @property
    def as_one(self) -> str:
        """All of it as one text, for standard output."""
        first, *others = self.files.values() or [""]
        if "\nkind: " in first[:500]:
            return "---\n".join(self.files.values())
        return first + "".join(text.split("\ngroups:\n", 1)[1] for text in others)


def generate_files(
    paths: Sequence[str] | None, *, target: str, tests: bool, time_scale: int, incidents: str
) -> Generated:
    """Read, compile and emit. Ends the command where the input has errors."""
    services = load(paths)
    timing = Timing(settings().scrape_interval, time_scale)
    if target == "alertmanager":
        return _alertmanager(services, timing, incidents)
    emit_file, header = _emitter(target)
    files: dict[str, str] = {}
    left_out: list[str] = []
    for service in _in_view(services):
        rules = link_runbooks(compile_service(service, timing), settings().runbook_url)
        files[f"{service.name}.yaml"] = emit_file(rules)
        if tests:
            left_out += _add_tests(files, service, rules, timing)
    others = _tests_of(services) if target == "prometheus" and not tests else frozenset[str]()
    return Generated(files, header, counted(services), tuple(left_out), others)


def _emitter(target: str) -> tuple[Callable[[RuleFile], str], str]:
    if target == "operator":
        from sretool.rules.targets import OPERATOR_HEADER, emit_operator

        return emit_operator, OPERATOR_HEADER
    return emit, HEADER


def _add_tests(files: dict[str, str], service: Service, rules: RuleFile, timing: Timing) -> tuple[str, ...]:
    """Unit tests of one service, and what none could be made for."""
    from sretool.rules.unittests.generate import unit_tests

    made = unit_tests(service, rules, timing, rules_path=f"../{service.name}.yaml")
    files |= {_test_name(service, pace): text for pace, text in made.files}
    return tuple(str(left) for left in made.left_out)


def _tests_of(services: Sequence[Service]) -> frozenset[str]:
    """The names of all unit tests that these services may have."""
    return frozenset(_test_name(service, pace) for service in services for pace in EVALUATION_SECONDS)


def _test_name(service: Service, pace: Pace) -> str:
    return f"tests/{service.name}.{pace}.yaml"


def _alertmanager(services: Sequence[Service], timing: Timing, incidents: str) -> Generated:
    from sretool.rules.targets import ALERTMANAGER_HEADER, emit_alertmanager

    text = emit_alertmanager(services, timing, incidents=incidents)
    return Generated({"alertmanager.yaml": text}, ALERTMANAGER_HEADER, counted(services))


def _in_view(services: Sequence[Service]) -> Iterable[Service]:
    """The services, with a progress bar on a terminal where there are many."""
    if len(services) < _WORTH_PROGRESS or not sys.stderr.isatty():
        return services
    from rich.console import Console
    from rich.progress import track

    return track(services, description="compiling", console=Console(stderr=True), transient=True)
