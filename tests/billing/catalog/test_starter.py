"""What `billing init` writes."""

import stat
from datetime import date

import pytest

from sretool.billing.catalog.reader import load_catalog
from sretool.billing.catalog.starter import CANARY, write_starter
from sretool.billing.keys import NoKeys, mint, read_keys

TODAY = date(2026, 11, 28)


def test_the_catalogue_that_init_writes_has_nothing_wrong_with_it(tmp_path):
    started = write_starter(tmp_path, today=TODAY)

    catalog, diagnostics = load_catalog(started.catalog)

    assert [str(diagnostic) for diagnostic in diagnostics] == []
    assert catalog is not None
    assert {meter.aggregation for meter in catalog.meters.values()} == {"count", "sum", "max", "latest", "unique"}
    assert {CANARY, "load-1", "load-8"} <= catalog.tenants.keys()


def test_the_catalogue_has_as_many_load_customers_as_were_asked_for(tmp_path):
    catalog, _ = load_catalog(write_starter(tmp_path, today=TODAY, customers=2_000).catalog)

    of_load = [
        customer for tenant, rows in catalog.customers.items() if tenant.startswith("load-") for customer in rows
    ]

    assert len(set(of_load)) == 2_000


def test_the_catalogue_holds_a_hash_of_each_key_and_no_secret(tmp_path):
    started = write_starter(tmp_path, today=TODAY)
    text = started.catalog.read_text()

    assert all(key.sha256 in text and key.secret not in text for key in started.keys.values())


def test_the_keys_file_is_its_owners_alone_and_names_real_customers(tmp_path):
    started = write_starter(tmp_path, today=TODAY)
    catalog, _ = load_catalog(started.catalog)

    clients = read_keys(started.keys_file)

    assert stat.S_IMODE(started.keys_file.stat().st_mode) == 0o600
    assert {name: client.key for name, client in clients.items()} == {n: k.text for n, k in started.keys.items()}
    assert all(set(client.customers) == set(catalog.customers[name]) for name, client in clients.items())


def test_customers_have_a_past_that_can_be_invoiced_in_any_month_of_the_year(tmp_path):
    for month in range(1, 13):
        started = write_starter(tmp_path / str(month), today=date(2026, month, 28), customers=8)
        catalog, diagnostics = load_catalog(started.catalog)

        assert diagnostics == []
        (first,) = {customer.from_day for rows in catalog.customers.values() for customer in rows.values()}
        assert (2026 * 12 + month) - (first.year * 12 + first.month) == 3


@pytest.mark.parametrize("standing", ["billing.yaml", "keys.json"])
def test_nothing_that_exists_is_written_over(tmp_path, standing):
    (tmp_path / standing).write_text("mine")

    with pytest.raises(FileExistsError, match=standing):
        write_starter(tmp_path, today=TODAY)

    assert [path.name for path in tmp_path.iterdir()] == [standing]


def test_a_secret_has_256_bits_and_is_shown_by_nothing_but_its_text():
    key = mint("acme-1")

    assert len(key.secret) == 43
    assert key.secret not in repr(key)
    assert key.text == f"acme-1.{key.secret}"


def test_a_missing_keys_file_says_how_to_get_one(tmp_path):
    with pytest.raises(NoKeys, match="run sretool billing init"):
        read_keys(tmp_path / "keys.json")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"tenants": {"a": {"key": "k"}}}', '{"tenants": {"a": {"key": "k", "customers": []}}}']
)
def test_a_file_that_is_no_keys_file_is_refused(tmp_path, text):
    (tmp_path / "keys.json").write_text(text)

    with pytest.raises(NoKeys, match="not a keys file"):
        read_keys(tmp_path / "keys.json")
