from pathlib import Path

import pytest
from rules.asking import Asker


@pytest.fixture
def asker(promtool: Path, tmp_path: Path) -> Asker:
    return Asker(promtool, tmp_path)
