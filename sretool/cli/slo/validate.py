"""`sretool slo validate`."""

from __future__ import annotations

from sretool.cli.outcome import Exit, Stop
from sretool.cli.slo.arguments import Output, Paths


def validate(paths: Paths = None, *, output: Output = "table") -> None:
    """Check specifications: every mistake of every file at once, with its place and its remedy.

    \b
    Examples:
      sretool slo validate
      sretool slo validate slos/ legacy/sloth.yaml
      kubectl get slo -o yaml | sretool slo validate -

    Exit 0 without errors (warnings are printed), 2 with.
    """
    import json

    from sretool.cli.inputs import counted, read, show
    from sretool.yamltext.diagnostics import as_json

    specs = read(paths)
    if output == "json":
        found = {"diagnostics": [as_json(diagnostic) for diagnostic in specs.diagnostics]}
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        show(specs.diagnostics)
    if specs.has_errors:
        raise Stop(Exit.WRONG_INPUT)
    if output == "table":
        print(f"ok: {counted(specs.services)}")
