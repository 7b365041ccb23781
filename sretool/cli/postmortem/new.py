"""`sretool postmortem new`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sretool.cli.connecting import Headers, PrometheusUrl, Timeout
from sretool.cli.incident.arguments import WhichToWriteAbout
from sretool.cli.outcome import Exit, Stop
from sretool.cli.progress import doing
from sretool.cli.slo.asking import Slos, Source, TimeScale

if TYPE_CHECKING:
    from sretool.incident.postmortem.answers import Answers
    from sretool.model.slo import Service
    from sretool.prometheus.server import Prometheus


def new(
    which: WhichToWriteAbout = None,
    *,
    answers: Annotated[
        Path | None,
        typer.Option(help="What only people know, as YAML (docs/postmortems.md).", metavar="FILE", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write a page that is there anew.")] = False,
    slos: Slos = None,
    prometheus: PrometheusUrl = None,
    header: Headers = None,
    timeout: Timeout = None,
    source: Source = "auto",
    time_scale: TimeScale = 1,
) -> None:
    """Write the postmortem of an incident: all that can be known, with its source, and what is to be asked.

    The page is postmortems/ID.md, beside it is a picture; the path is printed. Without Prometheus it is written all the
    same, and says what is not known. templates/postmortem.md.j2 below assets: of sretool.yaml goes before ours.

    \b
    Examples:
      sretool postmortem new
      sretool postmortem new 7k3qd
      sretool postmortem new 7k3qd --answers answers.yaml --force
    """
    from sretool.cli.incident.arguments import author, chosen, ledger, plainly
    from sretool.cli.inputs import settings
    from sretool.clock import now
    from sretool.filling import BadTemplate
    from sretool.incident.choosing import to_write_about
    from sretool.incident.postmortem.writing import NotWritten, World, write
    from sretool.rules.timing import Timing

    known = _answers(answers)
    with plainly(), _server(prometheus, timeout, header) as server:
        here = ledger()
        incident = here.incident(chosen(which, here, to_write_about))
        if incident is None:
            raise Stop(Exit.WRONG_INPUT, f"no incident is called {which}: sretool incident list --all shows all")
        world = World(_services(slos), server, Timing(settings().scrape_interval, time_scale), now(), source)
        try:
            with doing(f"writing the postmortem of {incident.incident_id}"):
                written = write(incident, world, known, settings(), here, actor=author(None).actor, force=force)
        except (NotWritten, BadTemplate) as error:
            raise Stop(Exit.WRONG_INPUT, str(error)) from error
    print(written.path)
    for note in written.notes:
        print(note, file=sys.stderr)
    if written.questions:
        left = "1 question is" if written.questions == 1 else f"{written.questions} questions are"
        print(f"{left} left: answer each TODO, then sretool postmortem lint", file=sys.stderr)


@contextmanager
def _server(url: str | None, timeout: float | None, header: Sequence[str] | None) -> Iterator[Prometheus | str]:
    """Prometheus, or why there is none to ask."""
    from contextlib import ExitStack

    from sretool.cli.connecting import prometheus_server

    with ExitStack() as stack:
        try:
            server: Prometheus | str = stack.enter_context(
                prometheus_server(url, timeout_seconds=timeout, headers=header)
            )
        except Stop as stop:
            print(stop, file=sys.stderr)
            server = str(stop)
        yield server


def _services(slos: list[str] | None) -> tuple[Service, ...]:
    """Those that can be read. A page is written while somebody mends the files."""
    from sretool.cli.inputs import read

    try:
        specs = read(slos)
    except Stop as stop:
        print(stop, file=sys.stderr)
        return ()
    if specs.has_errors:
        print("some SLOs have mistakes and are left out: sretool slo validate tells them", file=sys.stderr)
    return specs.services


def _answers(path: Path | None) -> Answers:
    from sretool.cli.inputs import show
    from sretool.incident.postmortem.answers import Answers, read_answers
    from sretool.yamltext.loading import load_file

    if path is None:
        return Answers()
    answers, diagnostics = read_answers(load_file(path))
    show(diagnostics)
    if any(diagnostic.level == "error" for diagnostic in diagnostics):
        raise Stop(Exit.WRONG_INPUT)
    return answers
