"""A certificate authority that lives as long as the sandbox. Its private key is never written."""

from __future__ import annotations

import ssl
from pathlib import Path

HOST = "127.0.0.1"


def server_context(bundle: Path) -> ssl.SSLContext:
    """A context for a server on loopback; `bundle` becomes what its clients have to trust.

    The bundle also holds what this machine trusts: SSL_CERT_FILE is for a whole shell, in which other servers, such as
    Prometheus behind TLS, are asked as well.
    """
    import trustme

    authority = trustme.CA(organization_name="sretool incident sandbox")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, "localhost").configure_cert(context)
    bundle.write_bytes(authority.cert_pem.bytes() + _trusted_here())
    return context


def _trusted_here() -> bytes:
    usual = ssl.get_default_verify_paths().cafile
    return Path(usual).read_bytes() if usual else b""
