import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sretool.cli.outcome import Stop
from sretool.cli.writing import write_file

ROOT = Path(__file__).parents[2]
LENGTH = 2_000_000
PATIENCE_SECONDS = 60


@contextmanager
def files_of_at_most(length: int) -> Iterator[None]:
    """What a full disk does to a file: its first bytes are written, and then no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@pytest.mark.parametrize(
    "command",
    [
        ("schema",),
        ("slo", "convert", str(ROOT / "slos")),
        ("slo", "generate", str(ROOT / "slos")),
        ("report", "template"),
        ("postmortem", "template"),
    ],
    ids=" ".join,
)
def test_a_hyphen_is_standard_output_whatever_is_written(tmp_path: Path, command: tuple[str, ...]):
    plain, hyphen = (
        subprocess.run(
            [sys.executable, "-m", "sretool", *command, *out], cwd=tmp_path, capture_output=True, check=False
        )
        for out in ((), ("--out", "-"))
    )

    assert (plain.returncode, plain.stdout != b"") == (0, True), plain.stderr
    assert (hyphen.returncode, hyphen.stdout, names(tmp_path)) == (0, plain.stdout, [])


def test_a_summary_on_standard_output_is_refused_before_anybody_is_asked(tmp_path: Path):
    command = [sys.executable, "-m", "sretool", "slo", "gate", "--summary", "-"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, names(tmp_path)) == (2, "", [])
    assert done.stderr.endswith("--summary names a file: on standard output, Markdown is --output markdown\n")


def test_a_full_disk_leaves_the_old_file_as_it_was_and_nothing_beside_it(tmp_path: Path):
    report = tmp_path / "report.html"
    write_file(report, "old")

    with files_of_at_most(10_000), pytest.raises(Stop, match=r"cannot write .*report\.html: File too large"):
        write_file(report, "x" * LENGTH)

    assert (names(tmp_path), report.read_text()) == (["report.html"], "old")


@pytest.mark.parametrize("name", ["", "taken/report.html"])
def test_where_no_file_can_be_that_is_said_and_nothing_is_left(tmp_path: Path, name: str):
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(Stop, match="cannot write"):
        write_file(tmp_path / name, "text")

    assert names(tmp_path) == ["taken"]


def test_of_two_that_write_at_once_the_file_is_always_that_of_one(tmp_path: Path):
    report = tmp_path / "report.html"
    write_file(report, "a" * LENGTH)
    enough = tmp_path / "enough"
    script = (
        "import sys; from pathlib import Path; from sretool.cli.writing import write_file\n"
        f"while not Path(sys.argv[3]).exists(): write_file(Path(sys.argv[1]), sys.argv[2] * {LENGTH})"
    )
    command = [sys.executable, "-c", script, str(report)]
    writers = [subprocess.Popen([*command, letter, str(enough)]) for letter in "bc"]

    try:
        seen = contents_until(report, {"b", "c"})
    finally:
        enough.touch()
    assert [writer.wait() for writer in writers] == [0, 0]
    assert seen <= {(LENGTH, "a"), (LENGTH, "b"), (LENGTH, "c")}
    assert names(tmp_path) == ["enough", "report.html"]


def contents_until(path: Path, letters: set[str]) -> set[tuple[int, str]]:
    """How long a file was and which letters it had, whenever it was read, until it has been of each writer."""
    seen: set[tuple[int, str]] = set()
    reads, end = 0, time.monotonic() + PATIENCE_SECONDS
    while reads < 40 or not letters <= {found for _, found in seen}:
        assert time.monotonic() < end, f"it was never of both {letters}: {seen}"
        text = path.read_text()
        seen.add((len(text), "".join(sorted(set(text)))))
        reads += 1
    return seen


def test_what_is_no_file_is_written_into_and_stays_what_it_is(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()

    write_file(pipe, "the report")

    reader.join()
    assert (read, pipe.is_fifo(), names(tmp_path)) == (["the report"], True, ["pipe"])


def test_a_letter_that_is_half_a_pair_is_written_by_its_number(tmp_path: Path):
    write_file(tmp_path / "a.json", '"\ud800"')

    assert (tmp_path / "a.json").read_bytes() == rb'"\ud800"'


@pytest.mark.parametrize("path", [".", "", "/", ".."])
def test_a_directory_is_no_file_to_write(path: str):
    with pytest.raises(Stop, match="it is a directory"):
        write_file(Path(path), "text")
