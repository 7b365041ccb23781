"""Thirty days of made-up history as Prometheus blocks, and a target that carries its counters on."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

_PATTERNS = 8  # As many different histories as a kind of series has; labels tell the series apart.
_EVENTS_A_SECOND = {"ok": 20.0, "error": 0.008}


@dataclass(frozen=True)
class Kind:
    """Series of one name: one a label set, a value every `step` seconds over `days`. Counters rise, others hover."""

    name: str
    series: Sequence[Mapping[str, str]]
    step: int
    days: float
    counter: bool = False
    around: float = 0.0

    def lines(self, end: int) -> Iterator[str]:
        began = end - round(self.days * 86_400)
        patterns: dict[str, list[list[str]]] = {}
        for number, labels in enumerate(self.series):
            outcome = labels.get("outcome", "")
            if outcome not in patterns:
                patterns[outcome] = [self._pattern(outcome, began, end, seed) for seed in range(_PATTERNS)]
            prefix = f"{self.name}{_selector(labels)} "
            yield prefix + prefix.join(patterns[outcome][number % _PATTERNS])

    def _pattern(self, outcome: str, began: int, end: int, seed: int) -> list[str]:
        at = range(began - began % self.step, end, self.step)
        if self.counter:
            return [f"{counted(outcome, t)} {t}.{seed}\n" for t in at]
        draw = Random(f"{self.name} {seed}").random
        return [f"{round(self.around * 600 * (0.5 + draw())) / 600} {t}.{seed}\n" for t in at]


def counted(outcome: str, at: float) -> int:
    """The value of a counter at a Unix time."""
    return int(_EVENTS_A_SECOND[outcome] * (at - 1_500_000_000))


def counters(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [
        {"instance": "live", "job": "bench", "outcome": outcome, "service": service, "slo": slo}
        for service, slo in pairs
        for outcome in _EVENTS_A_SECOND
    ]


def write_blocks(promtool: str, home: Path, kinds: Sequence[Kind], end: int) -> None:
    """Write series into home/data, one text for all of them so that no two blocks overlap."""
    text = home / "history.txt"
    with text.open("w", encoding="utf-8") as file:
        for kind in kinds:
            file.writelines(kind.lines(end))
        file.write("# EOF\n")
    # promtool reads the whole text once a block; the flag is not in its help.
    longest = "--max-block-duration=1458h"
    command = [promtool, "tsdb", "create-blocks-from", longest, "openmetrics", str(text), str(home / "data")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    text.unlink()


@contextmanager
def exporter(pairs: Sequence[tuple[str, str]]) -> Iterator[int]:
    """Serve the counters of now on a loopback port, which is the value."""
    series = [
        (f"requests_total{_selector({'outcome': o, 'service': service, 'slo': slo})}", o)
        for service, slo in pairs
        for o in _EVENTS_A_SECOND
    ]

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            now = time.time()
            body = "".join(f"{name} {counted(outcome, now)}\n" for name, outcome in series).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Scrapes are not news."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def _selector(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
