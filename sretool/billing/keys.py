"""API keys: `id.secret`, of which the catalogue keeps a hash and the client's keys file the whole.

The service never reads a keys file; `load` and `probe` do, so that they run without arguments on the machine where
`init` ran. Copy the file to run them elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE_NAME = "keys.json"


class NoKeys(Exception):
    """There is no keys file, or it is not one. Its message says what to do."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a tenant. Its text is the only secret that the pipeline has."""

    id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """What a client sends after `Authorization: Bearer`."""
        return f"{self.id}.{self.secret}"

    @property
    def sha256(self) -> str:
        """What the catalogue keeps: a secret of 256 random bits needs no slow hash."""
        return hashlib.sha256(self.secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Client:
    """What a client has to know to send usage as a tenant: its key, and which customers there are."""

    tenant: str
    key: str = field(repr=False)
    customers: tuple[str, ...]


def mint(key_id: str) -> Key:
    """A new key of 256 random bits."""
    return Key(key_id, secrets.token_urlsafe(32))


def write_keys(path: Path, clients: Mapping[str, Client]) -> None:
    """Write a keys file that its owner alone can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = {name: {"key": client.key, "customers": list(client.customers)} for name, client in sorted(clients.items())}
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)  # Its mode may be another.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"tenants": rows}, file, indent=1)
        file.write("\n")
    temporary.replace(path)


def read_keys(path: Path) -> dict[str, Client]:
    """The tenants of a keys file, by name. Raises NoKeys."""
    try:
        written = json.loads(path.read_bytes())
        return {name: _client(name, row) for name, row in written["tenants"].items()}
    except FileNotFoundError as error:
        raise NoKeys(f"there is no {path}: run sretool billing init, or say --keys FILE") from error
    except OSError as error:
        raise NoKeys(f"{path} cannot be read ({error.strerror}): run this as the user who ran billing init") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoKeys(f"{path} is not a keys file as sretool billing init writes it: say --keys FILE") from error


def _client(name: str, row: Mapping[str, Any]) -> Client:
    customers = tuple(str(customer) for customer in row["customers"])
    if not customers:
        raise ValueError(f"{name} has no customers")
    return Client(name, str(row["key"]), customers)
