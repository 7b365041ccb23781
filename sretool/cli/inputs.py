"""What every command does first: settings, paths, specifications; and how mistakes in them are shown."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sretool.cli.outcome import Exit, Stop
from sretool.model.slo import Service, Slo
from sretool.settings.repository import Repository, find_repository
from sretool.settings.settings import Settings
from sretool.spec.load import Specs, read_specs
from sretool.spec.sources import STDIN, read_sources
from sretool.yamltext.codes import Level
from sretool.yamltext.diagnostics import Diagnostic, as_text
from sretool.yamltext.remedies import meant

if TYPE_CHECKING:
    from rich.console import Console


_LEVELS: tuple[Level, ...] = ("error", "warning", "info")


@cache
def repository() -> Repository:
    """What sretool.yaml, catalog.yaml and the environment say where the command runs."""
    return find_repository(Path.cwd(), os.environ)


def settings() -> Settings:
    return repository().settings


def read(paths: Sequence[str] | None) -> Specs:
    """The specifications at the paths (default: those of sretool.yaml), with all diagnostics, of the settings too."""
    if not paths and not any(Path(path).exists() for path in settings().slos):
        raise Stop(Exit.WRONG_INPUT, _nothing_here())
    wanted = paths or settings().slos
    context = repository().context
    if STDIN in wanted and not repository().is_marked:
        context = replace(context, has_page=None)  # Nobody knows where what comes through a pipe has its pages.
    specs = read_specs(read_sources(wanted, stdin=sys.stdin.buffer), context)
    return Specs(specs.services, (*repository().diagnostics, *specs.diagnostics))


def _nothing_here() -> str:
    searched = ", ".join(settings().slos)
    return f"there are no SLOs at {searched}: name their files, go to your repository, or begin one with sretool init"


def load(paths: Sequence[str] | None) -> tuple[Service, ...]:
    """The services at the paths. Shows errors and warnings, and ends the command where there is an error."""
    return usable(read(paths))


def readable(paths: Sequence[str] | None) -> tuple[tuple[Service, ...], bool]:
    """What of the services at the paths can be read, and whether that is all. Shows errors and warnings."""
    specs = read(paths)
    show(diagnostic for diagnostic in specs.diagnostics if diagnostic.level != "info")
    return specs.services, not specs.has_errors


def usable(specs: Specs) -> tuple[Service, ...]:
    """The services of specifications without errors. Ends the command where there is one."""
    show(diagnostic for diagnostic in specs.diagnostics if diagnostic.level != "info")  # `validate` shows those.
    if specs.has_errors:
        raise Stop(Exit.WRONG_INPUT)
    return specs.services


def show(diagnostics: Iterable[Diagnostic]) -> None:
    """Each diagnostic on stderr, and how many there are."""
    diagnostics = list(diagnostics)
    for diagnostic in diagnostics:
        print(as_text(diagnostic), file=sys.stderr)
    if diagnostics:
        levels = Counter(diagnostic.level for diagnostic in diagnostics)
        print(", ".join(_count(levels[level], level) for level in _LEVELS if levels[level]), file=sys.stderr)


def find(services: Iterable[Service], name: str) -> Slo:
    """The SLO of a name: service/name, or name where that is unique. Ends the command where there is not just one."""
    slos = [slo for service in services for slo in service.slos]
    found = [slo for slo in slos if name in (slo.full_name, slo.name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise Stop(Exit.WRONG_INPUT, f"{name} is the name of {', '.join(slo.full_name for slo in found)}: say which")
    known = {key: slo.full_name for slo in slos for key in (slo.name, slo.full_name)}
    near = meant(name, known)
    hint = f"did you mean {known[near]}?" if near else "sretool slo list shows all"
    raise Stop(Exit.WRONG_INPUT, f"no SLO is called {name}: {hint}")


def counted(services: Iterable[Service]) -> str:
    """`12 SLOs and 3 invariants in 2 services`."""
    services = list(services)
    slos = _count(sum(len(service.slos) for service in services), "SLO")
    invariants = sum(len(service.invariants) for service in services)
    also = f" and {_count(invariants, 'invariant')}" if invariants else ""
    return f"{slos}{also} in {_count(len(services), 'service')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def console() -> Console:
    """For tables: the terminal's width, or that of COLUMNS; never a break inside a piped line."""
    from rich.console import Console

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 1_000
    return Console(width=width, highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())
