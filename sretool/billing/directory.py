"""The data directory: where everything of a service stands, who may write it, and how its processes tell each other."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

DEFAULT_ROOT = Path(".sretool/billing")
RESERVE_BYTES = 64 * 2**20
FREE_BYTES_MIN = 16 * 2**20  # With less than this free the reserve is given up, and no usage is taken.


class InUse(RuntimeError):
    """Another process holds the data directory."""


@dataclass(frozen=True, slots=True)
class Admin:
    """How other commands of the same user reach the running service."""

    url: str
    token: str
    pid: int


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """The paths of a service's data. Nothing is made before `create`."""

    root: Path = DEFAULT_ROOT

    @property
    def catalog(self) -> Path:
        """The price catalogue that people edit. What is in force stands in the journal."""
        return self.root / "billing.yaml"

    @property
    def journal(self) -> Path:
        return self.root / "journal"

    @property
    def journal_known(self) -> Path:
        """Which journal everything else here was made of."""
        return self.root / "journal.json"

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.db"

    @property
    def filter(self) -> Path:
        return self.root / "filter"

    @property
    def invoices(self) -> Path:
        return self.root / "invoices.db"

    @property
    def recount(self) -> Path:
        return self.root / "recount.db"

    @property
    def faults(self) -> Path:
        return self.root / "faults.json"

    @property
    def reserve(self) -> Path:
        return self.root / "reserve"

    @property
    def lock_file(self) -> Path:
        return self.root / "lock"

    @property
    def admin_file(self) -> Path:
        return self.root / "admin.json"

    def status_file(self, process: str) -> Path:
        return self.root / "status" / f"{process}.json"

    def create(self) -> None:
        """Make the directories, readable by their owner only."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for directory in (self.journal, self.filter, self.root / "status"):
            directory.mkdir(exist_ok=True, mode=0o700)

    @contextlib.contextmanager
    def lock(self) -> Iterator[int]:
        """Hold the directory; yields the descriptor of the lock. Raises InUse.

        A child that inherits the descriptor holds the lock as well, so that nobody else writes here until the last
        process of a killed service is gone.
        """
        self.create()
        descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                holder = os.read(descriptor, 20).decode() or "unknown"
                raise InUse(f"{self.root} is in use by process {holder.strip()}") from error
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
            yield descriptor
        finally:
            os.close(descriptor)

    def is_holder_alive(self) -> bool:
        """Whether the process that took the lock lives; its children may hold it a little longer than it does."""
        try:
            os.kill(int(self.lock_file.read_text(encoding="ascii")), 0)
        except PermissionError:
            return True
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return False
        return True

    def write_admin(self, admin: Admin) -> None:
        _publish(self.admin_file, asdict(admin))

    def remove_admin(self) -> None:
        self.admin_file.unlink(missing_ok=True)

    def admin(self) -> Admin | None:
        """How to reach the running service; None when none is running."""
        try:
            admin = Admin(**json.loads(self.admin_file.read_bytes()))
            os.kill(admin.pid, 0)
        except (FileNotFoundError, ProcessLookupError):
            return None
        return admin

    def write_known_journal(self, identity: str) -> None:
        _publish(self.journal_known, {"identity": identity})

    def known_journal(self) -> str | None:
        """The identity of the journal that was opened here last; None when nothing is known of it."""
        try:
            return str(json.loads(self.journal_known.read_bytes())["identity"])
        except (FileNotFoundError, ValueError):
            return None

    def write_status(self, process: str, status: Mapping[str, Any]) -> None:
        """Publish what /metrics shows of a process: all of it or nothing of it. See sretool.billing.metrics.

        On a full disk the last one stays, and ages.
        """
        try:
            _publish(self.status_file(process), status)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise

    def status(self, process: str) -> dict[str, Any]:
        """What a process published last, {} when it never has."""
        try:
            status: dict[str, Any] = json.loads(self.status_file(process).read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        return status

    def hold_reserve(self, size: int = RESERVE_BYTES) -> None:
        """Set disk aside, so that the ledger can commit and the process start when the rest is full."""
        if self.reserve.exists() and self.reserve.stat().st_size >= size:
            return
        with self.reserve.open("wb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.write(bytes(size))

    def release_reserve(self) -> None:
        self.reserve.unlink(missing_ok=True)


def _publish(path: Path, value: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file, sort_keys=True)
    fresh.replace(path)
