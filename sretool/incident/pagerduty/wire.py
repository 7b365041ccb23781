"""One request to PagerDuty, by its own client, made once. An edge, and the only importer of the client.

The client by itself retries: 429 for ever, what the network loses three times (POST, too), 5xx of the Events API for
three minutes, and it sleeps meanwhile. Here it tries once, and the outbox knows when to try again.
"""

from __future__ import annotations

import errno
import logging
import ssl
from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.request import getproxies

import httpx2
import pagerduty

from sretool.incident.pagerduty.access import EVENTS_URL_NAME, REST_URL_NAME, Access
from sretool.incident.pagerduty.calls import Call
from sretool.incident.pagerduty.replies import Reply, Silence, reply

if TYPE_CHECKING:
    from pagerduty.api_client import ApiClient

# Whatever failed before the request was sent.
_NOT_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.LocalProtocolError,
    httpx2.UnsupportedProtocol,
)
_STEP_SHARE: Final = 0.9
_ANSWER_BYTES_MAX: Final = 4 * 2**20
_LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
_NAME_UNKNOWN: Final = (
    "name or service not known",
    "nodename nor servname",
    "name resolution",
    "no address associated",
)


class Wire(Protocol):
    """Whatever takes requests to PagerDuty."""

    def ask(self, call: Call, *, seconds: float) -> Reply | Silence:
        """Make a request once, and let each step take so many seconds."""
        ...


class ClientWire:
    """By the official client. `transport` takes the place of the network."""

    def __init__(self, access: Access, *, transport: httpx2.BaseTransport | None = None) -> None:
        self._access = access
        self._transport = transport
        self._clients: dict[str, ApiClient] = {}
        # Python prints what nobody listens to, and the client tells its log of every failure.
        logging.getLogger("pagerduty").addHandler(logging.NullHandler())

    def ask(self, call: Call, *, seconds: float) -> Reply | Silence:
        try:
            client = self._client(call)
        except (OSError, ssl.SSLError) as error:
            words = f"SSL_CERT_FILE or SSL_CERT_DIR holds no certificates ({_reason(error)}): correct or unset it"
            return Silence(words, is_lasting=True)
        except (ValueError, ImportError):
            words = "HTTPS_PROXY or ALL_PROXY names a proxy of a kind that is not known here: name one by http://"
            return Silence(words, is_lasting=True)
        except httpx2.InvalidURL:
            words = (
                f"{self._url(call)} is no URL, or the proxy before it has none: correct {_name(call)} or HTTPS_PROXY"
            )
            return Silence(words, is_lasting=True)
        # Of each step; a little less than whoever waits, for the client knows whether it had been heard. By its type it
        # has whole seconds; it takes others.
        client.timeout = seconds * _STEP_SHARE  # type: ignore[assignment]
        return self._outcome(client, call)

    def _client(self, call: Call) -> ApiClient:
        if call.route not in self._clients:
            self._clients[call.route] = _once(self._new_client(call))
        return self._clients[call.route]

    def _new_client(self, call: Call) -> ApiClient:
        # Whatever proxy the environment names, this machine itself is not behind it.
        around: dict[str, Any] = {"mounts": {f"all://{host}": None for host in _LOOPBACK}}
        if self._transport is not None:
            around = {"transport": self._transport}
        around["event_hooks"] = {"response": [_limit]}
        if call.route == "rest":
            return pagerduty.RestApiV2Client(self._access.api_key, base_url=self._access.rest_url, **around)
        return pagerduty.EventsApiV2Client(self._access.routing_key, base_url=self._access.events_url, **around)

    def _outcome(self, client: ApiClient, call: Call) -> Reply | Silence:
        try:
            answer = client.request(call.method, call.path, **_arguments(call))
        except pagerduty.Error as error:
            if error.response is not None:
                return reply(error.response.status_code, error.response.headers, error.response.content)
            return self._silence(call, error.__cause__ or error)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return self._silence(call, error)
        return reply(answer.status_code, answer.headers, answer.content)

    def _silence(self, call: Call, error: BaseException) -> Silence:
        words, is_lasting = self._words(call, error)
        return Silence(words, may_be_done=not isinstance(error, _NOT_SENT), is_lasting=is_lasting)

    def _words(self, call: Call, error: BaseException) -> tuple[str, bool]:
        """Why there is no answer, and whether there will be none until somebody mends it."""
        url, name = self._url(call), _name(call)
        causes = list(_causes(error))
        said = " ".join(str(cause).lower() for cause in causes)
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes) or "certificate verify" in said:
            remedy = "name the authority's file in SSL_CERT_FILE, or see who stands between it and this machine"
            return f"{url} shows a certificate that is not believed: {remedy}", True
        if "wrong_version_number" in said or "wrong version number" in said or "http_request" in said:
            return f"{url} does not speak TLS: correct {name}", True
        if isinstance(error, httpx2.ProxyError):
            return f"the proxy does not let us through to {url}: see HTTPS_PROXY", False
        if isinstance(error, httpx2.TimeoutException):
            return f"{url} did not answer in time", False
        if any(words in said for words in _NAME_UNKNOWN):
            return (
                f"nobody knows the host of {self._way(url)}: see whether this machine has a network, and {name}",
                False,
            )
        if any(isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED for cause in causes):
            return f"{self._way(url)} refuses the connection: see whether it is up, and {name}", False
        if isinstance(error, httpx2.LocalProtocolError | httpx2.UnsupportedProtocol | httpx2.InvalidURL):
            return f"{url} cannot be asked so: correct {name}", True
        return f"{url} broke off the connection or cannot be reached", False

    def _way(self, url: str) -> str:
        """Whom it is that is asked first, without the name of a proxy, which may hold a password."""
        is_direct = any(url.startswith(f"https://{host}") for host in _LOOPBACK)
        proxies = getproxies()
        return (
            url if is_direct or not (proxies.get("https") or proxies.get("all")) else f"{url}, or the proxy before it,"
        )

    def _url(self, call: Call) -> str:
        return self._access.rest_url if call.route == "rest" else self._access.events_url


