"""A client that is not nice: it repeats itself, contradicts itself, names strangers, and comes late.

It writes nothing to disk and shares no code with `billing load`, whose manifest the audit trusts. What it remembers is
what it sent and what it was told.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sretool import clock
from sretool.billing.keys import Client

_EVENTS = 6
_PAUSE_SECONDS = 0.03


@dataclass
class Quarrel:
    """Sends as one tenant until it is told to stop. The memory outlives its rounds, so that old ids come again."""

    client: Client
    url: str
    sent: dict[str, list[dict]] = field(default_factory=dict)  # by id, every payload that went out under it
    acknowledged: list[tuple[int, bytes]] = field(default_factory=list)  # position, body
    refused: list[str] = field(default_factory=list)
    indeterminate: list[bytes] = field(default_factory=list)
    strangers: int = 1  # how many there have been; all but the last are customers by now, or about to be

    @property
    def stranger(self) -> str:
        """Whom no catalogue knows."""
        return f"nobody-{self.strangers}"

    def is_stranger(self, event: dict) -> bool:
        """Whether it was sent for somebody whom no catalogue knew then."""
        return event["customer_id"].startswith("nobody-")

    def run(self, chance: random.Random, stop: threading.Event) -> None:
        while not stop.is_set():
            # Whoever was not answered asks again, sooner or later.
            again = self.indeterminate and chance.random() < 0.5
            self._send(self.indeterminate.pop() if again else self._batch(chance))
            stop.wait(_PAUSE_SECONDS)

    def _batch(self, chance: random.Random) -> bytes:
        events = [self._event(chance) for _ in range(_EVENTS)]
        for event in events:
            self.sent.setdefault(event["transaction_id"], []).append(event)
        return json.dumps(events).encode()

    def _event(self, chance: random.Random) -> dict:
        draw = chance.random()
        if self.sent and draw < 0.3:
            first = self.sent[chance.choice(list(self.sent))][0]
            return _said_otherwise(first) if draw < 0.15 else _contradicted(first, chance)
        stranger = chance.random() < 0.1
        age = timedelta(days=chance.uniform(1, 33)) if chance.random() < 0.2 else timedelta()
        return {
            "transaction_id": f"quarrel-{len(self.sent)}-{chance.randrange(2**32):08x}",
            "customer_id": self.stranger if stranger else chance.choice(self.client.customers),
            "event_type": "api_call",
            "timestamp": (clock.now() - age).isoformat(timespec="microseconds"),
            "properties": {"bytes": f"{chance.randrange(10**6)}.{chance.randrange(1, 10)}", "region": "eu"},
        }

    def _send(self, body: bytes) -> None:
        headers = {"Authorization": f"Bearer {self.client.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/v1/ingest", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=3) as answer:
                self.acknowledged.append((json.load(answer)["position"], body))
        except urllib.error.HTTPError as error:
            if error.code < 500:
                self.refused.append(f"{error.code}: {error.read(300)!r}")
            else:
                self.indeterminate.append(body)
        except (OSError, ValueError, http.client.HTTPException):
            self.indeterminate.append(body)


def _said_otherwise(event: dict) -> dict:
    """The same event in other words: keys the other way round, the instant in another zone."""
    instant, zone = datetime.fromisoformat(event["timestamp"]), timedelta(hours=5, minutes=45)
    return dict(reversed(event.items())) | {"timestamp": (instant + zone).isoformat().replace("+00:00", "+05:45")}


def _contradicted(event: dict, chance: random.Random) -> dict:
    return event | {"properties": event["properties"] | {"bytes": chance.randrange(1, 10**6)}}
