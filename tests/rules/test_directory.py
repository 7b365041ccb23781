import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sretool.rules import directory
from sretool.rules.directory import DirectoryError, WouldLoseSlos
from sretool.rules.emit import HEADER

ONE = f"{HEADER} a.\ngroups: [one]\n"
TWO = f"{HEADER} a.\ngroups: [two]\n"


def generated(service: str, *slos: str) -> str:
    info = "      - record: slo:info\n        expr: vector(1)\n        labels: {{owner: x, service: {}, slo: {}}}\n"
    infos = "".join(info.format(service, slo) for slo in slos)
    return f"{HEADER} {service}.\ngroups:\n  - name: g\n    rules:\n{infos}"


def write(out: Path, files: dict[str, str], *, prune: bool = False) -> None:
    found = directory.changes(out, files, header=HEADER)
    if not prune:
        directory.refuse_losses(found, files)
    directory.apply(found)


def names(out: Path) -> list[str]:
    return sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())


def started(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_files_are_written_and_a_second_run_changes_nothing(tmp_path):
    write(tmp_path, {"a.yaml": ONE, "tests/a.test.yaml": ONE})

    assert names(tmp_path) == ["a.yaml", "tests/a.test.yaml"]
    assert directory.changes(tmp_path, {"a.yaml": ONE, "tests/a.test.yaml": ONE}, header=HEADER) == []


def test_a_difference_is_shown_as_a_diff(tmp_path):
    write(tmp_path, {"a.yaml": ONE})

    (change,) = directory.changes(tmp_path, {"a.yaml": TWO}, header=HEADER)

    assert "-groups: [one]\n+groups: [two]\n" in change.diff()


def test_a_service_that_is_not_in_the_input_is_not_removed_unasked(tmp_path):
    write(tmp_path, {"a.yaml": generated("a", "x"), "b.yaml": generated("b", "y")})

    with pytest.raises(WouldLoseSlos, match=r"b/y; add --prune"):
        write(tmp_path, {"a.yaml": generated("a", "x")})
    assert names(tmp_path) == ["a.yaml", "b.yaml"]


def test_an_slo_that_is_not_in_the_input_is_not_removed_unasked(tmp_path):
    write(tmp_path, {"a.yaml": generated("a", "x", "y")})

    with pytest.raises(WouldLoseSlos, match=r"a/y; add --prune"):
        write(tmp_path, {"a.yaml": generated("a", "x")})


def test_a_copy_of_a_generated_file_is_named_and_not_the_slos_that_are_in_the_input(tmp_path):
    files = {"a.yaml": generated("a", "x")}
    write(tmp_path, files)
    copy = tmp_path / "a-copy.yaml"
    copy.write_text(files["a.yaml"])

    with pytest.raises(WouldLoseSlos) as refused:
        write(tmp_path, files)

    assert str(refused.value) == (
        f"nothing in the input makes {copy} (a copy, or an old name?); add --prune to remove it"
    )
    assert names(tmp_path) == ["a-copy.yaml", "a.yaml"]


def test_prune_removes_only_what_bears_our_header(tmp_path):
    (tmp_path / "by-hand.yaml").write_text("groups: []\n")
    write(tmp_path, {"a.yaml": ONE, "b.yaml": generated("b", "y")})

    write(tmp_path, {"a.yaml": ONE}, prune=True)

    assert names(tmp_path) == ["a.yaml", "by-hand.yaml"]


def test_a_file_of_another_origin_is_never_replaced(tmp_path):
    (tmp_path / "a.yaml").write_text("groups: []\n")

    with pytest.raises(DirectoryError, match="is not written by sretool"):
        directory.changes(tmp_path, {"a.yaml": ONE}, header=HEADER)


def test_an_error_leaves_the_directory_as_it_was(tmp_path):
    write(tmp_path, {"a.yaml": ONE, "b.yaml": ONE})
    (tmp_path / "c.yaml").mkdir()
    found = [directory.Change(tmp_path / name, None, TWO) for name in ("a.yaml", "b.yaml", "c.yaml")]

    with pytest.raises(DirectoryError, match=r"c\.yaml is a directory"):
        directory.apply(found)

    assert (tmp_path / "a.yaml").read_text() == (tmp_path / "b.yaml").read_text() == ONE
    assert names(tmp_path) == ["a.yaml", "b.yaml"]


def test_a_rename_that_fails_undoes_those_before_it(tmp_path):
    write(tmp_path, {"a.yaml": ONE, "b.yaml": ONE})
    found = directory.changes(tmp_path, {"a.yaml": TWO, "b.yaml": TWO}, header=HEADER)
    (tmp_path / "in-the-way.yaml").mkdir()
    stuck = directory.Change(tmp_path / "in-the-way.yaml", ONE, None)  # Removing it fails: it is a directory.

    with pytest.raises(DirectoryError, match="cannot write"):
        directory.apply([*found, stuck])

    assert (tmp_path / "a.yaml").read_text() == (tmp_path / "b.yaml").read_text() == ONE
    assert names(tmp_path) == ["a.yaml", "b.yaml"]


def test_what_another_run_has_removed_already_is_removed(tmp_path):
    write(tmp_path, {"a.yaml": ONE, "b.yaml": ONE})
    found = directory.changes(tmp_path, {"a.yaml": TWO}, header=HEADER)
    (tmp_path / "b.yaml").unlink()

    directory.apply(found)

    assert (tmp_path / "a.yaml").read_text() == TWO
    assert names(tmp_path) == ["a.yaml"]


def test_of_many_runs_at_once_each_leaves_what_it_was_asked_to(tmp_path):
    # Each process writes files of its own and removes those of the other, over and over, and looks before it lets go.
    script = (
        "import pathlib, sys\n"
        "from sretool.rules import directory\n"
        "out, mine = pathlib.Path(sys.argv[1]), sys.argv[2]\n"
        "files = {f'{mine}{n}.yaml': f'{sys.argv[3]} {mine}\\n' for n in range(3)}\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "for _ in range(100):\n"
        "    with directory.held(out, files, waiting=lambda: None):\n"
        "        directory.apply(directory.changes(out, files, header=sys.argv[3]))\n"
        "        assert {path.name: path.read_text() for path in out.iterdir()} == files\n"
    )
    runs = [started(script, tmp_path / "rules", mine, HEADER) for mine in ("a", "b")]
    assert [run.stdout.readline() for run in runs if run.stdout] == ["ready\n", "ready\n"]
    for run in runs:
        print("go", file=run.stdin, flush=True)

    said = [run.communicate(timeout=60)[1] for run in runs]

    assert said == ["", ""]
    assert [run.returncode for run in runs] == [0, 0]


def test_a_disk_that_fills_up_is_a_sentence_and_changes_nothing(tmp_path):
    write(tmp_path, {"a.yaml": ONE, "b.yaml": ONE})
    # A limit on the size of files stands for a full disk: the second file no longer fits.
    script = (
        "import resource, signal, sys, pathlib\n"
        "from sretool.rules import directory\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "out = pathlib.Path(sys.argv[1])\n"
        f"small = {TWO!r}\n"
        "files = {'a.yaml': small, 'b.yaml': small + '#' * 2000}\n"
        "try:\n"
        "    directory.apply(directory.changes(out, files, header='# Generated'))\n"
        "except directory.DirectoryError as error:\n"
        "    print(error)\n"
    )

    done = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True)

    assert done.stdout.startswith("cannot write")
    assert (tmp_path / "a.yaml").read_text() == (tmp_path / "b.yaml").read_text() == ONE
    assert names(tmp_path) == ["a.yaml", "b.yaml"]


