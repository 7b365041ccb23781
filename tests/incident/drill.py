"""A drill: the sandbox as a process over TLS, and the commands as processes of their own that are told of it."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

COMMAND = (sys.executable, "-m", "sretool", "incident")
# The same command, which waits ten minutes for an answer: so a test can look at it while it does.
PATIENT = (
    sys.executable,
    "-c",
    "from sretool.incident import deliver; from sretool.incident.pagerduty import pager; "
    "deliver.FOREGROUND_SECONDS = pager.WRITE_SECONDS = 600.0; "
    "from sretool.cli.main import run; run()",
    "incident",
)
_OPEN = ("open", "--again", "--service", "shop", "--severity", "sev1")
SERVICE, SENDER = "PSHOP01", "ada@example.org"
CATALOG = f"teams: {{shop: {{}}}}\nservices: {{shop: {{team: shop, pagerduty: {SERVICE}}}}}\n"
# Asked for by nobody, but known at once to be wrong: so something is queued, and no time is lost.
UNREACHED = {"SRETOOL_PAGERDUTY_URL": "http://localhost"}
_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("SRETOOL_", "PAGERDUTY_"))}


@dataclass
class Drill:
    """A sandbox that runs, and a repository whose service it knows."""

    exported: dict[str, str]
    home: Path
    plain: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        trusted = ssl.create_default_context(cafile=self.exported["SSL_CERT_FILE"])
        self.plain = httpx2.Client(base_url=self.exported["SRETOOL_PAGERDUTY_URL"], verify=trusted, timeout=30)

    def start(self, *arguments: str, command: tuple[str, ...] = COMMAND, **variables: str) -> subprocess.Popen[str]:
        environment = _ENVIRONMENT | self.exported | {"SRETOOL_ACTOR": "ada"} | variables
        return subprocess.Popen(
            [*command, *arguments], cwd=self.home, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *arguments: str, **variables: str) -> tuple[int, str, str]:
        """The exit code, and what was said on either stream."""
        process = self.start(*arguments, **variables)
        said, talked = process.communicate()
        return process.returncode, said, talked

    def open(self, title: str, **variables: str) -> tuple[int, str, str]:
        """The exit code, the id, and what was said on stderr."""
        code, said, talked = self.run(*_OPEN, "--title", title, **variables)
        return code, said.strip(), talked

    def fails(self, *faults: dict[str, object]) -> None:
        assert self.plain.put("/sandbox/faults", json=list(faults)).status_code == 200

    def pages(self, incident_id: str) -> int:
        """How often somebody was woken for it."""
        pages = self.plain.get("/sandbox/pages").json()["pages"]
        return sum(page["incident_key"].endswith(f"/{incident_id}") for page in pages)

    def theirs(self, incident_id: str) -> dict[str, object]:
        """The incident as the sandbox has it."""
        known = self.plain.get("/sandbox/incidents").json()["incidents"]
        (found,) = [one for one in known if one["incident_key"].endswith(f"/{incident_id}")]
        return found

    def ledger(self) -> str:
        return "".join(path.read_text("utf-8") for path in sorted((self.home / "incidents").glob("*.jsonl")))


@contextmanager
def sandbox() -> Iterator[dict[str, str]]:
    """What to export to use it."""
    arguments = [*COMMAND, "sandbox", "--service", SERVICE, "--output", "json"]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=_ENVIRONMENT
    ) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["environment"]
        finally:
            process.terminate()
