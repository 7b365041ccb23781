"""Days of UTC of one expression, as files that may be lost at any time and are then made again. An edge.

A file is numpy's own archive, whose parts carry checksums: one that is not whole reads as none.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Group = tuple[str, ...]

DAY_SECONDS: Final = 86_400
_FORMAT: Final = "1"  # Changes when what is asked for, or how it is written, does.


@dataclass(frozen=True, slots=True)
class Kept:
    """The days of one expression at one step on one server; with `fresh`, none of them is read."""

    directory: Path
    fresh: bool = False

    @classmethod
    def of(cls, cache: Path, *, server: str, expr: str, step: int, fresh: bool = False) -> Kept:
        """`server` is all that tells its data from others': the URL, and who asks where it serves several tenants."""
        key = "\0".join((_FORMAT, server, str(step), expr))
        return cls(cache / "backtest" / hashlib.sha256(key.encode()).hexdigest()[:32], fresh)

    def read(self, day: int) -> dict[Group, Floats] | None:
        """The values of the day that starts then, by group, NaN where there is none."""
        if self.fresh:
            return None
        try:
            with np.load(self._path(day), allow_pickle=False) as parts:
                groups, values = json.loads(str(parts["groups"])), parts["values"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            return None
        return {tuple(group): row for group, row in zip(groups, values, strict=True)}

    def keep(self, day: int, found: dict[Group, Floats]) -> None:
        """What cannot be kept is asked for again next time, which costs time and nothing else."""
        with suppress(OSError):
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self.directory, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    groups = np.array(json.dumps([list(group) for group in found]))
                    np.savez_compressed(file, groups=groups, values=np.stack(list(found.values())))
                Path(name).replace(self._path(day))
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    def _path(self, day: int) -> Path:
        return self.directory / f"{day}.npz"
