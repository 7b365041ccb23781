"""`sretool incident from-alert`."""

from __future__ import annotations


def from_alert() -> None:
    """Open, extend or resolve an incident by what an Alertmanager says: a notification of its webhook, on stdin.

    The same group of alerts is one incident, however often and by however many Alertmanagers it is told.

    \b
    Examples:
      sretool incident from-alert < notification.json
    """
    import sys

    from sretool.cli.incident.arguments import author, ledger, plainly
    from sretool.cli.incident.doing import tell
    from sretool.cli.outcome import Exit, Stop
    from sretool.incident.alerts import NoWebhook
    from sretool.incident.receiving import record

    with plainly():
        here = ledger()
        try:
            recorded = record(here, sys.stdin.buffer.read(), pages=author(None).pages)
        except NoWebhook as error:
            raise Stop(Exit.WRONG_INPUT, f"this is no notification of an Alertmanager: {error}") from error
        if not recorded:
            print("nothing was recorded: all of it is known", file=sys.stderr)
        for incident_id in dict.fromkeys(event.incident_id for event in recorded):
            tell(here, incident_id, [event for event in recorded if event.incident_id == incident_id])
