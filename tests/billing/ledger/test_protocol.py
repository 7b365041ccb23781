"""No SQL crosses the ledger's protocol: who asks it, asks by name."""

import re
from pathlib import Path

import pytest

import sretool.billing
from sretool.billing.ledger import schema

BILLING = Path(sretool.billing.__file__).parent
# The ledger itself; the recount, which reads the file with queries of its own; whose tables have the same names.
OWNERS = ("ledger/", "recount/", "invoices/schema.py", "invoices/store.py", "issued.py")
TABLES = re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", schema.TABLES)
OTHERS = [path for path in sorted(BILLING.rglob("*.py")) if not path.relative_to(BILLING).as_posix().startswith(OWNERS)]


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.relative_to(BILLING).as_posix())
def test_nobody_else_writes_queries_over_the_tables_of_the_ledger(path: Path) -> None:
    query = re.compile(rf"\b(FROM|INTO|UPDATE|JOIN)\s+({'|'.join(TABLES)})\b")

    assert query.findall(path.read_text(encoding="utf-8")) == []
