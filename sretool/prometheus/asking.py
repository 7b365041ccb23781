"""What Prometheus and Alertmanager have in common as servers: a connection, and answers that become values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

from sretool.prometheus.connection import Connection
from sretool.prometheus.endpoint import Endpoint
from sretool.prometheus.errors import NotUnderstood
from sretool.prometheus.judging import harmless

Value = TypeVar("Value")


class Server:
    """May be used by several threads at once. Its user closes it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._connection = Connection(endpoint)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @property
    def url(self) -> str:
        return self._connection.endpoint.url

    @property
    def identity(self) -> str:
        """What tells its data from others': the URL and who asks, since one server may serve tenants. A digest."""
        endpoint = self._connection.endpoint
        who = (endpoint.url, endpoint.headers, endpoint.bearer_token, endpoint.login and endpoint.login.username)
        return hashlib.sha256(repr(who).encode()).hexdigest()

    def is_ready(self) -> bool:
        """False while the server starts, and while nobody listens."""
        return self._connection.is_fine("/-/ready")

    def _got(self, read: Callable[[Any], Value], path: str, parameters: Mapping[str, str] | None = None) -> Value:
        return self._value(read, self._connection.get(path, parameters), path)

    def _posted(self, read: Callable[[Any], Value], path: str, form: Mapping[str, str]) -> Value:
        return self._value(read, self._connection.post(path, form), path)

    def _value(self, read: Callable[[Any], Value], answer: Any, path: str) -> Value:
        try:
            return read(answer)
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            endpoint = self._connection.endpoint
            reason = f" ({harmless(str(error), endpoint)})" if isinstance(error, ValueError) else ""
            raise NotUnderstood(
                f"{endpoint.address(path)} answers JSON of another shape than {endpoint.key} does{reason}: "
                f"check the URL under {endpoint.key}:"
            ) from error
