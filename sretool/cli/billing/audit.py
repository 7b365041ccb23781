"""`sretool billing audit`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sretool.cli.billing.arguments import DIRECTORY, Directory, Output
from sretool.cli.billing.plainly import plainly, print_json
from sretool.cli.outcome import Exit, Stop
from sretool.cli.progress import bar

if TYPE_CHECKING:
    from sretool.billing.audit import Audit


@plainly
def audit(*, directory: Directory = DIRECTORY, output: Output = "table") -> None:
    """Hold what clients were promised against the journal, and the journal against what was counted.

    \b
    Lost: acknowledged, and not in the journal. Unexpected: in the journal, though never sent or refused.
    Counted twice: more in the rollups than different ids in the journal. Not counted: fewer.

    It reads the manifests that `load` and `probe` leave in DIR/manifests, and works beside a running service.

    \b
    Examples:
      sretool billing audit
      sretool billing load --seconds 20 && sretool billing audit

    Exit 0 when nothing is wrong, 1 when something is, 3 when nothing counted could be compared: without a ledger,
    before anything is applied, or when `serve --journal-days` has dropped what it needs.
    """
    from sretool.billing.audit import audit as run
    from sretool.billing.directory import DataDirectory

    with bar("auditing") as progress:
        found = run(DataDirectory(directory), progress=progress)
    if output == "json":
        print_json(asdict(found) | {"clean": found.is_clean})
    else:
        _show(found)
    if found.findings:
        raise Stop(Exit.FOUND)
    if not found.is_clean:
        raise Stop(Exit.NO_ANSWER, f"sretool billing audit: nothing was compared with the rollups: {_why(found)}")


def _show(found: Audit) -> None:
    rows = {
        "acknowledged": found.acknowledged,
        "of them in the journal": found.found,
        "of them dropped with old segments": found.expired,
        "indeterminate": found.indeterminate,
        "refused": found.refused,
        "lost": found.lost,
        "unexpected": found.unexpected,
        "counted once": found.counted if found.counted is not None else "not compared",
        "counted twice": found.counted_twice,
        "not counted": found.not_counted,
        "not applied yet": found.pending,
        "of other senders, not audited": found.foreign,
        "tenants whose counts were compared": found.tenants - found.not_compared,
    }
    for what, events in rows.items():
        print(f"{what:<34} {events:>14,}" if isinstance(events, int) else f"{what:<34} {events}")
    for what, examples in found.examples.items():
        print(f"{what}: {', '.join(examples)}")
    print(f"{found.runs} run(s) audited: {_verdict(found)}")


def _verdict(found: Audit) -> str:
    if found.findings:
        return "the service broke its promise: see above"
    if not found.is_counting_known:
        return "nothing lost; whether anything was counted twice is not known"
    but = f"; not compared: {found.not_compared} tenant(s)" if found.not_compared else ""
    return f"nothing lost, nothing counted twice{but}"


def _why(found: Audit) -> str:
    if found.counted is None:
        return "there is no ledger yet, or `serve --journal-days` has dropped the beginning of the journal"
    if found.pending:
        return "it is not applied yet: try again in a moment"
    return "no meter takes it, or too many events of other senders stand beside it"
