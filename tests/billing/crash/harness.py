"""A real service in real processes, which are killed; and what has to hold afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from billing.crash.custody import Custody
from billing.crash.own_count import OwnCount, broken_promises, count, miscounted
from billing.crash.quarrel import Quarrel

from sretool import clock
from sretool.billing.audit import Audit, NothingToAudit, audit
from sretool.billing.catalog.starter import write_starter
from sretool.billing.directory import DataDirectory
from sretool.billing.invoices.controls import Grant, cut_body, grant_body
from sretool.billing.invoices.due import needed_cuts
from sretool.billing.issued import Selection, billing_state, followed, listed
from sretool.billing.journal import JournalError, JournalReader, Kind
from sretool.billing.journal.layout import SEGMENT_HEADER_BYTES
from sretool.billing.keys import FILE_NAME, read_keys
from sretool.billing.ledger import LedgerReader
from sretool.billing.manifest import read_manifest
from sretool.billing.operations import run_invoices, void_invoices
from sretool.billing.reach import Declined, NoAnswer, NoService, running
from sretool.billing.recount import Differences, reconcile

CHILDREN = ("gateway", "applier", "biller", "recount")
HOOK = Path(__file__).with_name("hook")
_BILLED = (Kind.CATALOG, Kind.GRANT, Kind.VOID, Kind.CUT)
EVENTS_A_ROUND = 100  # are acknowledged before anything crashes, and more
_PATIENCE_SECONDS = 60.0  # which only matters to a test that fails
_MONTH_US = 31 * 86_400_000_000
_TENANT = "acme"  # of the client that is not nice; the generator sends as others
_CREDITED = (("acme-1", "EUR"), ("acme-2", "USD"), ("acme-3", "JPY"))


def _held_port() -> socket.socket:
    """Bound to a port, so that nobody else is given it between two lives of a service, which shares it and listens."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held


