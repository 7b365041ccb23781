"""`sretool slo list`."""

from __future__ import annotations

from sretool.cli.slo.arguments import Output, Paths


def list_slos(paths: Paths = None, *, output: Output = "table") -> None:
    """List every SLO and invariant with its objective, period and owner.

    \b
    Examples:
      sretool slo list
      sretool slo list slos/checkout.yaml --output json
    """
    import json

    from sretool.cli.inputs import load
    from sretool.cli.slo.rows import json_rows, table_lines

    services = load(paths)
    if output == "json":
        print(json.dumps(json_rows(services), indent=2, ensure_ascii=False))
    else:
        print("\n".join(table_lines(services)))
