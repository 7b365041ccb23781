"""`sretool slo plan`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from sretool.cli.connecting import Headers, Timeout, prometheus_server, url_of_a_server
from sretool.cli.outcome import Exit, Stop
from sretool.cli.slo.arguments import Output
from sretool.cli.slo.asking import At, Names, Owner, ServiceName, Slos, TimeScale

if TYPE_CHECKING:
    from sretool.burn.preflight import Finding, Preflight
    from sretool.burn.status import Asked
    from sretool.prometheus.server import Prometheus
    from sretool.rules.timing import Timing


def plan(
    names: Names = None,
    *,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            callback=url_of_a_server,
            help="The server that the rules are for. Default: as --prometheus elsewhere.",
        ),
    ] = None,
    slos: Slos = None,
    service: ServiceName = None,
    owner: Owner = None,
    at: At = None,
    time_scale: TimeScale = 1,
    last: Annotated[
        str | None, typer.Option(help="Also say which alerts would have fired so lately, such as 1d. Needs numpy.")
    ] = None,
    header: Headers = None,
    timeout: Timeout = None,
    output: Output = "table",
) -> None:
    """Ask a server, before its rules are there, whether each SLO would find data, and what the rules would cost it.

    Exit 0 all is there, 1 something is wrong, 3 no answer.

    \b
    Examples:
      sretool slo plan --against http://prometheus:9090
      sretool slo plan availability --output json
      sretool slo plan --last 7d
    """
    from sretool.burn.preflight import preflight
    from sretool.cli.slo.asking import asked, instant, promised

    question = asked(
        promised(slos), names, service=service, owner=owner, at=instant(at), source="counted", time_scale=time_scale
    )
    with prometheus_server(against, timeout_seconds=timeout, headers=header) as server:
        found = preflight(server, question.services, question.timing, at=question.at)
        if last is not None:
            found = replace(found, findings=(*found.findings, *_rehearsed(server, question, last)))
    _print(found, question.timing, output)
    if not found.is_ready:
        raise Stop(Exit.FOUND)


def _rehearsed(server: Prometheus, question: Asked, last: str) -> Iterator[Finding]:
    import os
    from importlib.util import find_spec

    if find_spec("numpy") is None:
        raise Stop(Exit.WRONG_INPUT, "sretool slo plan --last needs numpy: pip install 'sretool[backtest]'")
    from sretool.burn.backtest.history import Source
    from sretool.burn.backtest.rehearsal import rehearse
    from sretool.burn.cache import default_directory
    from sretool.cli.slo.backtest import length, say

    source = Source(server, default_directory(os.environ), say)
    return rehearse(source, question.slos, question.timing, last=length(last), at=int(question.at))


def _print(found: Preflight, timing: Timing, output: str) -> None:
    import json
    from dataclasses import asdict

    from sretool.burn.preflight import cycle_words
    from sretool.cli.columns import Cell, Column, Style, is_colourful, whole
    from sretool.cli.slo.printing import width, wrapped

    if output == "json":
        print(json.dumps(asdict(found) | {"ready": found.is_ready}, indent=2, ensure_ascii=False))
        return
    styles: dict[str, Style] = {"ok": "green", "note": "yellow", "wrong": "red"}
    about: dict[tuple[str, str], list[str]] = {}  # What is found of several is told once, with all their names.
    for one in found.findings:
        about.setdefault((one.level, " ".join(one.words.split())), []).append(one.subject)
    rows = [
        [Cell(level, styles[level]), Cell(", ".join(dict.fromkeys(subjects))), Cell(words)]
        for (level, words), subjects in about.items()
    ]
    columns = (Column(""), Column("about"), Column("found"))
    print("\n".join(whole(columns, rows, width=width(), colourful=is_colourful())))
    print("\n".join(["", *wrapped(cycle_words(found.cost, timing), width())]))
