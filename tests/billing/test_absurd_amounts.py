"""Usage and prices whose product no database holds: it is not billed, everybody sees it, and nobody else is touched."""

from contextlib import closing

import pytest
from billing.recount.kit import a_catalog, an_event, us
from billing.recount.service import Service

from sretool.billing.recount import reconcile

JAN, FEB, MAR = "2025-12-31T23:00Z", "2026-01-31T23:00Z", "2026-02-28T23:00Z"
ABSURD = {"bytes": "9999999999999999"}  # the largest quantity: a hundred of them are 10^20 cents


def served(root, *lines):
    service = Service(root)
    catalog = a_catalog(*lines)
    catalog["customers"]["acme"]["other"] = catalog["customers"]["acme"]["cust-1"]
    service.catalog(catalog)
    return closing(service)


def test_a_tenant_with_absurd_usage_keeps_nobody_else_from_being_billed(tmp_path, capfd):
    with served(tmp_path, {"id": "data", "meter": "bytes", "per_unit": "1.00"}) as service:
        service.batch(*[an_event(f"e{number}", properties=ABSURD) for number in range(100)])
        service.batch(an_event("x", customer_id="other"))
        service.cut(JAN, FEB)
        first = service.settle()
        service.batch(*[an_event(f"late{number}", properties=ABSURD) for number in range(100)])
        service.cut(FEB, MAR)
        service.settle()
        service.biller.refresh_late()
        service.biller.judge()
        figures, unissuable = service.biller.figures().values, service.biller.status()["unissuable"]
        found = reconcile(service.directory).found

        assert service.invoices("customer = 'other'")[0][2] == 1000
        assert service.invoices(f"customer = 'cust-1' AND start_us = {us(JAN)}") == []

    assert (first["match"], first["mismatch"]) == (1, 1)
    assert (figures["billing_invoices_due_total"]["missed"], unissuable) == (1, 1)
    assert ("document", "total 99999999999999990000", "no document") in [difference[1:] for difference in found]
    assert "of acme/cust-1 has an amount beyond 64 bits: not issued" in capfd.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        {"id": "fee", "fixed": "999999999999999999"},
        {"id": "data", "meter": "bytes", "per_unit": "999999999999999999"},
        {"id": "data", "meter": "bytes", "package": {"size": "0.000000000001", "price": "1"}},
    ],
)
def test_an_absurd_price_stops_nobody(tmp_path, line):
    with served(tmp_path, line) as service:
        service.batch(an_event("a", properties={"bytes": "9999999"}))
        service.cut(JAN, FEB)

        counted = service.settle()

    assert counted["hour_mismatch"] == 0


def test_an_amount_that_64_bits_just_hold_is_billed(tmp_path):
    with served(tmp_path, {"id": "data", "meter": "bytes", "per_unit": "1.00"}) as service:
        service.batch(*[an_event(f"e{number}", properties=ABSURD) for number in range(9)])
        service.cut(JAN, FEB)
        counted = service.settle()

        assert max(total for _, _, total in service.invoices()) == 9 * 9_999_999_999_999_999 * 100

    assert (counted["match"], counted["mismatch"]) == (2, 0)
