"""A new account, with keys that are made up on the spot."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from sretool.incident.sandbox.exchange import Sandbox
from sretool.incident.sandbox.state import Account, Keys, Named, Person

SERVICE = "PSANDBX"
PERSON = Person("PONCALL", "On Call", "on-call@example.com")


def new_keys() -> Keys:
    """Keys of the right shape that open nothing but this sandbox."""
    return Keys(api_key=f"sandbox{secrets.token_hex(7)}"[:20], routing_key=secrets.token_hex(16))


def new_sandbox(
    keys: Keys, *, clock: Callable[[], datetime], services: Sequence[str] = (), people: Sequence[str] = ()
) -> Sandbox:
    """A sandbox with these services (by PagerDuty's ids) and people (by e-mail address).

    The routing key belongs to the first service; the first person is on call.
    """
    named = tuple(Named(one, f"service {one}") for one in services or (SERVICE,))
    known = tuple(Person(f"PUSER{place:02d}", one.partition("@")[0], one) for place, one in enumerate(people))
    return Sandbox(Account(keys, named, known or (PERSON,)), clock)
