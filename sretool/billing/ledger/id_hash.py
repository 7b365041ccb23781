"""A 64-bit hash of an id: for the digest of an hour, which the recount computes as well, and for the filter.

It is blake2b with a digest of 8 bytes over tenant, NUL, transaction_id in UTF-8, read as a little-endian integer.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]


def id_hash(key: bytes) -> int:
    return int.from_bytes(blake2b(key, digest_size=8).digest(), "little")


def id_hashes(keys: Iterable[bytes]) -> Hashes:
    digest = blake2b
    return np.frombuffer(b"".join([digest(key, digest_size=8).digest() for key in keys]), dtype="<u8")


def digest_sum(hashes: Hashes) -> int:
    """Their sum mod 2**64, in whatever order."""
    return int(np.add.reduce(hashes, dtype=np.uint64))
