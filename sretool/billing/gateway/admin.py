"""The admin API: other commands of the same user append decisions to the journal, set faults and look at the state."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sretool.billing.catalog.plain import catalog_from_json
from sretool.billing.catalog.values import refused_changes
from sretool.billing.decisions import NotADecision, checked
from sretool.billing.directory import DataDirectory
from sretool.billing.faults import FAULTS, Faults, UnknownFault
from sretool.billing.gateway.answers import Answer, Refusal, ok
from sretool.billing.gateway.app import Audience, Request, Route
from sretool.billing.gateway.writer import Writer
from sretool.billing.invoices.controls import decision_of
from sretool.billing.issued import standing_grant
from sretool.billing.journal import JournalFailed, Kind, Pending

_REASONS_MAX = 10
PROCESSES = ("gateway", "applier", "biller", "recount", "supervisor")


@dataclass(frozen=True, slots=True)
class AdminApi:
    """What the token of admin.json opens."""

    directory: DataDirectory
    writer: Writer
    faults: Faults
    take_catalog: Callable[[Mapping[str, Any]], None]
    catalog_in_force: Callable[[], Mapping[str, Any]]
    _catalogs: asyncio.Lock = field(default_factory=asyncio.Lock)

    def routes(self) -> list[Route]:
        return [
            Route(method, path, Audience.ADMIN, handler)
            for method, path, handler in (
                ("POST", "/admin/v1/journal", self.append),
                ("GET", "/admin/v1/faults", self.list_faults),
                ("POST", "/admin/v1/faults", self.set_fault),
                ("DELETE", "/admin/v1/faults", self.clear_faults),
                ("DELETE", "/admin/v1/faults/{name}", self.clear_faults),
                ("GET", "/admin/v1/state", self.state),
            )
        ]

    async def append(self, request: Request) -> Answer:
        """Append a decision: {"kind": "CUT", "tenant": "", "body": {...}}."""
        asked = await _object(request)
        kind, tenant, body = str(asked.get("kind")), asked.get("tenant", ""), asked.get("body")
        if kind not in Kind.__members__ or kind == "BATCH" or not isinstance(tenant, str) or not isinstance(body, dict):
            kinds = ", ".join(name for name in Kind.__members__ if name != "BATCH")
            raise Refusal(
                400, "this is no decision", f'send {{"kind": one of {kinds}, "tenant": text, "body": object}}'
            )
        return ok(await self._append(Kind[kind], tenant, body))

    async def _append(self, kind: Kind, tenant: str, body: Mapping[str, Any]) -> dict[str, int]:
        await asyncio.to_thread(_refuse_unreadable, kind, tenant, body)
        if kind is Kind.GRANT:
            await asyncio.to_thread(_refuse_another_grant, self.directory, body)
        if kind is not Kind.CATALOG:
            return await append_decision(self.writer, kind, tenant, body)
        async with self._catalogs:  # Each is compared with the one before it.
            await asyncio.to_thread(_refuse_changes, self.catalog_in_force(), body["catalog"])
            appended = await append_decision(self.writer, kind, tenant, body)
            self.take_catalog(body["catalog"])
        return appended

    async def list_faults(self, request: Request) -> Answer:  # noqa: ARG002
        known = {
            name: {"description": kind.description, "parameter": kind.parameter, "default": kind.default}
            for name, kind in FAULTS.items()
        }
        return ok({"enabled": self.faults.are_enabled, "active": self.faults.active(), "known": known})

    async def set_fault(self, request: Request) -> Answer:
        """Put a fault on: {"name": "latency", "parameter": "500"}."""
        asked = await _object(request)
        if not self.faults.are_enabled:
            raise Refusal(409, "faults are not enabled", "start the service with --enable-faults")
        try:
            self.faults.set(str(asked.get("name", "")), str(asked.get("parameter", "")))
        except UnknownFault as error:
            raise Refusal(400, str(error), "see GET /admin/v1/faults") from error
        return await self.list_faults(request)

    async def clear_faults(self, request: Request) -> Answer:
        try:
            self.faults.clear(request.path.get("name"))
        except UnknownFault as error:
            raise Refusal(404, str(error), "see GET /admin/v1/faults") from error
        return await self.list_faults(request)

    async def state(self, request: Request) -> Answer:  # noqa: ARG002
        """What every process published last."""
        return ok(
            {
                "durable_end": self.writer.durable_end,
                "is_journal_failed": self.writer.is_failed,
                "are_faults_enabled": self.faults.are_enabled,
                "processes": {name: self.directory.status(name) for name in PROCESSES},
            }
        )


async def append_decision(writer: Writer, kind: Kind, tenant: str, body: Mapping[str, Any]) -> dict[str, int]:
    """Append a control record; the same decision is always the same bytes."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        appended = await writer.append(Pending(kind, tenant, 0, text))
    except JournalFailed as error:
        raise Refusal(503, f"the journal cannot be written: {error}", "look whether it was, then try again") from error
    except ValueError as error:
        raise Refusal(413, str(error), "send less") from error
    return {"position": appended.position, "end": appended.end, "ingest_us": appended.ingest_us}


def _refuse_unreadable(kind: Kind, tenant: str, body: Mapping[str, Any]) -> None:
    """The journal never changes: a decision that nobody can read would be passed over for ever."""
    try:
        tenant.encode()
        checked(kind, body)
    except UnicodeEncodeError as error:
        raise Refusal(400, "`tenant` has half of a surrogate pair", "write both halves") from error
    except NotADecision as error:
        raise Refusal(
            400, str(error), "write the field that it names so, or use the commands of sretool billing"
        ) from error


def _refuse_another_grant(directory: DataDirectory, body: Mapping[str, Any]) -> None:
    """The first grant of an id counts, so that another one would decide nothing."""
    standing = standing_grant(directory.invoices, body["id"])
    if standing is not None and standing != decision_of(Kind.GRANT, body):
        raise Refusal(409, f"the credit {standing.id} stands already: {standing}", "give another id")


def _refuse_changes(in_force: Mapping[str, Any], catalog: Mapping[str, Any]) -> None:
    """What was billed has to stay in the catalogue, since a void looks for it there."""
    refused = refused_changes(catalog_from_json(in_force), catalog_from_json(catalog)) if in_force else []
    if refused:
        raise Refusal(400, "this CATALOG takes away what was billed", "; ".join(refused[:_REASONS_MAX]))


async def _object(request: Request) -> dict[str, Any]:
    try:
        asked = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "the body is not JSON", "send a JSON object") from error
    if not isinstance(asked, dict):
        raise Refusal(400, "the body is not a JSON object", "send a JSON object")
    return asked
