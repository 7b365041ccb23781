"""What an incident is about, as the options say: looked up before it is recorded, as far as there is time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sretool.cli.outcome import Exit, Stop

if TYPE_CHECKING:
    from sretool.incident.naming import Subject
    from sretool.spec.load import Specs


def named(slo: str, service: str) -> Subject:
    """What --slo and --service name. Ends the command where that is nothing."""
    from sretool.incident.naming import Subject, UnknownName
    from sretool.incident.texts import well_formed

    slo, service = well_formed(slo), well_formed(service)
    try:
        if slo:
            return _slo(slo, service)
        return _service(service) if service else Subject("", "")
    except UnknownName as error:
        raise Stop(Exit.WRONG_INPUT, f"nothing was recorded: {error}") from error


def _slo(slo: str, service: str) -> Subject:
    from sretool.cli.incident.arguments import repository
    from sretool.incident.naming import subject
    from sretool.spec.sources import read_texts

    found = subject(slo, read_texts(repository().settings.slos), _read)
    if service not in ("", found.service):
        raise Stop(Exit.WRONG_INPUT, f"nothing was recorded: {slo} is of {found.service}, and --service is {service}")
    return found


def _service(service: str) -> Subject:
    from sretool.cli.incident.arguments import repository
    from sretool.incident import naming
    from sretool.spec.sources import read_texts

    catalog = repository().catalog
    catalogued = [] if catalog is None else [one.name for one in catalog.services]
    return naming.service(service, read_texts(repository().settings.slos), _read_any, catalogued=catalogued)


def _read() -> Specs:
    from sretool.cli.inputs import read

    return read(None)


def _read_any() -> Specs:
    """None, where there are no SLOs here."""
    from sretool.cli.incident.arguments import repository
    from sretool.spec.load import Specs

    try:
        return _read()
    except Stop:
        return Specs((), repository().diagnostics)
