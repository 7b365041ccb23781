"""What an Alertmanager says, once from stdin or for as long as it listens; and what is done in the background."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from sretool import clock
from sretool.cli.incident.arguments import author, ledger
from sretool.cli.incident.doing import told
from sretool.cli.incident.looked import look_back
from sretool.cli.outcome import Exit, Stop
from sretool.incident.alerts import NoWebhook
from sretool.incident.events import Event, Opened, Severity
from sretool.incident.listening import is_loopback, place
from sretool.incident.naming import Subject
from sretool.incident.outbox import Pager
from sretool.incident.pagerduty.access import Misconfigured
from sretool.incident.receiver import Receiver
from sretool.incident.receiving import record
from sretool.incident.running import Behind, serve
from sretool.settings.repository import find_repository


@dataclass(frozen=True, slots=True)
class Glance:
    """How Prometheus is asked about an incident that an alert has opened."""

    url: str | None
    headers: Sequence[str] | None
    time_scale: int

    def __call__(self, opened: Event) -> None:
        """Record how the budget stands. How bad it is, is the alert's to say, unless figures say that it is sev1."""
        assert isinstance(opened.happening, Opened)
        subject = Subject(opened.happening.service, opened.happening.slo)
        takes: tuple[Severity, ...] = ("sev1",) if subject.name and opened.happening.severity != "sev1" else ()
        look_back(ledger(), author(None), opened, subject, is_given=False, takes=takes,
                  url=self.url, headers=self.headers, time_scale=self.time_scale)  # fmt: skip


def record_once(glance: Glance, output: str) -> None:
    """The notification on stdin, and what became of it."""
    here = ledger()
    try:
        recorded = record(here, _standard_input(), pages=author(None).pages)
    except NoWebhook as error:
        raise Stop(Exit.WRONG_INPUT, f"this is no notification of an Alertmanager: {error}") from error
    for event in recorded:
        if isinstance(event.happening, Opened):
            glance(event)
    if not recorded:
        print("nothing was recorded: all of it is known", file=sys.stderr)
    endings = [
        told(here, incident_id, [event for event in recorded if event.incident_id == incident_id], output)
        for incident_id in dict.fromkeys(event.incident_id for event in recorded)
    ]
    if any(endings):
        raise Stop(min(ending for ending in endings if ending))  # What somebody must mend goes before what is queued.


def _standard_input() -> bytes:
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise Stop(Exit.WRONG_INPUT, f"standard input cannot be read: {error.strerror}") from error


def listen_at(where: str, token_file: Path | None, glance: Glance, *, as_json: bool) -> None:
    """Until Ctrl-C."""
    try:
        host, port = place(where)
    except ValueError as error:
        raise Stop(Exit.WRONG_INPUT, f"--listen: {error}") from error
    token = _token(token_file)
    if not token and not is_loopback(host):
        raise Stop(
            Exit.WRONG_INPUT,
            f"--listen {where} is reached from elsewhere, and whoever reaches it opens incidents: give --token-file",
        )
    pages = author(None).pages
    _check_pager(pages=pages)
    receiver = Receiver(ledger(), pages, token, tell=_tell)
    try:
        serve(
            receiver,
            Behind(_pager if pages else None, glance),
            host=host,
            port=port,
            announce=_as_json if as_json else _as_text,
        )
    except OSError as error:
        raise Stop(Exit.WRONG_INPUT, f"--listen {where}: {error.strerror}") from error


def _check_pager(*, pages: bool) -> None:
    """Say at the start what would otherwise be said when somebody should be paged."""
    if not pages:
        _tell("PagerDuty is not told, for want of a key: set PAGERDUTY_API_KEY or PAGERDUTY_ROUTING_KEY")
        return
    try:
        _pager()
    except Misconfigured as error:
        raise Stop(Exit.WRONG_INPUT, str(error)) from error


def _pager() -> Pager:
    """PagerDuty, with what the catalogue says of it by now. Raises Misconfigured."""
    from sretool.incident.pagerduty.connecting import connected

    return connected(os.environ, find_repository(Path.cwd(), os.environ).catalog)


def _token(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        token = file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise Stop(Exit.WRONG_INPUT, f"--token-file: {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Stop(Exit.WRONG_INPUT, f"--token-file: {file} holds characters that no token has") from error
    if not token:
        raise Stop(Exit.WRONG_INPUT, f"--token-file: {file} is empty")
    return token


def _tell(line: str) -> None:
    typer.echo(f"{clock.now():%FT%TZ} {line}", err=True)


def _as_json(url: str) -> None:
    print(json.dumps({"url": url}), flush=True)


def _as_text(url: str) -> None:
    print(f"listening for notifications at {url}, until Ctrl-C", flush=True)
