"""`sretool lint`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sretool.cli.outcome import Exit, Stop

if TYPE_CHECKING:
    from sretool.lint.linting import Around, Choice, Report
    from sretool.promql.release import Version

LevelName = Literal["error", "warning", "info"]
Select = Annotated[
    list[str] | None,
    typer.Option("--select", help="Tell only these codes, or all that begin so: PQ,AL301.", metavar="CODES"),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option("--ignore", help="Tell all but these codes, or all that begin so.", metavar="CODES"),
]


def lint(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files, directories, globs, or - for standard input: SLOs of any dialect, rules of Prometheus, pages"
            " of runbooks, postmortems. Default: slos: of sretool.yaml.",
            metavar="[PATH]...",
            show_default=False,
        ),
    ] = None,
    *,
    select: Select = None,
    ignore: Ignore = None,
    fail_on: Annotated[LevelName, typer.Option(help="The least level that makes it exit 1.")] = "error",
    target_version: Annotated[
        str | None,
        typer.Option(
            help="The oldest Prometheus that has to understand the rules, such as 2.45. Default: target_version: of"
            " sretool.yaml; without one, versions are not looked at.",
            metavar="VERSION",
        ),
    ] = None,
    explain: Annotated[
        str | None, typer.Option(help="Print the page of a code and leave.", metavar="CODE", show_default=False)
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Print all codes and leave.")] = False,
    output: Annotated[
        Literal["human", "json", "sarif", "github"], typer.Option(help="How to print the findings.")
    ] = "human",
) -> None:
    """Find what is wrong with SLOs and Prometheus rules, ours or anybody's.

    \b
    Examples:
      sretool lint
      sretool lint slos rules runbooks --fail-on warning
      sretool lint /etc/prometheus/rules --ignore RB,NL
      sretool lint . --output sarif > lint.sarif
      sretool lint --explain PQ204

    A comment accepts a finding in what begins on its line or on the next one:
    # sretool: ignore[PQ203] until=2027-01-31 reason="the exporter resets it"

    Exit 0 without findings of that level, 1 with, 2 where a path cannot be read or holds nothing of the kind.
    """
    if list_:
        _print_list()
    elif explain is not None:
        print(_page(explain), end="")
    else:
        _lint(paths, choice_of(select, ignore), target_version=target_version, fail_on=fail_on, output=output)


def _lint(
    paths: list[str] | None, choice: Choice, *, target_version: str | None, fail_on: LevelName, output: str
) -> None:
    from sretool.cli.inputs import repository, settings
    from sretool.lint.checks import CHECKS
    from sretool.lint.linting import lint as linted
    from sretool.lint.pages import read_page, split_arguments, strange_pages
    from sretool.lint.strangers import strangers
    from sretool.spec.sources import read_sources

    around = _around(_version(target_version))
    of_postmortems, is_unread, wanted = _postmortems(paths or settings().slos, choice)
    foreign = strange_pages(wanted, repository())
    page_paths, rest = split_arguments([path for path in wanted if path not in foreign], settings().runbooks)
    pages = {path: read_page(path) for path in page_paths}
    unread = [path for path, page in pages.items() if page is None]  # The reader of files says why.
    sources = read_sources([*rest, *unread], stdin=sys.stdin.buffer)
    known = (page for page in pages.values() if page is not None)
    report = linted(sources, known, CHECKS, around, choice).beside(foreign)
    is_unread |= any(diagnostic.code == "YA018" for source in sources for diagnostic in source.diagnostics)
    read = [*pages, *foreign, *(source.source.path for source in sources)]
    strange = strangers(wanted, read, report.others)
    for path in strange:
        print(f"sretool lint: {_strange(path, is_page=path in foreign)}", file=sys.stderr)
    tell(report.and_(of_postmortems), output, fail_on=fail_on, is_unread=is_unread or bool(strange))


def _strange(path: str, *, is_page: bool) -> str:
    from sretool.cli.inputs import settings

    if is_page:
        where = os.path.relpath(settings().runbooks)
        return f"nothing in {path} is linted: a page is a runbook below {where} (runbooks: of sretool.yaml)"
    return f"{path} holds no SLOs, no rules and no runbooks: check the path"


def _postmortems(paths: Sequence[str], choice: Choice) -> tuple[Report | None, bool, Sequence[str]]:
    """What is wrong with the postmortems among paths, whether one cannot be read, and the other paths."""
    from sretool.cli.inputs import settings

    if not settings().postmortems.is_dir():
        return None, False, but_for_none_yet(paths)
    from sretool.cli.postmortem.lint import linted
    from sretool.incident.postmortem.linting import split_paths

    mine, others = split_paths(paths, settings().postmortems)
    return (*linted(mine, choice), others) if mine else (None, False, others)


def but_for_none_yet(paths: Sequence[str]) -> list[str]:
    """Paths without the directory of postmortems where that is not there: before the first one nothing is wrong."""
    from sretool.cli.inputs import settings

    directory = settings().postmortems
    others = [path for path in paths if Path(path) != directory or directory.exists()]
    if len(others) < len(paths):
        print(f"there is no postmortem yet: {directory} is not there", file=sys.stderr)
    return others


def tell(report: Report, output: str, *, fail_on: LevelName, is_unread: bool) -> None:
    """Print what was found, and end the command as it demands. `is_unread`: of a path nothing could be read."""
    from sretool.lint.formats import LEVELS, summary

    _print(report, output)
    print(summary(report), file=sys.stderr)
    if is_unread:
        raise Stop(Exit.WRONG_INPUT)
    failing = LEVELS[: LEVELS.index(fail_on) + 1]
    if any(diagnostic.level in failing for diagnostic in report.findings):
        raise Stop(Exit.FOUND)


def _around(version: Version | None) -> Around:
    from sretool.cli.inputs import repository, settings
    from sretool.clock import now
    from sretool.lint.linting import Around
    from sretool.lint.pages import local_path, page_finder, read_page
    from sretool.spec.sources import read_sources

    here = repository()
    return Around(
        here,
        now().date(),
        target_version=version,
        our_specs=lambda: read_sources(settings().slos, stdin=sys.stdin.buffer) if here.is_marked else (),
        has_page=page_finder(here),
        page=lambda link: read_page(local_path(link, here)),
    )


def _version(text: str | None) -> Version | None:
    if text is None:
        return None
    major, _, minor = text.partition(".")
    if not (major.isdecimal() and minor.isdecimal() and len(text) < 9):
        raise Stop(Exit.WRONG_INPUT, f"sretool lint: --target-version is such as 2.45, not {text}")
    return int(major), int(minor)


def choice_of(select: list[str] | None, ignore: list[str] | None) -> Choice:
    """What is told. Ends the command where an option names no code."""
    from sretool.lint.linting import Choice

    return Choice(_codes("--select", select), _codes("--ignore", ignore))


def _codes(option: str, given: list[str] | None) -> tuple[str, ...]:
    from sretool.yamltext.codes import CODES
    from sretool.yamltext.remedies import meant

    codes = tuple(code.strip().upper() for each in given or () for code in each.split(",") if code.strip())
    for code in codes:
        if not any(known.startswith(code) for known in CODES):
            near = meant(code, CODES)
            hint = f"did you mean {near}?" if near else "sretool lint --list shows all"
            raise Stop(Exit.WRONG_INPUT, f"sretool lint: {option}: no code begins with {code}: {hint}")
    return codes


def _print(report: Report, output: str) -> None:
    from sretool.lint import formats

    match output:
        case "json":
            print(formats.as_json_text(report), end="")
        case "github":
            print(formats.github(report), end="")
        case "sarif":
            from importlib.metadata import version

            from sretool.lint.sarif import sarif

            codes = {each.code for each in (*report.findings, *(accepted for accepted, _ in report.accepted))}
            print(sarif(report, version=version("sretool"), explained={code: _page(code) for code in codes}), end="")
        case _:
            print(formats.human(report), end="")


def _page(code: str) -> str:
    from sretool.assets import find
    from sretool.cli.inputs import settings
    from sretool.yamltext.codes import CODES
    from sretool.yamltext.remedies import meant

    known = code.strip().upper()
    if known not in CODES:
        near = meant(known, CODES)
        hint = f"did you mean {near}?" if near else "sretool lint --list shows all"
        raise Stop(Exit.WRONG_INPUT, f"sretool lint: there is no code {code}: {hint}")
    return find(f"docs/checks/{known}.md", instead=settings().assets).read_text(encoding="utf-8")


def _print_list() -> None:
    from sretool.yamltext.codes import CODES

    for code in CODES.values():
        print(f"{code.code}  {code.level:<7}  {code.slug:<22}  {code.title}")
