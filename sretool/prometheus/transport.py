"""Bytes to and from one server: a pool of connections, of which each step has until one moment, and no answer is larger
than it may be.

This stands on httpcore, the engine of httpx, for only there a network of our own goes below the protocol: a server that
sends a byte a second keeps every limit of httpx.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import httpcore

from sretool.prometheus import failures
from sretool.prometheus.endpoint import Endpoint, is_loopback
from sretool.prometheus.errors import NotUnderstood
from sretool.prometheus.network import DeadlineNetwork

_CONNECTIONS_MAX: Final = 16
_IDLE_SECONDS_MAX: Final = 30
_GZIP: Final = 16 + zlib.MAX_WBITS
_FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came; the names of its headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Transport:
    """To one server, by several threads at once if need be."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        parts = urlsplit(endpoint.url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        # Over loopback, packing an answer takes longer than moving it.
        packing = [] if is_loopback(endpoint.url) else [("Accept-Encoding", "gzip")]
        usual = [("Host", parts.netloc), ("User-Agent", "sretool"), ("Accept", "application/json"), *packing]
        self._headers = [*usual, *endpoint.all_headers()]
        self._pool = _pool(endpoint)

    def close(self) -> None:
        self._pool.close()

    def send(self, method: str, target: str, form: bytes, *, until: float) -> Reply:
        """Ask once. `until` is a moment of the monotonic clock. Raises an error of `errors`."""
        about_form = [_FORM, ("Content-Length", str(len(form)))] if method == "POST" else []
        # To our network a limit is the moment at which it ends; waiting for a free connection is the pool's own.
        limits = {"connect": until, "read": until, "write": until, "pool": max(0.0, until - monotonic())}
        try:
            with self._pool.stream(
                method,
                self._origin + target,
                headers=[*self._headers, *about_form],
                content=form,
                extensions={"timeout": limits},
            ) as response:
                headers = {name.decode("latin-1").lower(): text.decode("latin-1") for name, text in response.headers}
                return Reply(response.status, headers, self._body(response, headers))
        except failures.OF_HTTP as error:
            raise failures.in_words(error, self._endpoint) from error

    def _body(self, response: httpcore.Response, headers: dict[str, str]) -> bytes:
        url, most = self._endpoint.url, self._endpoint.answer_bytes_max
        unpack = _unpacker(headers.get("content-encoding", "identity"), url)
        body = bytearray()
        for chunk in response.iter_stream():
            try:
                body += unpack(chunk, most + 1 - len(body))
            except zlib.error as error:
                raise NotUnderstood(f"{url} sends gzip that is broken: see what stands between it and us") from error
            if len(body) > most:
                raise NotUnderstood(f"{url} answers with more than {most / 2**20:g} MiB: ask for less at once")
        return bytes(body)


def _unpacker(encoding: str, url: str) -> Callable[[bytes, int], bytes]:
    """What makes the answer's bytes of those that were sent, and at most so many."""
    match encoding.lower():
        case "identity":
            return lambda chunk, _: chunk
        case "gzip":
            return zlib.decompressobj(_GZIP).decompress
        case _:
            raise NotUnderstood(f"{url} packs its answer as nobody asked it to: see what stands between it and us")


def _pool(endpoint: Endpoint) -> httpcore.ConnectionPool:
    """With no TLS for plain http, which need not wait 20 ms for it."""
    context = None
    if any(url.startswith("https:") for url in (endpoint.url, endpoint.proxy or "")):
        from sretool.prometheus import tls

        context = tls.context(endpoint)
    proxy = None
    if endpoint.proxy is not None:
        login = endpoint.proxy_login
        proxy = httpcore.Proxy(
            endpoint.proxy,
            auth=None if login is None else (login.username.encode(), login.password.encode()),
            ssl_context=context if endpoint.proxy.startswith("https:") else None,
        )
    return httpcore.ConnectionPool(
        ssl_context=context,
        proxy=proxy,
        max_connections=_CONNECTIONS_MAX,
        keepalive_expiry=_IDLE_SECONDS_MAX,
        network_backend=DeadlineNetwork(),
    )
