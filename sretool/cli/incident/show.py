"""`sretool incident show`."""

from __future__ import annotations

from sretool.cli.incident.arguments import Output, WhichToShow


def show(which: WhichToShow = None, *, output: Output = "table") -> None:
    """Show one incident: what, since when, how bad, how its budget stood, whom it was told, and all that happened.

    \b
    Examples:
      sretool incident show
      sretool incident show 7k3qd --output markdown
    """
    from sretool.cli.incident.arguments import chosen, ledger, plainly, tell_unread
    from sretool.cli.incident.shown import shown
    from sretool.clock import now
    from sretool.incident.choosing import named, to_look_at

    with plainly():
        here = ledger()
        incident = chosen(which, here, to_look_at)
        contents = here.contents(mentioning=incident)
        tell_unread(contents)
        found = named(contents.incidents, incident)
    print(shown(found, output, now=now()))
