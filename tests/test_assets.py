"""Shipped files are found from the checkout; that a wheel carries them is tested with the wheel."""

from pathlib import Path

import pytest

from sretool.assets import MissingAsset, files, find

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["templates/starter", "slos", "runbooks", "docs/checks/YA001.md"])
def test_shipped_files_are_found(name: str):
    assert find(name) == ROOT / name


def test_a_directory_is_its_texts_by_path():
    found = files("templates/starter")

    assert list(found) == sorted(found)
    assert found["slos/checkout.yaml"] == (ROOT / "templates/starter/slos/checkout.yaml").read_text(encoding="utf-8")
    assert ".github/workflows/slo.yaml" in found


def test_the_users_own_files_go_before_ours(tmp_path: Path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "postmortem.md").write_text("ours", encoding="utf-8")

    assert find("templates/postmortem.md", instead=tmp_path) == tmp_path / "templates" / "postmortem.md"
    assert find("runbooks", instead=tmp_path) == ROOT / "runbooks"


def test_a_file_that_is_nowhere_is_said_by_name():
    with pytest.raises(MissingAsset, match="templates/nothing is not among the files"):
        find("templates/nothing")