@dataclass
class Service:
    """One data directory, and the processes that serve it at the moment."""

    root: Path
    segment_bytes: int = 64 * 2**10
    broken: str = ""
    directory: DataDirectory = field(init=False)
    held: socket.socket = field(init=False)
    port: int = field(init=False)
    process: subprocess.Popen[str] | None = None
    client: subprocess.Popen[bytes] | None = None
    clients: int = 0
    as_of_us: int = field(default_factory=clock.now_us)
    quarrel: Quarrel = field(init=False)
    custody: Custody = field(init=False)
    grants: int = 0

    def __post_init__(self) -> None:
        self.directory = DataDirectory(self.root)
        write_starter(self.root, today=clock.now().date(), customers=24)
        self.held = _held_port()
        self.port = self.held.getsockname()[1]
        if sys.platform != "linux":
            self.held.close()  # Elsewhere who wants to listen is refused.
        tenants = read_keys(self.root / FILE_NAME)
        self.quarrel = Quarrel(tenants[_TENANT], self.url)
        self.custody = Custody(self.directory, self.quarrel)

    def __enter__(self) -> Service:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill_group()
        if self.client is not None:
            self.client.kill()
            self.client.wait()
        self.held.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.root.parent / "serve.log"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CRASH_", "SRETOOL_FAIL"))}
        hooked = {"PYTHONPATH": str(HOOK), "CRASH_SEGMENT_BYTES": str(self.segment_bytes), "CRASH_BREAK": self.broken}
        return kept | hooked

    def begin(self, **more: str) -> subprocess.Popen[str]:
        """Start the processes in a group of their own, without waiting for them."""
        command = ["serve", "--port", str(self.port), "--enable-faults", "--output", "json"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sretool", "billing", *command, "--directory", str(self.root)],
            stdout=subprocess.PIPE,
            stderr=self.log.open("a"),
            text=True,
            env=self.environment | more,
            start_new_session=True,
        )
        return self.process

    def start(self) -> None:
        """Start, and wait until it serves."""
        process = self.begin()
        watchdog = threading.Timer(_PATIENCE_SECONDS, process.kill)
        watchdog.start()
        assert process.stdout is not None
        line = process.stdout.readline()
        watchdog.cancel()
        assert line, f"serve ended: see {self.log}"

    def kill_group(self) -> None:
        """kill -9 of the supervisor and of every child at once."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None

    def pid(self, child: str) -> int | None:
        processes = self.directory.status("supervisor").get("processes", {})
        return processes[child]["pid"] if child in processes else None

    def restarts(self, child: str) -> int:
        return int(self.directory.status("supervisor")["processes"][child]["restarts"])

    def deaths_at_a_point(self, child: str) -> int:
        """How often a child died as only a fail point makes it die; kill -9 and an exception end otherwise."""
        return self.log.read_text().count(f"serve: {child} ended with exit code 137;")

    def kill(self, child: str) -> None:
        """kill -9 of one child, if it is there."""
        pid = self.pid(child)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def load(
        self, *, seed: int, rate: int = 1_500, seconds: float = 0.7, duplicates: float = 0.2
    ) -> subprocess.Popen[bytes]:
        """The real generator, with duplicates and late events, under way."""
        options = {"rate": rate, "seconds": seconds, "batch": 20, "connections": 8, "timeout": 3, "seed": seed}
        shares = {"duplicates": duplicates, "late": 0.1, "url": self.url, "output": "json"}
        words = [word for name, value in (options | shares).items() for word in (f"--{name}", str(value))]
        self.client = subprocess.Popen(
            [sys.executable, "-m", "sretool", "billing", "load", *words, "--directory", str(self.root)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.environment,
        )
        self.clients += 1
        return self.client

    @contextlib.contextmanager
    def quarrelling(self, chance: random.Random) -> Iterator[None]:
        """The other client, and who decides about what is held of it, beside whatever else happens."""
        stop = threading.Event()
        threads = [
            threading.Thread(target=run, args=(random.Random(chance.random()), stop))
            for run in (self.quarrel.run, self.custody.run)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(_PATIENCE_SECONDS)

    def is_acknowledging(self) -> bool:
        """Whether more than a hundred events were acknowledged to the client that was started last."""
        manifests = sorted(self.root.glob("manifests/*"))
        if len(manifests) < self.clients or manifests[-1].stat().st_size == 0:
            return False
        return read_manifest(manifests[-1]).events("acknowledged") > EVENTS_A_ROUND

    def is_serving(self) -> bool:
        """Whether every child runs and the gateway is ready."""
        if not all(self.pid(child) for child in CHILDREN):
            return False
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=_PATIENCE_SECONDS) as answer:
                return answer.status == 200
        except OSError:
            return False

    def crash_at(self, point: str) -> None:
        """Have the process that comes to a fail point next die there."""
        running(self.directory).ask("POST", "/admin/v1/faults", {"name": "crash", "parameter": point})

    def next_month(self) -> None:
        """Move billing time on, so that another period is closed. It may be cut short by a crash."""
        self.as_of_us += _MONTH_US
        with contextlib.suppress(NoAnswer, NoService, Declined, JournalError):
            run_invoices(self.directory, as_of_us=self.as_of_us)

    def is_every_period_closed(self) -> bool:
        """Whether the biller has nothing left to cut as of the billing time that was asked for last."""
        state = billing_state(self.directory.invoices)
        assert state.catalog is not None
        return not needed_cuts(state.catalog, state.closed_until_us, self.as_of_us).cuts

    def run_of_next_month(self) -> subprocess.Popen[bytes]:
        """Move billing time on by a command of its own, which does the biller's work beside it."""
        self.as_of_us += _MONTH_US
        return self.run_by_hand()

    def run_by_hand(self) -> subprocess.Popen[bytes]:
        """`invoice run` as of the billing time that was asked for last."""
        as_of = datetime.fromtimestamp(self.as_of_us // 1_000_000, UTC).isoformat()
        words = ["invoice", "run", "--as-of", as_of, "--directory", str(self.root)]
        command = [sys.executable, "-m", "sretool", "billing", *words]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL)

    def first_cut_of_next_month(self) -> None:
        """Move billing time on by the cut of one zone; those of the others are left to the biller."""
        self.as_of_us += _MONTH_US
        state = billing_state(self.directory.invoices)
        with contextlib.suppress(NoAnswer):
            if state.catalog is not None:
                needed = needed_cuts(state.catalog, state.closed_until_us, self.as_of_us)
                running(self.directory).decide(Kind.CUT, cut_body(needed.cuts[0]))

    def grant_one(self, chance: random.Random) -> None:
        """Give somebody a credit, which is remembered if it was acknowledged."""
        customer, currency = chance.choice(_CREDITED)
        self.grants += 1
        grant = Grant(f"credit-{self.grants}", _TENANT, customer, currency, 777, 0, 0, None, "chance")
        self.custody.decide(Kind.GRANT, grant_body(grant))

    def void_one(self, chance: random.Random) -> None:
        """Void and reissue some invoice, now and then with all usage known by now."""
        rows = listed(self.directory.invoices, Selection(state="finalized"), limit=10_000)
        if not rows:
            return  # The crash came before the first invoice.
        with contextlib.suppress(NoAnswer, NoService, Declined, JournalError):
            one = chance.choice(rows)["id"]
            void_invoices(self.directory, [one], reason="chance", reissue=True, recut=chance.random() < 0.5)

    def wait(self, what: str, is_so, seconds: float = _PATIENCE_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            assert self.process is None or self.process.poll() is None, f"serve ended before {what}"
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
            time.sleep(0.02)

    def drain(self) -> None:
        """Wait until everything durable is applied, every decision followed and every invoice made.

        The biller appends cuts of its own accord: as long as one is needed, another decision may be about to come.
        """
        self.wait("it is drained", self.is_drained)

    def is_drained(self) -> bool:
        """Whether that is so now. A gateway that comes back may yet take up what a client left that was killed."""
        with JournalReader(self.directory.journal) as reader:
            end, position, decided, as_of_us = reader.durable_end(), 0, 0, clock.now_us()
            while position < end:
                for record in reader.read(position, 4 * 2**20):
                    position = record.end
                    decided = record.end if record.kind in _BILLED else decided
                    if record.kind is Kind.CUT:
                        as_of_us = max(as_of_us, json.loads(record.body)["as_of_us"])
        if not self.directory.ledger.exists() or followed(self.directory.invoices) < decided:
            return False
        state = billing_state(self.directory.invoices)
        if state.catalog is None or needed_cuts(state.catalog, state.closed_until_us, as_of_us).cuts:
            return False
        with contextlib.closing(LedgerReader.open(self.directory.ledger)) as ledger:
            return ledger.applied() >= end

    def judge(self) -> Verdict:
        """What audit, recount and the harness itself say of a service once it is drained, and has stayed so."""
        while True:
            self.drain()
            end = self._durable_end()
            verdict = self._judge_now()
            if self.is_drained() and self._durable_end() == end:
                return verdict

    def _durable_end(self) -> int:
        with JournalReader(self.directory.journal) as reader:
            return reader.durable_end()

    def _judge_now(self) -> Verdict:
        own = count(self.directory)
        ours = broken_promises(own, self.quarrel, self.custody.decided) + miscounted(own, self.directory.ledger)
        audited = None
        with contextlib.suppress(NothingToAudit):
            audited = audit(self.directory)
        return Verdict(audited, reconcile(self.directory), own, ours)

    def await_agreement_of_metrics(self) -> None:
        """/metrics says as many events appended and decided as there are, whoever was killed meanwhile."""
        self.wait("/metrics says what the journal does", self._do_metrics_agree)

    def _do_metrics_agree(self) -> bool:
        outcomes = count(self.directory).outcomes
        wanted = {f'billing_applied_events_total{{outcome="{outcome}"}}': n for outcome, n in outcomes.items()}
        wanted["billing_journal_appended_events_total"] = outcomes.total()
        return self._metrics(wanted) == wanted

    def _metrics(self, names: Iterable[str]) -> dict[str, float]:
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=_PATIENCE_SECONDS) as answer:
            rows = dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line[0] != "#")
        return {name: float(rows[name]) for name in names}

    def credits_drawn(self) -> int:
        """How many lines of invoices were paid by a grant."""
        with contextlib.closing(sqlite3.connect(self.directory.invoices)) as connection:
            return connection.execute("SELECT count(*) FROM lines WHERE kind = 'credit'").fetchone()[0]


