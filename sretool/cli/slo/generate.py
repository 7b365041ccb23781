"""`sretool slo generate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sretool.cli.outcome import Exit, Stop
from sretool.cli.slo.arguments import Paths
from sretool.cli.writing import unless_stdout

if TYPE_CHECKING:
    from sretool.cli.generation import Generated
    from sretool.rules.directory import Change

Target = Literal["prometheus", "operator", "alertmanager"]


def generate(
    paths: Paths = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Directory to write, one file a service. Without it, and -: standard output.", callback=unless_stdout
        ),
    ] = None,
    target: Annotated[
        Target, typer.Option(help="Rule files, PrometheusRule resources, or an Alertmanager configuration.")
    ] = "prometheus",
    tests: Annotated[
        bool,
        typer.Option(
            "--tests",
            help="Write promtool unit tests into OUT/tests, too. Without it, tests of an earlier run stay as they are.",
        ),
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 with a diff if OUT differs.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove generated SLOs that are not in the input, with their tests.")
    ] = False,
    time_scale: Annotated[
        int, typer.Option(min=1, help="Divide every duration by this, for demonstrations and tests.")
    ] = 1,
    incidents: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="With --target alertmanager: where pages are posted, as of `sretool incident from-alert --listen`.",
            show_default=False,
        ),
    ] = "",
    output: Annotated[Literal["table", "json"], typer.Option("--output", help="How to print the result.")] = "table",
) -> None:
    """Compile SLOs to Prometheus rules.

    \b
    Examples:
      sretool slo generate --out rules
      sretool slo generate slos/ --out rules --tests && promtool test rules rules/tests/*.yaml
      sretool slo generate slos/ --out rules --check
      sretool slo generate legacy/sloth.yaml | promtool check rules /dev/stdin
      sretool slo generate --target alertmanager --incidents http://127.0.0.1:9095/alerts --out alertmanager
    """
    from sretool.cli.generation import generate_files
    from sretool.cli.writing import print_yaml

    wrong = _contradiction(out, target, are_tests=tests, needs_out=tests or check or prune, time_scale=time_scale)
    if wrong := wrong or _misplaced(incidents, target):
        raise Stop(Exit.WRONG_INPUT, f"sretool slo generate: {wrong}")
    generated = generate_files(paths, target=target, tests=tests, time_scale=time_scale, incidents=incidents)
    if out is None:
        print_yaml(generated.as_one)
        return
    _say_which_tests_stay(generated, out, time_scale)
    _write(generated, out, check=check, prune=prune, output=output)


def _contradiction(out: Path | None, target: Target, *, are_tests: bool, needs_out: bool, time_scale: int) -> str:
    """What of the options does not go together, or nothing."""
    if out is None and needs_out:
        return "--tests, --check and --prune need --out DIR"
    if are_tests and target != "prometheus":
        return "--tests goes with rule files: leave --target out"
    if are_tests and time_scale != 1:
        return "--tests tell hours as they are: leave --time-scale out"
    return ""


def _misplaced(incidents: str, target: Target) -> str:
    if incidents and target != "alertmanager":
        return "--incidents goes with --target alertmanager"
    if incidents and not incidents.startswith(("http://", "https://")):
        return f"--incidents {incidents} is no http or https URL"
    return ""


def _write(generated: Generated, out: Path, *, check: bool, prune: bool, output: str) -> None:
    from sretool.rules import directory

    try:
        if check:
            _report_drift(generated, _changes(generated, out), output)
            return
        with directory.held(out, generated.names, waiting=lambda: _say_waiting(out)):
            found = _changes(generated, out)
            if not prune:
                directory.refuse_losses(found, generated.files)
            directory.apply(found)
    except directory.DirectoryError as error:
        raise Stop(Exit.WRONG_INPUT, f"sretool slo generate: {error}") from error
    _report_written(generated, found, out, output)


def _say_which_tests_stay(generated: Generated, out: Path, time_scale: int) -> None:
    """Unit tests that are there and were not asked for are mentioned, not compared."""
    if any((out / name).exists() for name in generated.tests_not_asked_for):
        scaled = f"they fail on rules of --time-scale {time_scale}, so keep these in another --out"
        why = "--tests includes them" if time_scale == 1 else scaled
        print(f"unit tests of an earlier run are left as they are in {out}: {why}", file=sys.stderr)


def _changes(generated: Generated, out: Path) -> list[Change]:
    """What differs in the directory."""
    from sretool.rules import directory

    others = generated.tests_not_asked_for
    return directory.changes(out, generated.files, header=generated.header, kept=others)


def _say_waiting(out: Path) -> None:
    print(f"sretool slo generate: waiting for another run, which writes to {out}", file=sys.stderr)


def _report_drift(generated: Generated, found: list[Change], output: str) -> None:
    import json

    if output == "json":
        print(json.dumps({"differs": [str(change.path) for change in found]}, indent=2))
    else:
        sys.stdout.write("".join(change.diff() for change in found))
    if found:
        raise Stop(Exit.FOUND, f"{len(found)} file(s) differ from what the SLOs say; generate again and commit them")
    if output == "table":
        print(f"{generated.counted}: {len(generated.files)} file(s) are as generated")


def _report_written(generated: Generated, found: list[Change], out: Path, output: str) -> None:
    import json

    written = [str(change.path) for change in found if change.after is not None]
    removed = [str(change.path) for change in found if change.after is None]
    if output == "json":
        report = {"out": str(out), "written": written, "removed": removed, "left_out": list(generated.left_out)}
        print(json.dumps(report | {"files": len(generated.files)}, indent=2))
        return
    for words in generated.left_out:
        print(f"no unit test: {words}", file=sys.stderr)
    unchanged = len(generated.files) - len(written)
    gone = f", removed {len(removed)}" if removed else ""
    print(f"{generated.counted}: wrote {len(written)} file(s) to {out}, {unchanged} unchanged{gone}")
