"""A gateway for every test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from billing.gateway.running import CATALOG, Running, running


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "data", catalog=CATALOG) as one:
        yield one


@pytest.fixture(scope="session")
def shared_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for tests that do not mind what others sent."""
    with running(tmp_path_factory.mktemp("gateway") / "data", catalog=CATALOG) as one:
        yield one
