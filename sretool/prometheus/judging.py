"""What a reply means: its JSON, or the error with the server's own words."""

from __future__ import annotations

import json
from typing import Any, Final

from sretool.prometheus.endpoint import Endpoint
from sretool.prometheus.errors import Absent, Denied, NoAnswer, NotUnderstood, Refused
from sretool.prometheus.retries import asked_seconds
from sretool.prometheus.transport import Reply

_WORDS_MAX: Final = 300


def answer(reply: Reply, endpoint: Endpoint, path: str) -> Any:
    """The JSON of a reply. Raises an error of `errors`."""
    if reply.status != 200:
        raise _refusal(reply, endpoint, path)
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise _no_json(reply, endpoint, path) from error


def harmless(text: str, endpoint: Endpoint) -> str:
    """Words of a server in one printable line, without what is secret, should it repeat that."""
    for secret in endpoint.secrets():
        text = text.replace(secret, "***")
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _WORDS_MAX else f"{line[:_WORDS_MAX]}..."


def _refusal(reply: Reply, endpoint: Endpoint, path: str) -> NoAnswer:
    url, status = endpoint.address(path), reply.status
    words = _words(reply, endpoint)
    said = f": {words}" if words else ""
    match status:
        case 401:
            return Denied(f"{url} wants to know who asks (401): {_credentials(endpoint)}")
        case 403:
            return Denied(f"{url} forbids this to us (403{said}): {_credentials(endpoint)}")
        case 407:
            remedy = f"give its user and password in {endpoint.environment_prefix}_PROXY"
            return Denied(f"the proxy {endpoint.proxy} wants credentials (407): {remedy}")
        case 404 | 405 | 501:
            return _absent(reply, endpoint, path, said)
        case 400 if "unsupported path" in words:  # So says VictoriaMetrics.
            return _absent(reply, endpoint, path, said)
        case 429:
            seconds = asked_seconds(reply)
            later = "ask less often" if seconds is None else f"come back in {seconds:.0f} s, as it asks"
            return Refused(f"{url} has too many questions (429{said}): {later}")
        case _ if 300 <= status < 400:
            place = harmless(reply.headers.get("location", "").partition("?")[0], endpoint) or "nowhere"
            return NotUnderstood(f"{url} sends us on to {place} ({status}): give the URL that answers itself")
        case _ if not words:
            return NotUnderstood(f"{url} answers {status} and no word of why: see its log, or what stands before it")
        case _:
            return Refused(f"{url} refuses ({status}{said})")


def _absent(reply: Reply, endpoint: Endpoint, path: str, said: str) -> Absent:
    remedy = f"check the URL under {endpoint.key}:, whose prefix may be missing, such as /{endpoint.key}"
    return Absent(f"{endpoint.address(path)} is not there ({reply.status}{said}): {remedy}")


def _credentials(endpoint: Endpoint) -> str:
    prefix = endpoint.environment_prefix
    if endpoint.bearer_token is None and endpoint.login is None:
        return f"set {prefix}_TOKEN, or bearer_token_file or basic_auth under {endpoint.key}: in sretool.yaml"
    return "what it was given is not enough, so give other credentials"


def _words(reply: Reply, endpoint: Endpoint) -> str:
    """What the server itself says of why: JSON of Prometheus or Alertmanager, or one plain line."""
    kind = reply.headers.get("content-type", "")
    try:
        said = json.loads(reply.body)
    except (ValueError, RecursionError):
        said = reply.body.decode(errors="replace") if kind.startswith("text/plain") else ""
    if isinstance(said, dict):
        said = said.get("error") or said.get("message") or ""
    return harmless(said, endpoint) if isinstance(said, str) else ""


def _no_json(reply: Reply, endpoint: Endpoint, path: str) -> NotUnderstood:
    url, start = endpoint.address(path), reply.body[:200].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        remedy = f"give the URL of the server, not of what stands before it, such as a sign-in, under {endpoint.key}:"
        return NotUnderstood(f"{url} answers with a web page: {remedy}")
    if start.startswith((b"{", b"[")):
        return NotUnderstood(f"{url} answers with JSON that ends too early or is broken: see what stands before it")
    return NotUnderstood(f"{url} answers with something else than JSON: check the URL under {endpoint.key}:")
