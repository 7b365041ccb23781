"""An invoice as a page for people: it prints on one sheet, runs no script and loads nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import escape
from typing import Any

from sretool import clock

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; }
body { max-width: 46rem; margin: 3rem auto; padding: 0 1.5rem; }
header { display: flex; justify-content: space-between; align-items: flex-start; }
header { border-bottom: 2px solid #1a1a1a; padding-bottom: 1rem; }
h1 { font-size: 1.6rem; margin: 0; }
header p { margin: .2rem 0 0; color: #555; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 1.5rem 0; }
dt { color: #555; }
dd { margin: 0; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .5rem .35rem 0; vertical-align: top; }
th { text-align: left; font-weight: 600; color: #555; border-bottom: 1px solid #1a1a1a; }
td { border-bottom: 1px solid #ddd; }
th.number, td.number { text-align: right; padding-right: 0; }
td small { display: block; color: #555; }
tfoot td { border-bottom: none; font-weight: 700; font-size: 1.1rem; }
.voided { border: 2px solid #a00; color: #a00; padding: .2rem .7rem; font-weight: 700; }
footer { margin-top: 2.5rem; color: #555; font-size: .8rem; overflow-wrap: anywhere; }
@page { margin: 18mm; }
@media print { body { margin: 0; max-width: none; padding: 0; } tr { break-inside: avoid; } }
"""
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    b"content-security-policy",
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'".encode(),
)
_KINDS = {
    "fixed": "Fixed fee",
    "usage": "Usage",
    "minimum": "Minimum",
    "adjustment": "Adjustment",
    "commit": "Commitment",
    "drawdown": "Paid from commitment",
    "credit": "Credit",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def invoice_page(invoice: Mapping[str, Any]) -> str:
    """The page of a document as the API answers it. All of it that somebody wrote is escaped."""
    rows = "\n".join(_row(line) for line in invoice["lines"])
    currency = escape(invoice["currency"])
    voided = '<span class="voided">VOIDED</span>' if invoice["state"] == "voided" else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Invoice {escape(invoice["id"])}</title>
<style>{_STYLE}</style>
</head>
<body>
<header><div><h1>Invoice</h1><p>{escape(invoice["id"])}</p></div>{voided}</header>
<dl>
{_facts(invoice)}
</dl>
<table>
<thead><tr><th>Item</th><th class="number">Quantity</th><th class="number">{currency}</th></tr></thead>
<tbody>
{rows}
</tbody>
<tfoot>
<tr><td colspan="2">Total</td><td class="number">{escape(invoice["total"])}</td></tr>
{_credit_note(invoice)}
</tfoot>
</table>
<footer>Version {invoice["version"]:d}. Made from the usage journal as of position {invoice["basis_position"]:d};
digest of its inputs {escape(invoice["digest"])}.
Each line is rounded once, half to even; the total is their sum.</footer>
</body>
</html>
"""


def _facts(invoice: Mapping[str, Any]) -> str:
    period = invoice["period"]
    facts = {
        "From": invoice["tenant"],
        "To": invoice["customer"],
        "Billing period": "corrections of earlier periods" if period is None else _days(period),
        "Finalized": f"{_utc(invoice['finalized_us']):%Y-%m-%d %H:%M} UTC",
    }
    if invoice["voided_us"] is not None:
        facts["Voided"] = f"{_utc(invoice['voided_us']):%Y-%m-%d %H:%M} UTC"
    return "\n".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())


def _days(period: Mapping[str, Any]) -> str:
    """The first and the last local day."""
    zone = clock.zone(period["zone"])
    first = _utc(period["start_us"]).astimezone(zone)
    last = (_utc(period["end_us"]) - timedelta(microseconds=1)).astimezone(zone)
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d} ({period['zone']})"


def _row(line: Mapping[str, Any]) -> str:
    what = _KINDS.get(line["kind"], line["kind"])
    of_period = f" for {line['period']}" if line["kind"] == "adjustment" and line["period"] else ""
    meter = f" of {line['meter']}" if "meter" in line else ""
    return (
        f"<tr><td>{escape(line['line'])}<small>{escape(what + meter + of_period)}</small></td>"
        f'<td class="number">{escape(line.get("quantity", ""))}</td>'
        f'<td class="number">{escape(line["amount"])}</td></tr>'
    )


def _credit_note(invoice: Mapping[str, Any]) -> str:
    if not invoice["credit_note_minor"]:
        return ""
    return f'<tr><td colspan="2">Credit note</td><td class="number">{escape(invoice["credit_note"])}</td></tr>'


def _utc(instant_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=instant_us)
