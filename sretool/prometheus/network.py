"""The network below HTTP, in which every step ends at a moment rather than after a while.

To httpcore a time limit is a number that it hands on to each step unread. Ours is a moment of the monotonic clock, so
that a server which sends a byte a second has no more time than one that sends nothing.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from threading import Thread
from time import monotonic
from typing import Any

import httpcore

_Option = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class NameUnknown(httpcore.ConnectError):
    """Nobody knows the host's name."""


class DeadlineNetwork(httpcore.NetworkBackend):
    """TCP. `timeout` is always a moment."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_Option] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _addresses(host, port, until=timeout)
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            # One that swallows everything must leave time for the next.
            share = _seconds_left(timeout, httpcore.ConnectTimeout) / left
            try:
                return _Stream(httpcore.SyncBackend().connect_tcp(address, port, share, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if left == 1:
                    raise
        raise NameUnknown(f"{host} has no address")


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _seconds_left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        connected: socket.socket = self._inner.get_extra_info("socket")
        try:
            connected.settimeout(_seconds_left(timeout, httpcore.WriteTimeout))
            connected.sendall(buffer)  # Its limit is for the whole.
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _seconds_left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _addresses(host: str, port: int, *, until: float | None) -> list[str]:
    """The addresses of a name. Asked in a thread of its own, for the system's resolver takes the time it likes."""
    found: list[str] = []
    failures: list[OSError] = []

    def resolve() -> None:
        try:
            known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(one[4][0]) for one in known))
        except OSError as error:
            failures.append(error)

    resolver = Thread(target=resolve, daemon=True)
    resolver.start()
    resolver.join(_seconds_left(until, httpcore.ConnectTimeout))
    if failures:
        raise NameUnknown(f"{host} is not known") from failures[0]
    if not found:
        raise httpcore.ConnectTimeout(f"nobody said in time what the address of {host} is")
    return found


def _seconds_left(until: float | None, late: type[httpcore.TimeoutException]) -> float:
    left = (until or 0) - monotonic()
    if left <= 0:
        raise late("the time is up")
    return left
