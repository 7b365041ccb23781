"""What monitoring reads: /healthz, /readyz and /metrics, one page for all processes of the service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from sretool.billing.directory import DataDirectory
from sretool.billing.faults import FAULTS, Faults
from sretool.billing.gateway.answers import METRICS, Answer, Refusal, ok
from sretool.billing.gateway.app import Audience, Request, Route
from sretool.billing.gateway.writer import Writer
from sretool.billing.journal import ClockJumped, JournalBehind
from sretool.billing.metrics import FAMILIES, SERVICE_FAMILIES, Figures, exposition

OTHERS = ("applier", "biller", "recount")


@dataclass(slots=True)
class Showing:
    """The gateway's own figures beside what the other processes published last, which ages when one is dead."""

    directory: DataDirectory
    figures: Figures
    writer: Writer
    faults: Faults
    has_catalog: Callable[[], bool]
    currencies: frozenset[str] = field(default_factory=frozenset)

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/healthz", Audience.ANYBODY, self.health),
            Route("GET", "/readyz", Audience.ANYBODY, self.readiness),
            Route("GET", "/metrics", Audience.ANYBODY, self.metrics),
        ]

    def take_catalog(self, catalog: Mapping[str, Any]) -> None:
        """Every currency of the catalogue is shown from the start."""
        self.currencies |= {
            customer["currency"] for of_tenant in catalog["customers"].values() for customer in of_tenant.values()
        }

    async def health(self, request: Request) -> Answer:  # noqa: ARG002
        return ok({"alive": True})

    async def readiness(self, request: Request) -> Answer:  # noqa: ARG002
        if self.writer.is_failed:
            raise Refusal(503, "the journal failed and is sealed", "look at the disk; it is opened again by itself")
        if not self.writer.room.is_left():
            raise Refusal(503, "the disk is nearly full", "make room; usage is taken again by itself")
        if fault := self.writer.clock_fault():
            raise Refusal(503, fault, ClockJumped.remedy)
        try:
            await asyncio.to_thread(self.writer.refuse_behind)
        except JournalBehind as error:
            raise Refusal(503, error.what, error.remedy) from error
        if not self.has_catalog():
            raise Refusal(503, "no price catalogue is in force", "use sretool billing catalog apply")
        return ok({"ready": True})

    async def metrics(self, request: Request) -> Answer:  # noqa: ARG002
        return Answer(200, exposition(self.all_figures()).encode(), METRICS)

    def all_figures(self) -> Figures:
        shown = Figures(SERVICE_FAMILIES)
        for name in SERVICE_FAMILIES:
            if FAMILIES[name].label == "currency":
                shown.values[name] = dict.fromkeys(sorted(self.currencies), 0)
        shown.take(self.figures.published())
        for process in OTHERS:
            status = self.directory.status(process)
            shown.take(status | status.get("metrics", {}))
        shown.set("billing_journal_appended_events_total", self.writer.appended_events)
        active = self.faults.active()
        for fault in FAULTS:
            shown.set("billing_fault_active", int(fault in active), fault)
        shown.set("billing_build_info", 1, version("sretool"))
        return shown
