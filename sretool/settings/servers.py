"""How a server is reached, as sretool.yaml says it: a URL, or a mapping with what else it takes. Never a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sretool.model.duration import NO_TIME, Duration
from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Scalar
from sretool.yamltext.source import Source, Spot

SECRET_HEADERS: Final = ("authorization", "proxy-authorization", "cookie")
# Keys that are asked for only to say that their values belong elsewhere, without showing these.
_SECRET_KEYS: Final = {"bearer_token": "bearer_token_file", "token": "bearer_token_file", "password": "basic_auth"}
_FILE_KEYS: Final = ("bearer_token_file", "ca_file", "cert_file", "key_file")
_KEYS: Final = ("url", "headers", "basic_auth", "proxy", "timeout", *_FILE_KEYS, *_SECRET_KEYS)
_BASIC_AUTH: Final = "write the URL without it, and `basic_auth:` with a username and a password_file"
_BASIC_KEYS: Final = ("username", "password_file", "password")


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """`url` is None where only the environment or an option says it. Secrets stay in files, which others read."""

    url: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    bearer_token_file: Path | None = None
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    proxy: str | None = None
    timeout: Duration | None = None

    def at(self, url: str) -> ServerSettings:
        """The same for another URL. What says who we are goes to the server that it was written for, to no other."""
        if self.url is None or _origin(self.url) == _origin(url):
            return replace(self, url=url)
        return ServerSettings(url, ca_file=self.ca_file, proxy=self.proxy, timeout=self.timeout)


def read_server(fields: Fields, key: str, root: Path, notes: Notes) -> ServerSettings | None:
    """Of a URL or a mapping; None without either, or where the URL is none."""
    node = fields.any_node(key)
    if node is None:
        return None
    if not isinstance(node, nodes.Mapping):
        url = _url(fields.scalar(key), key, notes, instead=_BASIC_AUTH)
        return None if url is None else ServerSettings(url)
    section = fields.section(key, known=_KEYS)
    assert section is not None, f"{key} is a mapping"
    with section:
        return _read_mapping(section, key, root, notes)


def replaced_by(
    settings: ServerSettings | None, environment: Mapping[str, str], variable: str, notes: Notes
) -> ServerSettings | None:
    """The settings with the URL that a variable of the environment holds instead, if it does."""
    url = environment.get(variable)
    if not url:
        return settings
    at = Spot(Source(variable, ""), 0, 0)  # Its text is not shown: it may hold a password.
    if not is_url(url):
        notes.report("YA016", at, "the variable holds no http or https URL", remedy="set it to http://host:9090")
        return settings
    if holds_login(url):
        remedy = (
            f"take it out, and set {variable.removesuffix('URL')}USERNAME and {variable.removesuffix('URL')}PASSWORD"
        )
        notes.report("YA016", at, "the URL that the variable holds has a password in it", remedy=remedy)
        return settings
    return (settings or ServerSettings()).at(url)


def is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(map(str.isspace, text))


def holds_login(url: str) -> bool:
    """Whether a URL has a user or a password before its host."""
    return "@" in urlsplit(url).netloc


def _read_mapping(section: Fields, key: str, root: Path, notes: Notes) -> ServerSettings:
    _refuse_secrets(section, key, notes)
    files = {name: root / path for name in _FILE_KEYS if (path := section.text(name)) is not None}
    username, password_file = _basic_auth(section, f"{key}.basic_auth", notes)
    _refuse_contradictions(section, key, notes)
    return ServerSettings(
        url=_url(section.scalar("url"), f"{key}.url", notes, instead=_BASIC_AUTH),
        headers=tuple(_headers(section, key, notes)),
        username=username,
        password_file=None if password_file is None else root / password_file,
        proxy=_url(section.scalar("proxy"), f"{key}.proxy", notes, instead=f"set SRETOOL_{key.upper()}_PROXY to it"),
        timeout=_timeout(section.scalar("timeout"), f"{key}.timeout", notes),
        **files,
    )


def _basic_auth(section: Fields, key: str, notes: Notes) -> tuple[str | None, str | None]:
    basic = section.section("basic_auth", known=_BASIC_KEYS)
    if basic is None:
        return None, None
    with basic:
        secret = basic.scalar("password")
        if secret is not None:
            _report_secret(secret, f"{key}.password", notes, remedy="write it into a file, and `password_file: PATH`")
        return basic.text("username", required=True), basic.text("password_file")


def _headers(section: Fields, key: str, notes: Notes) -> Iterator[tuple[str, str]]:
    mapping = section.mapping("headers")
    texts = section.text_map("headers") if mapping is not None else {}
    for name, text in texts.items():
        assert mapping is not None
        at = mapping.entries[name][0]
        if name.lower() in SECRET_HEADERS:
            remedy = "write the token into a file, and `bearer_token_file: PATH`"
            _report_secret(at, f"{key}.headers.{name}", notes, remedy=remedy)
        elif not re.fullmatch(r"[A-Za-z0-9-]+", name) or not (text.isascii() and text.isprintable() and text.strip()):
            notes.report(
                "YA016", at, f"`{key}.headers.{name}` is no header", remedy="write such as X-Scope-OrgID: team"
            )
        else:
            yield name, text.strip()


def _refuse_secrets(section: Fields, key: str, notes: Notes) -> None:
    for name, instead in _SECRET_KEYS.items():
        secret = section.scalar(name)
        if secret is not None:
            _report_secret(
                secret, f"{key}.{name}", notes, remedy=f"write it into a file, and name that by `{instead}:`"
            )


def _refuse_contradictions(section: Fields, key: str, notes: Notes) -> None:
    token, key_file = section.scalar("bearer_token_file"), section.scalar("key_file")
    if token is not None and section.mapping("basic_auth") is not None:
        message = f"`{key}` has a bearer token and basic authentication, of which a request carries one"
        notes.report("YA016", token, message, remedy="remove one of them")
    if key_file is not None and section.scalar("cert_file") is None:
        message = f"`{key}.key_file` is the key of a certificate that is not given"
        notes.report("YA016", key_file, message, remedy="write `cert_file: PATH`, too")


def _url(at: Scalar | None, name: str, notes: Notes, *, instead: str) -> str | None:
    if at is None:
        return None
    if not is_url(at.value):
        notes.report("YA016", at, f"`{name}` must be an http or https URL", remedy="write such as https://example.org")
        return None
    if holds_login(at.value):
        _report_secret(at, name, notes, remedy=instead)
        return None
    return at.value


def _timeout(at: Scalar | None, name: str, notes: Notes) -> Duration | None:
    if at is None:
        return None
    try:
        timeout = Duration.parse(at.value)
    except ValueError as error:
        notes.report("YA016", at, str(error), remedy="write such as 30s")
        return None
    if timeout == NO_TIME:
        notes.report("YA016", at, f"`{name}` leaves no time to answer", remedy="write such as 30s")
        return None
    return timeout


def _report_secret(at: Spot, name: str, notes: Notes, *, remedy: str) -> None:
    """Report a place without quoting its line."""
    blank = Source(at.source.path, re.sub(r"[^\r\n]", " ", at.source.text))
    message = f"`{name}` would be a secret in a file that everyone reads"
    notes.report("YA016", Spot(blank, at.start, at.end), message, remedy=remedy)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        return parts.scheme, parts.netloc, None
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}.get(parts.scheme)
