"""Who is asking: API keys of tenants, and the token of the admin API. Compared in constant time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Any

# An unknown key id is compared against this, which is the hash of nothing, so that it takes as long as a known one.
_DUMMY = bytes(32)
_SCHEME = b"bearer"  # HTTP compares the names of schemes without regard to case.


@dataclass(frozen=True, slots=True)
class Tenants:
    """The tenants of a catalogue: whose key is which, and what rate each has contracted in events a second."""

    keys: Mapping[bytes, tuple[str, bytes]]
    rates: Mapping[str, float]

    def of(self, authorization: bytes) -> str | None:
        """The tenant whose key the header `Authorization: Bearer id.secret` holds."""
        key_id, _, secret = _token(authorization).partition(b".")
        tenant, known = self.keys.get(key_id, (None, _DUMMY))
        is_same = compare_digest(sha256(secret).digest(), known)
        return tenant if is_same else None


NOBODY = Tenants({}, {})


def tenants_of(catalog: Mapping[str, Any]) -> Tenants:
    """The tenants of a catalogue as it stands in the journal."""
    rows: Mapping[str, Any] = catalog.get("tenants", {})
    keys = {
        key["id"].encode(): (tenant, bytes.fromhex(key["sha256"]))
        for tenant, row in rows.items()
        for key in row.get("keys", ())
    }
    return Tenants(keys, {tenant: float(row["rate"]) for tenant, row in rows.items()})


def is_admin(authorization: bytes, token: str) -> bool:
    """Whether the header holds the token of admin.json. No token, no admin."""
    return bool(token) and compare_digest(_token(authorization), token.encode())


def _token(authorization: bytes) -> bytes:
    """What follows `Bearer`; nothing where the header is of another scheme."""
    scheme, _, token = authorization.partition(b" ")
    return token if scheme.lower() == _SCHEME else b""
