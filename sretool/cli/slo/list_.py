"""`sretool slo list`."""

from __future__ import annotations

from sretool.cli.slo.arguments import Output, Paths


def list_slos(paths: Paths = None, *, output: Output = "table") -> None:
    """List every SLO and invariant with its objective, period and owner.

    Of files that have mistakes it lists what can be read, tells the mistakes, and exits 2.

    \b
    Examples:
      sretool slo list
      sretool slo list slos/checkout.yaml --output json
    """
    import json

    from sretool.cli.inputs import readable
    from sretool.cli.outcome import Exit, Stop
    from sretool.cli.slo.rows import json_rows, table_lines

    services, is_all = readable(paths)
    if output == "json":
        print(json.dumps(json_rows(services), indent=2, ensure_ascii=False))
    else:
        print("\n".join(table_lines(services)))
    if not is_all:
        raise Stop(Exit.WRONG_INPUT)
