"""A 64-bit hash of an id: for the digest of an hour, which the recount computes as well, the filter, and partitions.

It is blake2b with a digest of 8 bytes over tenant, NUL, transaction_id in UTF-8, read as a little-endian integer.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sretool.billing.ledger.protocol import id_key

Hashes = NDArray[np.uint64]


def id_hash(key: bytes) -> int:
    return int.from_bytes(blake2b(key, digest_size=8).digest(), "little")


def partition_of(tenant: str, transaction_id: str, *, partitions: int) -> int:
    """Of so many partitions the one for an event: the id's hash modulo their number.

    It must never change, nor their number while a journal lives: an id's second event has to meet the first, or both
    would count. One machine has the partition 0 alone, so that nothing here asks: this is the part of the protocol
    `Ledger` that whoever writes to several has to keep, and its tests hold it still.
    """
    if partitions < 1:
        raise ValueError(f"there are {partitions} partitions")
    return id_hash(id_key(tenant, transaction_id)) % partitions


def id_hashes(keys: Iterable[bytes]) -> Hashes:
    digest = blake2b
    return np.frombuffer(b"".join([digest(key, digest_size=8).digest() for key in keys]), dtype="<u8")


def digest_sum(hashes: Hashes) -> int:
    """Their sum mod 2**64, in whatever order."""
    return int(np.add.reduce(hashes, dtype=np.uint64))