class _Limited(httpx2.SyncByteStream):
    """A stream of bytes that fails where it is longer than any answer of PagerDuty's."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        left = _ANSWER_BYTES_MAX
        for part in self._inner:
            left -= len(part)
            if left < 0:
                raise httpx2.ReadError("the answer has no end")
            yield part

    def close(self) -> None:
        self._inner.close()

    @property
    def elapsed(self) -> object:
        """The client asks the stream for it."""
        return getattr(self._inner, "elapsed", None)


def _limit(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise httpx2.ReadError("the answer is packed, as nobody asked for")
    response.stream = _Limited(response.stream)


def _once(client: ApiClient) -> ApiClient:
    """The client, made to try each request once: what it does about 429 by itself has no end."""
    client.max_network_attempts = 0
    # It counts with >, after it has tried: at -1 not even the first retry is left. The 5xx of events are among these.
    client.max_http_attempts = -1
    client.retry = dict.fromkeys((429, 500, 502, 503, 504), 1)
    return client


def _arguments(call: Call) -> dict[str, Any]:
    # What is packed may be of any length.
    headers = {"Accept-Encoding": "identity"} | ({"From": call.sender} if call.sender else {})
    arguments: dict[str, Any] = {"headers": headers}
    if call.body is not None:
        arguments["json"] = deepcopy(dict(call.body))
    if call.parameters is not None:
        arguments["params"] = dict(call.parameters)
    return arguments


def _name(call: Call) -> str:
    return REST_URL_NAME if call.route == "rest" else EVENTS_URL_NAME


def _reason(error: OSError) -> str:
    said = error.reason if isinstance(error, ssl.SSLError) else error.strerror
    return (said or "no PEM file").lower().replace("_", " ")


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
