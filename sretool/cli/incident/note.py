"""`sretool incident note`."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from sretool.cli.incident.arguments import DryRun, Output, When
from sretool.cli.outcome import Exit, Stop

_BYTES_A_SIGN_MAX: Final = 4  # Of UTF-8.


def note(
    words: Annotated[
        list[str],
        typer.Argument(
            help="What you saw, did or think; before it the incident, if several are open. - reads standard input.",
            metavar="[ID] TEXT",
        ),
    ],
    *,
    at: When = None,
    dry_run: DryRun = False,
    output: Output = "table",
) -> None:
    """Write a line into an incident's timeline: in the incident ledger, then at PagerDuty.

    \b
    Examples:
      sretool incident note "queue drained, watching"
      sretool incident note 7k3qd "rolled back" --at 03:12
      kubectl get events | sretool incident note 7k3qd -
    """
    from sretool.cli.incident.arguments import author, chosen, ledger, plainly
    from sretool.cli.incident.doing import tell
    from sretool.incident import acting
    from sretool.incident.choosing import refuse_name

    if len(words) > 2:
        raise Stop(Exit.WRONG_INPUT, "a note is one text: put it in quotes, after the incident if you name one")
    which = words[0] if len(words) == 2 else None
    with plainly():
        here = ledger(dry_run=dry_run)
        text = _text(words[-1])
        if which is None:
            refuse_name(here.contents(mentioning=text.strip().lower()).incidents, text.strip())
        incident = chosen(which, here)
        tell(here, incident, acting.note(here, author(at), incident, text), output)


def _text(text: str) -> str:
    from sretool.incident.acting import NOTE_LENGTH_MAX
    from sretool.incident.texts import well_formed

    if text != "-":
        return well_formed(text)
    try:
        said = sys.stdin.buffer.read(NOTE_LENGTH_MAX * _BYTES_A_SIGN_MAX * 2)
    except OSError as error:
        raise Stop(Exit.WRONG_INPUT, f"standard input cannot be read: {error.strerror}") from error
    return said.decode("utf-8", "replace")
