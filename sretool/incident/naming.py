"""Which SLO, which invariant or which service an incident is about.

A name that nothing has is refused before anything is recorded. But nobody waits for thousands of SLOs to be read: in a
big repository it is enough that the files mention both halves of the name, and the rest is looked up afterwards. And no
incident is refused because a file is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sretool.model.slo import Invariant, Service, Slo
from sretool.yamltext.remedies import meant

if TYPE_CHECKING:
    from sretool.spec.load import Specs  # It takes long to import, and whoever opens an incident waits.

# Reading takes about four milliseconds a KiB, and the id of an incident has to be there within 400.
SMALL_BYTES: Final = 24 * 1024
_SHOWN_MAX: Final = 10


class UnknownName(ValueError):
    """No SLO or invariant, or more than one, is called so. The message says what may have been meant."""


@dataclass(frozen=True, slots=True)
class Subject:
    """`name` is service/name of an SLO or an invariant. With `doubt` it is not certain that there is one."""

    service: str
    name: str
    doubt: str = ""


def subject(name: str, texts: Sequence[bytes], read: Callable[[], Specs]) -> Subject:
    """What a name stands for. `texts` are those of the files that `read` reads. Raises UnknownName."""
    service, slash, own = name.partition("/")
    if slash and sum(map(len, texts)) > SMALL_BYTES and _mentioned(service, texts) and _mentioned(own, texts):
        return Subject(service, name)
    specs = read()
    try:
        found = find(specs.services, name)
    except UnknownName as error:
        if not specs.has_errors:
            raise
        return Subject(service if slash else "", name if slash else "", f"{error}; and some files are broken")
    return Subject(found.service, full_name(found))


def service(name: str, texts: Sequence[bytes], read: Callable[[], Specs], *, catalogued: Collection[str]) -> Subject:
    """A service that has SLOs, or that the catalogue has. Raises UnknownName; not where nothing says what there is."""
    if name in catalogued or (sum(map(len, texts)) > SMALL_BYTES and _mentioned(name, texts)):
        return Subject(name, "")
    specs = read()
    names = {*catalogued, *(service.name for service in specs.services)}
    if name in names or not (names or specs.has_errors):
        return Subject(name, "")
    near = meant(name, names)
    words = f"no service is called {name}: {f'did you mean {near}?' if near else f'there are {_some(names)}'}"
    if specs.has_errors:
        return Subject(name, "", f"{words}; and some files are broken")
    raise UnknownName(words)


def _some(names: Collection[str]) -> str:
    shown = sorted(names)[:_SHOWN_MAX]
    return f"{', '.join(shown) or 'none'}{' and others' if len(names) > len(shown) else ''}"


def find(services: Iterable[Service], name: str) -> Slo | Invariant:
    """The one that is called so: by service/name, or by name where that is unique. Raises UnknownName."""
    known: list[Slo | Invariant] = []
    for service in services:
        known += [*service.slos, *service.invariants]
    found = [one for one in known if name in (one.name, full_name(one))]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownName(f"{name} is the name of {', '.join(map(full_name, found))}: say which")
    names = {spelling: full_name(one) for one in known for spelling in (one.name, full_name(one))}
    near = meant(name, names)
    hint = f"did you mean {names[near]}?" if near else "sretool slo list shows all SLOs"
    raise UnknownName(f"no SLO or invariant is called {name}: {hint}")


def full_name(one: Slo | Invariant) -> str:
    return f"{one.service}/{one.name}"


def asked_about(services: Sequence[Service], subject: Subject) -> tuple[Service, ...]:
    """What tells how bad it is: the SLO or invariant, all of the service, or all there is. Raises UnknownName."""
    if not subject.name:
        return tuple(service for service in services if subject.service in ("", service.name))
    found = find(services, subject.name)
    service = next(service for service in services if service.name == found.service)
    if isinstance(found, Invariant):
        return (replace(service, slos=(), invariants=(found,)),)
    return (replace(service, slos=(found,), invariants=()),)


def _mentioned(word: str, texts: Sequence[bytes]) -> bool:
    return bool(word) and any(word.encode() in text for text in texts)
