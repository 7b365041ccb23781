"""What an incident is about, as the options say: looked up before it is recorded, as far as there is time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sretool.cli.outcome import Exit, Stop

if TYPE_CHECKING:
    from sretool.incident.naming import Subject
    from sretool.spec.load import Specs


def named(slo: str, service: str) -> Subject:
    """What --slo and --service name. Ends the command where that is nothing."""
    from sretool.incident.naming import Subject, UnknownName, subject
    from sretool.incident.texts import well_formed

    slo, service = well_formed(slo), well_formed(service)
    if not slo:
        return Subject(service, "")
    from sretool.cli.incident.arguments import repository
    from sretool.spec.sources import read_texts

    try:
        found = subject(slo, read_texts(repository().settings.slos), _read)
    except UnknownName as error:
        raise Stop(Exit.WRONG_INPUT, f"nothing was recorded: {error}") from error
    if service not in ("", found.service):
        raise Stop(Exit.WRONG_INPUT, f"nothing was recorded: {slo} is of {found.service}, and --service is {service}")
    return found


def _read() -> Specs:
    from sretool.cli.inputs import read

    return read(None)
