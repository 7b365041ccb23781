"""Certificates, believed and not; and what stands between: a proxy. The authorities are made for each run."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import trustme
from prometheus.fake import reply, serving

from sretool.prometheus.endpoint import Endpoint, Login
from sretool.prometheus.errors import Denied, NoAnswer, Unreachable
from sretool.prometheus.server import Prometheus


@dataclass(frozen=True)
class Authority:
    """Who signs the certificates of servers and clients, and the files that an operator would have."""

    ca: trustme.CA
    home: Path

    @property
    def file(self) -> Path:
        path = self.home / "ca.pem"
        self.ca.cert_pem.write_to_path(str(path))
        return path

    def client(self, name: str) -> tuple[Path, Path]:
        """A certificate and its key."""
        made = self.ca.issue_cert(name)
        cert, key = self.home / f"{name}.pem", self.home / f"{name}.key"
        made.cert_chain_pems[0].write_to_path(str(cert))
        made.private_key_pem.write_to_path(str(key))
        return cert, key

    def server(self, *names: str, of_clients: trustme.CA | None = None) -> ssl.SSLContext:
        """For a server of these names; with `of_clients` it talks to no one whom that authority does not know."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*names).configure_cert(context)
        if of_clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            of_clients.configure_trust(context)
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(trustme.CA(), tmp_path_factory.mktemp("authority"))


def ask(url: str, **more: object) -> object:
    with Prometheus(replace(Endpoint(url, timeout_seconds=60), **more)) as server:
        return server.query("up", at=0)


def raised(url: str, **more: object) -> tuple[type[NoAnswer], str]:
    with pytest.raises(NoAnswer) as caught:
        ask(url, **more)
    return type(caught.value), str(caught.value).replace(url, "URL")


def test_a_server_of_an_authority_that_is_given_is_believed(authority: Authority):
    with serving(reply(), tls=authority.server("127.0.0.1")) as fake:
        ask(fake.url, ca_file=authority.file)

    assert len(fake.requests) == 1


def test_a_server_of_an_unknown_authority_is_asked_nothing(authority: Authority):
    with serving(reply(), tls=authority.server("127.0.0.1")) as fake:
        kind, sentence = raised(fake.url, bearer_token="token")

    assert (kind, fake.requests) == (Unreachable, [])
    assert re.fullmatch(
        r"URL shows a certificate that is not believed \([^)]+\): give its authority as ca_file under prometheus: in "
        r"sretool\.yaml, or use the name that is on the certificate",
        sentence,
    )


def test_a_certificate_of_another_host_is_not_believed(authority: Authority):
    with serving(reply(), tls=authority.server("elsewhere.example")) as fake:
        kind, sentence = raised(fake.url, ca_file=authority.file)

    assert (kind, fake.requests) == (Unreachable, [])
    assert "certificate is not valid for '127.0.0.1'" in sentence


def test_a_client_shows_its_certificate(authority: Authority):
    cert, key = authority.client("ana@example.org")
    with serving(reply(), tls=authority.server("127.0.0.1", of_clients=authority.ca)) as fake:
        ask(fake.url, ca_file=authority.file, cert_file=cert, key_file=key)

    assert len(fake.requests) == 1


def test_a_server_that_wants_a_certificate_says_so(authority: Authority):
    with serving(reply(), tls=authority.server("127.0.0.1", of_clients=authority.ca)) as fake:
        assert raised(fake.url, ca_file=authority.file) == (
            Denied,
            "URL wants another certificate of us: give one as cert_file and key_file under prometheus: in sretool.yaml",
        )


def test_https_where_http_is_spoken(authority: Authority):
    with serving(reply()) as fake:
        url = fake.url.replace("http:", "https:")

        assert raised(url) == (Unreachable, "URL does not speak TLS: write http:// if it is meant to be so")


def test_a_server_that_never_shakes_hands_is_left_when_the_time_is_up():
    with serving(handshakes=False) as fake:
        _, sentence = raised(fake.url.replace("http:", "https:"), timeout_seconds=0.3)

    assert "did not answer within 0.3 s" in sentence


def test_files_that_are_no_certificates_are_named(authority: Authority, tmp_path: Path):
    cert, key = authority.client("ana@example.org")
    _, other_key = authority.client("bob@example.org")
    junk, missing = tmp_path / "junk.pem", tmp_path / "missing.pem"
    junk.write_text("junk")

    sentences = [
        raised("https://127.0.0.1", **files)[1]
        for files in (
            {"ca_file": junk},
            {"ca_file": missing},
            {"cert_file": junk, "key_file": key},
            {"cert_file": cert, "key_file": missing},
            {"cert_file": cert, "key_file": other_key},
        )
    ]

    remedy = "give PEM files of one certificate and its key, which has no passphrase"
    without_reasons = [re.sub(r"\([^)]+\)", "(...)", sentence) for sentence in sentences]  # Each OpenSSL has its own.
    assert without_reasons == [
        f"{junk} holds no CA certificate (...): give a PEM file",
        f"{missing} holds no CA certificate (...): give a PEM file",
        f"{junk} with {key} is no client certificate (...): {remedy}",
        f"{cert} with {missing} is no client certificate (...): {remedy}",
        f"{cert} with {other_key} is no client certificate (...): {remedy}",
    ]
    assert "(No such file or directory)" in sentences[1]


@contextmanager
def tunnelling(refusal: bytes | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that connects one client to where it wants, or refuses it; and the first lines that it was sent."""
    heads: list[bytes] = []

    def serve() -> None:
        with suppress(OSError), listener.accept()[0] as client:
            heads.append(client.recv(65_536))
            if refusal is not None:
                client.sendall(refusal)
                return
            host, _, port = heads[0].split()[1].decode().partition(":")
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                back = threading.Thread(target=pump, args=(server, client), daemon=True)
                back.start()
                pump(client, server)
                back.join()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heads
        thread.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(65_536):
            sink.sendall(content)
        sink.shutdown(socket.SHUT_WR)


def test_a_proxy_tunnels_to_a_server_behind_it(authority: Authority):
    with serving(reply(), tls=authority.server("127.0.0.1")) as fake, tunnelling() as (proxy, heads):
        ask(fake.url, ca_file=authority.file, proxy=proxy, proxy_login=Login("ana", "secret"), bearer_token="token")

    assert heads[0].startswith(f"CONNECT 127.0.0.1:{fake.port} HTTP/1.1".encode())
    assert b"Proxy-Authorization: Basic YW5hOnNlY3JldA==" in heads[0]
    assert b"token" not in heads[0]
    assert fake.requests[0].headers["authorization"] == "Bearer token"


def test_a_proxy_hands_plain_questions_on():
    with serving(reply()) as proxy:
        ask("http://prometheus.example:9090/below", proxy=proxy.url)

    assert proxy.requests[0].target == "http://prometheus.example:9090/below/api/v1/query"


def test_a_proxy_that_will_not_is_named():
    answers = (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b"HTTP/1.1 403 Forbidden\r\n\r\n")
    sentences = []
    for answer in answers:
        with tunnelling(answer) as (proxy, _):
            kind, sentence = raised("https://prometheus.example", proxy=proxy)
            sentences.append((kind, sentence.replace(proxy, "PROXY")))

    assert sentences == [
        (Denied, "the proxy PROXY wants credentials: give its user and password in SRETOOL_PROMETHEUS_PROXY"),
        (
            Unreachable,
            "the proxy PROXY does not let us through to URL (403 Forbidden): see whether it may connect to that host",
        ),
    ]
