"""What went wrong below HTTP, in words: one sentence with whom we asked and what to do."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Iterator
from typing import Final

import httpcore

from sretool.prometheus.endpoint import Endpoint
from sretool.prometheus.errors import Broken, Denied, NoAnswer, NotUnderstood, TimedOut, Unreachable
from sretool.prometheus.network import NameUnknown

OF_HTTP: Final = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)
_WRONG_VERSION: Final = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")


def timed_out(endpoint: Endpoint) -> TimedOut:
    return TimedOut(
        f"{endpoint.url} did not answer within {endpoint.timeout_seconds:g} s: see whether it is overloaded, "
        "or give it longer with --timeout"
    )


def in_words(error: Exception, endpoint: Endpoint) -> NoAnswer:
    """The error to raise for one of httpcore's."""
    match error:
        case httpcore.TimeoutException():
            return timed_out(endpoint)
        case httpcore.ProxyError():
            return _proxy_refused(error, endpoint)
        case NameUnknown():
            asked = endpoint.proxy or endpoint.url
            return Unreachable(f"{asked} cannot be reached, for nobody knows a host of that name: check its spelling")
        case httpcore.NetworkError():
            return _network_failed(error, endpoint)
        case httpcore.RemoteProtocolError() if "without sending a response" in str(error):
            return Broken(f"{endpoint.url} hung up without an answer: see whether it is well")
        case httpcore.RemoteProtocolError() if "complete message body" in str(error) or "chunk" in str(error):
            return NotUnderstood(
                f"{endpoint.url} broke off in the middle of its answer: see whether it, or a proxy before it, restarted"
            )
        case _:
            remedy = "give the URL of its HTTP interface, as a browser would open it"
            return NotUnderstood(f"{endpoint.url} does not answer as HTTP does: {remedy}")


def _network_failed(error: Exception, endpoint: Endpoint) -> NoAnswer:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return _tls_failed(cause, endpoint)
    asked = endpoint.proxy or endpoint.url
    codes = [cause.errno for cause in causes if isinstance(cause, OSError)]
    if errno.ECONNREFUSED in codes:
        return Broken(f"{asked} refuses the connection: nobody listens there, so start it or correct the URL")
    if errno.ECONNRESET in codes or errno.EPIPE in codes:
        return Broken(f"{asked} broke off the connection: see whether it is well, and whether the URL wants https")
    reason = next(
        (str(cause.strerror) for cause in causes if isinstance(cause, OSError) and cause.strerror), "no route"
    )
    return Broken(f"{asked} cannot be reached ({reason.lower()}): see whether this machine may connect to it")


def _tls_failed(error: ssl.SSLError, endpoint: Endpoint) -> NoAnswer:
    url, key = endpoint.url, endpoint.key
    reason = error.reason or ""
    if isinstance(error, ssl.SSLCertVerificationError):
        remedy = (
            f"give its authority as ca_file under {key}: in sretool.yaml, or use the name that is on the certificate"
        )
        return Unreachable(f"{url} shows a certificate that is not believed ({error.verify_message}): {remedy}")
    if reason in _WRONG_VERSION:
        return Unreachable(f"{url} does not speak TLS: write http:// if it is meant to be so")
    if "CERTIFICATE_REQUIRED" in reason or "HANDSHAKE_FAILURE" in reason or "BAD_CERTIFICATE" in reason:
        remedy = f"give one as cert_file and key_file under {key}: in sretool.yaml"
        return Denied(f"{url} wants another certificate of us: {remedy}")
    words = reason.lower().replace("_", " ") or "no reason given"
    return Unreachable(f"{url} and we do not come to terms over TLS ({words}): check ca_file, cert_file and the URL")


def _proxy_refused(error: Exception, endpoint: Endpoint) -> NoAnswer:
    if str(error).startswith("407"):
        remedy = f"give its user and password in {endpoint.environment_prefix}_PROXY"
        return Denied(f"the proxy {endpoint.proxy} wants credentials: {remedy}")
    remedy = "see whether it may connect to that host"
    return Unreachable(f"the proxy {endpoint.proxy} does not let us through to {endpoint.url} ({error}): {remedy}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