@dataclass(frozen=True)
class Verdict:
    """What was found. Nothing has to be found."""

    audit: Audit | None
    recount: Differences
    own: OwnCount
    ours: list[str]  # found by the harness's own count

    @property
    def findings(self) -> list[str]:
        found = self.ours + [str(difference) for difference in self.recount.found]
        if self.recount.waiting:
            found.append(f"{self.recount.waiting} invoices were never made")
        if self.audit is not None and not self.audit.is_clean:
            found.append(str(self.audit))
        return found


def play_round(service: Service, number: int, *, seed: int) -> str:
    """Load, a crash somewhere, a restart; leaves the service running. Tells what was done."""
    chance = random.Random(f"{seed}/{number}")
    nemesis = _NEMESES[number % len(_NEMESES)]
    service.wait("it serves again after the last round", service.is_serving)
    client = service.load(seed=chance.randrange(2**31))
    billing = threading.Thread(target=chance.choice((service.next_month, service.first_cut_of_next_month)))
    try:
        with service.quarrelling(chance):
            service.wait("enough was acknowledged", service.is_acknowledging)
            service.grant_one(chance)
            service.custody.welcome_stranger()
            time.sleep(chance.uniform(0.0, 0.5))
            if number % 2:
                billing.start()  # So that the crash comes at the cut, or among its invoices.
                time.sleep(chance.uniform(0.0, 0.15))
            told = nemesis(service, chance)
            if service.process is None:
                time.sleep(chance.uniform(0.0, 0.2))
                service.start()
            client.wait(_PATIENCE_SECONDS)
    finally:
        client.kill()
        client.wait()
        if billing.ident is not None:
            billing.join(_PATIENCE_SECONDS)
    service.void_one(chance)
    return told


