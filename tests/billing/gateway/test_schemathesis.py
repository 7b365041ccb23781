"""The OpenAPI document against a running gateway, by a tool that makes requests of it. Needs `schemathesis` on PATH."""

import shutil
import subprocess

import pytest
from billing.gateway.running import KEY, Running


@pytest.mark.extra
def test_no_request_that_the_document_can_think_of_is_a_bug_of_ours(gateway: Running, tmp_path, capfd, caplog):
    if shutil.which("schemathesis") is None:
        pytest.fail("schemathesis is not on PATH: run `make test-extra`, which fetches it", pytrace=False)
    # That the time window refuses what the schema allows cannot be said in a schema.
    checks = ("--checks", "all", "--exclude-checks", "positive_data_acceptance")
    url, header = f"http://127.0.0.1:{gateway.port}/openapi.json", f"Authorization: Bearer {KEY}"

    run = subprocess.run(
        ["schemathesis", "run", url, "-H", header, "--max-examples", "50", *checks],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout
    assert "Traceback" not in capfd.readouterr().err + caplog.text
