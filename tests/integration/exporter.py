"""A target whose counters are known: they grow in straight lines, so that any stretch of the past can be counted.

Text for everything but native histograms, which Prometheus takes as protobuf only.
"""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TEXT = "text/plain; version=0.0.4"
PROTOBUF = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"


class Counter:
    """Grows by so much a second from the moment that it is made."""

    def __init__(self, per_second: float, *, start: float = 0) -> None:
        self._bends = [(time.time(), start, per_second)]

    def at(self, moment: float) -> float:
        """What it showed at a Unix time; 0 before it was made."""
        since, value, per_second = next((bend for bend in reversed(self._bends) if bend[0] <= moment), (moment, 0.0, 0))
        return value + per_second * (moment - since)

    def grow(self, per_second: float, *, since: float) -> None:
        """Grow at another pace."""
        self._bends.append((since, self.at(since), per_second))


class Requests:
    """Requests of which a share fails."""

    def __init__(self, name: str, *, per_second: float = 100, failing: float = 0) -> None:
        self.name = name
        self.per_second = per_second
        self.ok, self.error = Counter(per_second * (1 - failing)), Counter(per_second * failing)

    def fail(self, share: float, *, since: float) -> None:
        """From a Unix time on, which may be in the future, this share fails."""
        self.ok.grow(self.per_second * (1 - share), since=since)
        self.error.grow(self.per_second * share, since=since)

    def series(self, now: float, **labels: str) -> list[tuple[str, float]]:
        more = "".join(f',{name}="{value}"' for name, value in labels.items())
        return [
            (f'{self.name}{{outcome="ok"{more}}}', self.ok.at(now)),
            (f'{self.name}{{outcome="error"{more}}}', self.error.at(now)),
        ]


@dataclass(frozen=True, slots=True)
class NativeHistogram:
    """Observations of about 0.1 s (in the bucket from 1/16 to 1/8) and of about 1.5 s (from 1 to 2)."""

    name: str
    fast: Counter
    slow: Counter

    def family(self, now: float) -> bytes:
        """An io.prometheus.client.MetricFamily, as the public metrics.proto has it, after its length.

        Schema 0: bucket i ends at 2 to the power of i. The first span begins at bucket -3, the second 3 after its end.
        """
        fast, slow = int(self.fast.at(now)), int(self.slow.at(now))
        histogram = b"".join(
            [
                _number(1, fast + slow),
                _double(2, fast * 0.1 + slow * 1.5),
                _number(5, _zigzag(0)),
                _double(6, 2.0**-128),
                _bytes(12, _number(1, _zigzag(-3)) + _number(2, 1)),
                _bytes(12, _number(1, _zigzag(3)) + _number(2, 1)),
                _number(13, _zigzag(fast)),
                _number(13, _zigzag(slow - fast)),
            ]
        )
        family = _bytes(1, self.name.encode()) + _number(3, 4) + _bytes(4, _bytes(7, histogram))
        return _varint(len(family)) + family


def text(series: Iterable[tuple[str, float]]) -> bytes:
    return "".join(f"{name} {value!r}\n" for name, value in series).encode()


@contextmanager
def serving(body: Callable[[float], bytes], content_type: str = TEXT) -> Iterator[str]:
    """Serve what `body` makes of the time of each scrape; the value is the target's host:port."""

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = body(time.time())
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Scrapes are not news."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _varint(number: int) -> bytes:
    head = bytearray()
    while number > 0x7F:
        head.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*head, number])


def _zigzag(number: int) -> int:
    return number * 2 if number >= 0 else -number * 2 - 1


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _double(field: int, number: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", number)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content
