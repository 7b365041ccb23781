"""`sretool billing journal verify`."""

from __future__ import annotations

from sretool.cli.billing.arguments import DIRECTORY, Directory, Output
from sretool.cli.billing.plainly import plainly, print_json
from sretool.cli.outcome import Exit, Stop


@plainly
def verify(*, directory: Directory = DIRECTORY, output: Output = "table") -> None:
    """Check every byte of the journal: checksums, the chain of segments, the published end.

    It works beside a running service, and changes nothing.

    \b
    Example:
      sretool billing journal verify

    Exit 0 when every record is as it was written, 1 with the place of each that is not.
    """
    from sretool.billing.directory import DataDirectory
    from sretool.billing.journal import verify as run

    journal = DataDirectory(directory).journal
    if not journal.is_dir():
        raise Stop(Exit.WRONG_INPUT, f"sretool billing: there is no journal at {journal}: give --directory")
    found = run(journal)
    rows = [
        {"path": str(one.path), "offset": one.offset, "position": one.position, "what": one.what, "remedy": one.remedy}
        for one in found.findings
    ]
    counts = {"segments": found.segments, "records": found.records, "events": found.events}
    bounds = {"first": found.first, "end": found.end, "unpublished_bytes": found.unpublished_bytes}
    if output == "json":
        print_json({**counts, **bounds, "findings": rows})
    else:
        for row in rows:
            print(f"{row['path']}: byte {row['offset']}: {row['what']}; remedy: {row['remedy']}")
        print(
            f"{found.segments:,} segments, {found.records:,} records, {found.events:,} events, up to position "
            f"{found.end:,}: {len(rows)} damaged place(s)"
        )
    if rows:
        raise Stop(Exit.FOUND)
