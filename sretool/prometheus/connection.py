"""Questions to one server: asked again where that may help, all within one time limit, and answered in JSON."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from itertools import count
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from sretool.prometheus import judging, retries
from sretool.prometheus.endpoint import Endpoint, Login
from sretool.prometheus.errors import Broken, NoAnswer
from sretool.prometheus.transport import Reply, Transport

__all__ = ["Connection", "Endpoint", "Login"]


class Connection:
    """To one server, for any number of threads. Every method but is_fine raises an error of `errors`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._prefix = urlsplit(endpoint.url).path.rstrip("/")
        self._transport = Transport(endpoint)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        asked = f"{path}?{urlencode(parameters)}" if parameters else path
        return judging.answer(self._settled("GET", asked, b""), self.endpoint, path)

    def post(self, path: str, form: Mapping[str, str]) -> Any:
        """By POST: long expressions do not fit in a URL."""
        return judging.answer(self._settled("POST", path, urlencode(form).encode()), self.endpoint, path)

    def is_fine(self, path: str) -> bool:
        """Whether a path answers 200, asked once."""
        try:
            return self._reply("GET", path, b"", until=time.monotonic() + self.endpoint.timeout_seconds).status == 200
        except NoAnswer:
            return False

    def _settled(self, method: str, asked: str, form: bytes) -> Reply:
        """The first reply that asking again would not change, or the last there was time for."""
        until = time.monotonic() + self.endpoint.timeout_seconds
        for attempt in count(1):
            outcome = self._outcome(method, asked, form, until=until)
            if not retries.may_pass(outcome) or not self._waited(attempt, outcome, until=until):
                break
        if isinstance(outcome, Broken):
            raise outcome
        return outcome

    def _outcome(self, method: str, asked: str, form: bytes, *, until: float) -> Reply | Broken:
        try:
            return self._reply(method, asked, form, until=until)
        except Broken as broken:
            return broken

    def _waited(self, attempt: int, outcome: Reply | Broken, *, until: float) -> bool:
        """Wait before the next attempt; False, at once, where there is none, or no time for it."""
        chance = int.from_bytes(os.urandom(2)) / 2**16  # The random module takes longer to import than all of ours.
        pause = retries.pause_seconds(attempt, outcome, jitter=chance)
        if pause is None or time.monotonic() + pause >= until:
            return False
        time.sleep(pause)
        return True

    def _reply(self, method: str, asked: str, form: bytes, *, until: float) -> Reply:
        return self._transport.send(method, self._prefix + asked, form, until=until)
