"""Certificates: whom we believe, and who we are."""

from __future__ import annotations

import ssl
from pathlib import Path

from sretool.prometheus.endpoint import Endpoint
from sretool.prometheus.errors import Unreachable


def context(endpoint: Endpoint) -> ssl.SSLContext:
    """The system's authorities (or those that SSL_CERT_FILE has), or the endpoint's own; and our certificate, if any.

    Raises Unreachable where a file cannot be used.
    """
    with_authorities = _with_authorities(endpoint.ca_file)
    if endpoint.cert_file is not None:
        try:
            # Without a password: OpenSSL would ask the terminal for it.
            with_authorities.load_cert_chain(endpoint.cert_file, endpoint.key_file, password=lambda: "")
        except (OSError, ValueError) as error:
            what = f"{endpoint.cert_file} with {endpoint.key_file or 'the key in it'}"
            remedy = "give PEM files of one certificate and its key, which has no passphrase"
            raise Unreachable(f"{what} is no client certificate ({_reason(error)}): {remedy}") from error
    return with_authorities


def _with_authorities(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:
        raise Unreachable(f"{ca_file} holds no CA certificate ({_reason(error)}): give a PEM file") from error


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "unreadable").lower().replace("_", " ")
    return error.strerror or "unreadable" if isinstance(error, OSError) else "unreadable"