def test_files_of_another_making_are_not_replaced(tmp_path):
    write(tmp_path, {"a.yaml": ONE})

    with pytest.raises(DirectoryError, match="is something else that sretool generated"):
        directory.changes(tmp_path, {"a.yaml": TWO}, header="# Generated by sretool for the Prometheus operator")


def test_files_that_are_kept_are_neither_written_nor_removed(tmp_path):
    write(tmp_path, {"a.yaml": ONE, "tests/a.fast.yaml": ONE, "tests/b.fast.yaml": ONE})
    kept = {"tests/a.fast.yaml", "tests/a.slow.yaml"}

    found = directory.changes(tmp_path, {"a.yaml": ONE}, header=HEADER, kept=kept)

    assert found == [directory.Change(tmp_path / "tests/b.fast.yaml", ONE, None)]


def test_a_directory_that_is_not_written_to_is_left_alone(tmp_path):
    write(tmp_path, {"a.yaml": ONE, "tests/a.fast.yaml": ONE})

    write(tmp_path, {"a.yaml": TWO}, prune=True)

    assert names(tmp_path) == ["a.yaml", "tests/a.fast.yaml"]


def test_what_a_killed_run_left_behind_goes_with_the_next(tmp_path):
    write(tmp_path, {"a.yaml": ONE, "tests/a.fast.yaml": ONE})
    # The system kills whoever writes a file longer than its limit: the first file is staged then, the second half so.
    script = (
        "import pathlib, resource, signal, sys\n"
        "from sretool.rules import directory\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "out = pathlib.Path(sys.argv[1])\n"
        "files = {'a.yaml': sys.argv[2], 'tests/a.fast.yaml': sys.argv[2] + '#' * 20000}\n"
        "with directory.held(out, files, waiting=lambda: None):\n"
        "    directory.apply(directory.changes(out, files, header='# Generated'))\n"
    )
    killed = started(script, tmp_path, TWO)
    killed.communicate(timeout=60)
    left = [name for name in names(tmp_path) if name not in {"a.yaml", "tests/a.fast.yaml"}]
    (tmp_path / ".a.yaml.swp").write_text("an editor's")

    with directory.held(tmp_path, ["a.yaml", "tests/a.fast.yaml"], waiting=lambda: None):
        kept = names(tmp_path)

    assert killed.returncode == -signal.SIGXFSZ
    assert len(left) == 2
    assert kept == [".a.yaml.swp", "a.yaml", "tests/a.fast.yaml"]
