"""Somebody who decides about held events at once and blindly: released, discarded, twice, and what was never held."""

from __future__ import annotations

import contextlib
import json
import random
import re
import threading
from dataclasses import dataclass, field

from billing.crash.quarrel import Quarrel

from sretool.billing.catalog.in_force import checked_catalog
from sretool.billing.catalog.plain import catalog_as_json
from sretool.billing.directory import DataDirectory
from sretool.billing.journal import Kind
from sretool.billing.reach import NoAnswer, running

_PAUSE_SECONDS = 0.05


@dataclass
class Custody:
    """Decides about events that the other client was told are durable, and makes customers of its strangers."""

    directory: DataDirectory
    quarrel: Quarrel
    decided: dict[int, dict] = field(default_factory=dict)  # by position, each that was acknowledged

    def run(self, chance: random.Random, stop: threading.Event) -> None:
        while not stop.is_set():
            if self.quarrel.acknowledged:
                self._decide(chance)
            stop.wait(_PAUSE_SECONDS)

    def _decide(self, chance: random.Random) -> None:
        position, raw = chance.choice(self.quarrel.acknowledged)
        held = [index for index, event in enumerate(json.loads(raw)) if self.quarrel.is_stranger(event)]
        body = {"position": position, "index": chance.choice(held) if held else 0}
        if chance.random() < 0.25:
            self.decide(Kind.DISCARD, body | {"reason": "chance"})
        else:
            self.decide(Kind.RELEASE, body)

    def decide(self, kind: Kind, body: dict) -> None:
        with contextlib.suppress(NoAnswer):
            self.decided[running(self.directory).decide(kind, body).position] = body

    def welcome_stranger(self) -> None:
        """Put a catalogue into force that knows the present stranger, so that releasing his events counts them."""
        catalog = self.directory.catalog
        text = catalog.read_text()
        (line,) = re.findall(r"^ *acme-8:.*\n", text, re.MULTILINE)
        catalog.write_text(text.replace(line, line + line.replace("acme-8", self.quarrel.stranger)))
        self.quarrel.strangers += 1
        self.decide(Kind.CATALOG, {"catalog": catalog_as_json(checked_catalog(self.directory, None))})