def _one_child(child: str):
    def kill(service: Service, chance: random.Random) -> str:
        service.kill(child)
        if chance.random() < 0.3:
            time.sleep(chance.uniform(0.1, 0.5))
            service.kill(child)  # While it starts again.
            return f"kill -9 of the {child}, twice"
        return f"kill -9 of the {child}"

    return kill


def _group(service: Service, chance: random.Random) -> str:
    service.kill_group()
    return "kill -9 of all"


def _group_in_recovery(service: Service, chance: random.Random) -> str:
    service.kill_group()
    service.begin()
    time.sleep(chance.uniform(0.05, 0.9))
    service.kill_group()
    return "kill -9 of all, and again while they recovered"


def _torn_tail(service: Service, chance: random.Random) -> str:
    """As a crash leaves it that comes while the kernel writes."""
    service.kill_group()
    tear(service.directory, chance)
    return "kill -9 of all, and half a record at the end of the journal"


def tear(directory: DataDirectory, chance: random.Random) -> None:
    """Half a record at the end. A segment that has no header yet has none: it is gone, as its name was not durable."""
    *_, last = segments = sorted(directory.journal.glob("*.seg"))
    if last.stat().st_size < SEGMENT_HEADER_BYTES:
        last.unlink()
        last = segments[-2]
    with last.open("ab") as file:
        file.write(chance.randbytes(chance.randrange(1, 200)))


def _client_too(service: Service, chance: random.Random) -> str:
    """All at once, the client among them: what it wrote down has to be a true manifest all the same."""
    for manifest in service.root.glob("manifests/*"):
        assert manifest.stat().st_size > 0
    assert service.client is not None
    service.client.kill()
    service.kill("gateway")
    return "kill -9 of client and gateway"


_NEMESES = (
    _one_child("applier"),
    _group,
    _one_child("gateway"),
    _one_child("biller"),
    _group_in_recovery,
    _one_child("recount"),
    _torn_tail,
    _client_too,
)
