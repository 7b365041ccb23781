"""What the real one has not: `/sandbox/…`, by which tests and people set faults and see whom was woken."""

from __future__ import annotations

from sretool.incident.sandbox import shapes
from sretool.incident.sandbox.exchange import Sandbox
from sretool.incident.sandbox.faultfile import FaultUnknown, fault_json, read_faults
from sretool.incident.sandbox.messages import Request, Response, answer

_PREFIX = "/sandbox/"


def is_control(request: Request) -> bool:
    return request.path.startswith(_PREFIX)


def control(sandbox: Sandbox, request: Request) -> Response:
    """Answers without a key, without limits and without faults."""
    match request.method, request.path.removeprefix(_PREFIX):
        case "GET", "pages":
            return answer(200, {"pages": [shapes.page(one) for one in sandbox.account.pages]})
        case "GET", "incidents":
            return answer(200, {"incidents": [shapes.whole(one) for one in sandbox.account.incidents.values()]})
        case "GET", "faults":
            return _faults(sandbox)
        case "PUT", "faults":
            return _set_faults(sandbox, request)
    return answer(
        404, {"error": "there are GET /sandbox/pages, /sandbox/incidents, /sandbox/faults and PUT of the last"}
    )


def _set_faults(sandbox: Sandbox, request: Request) -> Response:
    try:
        sandbox.fail_with(read_faults(request.body, now=sandbox.clock()))
    except FaultUnknown as error:
        return answer(400, {"error": str(error)})
    return _faults(sandbox)


def _faults(sandbox: Sandbox) -> Response:
    return answer(200, {"faults": [fault_json(one) for one in sandbox.faults], "requests_seen": sandbox.seen})
