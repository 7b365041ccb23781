"""Where a server is and how it is reached. Nothing secret of it is in its text."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from sretool.prometheus.errors import Unreachable

ANSWER_BYTES_MAX: Final = 256 * 2**20
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")


@dataclass(frozen=True, slots=True)
class Login:
    """Basic authentication."""

    username: str
    password: str = field(repr=False)

    @property
    def basic(self) -> str:
        return base64.b64encode(f"{self.username}:{self.password}".encode()).decode("ascii")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`url` may have a path before /api. `key` is the server's key in sretool.yaml, by which remedies name it.

    Raises Unreachable for what is no URL, and ValueError for what cannot be sent.
    """

    url: str
    timeout_seconds: float = 30.0
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    bearer_token: str | None = field(default=None, repr=False)
    login: Login | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    proxy: str | None = None
    proxy_login: Login | None = None
    answer_bytes_max: int = ANSWER_BYTES_MAX
    key: str = "prometheus"

    def __post_init__(self) -> None:
        split_url(self.url)
        if self.proxy is not None:
            split_url(self.proxy)
        if not 0 < self.timeout_seconds < float("inf"):
            raise ValueError(f"a time limit of {self.timeout_seconds} s is none")
        if self.bearer_token is not None and self.login is not None:
            raise ValueError("a bearer token and basic authentication exclude each other")
        if self.key_file is not None and self.cert_file is None:
            raise ValueError(f"{self.key_file} is the key of a certificate that is not given")
        for name, value in self.all_headers():
            if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
                raise ValueError(f"the header {name!r} has a value or a name that HTTP cannot carry")

    def address(self, path: str) -> str:
        """The URL of a path of its interface."""
        return self.url.rstrip("/") + path

    @property
    def environment_prefix(self) -> str:
        """What the names of its environment variables begin with."""
        return f"SRETOOL_{self.key.upper()}"

    def all_headers(self) -> Iterator[tuple[str, str]]:
        """Those given, and the one that says who we are."""
        yield from self.headers
        if self.bearer_token is not None:
            yield "Authorization", f"Bearer {self.bearer_token}"
        if self.login is not None:
            yield "Authorization", f"Basic {self.login.basic}"

    def secrets(self) -> Iterator[str]:
        """What no message may hold, should a server repeat it."""
        if self.bearer_token:
            yield self.bearer_token
        for login in (self.login, self.proxy_login):
            if login is not None:
                yield from (login.basic, login.password)


def split_url(url: str) -> SplitResult:
    """The parts of an http or https URL. Raises Unreachable, without its text where that may hold a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unreachable(f"{_shown(url)} is no URL: write such as http://host:9090") from None
    if "@" in parts.netloc:
        raise Unreachable("a URL must not hold a password: take the part before the @ out, and give it by a file")
    is_plain = url.isascii() and url.isprintable() and " " not in url and not parts.query and not parts.fragment
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not is_plain:
        raise Unreachable(f"{_shown(url)} is no http or https URL of a server: write such as http://host:9090")
    return parts


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    host = split_url(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _shown(url: str) -> str:
    return "the text that is given" if "@" in url or "?" in url or len(url) > 200 else repr(url)
