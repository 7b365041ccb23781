"""A new account, with keys that are made up on the spot."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sretool.incident.sandbox.exchange import Sandbox
from sretool.incident.sandbox.state import Account, Keys, Named, Person
from sretool.settings.catalog import Catalog

SERVICE = Named("PSANDBX", "Sandbox")
_IDS: Final = 10**12
PERSON = Person("PONCALL", "On Call", "on-call@example.com")


def new_keys() -> Keys:
    """Keys of the right shape that open nothing but this sandbox."""
    return Keys(api_key=f"sandbox{secrets.token_hex(7)}"[:20], routing_key=secrets.token_hex(16))


def known_services(asked: Sequence[str], catalog: Catalog | None) -> tuple[Named, ...]:
    """Those asked for, or those of which the catalogue knows PagerDuty's id."""
    entries = () if catalog is None else catalog.services
    names = {entry.pagerduty: entry.name for entry in entries if entry.pagerduty}
    return tuple(Named(identifier, names.get(identifier, identifier)) for identifier in dict.fromkeys(asked or names))


def known_people(catalog: Catalog | None) -> tuple[Person, ...]:
    """The people of whom the catalogue has an address."""
    entries = () if catalog is None else catalog.people
    known = (entry for entry in entries if entry.email)
    return tuple(
        Person(entry.pagerduty or f"PUSER{place:02d}", entry.name, entry.email) for place, entry in enumerate(known)
    )


def new_sandbox(
    keys: Keys,
    *,
    clock: Callable[[], datetime],
    services: Sequence[Named] = (),
    people: Sequence[Person] = (),
    are_keys_shared: bool = True,
) -> Sandbox:
    """A sandbox without incidents. Without services or people it has one of each.

    The routing key belongs to the first service; the first person is on call.
    """
    account = Account(
        keys,
        tuple(services) or (SERVICE,),
        tuple(people) or (PERSON,),
        are_keys_shared=are_keys_shared,
        # What is left of an earlier drill must find nothing of this one by its id.
        counted=secrets.randbelow(_IDS),
    )
    return Sandbox(account, clock)
