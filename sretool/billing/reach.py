"""How a command reaches a service: a running one through its admin API, one that is stopped by working on its data.

with reach(directory) as service:
    decided = service.decide(Kind.GRANT, body)
    service.settle(decided)                    # until ledger and invoices have followed
"""

from __future__ import annotations

import contextlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sretool.billing.ahead import open_journal
from sretool.billing.applier.applying import Applier
from sretool.billing.applier.figures import Progress as ApplierProgress
from sretool.billing.biller import Biller
from sretool.billing.decisions import NotADecision, checked
from sretool.billing.directory import Admin, DataDirectory, InUse
from sretool.billing.issued import followed
from sretool.billing.journal import JournalReader, Kind, Pending
from sretool.billing.ledger import LedgerReader

ANSWER_SECONDS = 30.0
_POLL_SECONDS = 0.05
_BILLED = frozenset({Kind.CATALOG, Kind.GRANT, Kind.CUT, Kind.VOID})  # what the biller follows


class NoService(Exception):
    """There are no data of a service, or they are in somebody's hands."""


class NoAnswer(Exception):
    """A service is there and did not answer, or not in time. What was asked for may have been done."""


class Declined(Exception):
    """The service, or the check before it, says no. The text is its reason, with the remedy."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that stands in the journal."""

    kind: Kind
    position: int
    end: int


class Service(Protocol):
    """What a command may ask for."""

    is_running: bool

    def decide(self, kind: Kind, body: Mapping[str, Any]) -> Decided:
        """Append a decision. Raises Declined, NoAnswer."""
        ...

    def settle(self, decided: Decided, *, seconds: float = 600.0) -> None:
        """Return when ledger and invoices have followed a decision. Raises NoAnswer."""
        ...


def data_of(root: Path) -> DataDirectory:
    """The data of a service, running or not. Raises NoService where there are none."""
    directory = DataDirectory(root)
    if not (directory.catalog.exists() or directory.journal.is_dir()):
        raise _nothing(directory)
    return directory


def _nothing(directory: DataDirectory) -> NoService:
    return NoService(f"{directory.root} holds no billing service: run sretool billing init, or give --directory")


@contextlib.contextmanager
def reach(directory: DataDirectory) -> Iterator[Service]:
    """The service of a data directory. Raises NoService, JournalError."""
    admin = directory.admin()
    if admin is not None:
        yield Running(directory, admin)
        return
    if not directory.catalog.exists():
        raise _nothing(directory)
    try:
        with directory.lock():
            stopped = Stopped(directory)
            try:
                yield stopped
            finally:
                stopped.close()
    except InUse as error:
        raise NoService(f"{error}, which is starting or stopping: try again in a moment") from error


def running(directory: DataDirectory) -> Running:
    """The running service of a data directory. Raises NoAnswer."""
    admin = directory.admin()
    if admin is None:
        raise NoAnswer(f"no service runs on {directory.root}: start sretool billing serve, or give --directory")
    return Running(directory, admin)


class Running:
    """Asks over HTTP; the processes of the service do the rest."""

    is_running = True

    def __init__(self, directory: DataDirectory, admin: Admin) -> None:
        self._directory = directory
        self._admin = admin

    def decide(self, kind: Kind, body: Mapping[str, Any]) -> Decided:
        _refuse_unreadable(kind, body)
        said = self.ask("POST", "/admin/v1/journal", {"kind": kind.name, "tenant": "", "body": body})
        return Decided(kind, int(said["position"]), int(said["end"]))

    def settle(self, decided: Decided, *, seconds: float = 600.0) -> None:
        deadline = time.monotonic() + seconds
        while not self._has_followed(decided):
            if time.monotonic() > deadline:
                raise NoAnswer(f"the decision is in the journal and nobody followed it for {seconds:g} s: see its log")
            time.sleep(_POLL_SECONDS)

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """An answer of the admin API. Raises Declined, NoAnswer."""
        request = urllib.request.Request(  # noqa: S310 - the address is that of admin.json
            self._admin.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._admin.token}", "Content-Type": "application/json"},
            method=method,
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=ANSWER_SECONDS) as answer:
                said: dict[str, Any] = json.load(answer)
                return said
        except urllib.error.HTTPError as error:
            raise _refused(error) from error
        except (OSError, ValueError) as error:
            raise NoAnswer(
                f"the service at {self._admin.url} does not answer ({error}): is it still running?"
            ) from error

    def _has_followed(self, decided: Decided) -> bool:
        if _applied(self._directory) < decided.end:
            return False
        return decided.kind not in _BILLED or followed(self._directory.invoices) >= decided.end


class Stopped:
    """Does the work itself: the caller holds the lock."""

    is_running = False

    def __init__(self, directory: DataDirectory) -> None:
        self._directory = directory
        self._journal = open_journal(directory)
        self._reader = JournalReader(directory.journal)

    def close(self) -> None:
        self._reader.close()
        self._journal.close()

    def decide(self, kind: Kind, body: Mapping[str, Any]) -> Decided:
        _refuse_unreadable(kind, body)
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        (appended,) = self._journal.append_group([Pending(kind, "", 0, text)])
        return Decided(kind, appended.position, appended.end)

    def settle(self, decided: Decided, *, seconds: float = 600.0) -> None:  # noqa: ARG002 - it takes what it takes
        self.catch_up()

    def catch_up(self) -> None:
        """Apply and bill everything that the journal holds."""
        applier = Applier.opened(self._directory.ledger, self._directory.filter, self._reader, ApplierProgress())
        try:
            while applier.step():
                pass
        finally:
            applier.close()
        biller = Biller(self._directory, append=lambda kind, body: self.decide(kind, body).end)
        try:
            while biller.advance():
                pass
        finally:
            biller.close()


def _refuse_unreadable(kind: Kind, body: Mapping[str, Any]) -> None:
    """Refuse what could be appended and not followed. Raises Declined."""
    try:
        checked(kind, body)
    except NotADecision as error:
        raise Declined(str(error)) from error


def _refused(error: urllib.error.HTTPError) -> Declined | NoAnswer:
    try:
        said = json.load(error)
        text = f"{said['error']}: {said['remedy']}"
    except (ValueError, KeyError, TypeError):
        text = f"the service answered {error.code}"
    return NoAnswer(text) if error.code >= 500 else Declined(text)


def _applied(directory: DataDirectory) -> int:
    reader = LedgerReader.open_if_made(directory.ledger)
    if reader is None:
        return 0
    with closing(reader):
        return reader.applied()
