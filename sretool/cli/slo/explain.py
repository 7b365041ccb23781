"""`sretool slo explain`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sretool.cli.connecting import Headers, PrometheusUrl, Timeout
from sretool.cli.outcome import Exit, Stop
from sretool.cli.slo.arguments import Paths
from sretool.cli.slo.asking import At, Reach, TimeScale, asked, instant

if TYPE_CHECKING:
    from sretool.model.slo import Service


def explain(
    name: Annotated[str, typer.Argument(help="An SLO, as service/name, or name where that is unique.")],
    paths: Paths = None,
    *,
    live: Annotated[
        bool, typer.Option("--live", help="Ask Prometheus: what the period has spent, in which hours, by which source.")
    ] = False,
    at: At = None,
    time_scale: TimeScale = 1,
    prometheus: PrometheusUrl = None,
    header: Headers = None,
    timeout: Timeout = None,
    output: Annotated[Literal["table", "json"], typer.Option("--output", help="How to print the result.")] = "table",
) -> None:
    """Say what an SLO promises, what is asked of Prometheus, when its alerts fire, and what it cannot see.

    With --live: bad, all, allowed and spent events, the hours that spent most, and where recorded series and counters
    disagree. Exit 3 when there is no data. Where a file has mistakes they are told, the SLO is explained if it can be
    read, and the exit is 2.

    \b
    Examples:
      sretool slo explain billing-ingest/availability
      sretool slo explain availability slos/billing-ingest.yaml --output json
      sretool slo explain availability --live
    """
    from sretool.cli.inputs import readable

    services, is_all = readable(paths)
    if not is_all and not any(name in (slo.full_name, slo.name) for service in services for slo in service.slos):
        raise Stop(Exit.WRONG_INPUT, f"{name} is not among the SLOs that can be read")
    if live:
        reach = Reach(prometheus, None, timeout, header)
        _print_live(services, name, at=at, time_scale=time_scale, reach=reach, output=output)
    else:
        _print(services, name, time_scale=time_scale, output=output)
    if not is_all:
        raise Stop(Exit.WRONG_INPUT)


def _print(services: Sequence[Service], name: str, *, time_scale: int, output: str) -> None:
    import json

    from sretool.cli.inputs import find, settings
    from sretool.cli.slo.explained import as_json, show
    from sretool.rules.explain import explain as explained
    from sretool.rules.timing import Timing

    explanation = explained(find(services, name), Timing(settings().scrape_interval, time_scale))
    if output == "json":
        print(json.dumps(as_json(explanation), indent=2, ensure_ascii=False))
    else:
        show(explanation)


def _print_live(
    services: Sequence[Service], name: str, *, at: str | None, time_scale: int, reach: Reach, output: str
) -> None:
    import json

    from sretool.burn.live import explain_live
    from sretool.cli.inputs import find
    from sretool.cli.slo.asking import connected
    from sretool.cli.slo.lived import as_json, live_lines

    slo = find(services, name).full_name
    question = asked(services, [slo], service=None, owner=None, at=instant(at), source="auto", time_scale=time_scale)
    with connected(question, reach) as (server, remembering):
        found = explain_live(server, remembering)
    if output == "json":
        print(json.dumps([as_json(one, at=question.at) for one in found], indent=2, ensure_ascii=False))
    else:
        print("\n\n".join("\n".join(live_lines(one, at=question.at)) for one in found))
    if any(one.standing.verdict == "no data" for one in found):
        raise Stop(Exit.NO_ANSWER)
