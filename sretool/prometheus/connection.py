"""HTTP to a server: one connection pool, a time limit, a bound on what is read, and errors that say what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

from sretool.prometheus.errors import Denied, NotUnderstood, Refused, TimedOut, Unreachable

ANSWER_BYTES_MAX = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server is and how it is reached. `url` may have a path before /api."""

    url: str
    timeout_seconds: float = 30.0


class Connection:
    """To one server. Every method raises an error of `errors`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._client = httpx.Client(timeout=endpoint.timeout_seconds, verify=endpoint.url.startswith("https"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        return self._answer("GET", path, params=parameters)

    def post(self, path: str, form: Mapping[str, str]) -> Any:
        """By POST: long expressions do not fit in a URL."""
        return self._answer("POST", path, data=form)

    def is_fine(self, path: str) -> bool:
        """Whether a path answers 200, asked once."""
        try:
            return self._client.get(self.endpoint.url.rstrip("/") + path).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def _answer(self, method: str, path: str, **more: Any) -> Any:
        url = self.endpoint.url.rstrip("/") + path
        try:
            response = self._client.request(method, url, **more)
        except httpx.TimeoutException as error:
            raise TimedOut(f"{url} did not answer within {self.endpoint.timeout_seconds:g} s") from error
        except httpx.HTTPError as error:
            raise Unreachable(f"{url} cannot be reached: {error}") from error
        if response.status_code in (401, 403):
            raise Denied(f"{url} answers {response.status_code}")
        try:
            answer = json.loads(response.content)
        except ValueError as error:
            raise NotUnderstood(f"{url} answers {response.status_code} and no JSON") from error
        if response.status_code != 200:
            raise Refused(f"{url} answers {response.status_code}: {answer.get('error', '')}")
        return answer
