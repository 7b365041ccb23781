"""A dummy service, in a process of its own when speed matters and in this one when its answers do."""

import subprocess
import sys
import time
from pathlib import Path

import pytest


@pytest.fixture
def dummy_url(tmp_path):
    """A service that acknowledges everything."""
    port_file = tmp_path / "port"
    with subprocess.Popen([sys.executable, Path(__file__).with_name("dummy.py"), port_file]) as process:
        try:
            deadline = time.monotonic() + 60
            while not (port_file.exists() and port_file.read_text()):
                assert process.poll() is None, "the dummy ended"
                assert time.monotonic() < deadline, "the dummy does not start"
                time.sleep(0.02)
            yield f"http://127.0.0.1:{port_file.read_text()}"
        finally:
            process.kill()
