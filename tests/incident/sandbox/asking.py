"""Requests to a sandbox as values, without a client: what the tests of its routes share."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from sretool.incident.sandbox.exchange import Sandbox
from sretool.incident.sandbox.fresh import PERSON, SERVICE, new_sandbox
from sretool.incident.sandbox.messages import Request, Response
from sretool.incident.sandbox.routes import respond
from sretool.incident.sandbox.state import Keys

START = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
KEYS = Keys(api_key="sandbox-key-of-tests", routing_key="0123456789abcdef0123456789abcdef")


class Asker:
    """Asks one account, as somebody with its key would, at an instant that the test moves."""

    def __init__(self, **options: object) -> None:
        self.now = START
        self.sandbox: Sandbox = new_sandbox(KEYS, clock=lambda: self.now, **options)
        self.account = self.sandbox.account

    def ask(self, method: str, address: str, value: object = None, **changed: str | None) -> Response:
        """`changed` headers replace those of a correct request; None leaves one out."""
        path, _, query = address.partition("?")
        usual = {
            "authorization": f"Token token={KEYS.api_key}",
            "content-type": "application/json",
            "from": PERSON.email,
        }
        headers = {name: value for name, value in {**usual, **changed}.items() if value is not None}
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        pairs = tuple(parse_qsl(query, keep_blank_values=True))
        return respond(self.account, Request(method, path, pairs, headers, body), now=self.now)

    def open(self, key: str = "K", **fields: object) -> Response:
        return self.ask("POST", "/incidents", draft(key, **fields))

    def opened(self, key: str = "K", **fields: object) -> str:
        """The id of a new incident."""
        return said(self.open(key, **fields))["incident"]["id"]

    def put(self, identifier: str, **fields: object) -> Response:
        return self.ask("PUT", f"/incidents/{identifier}", {"incident": {"type": "incident_reference", **fields}})

    def event(self, action: str, key: str | None = "K", **fields: object) -> Response:
        payload = {"summary": "Invoices are late", "source": "billing", "severity": "critical"}
        event = {"routing_key": KEYS.routing_key, "event_action": action, "dedup_key": key, "payload": payload}
        return self.ask("POST", "/v2/enqueue", {**event, **fields})

    def found(self, query: str) -> list[str]:
        """The keys of the incidents that a query lists; events' incidents show none."""
        return [one["incident_key"] for one in said(self.ask("GET", f"/incidents?{query}"))["incidents"]]


def draft(key: str = "K", **fields: object) -> dict[str, object]:
    service = {"id": SERVICE.id, "type": "service_reference"}
    usual = {"type": "incident", "title": "Invoices are late", "service": service, "incident_key": key}
    return {"incident": {**usual, **fields}}


def said(response: Response) -> dict:
    return json.loads(response.body)


def refused(response: Response) -> tuple[int, int, str, list[str]]:
    """Status, code, message and errors of a refusal."""
    error = said(response)["error"]
    return response.status, error["code"], error["message"], error.get("errors", [])
