"""The digest of what a document was made of, as docs/invoices.md says it in words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from sretool.billing.recount import terms
from sretool.billing.recount.bill import Bill, Books, Due, drawn_before, grants_in_force, net_billed
from sretool.billing.recount.rating import decimal, exact


def digests(due: Due, books: Books, should: Bill) -> Iterator[str]:
    """The digests that a document may have: that of all its inputs, and, if they bore on nothing, without the others.

    What others there are is left out where a customer has neither commits nor credits, and nothing is corrected.
    """
    whole = {
        **_own(due, books),
        "usage": _usage(due, books, _closed(due, books)),
        "billed": _billed(due, books),
        "credits": {grant.id: grant.amount_minor for grant in grants_in_force(due, books)},
        "drawn": drawn_before(due, books),
    }
    yield _digest(whole)
    who = terms.customer(books.catalog(due.catalog), due.tenant, due.customer)
    is_credited = any(grant.position < due.basis for grant in books.grants)
    if not (due.final or due.version > 1 or should.adjusts or who.get("commits") or is_credited):
        alone = {"usage": _usage(due, books, {due.start_us: due.end_us}), "billed": {}, "credits": {}, "drawn": {}}
        yield _digest(_own(due, books) | alone)


def _own(due: Due, books: Books) -> dict[str, Any]:
    version = None
    if not due.final:
        version = terms.plan_in_force(books.catalog(due.catalog), due.tenant, due.customer, due.start_us)
    return {
        "basis": [due.basis, due.cut_no, due.catalog],
        "plan": "" if version is None else _digest(_plain_version(version)),
    }


def _closed(due: Due, books: Books) -> dict[int, int]:
    """Starts and ends of the periods that had a document before the basis, and of the document's own."""
    closed = {other.start_us: other.end_us for other in books.dues if not other.final and other.control < due.basis}
    return closed if due.final else closed | {due.start_us: due.end_us}


def _usage(due: Due, books: Books, periods: Mapping[int, int]) -> dict[str, dict[str, str]]:
    kinds = {name: meter["aggregation"] for name, meter in books.catalog(due.catalog)["meters"].items()}
    return {
        str(start_us): {
            meter: str(quantity)
            for meter, quantity in books.usage.quantities(
                kinds, start_us=start_us, end_us=end_us, cut_no=due.cut_no
            ).items()
        }
        for start_us, end_us in periods.items()
    }


def _billed(due: Due, books: Books) -> dict[str, int]:
    return {
        f"{start_us}|{line}": amount
        for start_us, lines in net_billed(due, books).items()
        for line, amount in lines.items()
        if amount
    }


def _plain_version(version: Mapping[str, Any]) -> dict[str, Any]:
    minimum = version.get("minimum")
    return {
        "from": version["from"],
        "currency": version["currency"],
        "minimum": None if minimum is None else _plain(minimum),
        "lines": [_plain_line(line) for line in version["lines"]],
    }


def _plain_line(line: Mapping[str, Any]) -> dict[str, Any]:
    if "fixed" in line:
        return {"id": line["id"], "fixed": _plain(line["fixed"])}
    said: dict[str, Any] = {"id": line["id"], "meter": line["meter"]}
    for bands in {"graduated", "volume"} & line.keys():
        said[bands] = [
            {"to": None if band.get("to") is None else _plain(band["to"]), "unit": _plain(band["unit"])}
            for band in line[bands]
        ]
    if "per_unit" in line:
        said["per_unit"] = _plain(line["per_unit"])
    if "package" in line:
        said["package"] = {name: _plain(line["package"][name]) for name in ("size", "price")}
    return said


@cache
def _plain(number: str) -> str:
    return decimal(exact(number))


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
