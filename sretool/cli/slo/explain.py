"""`sretool slo explain`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from sretool.cli.slo.arguments import Paths


def explain(
    name: Annotated[str, typer.Argument(help="An SLO, as service/name, or name where that is unique.")],
    paths: Paths = None,
    *,
    output: Annotated[Literal["table", "json"], typer.Option("--output", help="How to print the result.")] = "table",
) -> None:
    """Say what an SLO promises, what is asked of Prometheus, when its alerts fire, and what it cannot see.

    \b
    Examples:
      sretool slo explain billing-ingest/availability
      sretool slo explain availability slos/billing-ingest.yaml --output json
    """
    import json

    from sretool.cli.inputs import find, load, settings
    from sretool.cli.slo.explained import as_json, show
    from sretool.rules.explain import explain as explained
    from sretool.rules.timing import Timing

    explanation = explained(find(load(paths), name), Timing(settings().scrape_interval))
    if output == "json":
        print(json.dumps(as_json(explanation), indent=2, ensure_ascii=False))
    else:
        show(explanation)
