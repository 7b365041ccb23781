"""A path that holds nothing of ours is told, so that a wrong path is not taken for a clean one."""

from __future__ import annotations

import pytest

from sretool.lint.strangers import strangers


@pytest.mark.parametrize(
    ("arguments", "read", "others", "told"),
    [
        (["compose.yaml"], ["compose.yaml"], ["compose.yaml"], ("compose.yaml",)),
        (["charts"], ["charts/a.yaml", "charts/b/c.yaml"], ["charts/a.yaml", "charts/b/c.yaml"], ("charts",)),
        (["."], ["./a.yaml"], ["./a.yaml"], (".",)),
        (["-"], ["<stdin>"], ["<stdin>"], ("-",)),
        (["rules", "charts"], ["rules/r.yaml", "charts/a.yaml"], ["charts/a.yaml"], ("charts",)),
        (["r.yaml", "compose.yaml"], ["r.yaml", "compose.yaml"], ["compose.yaml"], ()),
        (["."], ["./r.yaml", "./compose.yaml"], ["./compose.yaml"], ()),
        (["runbooks"], ["runbooks/a.md"], [], ()),
        (["nowhere"], [], [], ()),
        (["charts/*.yaml"], ["charts/a.yaml"], ["charts/a.yaml"], ("charts/*.yaml",)),
    ],
    ids=[
        "a file",
        "a tree",
        "here",
        "a pipe",
        "a tree beside ours",
        "a file beside ours",
        "ours in it",
        "pages",
        "none",
        "a glob",
    ],
)
def test_what_holds_nothing_of_ours_is_told(arguments: list[str], read: list[str], others: list[str], told: tuple[str]):
    assert strangers(arguments, read, others) == told
