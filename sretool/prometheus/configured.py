"""An endpoint of settings, environment and options. An edge: it reads the files that hold secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from sretool.prometheus.endpoint import Endpoint, Login, is_loopback, split_url
from sretool.prometheus.errors import Unreachable
from sretool.settings.servers import SECRET_HEADERS, ServerSettings, is_url

TIMEOUT_SECONDS: Final = 30.0
_SECRET_CHARACTERS_MAX: Final = 65_536


class Misconfigured(Exception):
    """What was configured cannot be used. The message is a sentence without secrets."""


def endpoint(
    key: str,
    settings: ServerSettings | None,
    environment: Mapping[str, str],
    *,
    url: str | None = None,
    timeout_seconds: float | None = None,
    headers: Sequence[str] = (),
) -> Endpoint | None:
    """How the server of a key of sretool.yaml is reached; None where nobody says its URL.

    `url`, `timeout_seconds` and `headers` (NAME=VALUE) are options, which go before all else. Raises Misconfigured.
    """
    chosen = settings or ServerSettings()
    chosen = chosen.at(url) if url else chosen
    if chosen.url is None:
        return None
    judge_url(chosen.url)
    prefix = f"SRETOOL_{key.upper()}"
    token, login = _credentials(chosen, environment, prefix, key)
    proxy, proxy_login = _proxy(chosen, environment, prefix)
    usual_seconds = TIMEOUT_SECONDS if chosen.timeout is None else float(chosen.timeout.seconds)
    try:
        return Endpoint(
            chosen.url,
            timeout_seconds=usual_seconds if timeout_seconds is None else timeout_seconds,
            headers=tuple(_headers(chosen, headers).items()),
            bearer_token=token,
            login=login,
            ca_file=chosen.ca_file,
            cert_file=chosen.cert_file,
            key_file=chosen.key_file,
            proxy=proxy,
            proxy_login=proxy_login,
            key=key,
        )
    except ValueError as error:
        raise Misconfigured(f"{key} cannot be asked so: {error}") from error


def judge_url(url: str) -> None:
    """Raises Misconfigured for what is no URL of a server, which is known before anybody is asked."""
    try:
        split_url(url)
    except Unreachable as error:
        raise Misconfigured(str(error)) from error


def _credentials(
    chosen: ServerSettings, environment: Mapping[str, str], prefix: str, key: str
) -> tuple[str | None, Login | None]:
    """A bearer token or a login; those of the environment before those of files."""
    token, password = (environment.get(f"{prefix}_{name}") or None for name in ("TOKEN", "PASSWORD"))
    username = environment.get(f"{prefix}_USERNAME") or chosen.username
    if token and password:
        raise Misconfigured(f"{prefix}_TOKEN and {prefix}_PASSWORD are set, and a request carries one: unset one")
    if token is None and password is None and chosen.bearer_token_file is not None:
        token = _secret(chosen.bearer_token_file, f"bearer_token_file under {key}:")
    if token is not None:
        return token.strip(), None
    if password is None and chosen.password_file is not None:
        password = _secret(chosen.password_file, f"password_file under {key}:")
    if password is None and username is None:
        return None, None
    if password is None or username is None:
        missing = "PASSWORD" if password is None else "USERNAME"
        raise Misconfigured(f"basic authentication of {key} lacks a {missing.lower()}: set {prefix}_{missing}")
    if ":" in username:
        raise Misconfigured(
            f"the username of {key} has a colon, at which basic authentication would cut it: use another"
        )
    return None, Login(username, password)


def _secret(path: Path, what: str) -> str:
    """The one line of a file."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_SECRET_CHARACTERS_MAX).rstrip("\r\n")
    except OSError as error:
        raise Misconfigured(f"{path}, the {what}, cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Misconfigured(f"{path}, the {what}, is no text: write the secret into it and nothing else") from error
    if not text or not text.isprintable():
        raise Misconfigured(f"{path}, the {what}, is not one line of text: write the secret into it and nothing else")
    return text


def _headers(chosen: ServerSettings, given: Sequence[str]) -> dict[str, str]:
    headers = dict(chosen.headers)
    for text in given:
        name, equals, value = text.partition("=")
        if name.lower() in SECRET_HEADERS:
            raise Misconfigured(f"--header {name} would show a secret to whoever lists processes: see docs/servers.md")
        if not equals:
            raise Misconfigured("--header takes NAME=VALUE, such as X-Scope-OrgID=payments")
        headers = {known: kept for known, kept in headers.items() if known.lower() != name.lower()}
        headers[name] = value
    return headers


def _proxy(chosen: ServerSettings, environment: Mapping[str, str], prefix: str) -> tuple[str | None, Login | None]:
    """The proxy's URL without its user and password, and these; which the environment alone may hold."""
    proxy = environment.get(f"{prefix}_PROXY") or chosen.proxy or _usual_proxy(chosen.url or "", environment)
    if not proxy:
        return None, None
    if not is_url(proxy):
        raise Misconfigured(f"the proxy has no http or https URL: set {prefix}_PROXY to such as http://proxy:3128")
    parts = urlsplit(proxy)
    login = Login(unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", login


def _usual_proxy(url: str, environment: Mapping[str, str]) -> str | None:
    """What HTTPS_PROXY and its like say, as for other programs; never for this machine itself."""
    scheme = url.partition(":")[0].lower()
    # Where a web server runs programs, HTTP_PROXY is a header that a stranger sent.
    names = ["http_proxy"] if scheme == "http" else ["https_proxy", "HTTPS_PROXY"]
    proxy = next((environment[name] for name in names if environment.get(name)), None)
    if not proxy or is_loopback(url):
        return None
    exceptions = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    return None if _is_excepted(url, exceptions) else proxy


def _is_excepted(url: str, exceptions: str) -> bool:
    """Whether NO_PROXY names the host, a domain that it is in, or everything."""
    parts = urlsplit(url)
    domains = [text.strip().lower().removeprefix("*").removeprefix(".") for text in exceptions.split(",")]
    if "*" in exceptions.split(","):
        return True
    return any(
        of == domain or of.endswith(f".{domain}")
        for domain in domains
        if domain
        for of in ((parts.hostname or "").lower(), parts.netloc.lower())
    )
