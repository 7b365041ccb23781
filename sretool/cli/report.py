"""`sretool report weekly`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sretool.cli.connecting import HOW_TO_NAME_PROMETHEUS, Headers, PrometheusUrl, Timeout
from sretool.cli.outcome import Exit, Stop
from sretool.cli.progress import doing
from sretool.cli.slo.asking import Owner, Reach, ServiceName, Slos, TimeScale
from sretool.cli.templates import NewFile, hand_out
from sretool.cli.writing import unless_stdout, write_file

if TYPE_CHECKING:
    from sretool.model.slo import Service
    from sretool.report.facts import Asked, Facts
    from sretool.report.gathering import Sources
    from sretool.report.week import Week

app = typer.Typer(help="What a week spent, on what, and what is to be decided.", rich_markup_mode=None)
_Output = Literal["html", "markdown", "json"]
_Form = _Output | Literal["decisions"]
_Template = Literal["html", "markdown", "css"]
_TEMPLATES: dict[_Template, str] = {"html": "report.html.j2", "markdown": "report.md.j2", "css": "report.css"}
_OF_SUFFIX: dict[str, _Output] = {
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".json": "json",
}


@app.callback()
def report() -> None:
    """What a week spent, on what, and what is to be decided."""


@app.command()
def weekly(
    *,
    week: Annotated[
        str | None, typer.Option(help="The ISO week, such as 2026-W48. Default: the one of --at.", metavar="WEEK")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(help="The week so far, as of 2026-11-28T03:00:00Z or Unix seconds. Default: now.", metavar="TIME"),
    ] = None,
    loss: Annotated[str, typer.Option(help="The least share of a budget that a stretch spends to count as a loss.")] = (
        "2%"
    ),
    slos: Slos = None,
    service: ServiceName = None,
    owner: Owner = None,
    time_scale: TimeScale = 1,
    prometheus: PrometheusUrl = None,
    header: Headers = None,
    timeout: Timeout = None,
    output: Annotated[
        _Output | None,
        typer.Option(
            help="The format. Default: what the name of --out says, else markdown, and on a terminal the decisions.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File to write, .html, .md or .json. Default, and -: standard output.",
            metavar="FILE",
            callback=unless_stdout,
        ),
    ] = None,
) -> None:
    """Write a week's report: decisions first, then budgets and what spent them, money, incidents, pages, actions.

    A source that is not there (Prometheus, the policy, the incident ledger, postmortems) is named where its section
    would stand. Exit 0, 2 wrong input, 3 where there is no source at all.

    \b
    Examples:
      sretool report weekly --out report.html
      sretool report weekly --week 2026-W48 --output json
      sretool report weekly --at 2026-11-28T03:00:00Z --service billing-ingest
    """
    if find_spec("numpy") is None:
        raise Stop(Exit.WRONG_INPUT, "sretool report needs numpy: pip install 'sretool[report]'")
    from sretool.cli.inputs import settings
    from sretool.report.gathering import gather, lacking

    form = _form(out, output)
    chosen = _week(week, at, scale=time_scale)
    with _sources(slos, Reach(prometheus, None, timeout, header)) as sources:
        question = _asked(sources.whole_services, chosen, service, owner, time_scale=time_scale, loss=loss)
        with doing(f"asking about {chosen.name}"):
            facts = gather(sources, question)
    if lacks := lacking(facts):
        raise Stop(Exit.NO_ANSWER, f"there is nothing to report of: {'; '.join(lacks)}")
    with doing(f"writing the report as {form}"):
        text = _rendered(facts, form, root="" if out is None else os.path.relpath(settings().root, out.parent))
    if out is None:
        print(text, end="")
        if form == "decisions":
            print("these are the decisions: --out report.html, or --output markdown, has all of it", file=sys.stderr)
    else:
        write_file(out, text)
        print(f"wrote {out}", file=sys.stderr)


@app.command()
def template(
    which: Annotated[
        _Template,
        typer.Argument(
            help="The page, or the style sheet of the HTML. Default: html.",
            metavar="[html|markdown|css]",
            show_default=False,
        ),
    ] = "html",
    *,
    out: NewFile = None,
) -> None:
    """Print a template of the report, to change it.

    docs/report.md says what it is given. Yours are taken where they are templates/report.html.j2, report.md.j2 and
    report.css below the directory that assets: of sretool.yaml names.

    \b
    Examples:
      sretool report template css --out assets/templates/report.css
      sretool report template html | diff - assets/templates/report.html.j2
    """
    hand_out(_TEMPLATES[which], out)


def _form(out: Path | None, output: _Output | None) -> _Form:
    """What is asked for, or what the name of a file says; whoever looks at a terminal gets what is to be decided.

    Ends the command where a file would not be what its name says.
    """
    if out is None:
        return output or ("decisions" if sys.stdout.isatty() else "markdown")
    if not out.suffix:
        return output or "markdown"
    named = _OF_SUFFIX.get(out.suffix.lower())
    if named is None:
        raise Stop(Exit.WRONG_INPUT, f"--out {out}: a report is .html, .md or .json, not {out.suffix}")
    if output not in (None, named):
        contradiction = f"--out {out} is a name for {named}, and --output says {output}"
        raise Stop(Exit.WRONG_INPUT, f"{contradiction}: leave --output out, or name another file")
    return named


def _week(name: str | None, at: str | None, *, scale: int) -> Week:
    from sretool.cli.slo.asking import instant, moment
    from sretool.report.week import NoSuchWeek, week_named, week_so_far

    if name is not None and at is not None:
        raise Stop(Exit.WRONG_INPUT, "--week and --at name two ends of one week: give either")
    if name is not None and scale > 1:
        raise Stop(Exit.WRONG_INPUT, "--week names a week of real time: with --time-scale give --at")
    try:
        now = instant(None)
        if name is not None:
            return week_named(name, now=now)
        return week_so_far(now if at is None else moment(at), scale=scale, now=now)
    except NoSuchWeek as error:
        raise Stop(Exit.WRONG_INPUT, f"{'--at' if name is None else '--week'}: {error}") from error


@contextmanager
def _sources(slos: Sequence[str] | None, reach: Reach) -> Iterator[Sources]:
    """Where to look; ends the command only where the input is wrong."""
    from sretool.burn.cache import Days, default_directory
    from sretool.cli.connecting import prometheus_if_named
    from sretool.cli.inputs import repository
    from sretool.cli.slo.asking import promised
    from sretool.report.facts import Missing
    from sretool.report.gathering import Sources

    here = repository()
    has_slos = bool(slos) or any(Path(path).exists() for path in here.settings.slos)
    named = prometheus_if_named(reach.prometheus, timeout_seconds=reach.timeout_seconds, headers=reach.headers)
    with named as server:
        found = Missing(f"none is named: {HOW_TO_NAME_PROMETHEUS}") if server is None else server
        yield Sources(
            server=found if has_slos else Missing(f"there are no SLOs at {', '.join(here.settings.slos)} to ask about"),
            cache=None if server is None else Days(default_directory(os.environ), server.identity),
            whole_services=promised(slos) if has_slos else (),
            policy=here.policy or Missing("there is no policy.yaml, so that nothing is demanded of any budget"),
            incidents=here.settings.incidents,
            postmortems=here.settings.postmortems,
            root=here.settings.root,
        )


def _asked(
    services: Sequence[Service], week: Week, service: str | None, owner: str | None, *, time_scale: int, loss: str
) -> Asked:
    from sretool.cli.inputs import settings
    from sretool.cli.slo.asking import asked
    from sretool.cli.slo.gate import ratio
    from sretool.report.facts import Asked
    from sretool.rules.timing import Timing

    least_loss = ratio("--loss", loss)
    if not services:
        return Asked(week, (), Timing(settings().scrape_interval, time_scale), least_loss)
    chosen = asked(services, None, service=service, owner=owner, at=week.end, source="auto", time_scale=time_scale)
    return Asked(week, chosen.services, chosen.timing, least_loss)


def _rendered(facts: Facts, form: _Form, *, root: str) -> str:
    from sretool.assets import MissingAsset
    from sretool.charts.canvas import Missing as NoPlots
    from sretool.cli.decisions import decision_lines
    from sretool.cli.inputs import settings
    from sretool.filling import BadTemplate
    from sretool.report import rendering
    from sretool.report.building import report as built
    from sretool.report.drawing import charts

    policy = settings().policy or "policy.yaml"
    found = built(facts, policy=Path(policy).name)
    templates = settings().assets
    try:
        match form:
            case "decisions":
                return "\n".join((*decision_lines(found), ""))
            case "json":
                return rendering.as_json(found)
            case "markdown":
                return rendering.as_markdown(found, root=root, templates=templates)
            case "html":
                return rendering.as_html(found, root=root, charts=charts(facts, found), templates=templates)
    except (BadTemplate, MissingAsset, NoPlots) as error:
        raise Stop(Exit.WRONG_INPUT, f"sretool report: {error}") from error
