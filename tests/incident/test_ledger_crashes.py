"""The incident ledger where something goes wrong: kills at any byte, several at once, full disks, hands that edit."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from incident.samples import NIGHT, OPENED, Clock, draft, ledger_in

from sretool.incident import ledger, writer
from sretool.incident.events import Noted
from sretool.incident.ledger import Ledger, Unwritable, files_of
from sretool.incident.verify import verify

ONE = "inc-20261128-aaaaa"
WRITE = (
    "import os, signal, sys\n"
    "from pathlib import Path\n"
    "from sretool.incident.events import Noted\n"
    "from sretool.incident.ledger import Draft, Ledger\n"
)
TORN = "it is torn"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A ledger of two events."""
    ledger_in(tmp_path / "incidents").append([draft(), draft(Noted("one"))])
    return tmp_path / "incidents"


def texts(directory: Path) -> list[str]:
    """What is noted."""
    return [event.happening.text for event in Ledger(directory).events() if isinstance(event.happening, Noted)]


def words(directory: Path) -> list[str]:
    """What verify finds, without the directory."""
    return [str(finding).removeprefix(f"{directory}/") for finding in verify(directory).findings]


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WRITE + program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# Kills.


def test_a_last_line_torn_at_any_byte_is_passed_over_told_and_set_aside(directory: Path):
    path = files_of(directory)[0]
    whole = path.read_bytes()
    start = whole[:-1].rindex(b"\n") + 1  # Where the last line begins.
    for end in range(start, len(whole)):
        path.write_bytes(whole[:end])
        (directory / ".writer").unlink(missing_ok=True)
        torn = whole[start:end]

        assert [event.happening for event in Ledger(directory).events()] == [OPENED], end
        assert [TORN in found for found in words(directory)] == ([True] if torn else []), end
        ledger_in(directory, Clock(NIGHT + timedelta(minutes=1))).append([draft(Noted("next"))])
        assert [event.happening for event in Ledger(directory).events()] == [OPENED, Noted("next")], end
        for made in files_of(directory):
            if made != path:
                made.unlink()


def test_the_file_of_its_own_writer_goes_on_behind_what_was_torn_at_any_byte(directory: Path, tmp_path: Path):
    path = files_of(directory)[0]
    with path.open("ab") as file:
        whole = path.read_bytes()
        Ledger(directory).append([draft(Noted("torn"))])
    line = path.read_bytes()[len(whole) :]
    for end in range(1, len(line)):
        os.truncate(path, len(whole))
        with path.open("ab") as file:
            file.write(line[:end])
        written_before(directory, len(whole))

        Ledger(directory).append([draft(Noted("next"))])
        assert files_of(directory) == [path], end
        assert texts(directory) == ["one", "next"], end
        assert (directory / f"{path.stem}.torn").read_bytes() == line[:end] + b"\n", end
        assert [finding.is_note for finding in verify(directory).findings] == [True], end
        (directory / f"{path.stem}.torn").unlink()


def test_of_a_torn_line_verify_says_what_is_known_of_it(directory: Path):
    path = files_of(directory)[0]
    whole = path.read_bytes()
    start = whole[:-1].rindex(b"\n") + 1

    path.write_bytes(whole[:-3])
    assert any(f"reported as recorded: {len(whole)} bytes were written" in found for found in words(directory))
    path.write_bytes(whole[:-3] + b"\n")
    assert any("reported as recorded" in found for found in words(directory))
    path.write_bytes(whole[:-3])
    written_before(directory, start)
    assert any("had reported nothing" in found for found in words(directory))
    (directory / ".writer").unlink()
    assert any("cannot know whether it was reported" in found for found in words(directory))


def written_before(directory: Path, size: int) -> None:
    """Let `.writer` say what it said before the last line, as it does for whoever was killed."""
    marker = os.open(directory / ".writer", os.O_RDWR)
    known = writer.known_writer(directory)
    assert known is not None
    writer._remember(marker, writer.Writer(known.writer, size))
    os.close(marker)


@pytest.mark.parametrize("torn", [b"\x00" * 300, b"\x00" * 300 + b"\n", b"garbage\n", b"{}\n", b"\xff\xfe", b"\n"])
def test_whatever_a_disk_leaves_behind_the_last_line_is_set_aside(directory: Path, torn: bytes):
    with files_of(directory)[0].open("ab") as file:
        file.write(torn)

    Ledger(directory).append([draft(Noted("next"))])
    assert texts(directory) == ["one", "next"]
    assert [finding.is_note for finding in verify(directory).findings] == [True]


@pytest.mark.parametrize("call", ["os.write", "os.fsync", "os.ftruncate", "os.pwrite", "os.open", "os.pread"])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_around_any_call_loses_nothing_that_was_reported(directory: Path, call: str, number: int, when: str):
    with files_of(directory)[0].open("ab") as file:
        file.write(b"torn")  # So that there is something to set aside, too.
    killed = run(
        "real, left, when = eval(sys.argv[2]), [int(sys.argv[3])], sys.argv[4]\n"
        "def dying(*arguments, **options):\n"
        "    left[0] -= 1\n"
        "    if not left[0] and when == 'before': os.kill(os.getpid(), signal.SIGKILL)\n"
        "    result = real(*arguments, **options)\n"
        "    if not left[0]: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return result\n"
        "setattr(os, sys.argv[2][3:], dying)\n"
        "ledger = Ledger(Path(sys.argv[1]))\n"
        f"ledger.append([Draft('{ONE}', Noted('two'))])\n"
        "print('reported', flush=True)\n",
        directory, call, number, when,
    )  # fmt: skip
    assert killed.returncode in (0, -signal.SIGKILL), killed.stderr

    found = texts(directory)
    assert found == ["one", "two"] if killed.stdout else found in (["one"], ["one", "two"])
    Ledger(directory).append([draft(Noted("three"))])
    assert texts(directory) == [*found, "three"]
    assert verify(directory).is_sound


# Several at once.


def _note(directory: Path, name: str, count: int) -> None:
    ledger.LOCK_SECONDS_MAX = 600.0  # Of a slow disk eight of them wait for each other longer than anyone should.
    for number in range(count):
        Ledger(directory).append([draft(Noted(f"{name} {number}"))])


@pytest.mark.parametrize("processes", [2, 8])
def test_processes_that_write_at_once_lose_nothing_and_stay_in_order(directory: Path, processes: int):
    context = multiprocessing.get_context("spawn" if sys.platform == "darwin" else "fork")
    writers = [context.Process(target=_note, args=(directory, str(each), 25)) for each in range(processes)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()

    found = texts(directory)
    assert sorted(found) == sorted(["one", *(f"{each} {number}" for each in range(processes) for number in range(25))])
    for each in range(processes):
        assert [text for text in found if text.startswith(f"{each} ")] == [f"{each} {number}" for number in range(25)]
    assert (verify(directory).findings, len(files_of(directory))) == ((), 1)


def _open_once(directory: Path) -> None:
    Ledger(directory).append_if(lambda found: [] if len(found) > 1 else [draft(incident_id="inc-20261128-bbbbb")])


def test_of_processes_that_open_the_same_at_once_one_does(directory: Path):
    context = multiprocessing.get_context("spawn" if sys.platform == "darwin" else "fork")
    writers = [context.Process(target=_open_once, args=(directory,)) for _ in range(8)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()

    assert len([event for event in Ledger(directory).events() if event.incident_id == "inc-20261128-bbbbb"]) == 1


def test_whoever_holds_the_lock_for_too_long_is_named_as_the_reason(directory: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sretool.incident.ledger.LOCK_SECONDS_MAX", 0.0)

    def meanwhile(_: object) -> list:
        with pytest.raises(Unwritable, match="locked by another process"):
            Ledger(directory).append([draft(Noted("two"))])
        return []

    Ledger(directory).append_if(meanwhile)
    assert texts(directory) == ["one"]


# Disks.


@contextmanager
def no_more_than(size: int) -> Iterator[None]:
    """Files of this process grow no further: what a full disk does, to whoever is not root."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 1, 100, 300])
def test_where_the_disk_takes_no_more_the_file_is_as_it_was(directory: Path, room: int):
    path = files_of(directory)[0]
    before = path.read_bytes()

    with no_more_than(len(before) + room), pytest.raises(Unwritable, match=f"{path.name}: File too large"):
        Ledger(directory).append([draft(Noted("two" * 100))])
    assert path.read_bytes() == before
    Ledger(directory).append([draft(Noted("three"))])
    assert (texts(directory), verify(directory).findings) == (["one", "three"], ())


def test_where_the_disk_fails_to_keep_it_nothing_was_recorded(directory: Path, monkeypatch: pytest.MonkeyPatch):
    def failing(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("sretool.incident.writer.sync", failing)
    with pytest.raises(Unwritable, match="Input/output error"):
        Ledger(directory).append([draft(Noted("two"))])
    assert texts(directory) == ["one"]


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
def test_a_directory_that_may_only_be_read_can_be_read_and_verified(directory: Path):
    for path in directory.iterdir():
        path.chmod(0o444)
    directory.chmod(0o555)
    program = (
        "from sretool.incident.verify import verify\n"
        "from sretool.incident.ledger import Unwritable\n"
        "ledger = Ledger(Path(sys.argv[1]))\n"
        "print(len(ledger.events()), verify(ledger.directory).is_sound)\n"
        "try:\n"
        f"    ledger.append([Draft('{ONE}', Noted('two'))])\n"
        "except Unwritable as error:\n"
        "    print(error)\n"
    )
    command = [sys.executable, "-c", WRITE + program, str(directory)]
    if os.geteuid() == 0:
        command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *command]  # So permissions hold for root, too.
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.stdout.splitlines()[0] == "2 True", done.stderr
    assert "Permission denied" in done.stdout.splitlines()[1]


# Hands.


def edited(directory: Path, change) -> None:
    path = files_of(directory)[0]
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda lines: [lines[0].replace(b"Orders", b"Others"), *lines[1:]], [":1: it was changed"]),
        (lambda lines: [lines[0][:-2] + b" }\n", *lines[1:]], [":1: it was changed after it was written"]),
        (lambda lines: [lines[0], *lines[2:]], [":2: before it a line is missing: it is number 3"]),
        (lambda lines: [lines[0], *lines[4:]], [":2: before it 3 lines are missing: it is number 5"]),
        (lambda lines: lines[1:], [":1: before it a line is missing", ":1: inc-20261128-aaaaa was opened"]),
        (lambda lines: [*lines[:3], lines[2], *lines[3:]], [":4: it is number 3 and should", ":4: note: the same"]),
        (lambda lines: [lines[0], b"hello\n", *lines[1:]], [":2: it is not JSON"]),
        (lambda lines: [lines[0], b"\n", *lines[1:]], [":2: it is not JSON"]),
        (lambda lines: [lines[0], b"[]\n", *lines[1:]], [":2: it is not a JSON object"]),
        (lambda lines: [lines[0], b"[" * 100_000 + b"\n", *lines[1:]], [":2: it is not JSON: it nests too deep"]),
        (lambda lines: [lines[0], b"\xff\n", *lines[1:]], [":2: it is not JSON"]),
        (lambda lines: [*lines[:-1]], [": its end is missing"]),
        (lambda lines: [], [": its end is missing"]),
    ],
)  # fmt: skip
def test_what_a_hand_has_changed_is_found_at_its_place_and_nowhere_else(directory: Path, change, found: list[str]):
    Ledger(directory).append([draft(Noted(text)) for text in ("two", "three", "four")])
    edited(directory, change)

    name = files_of(directory)[0].name
    assert [line.startswith(name + expected) for line, expected in zip(words(directory), found, strict=True)] == [
        True for _ in found
    ], words(directory)
    assert not verify(directory).is_sound


def test_lines_that_were_exchanged_are_found(directory: Path):
    Ledger(directory).append([draft(Noted(text)) for text in ("two", "three")])
    edited(directory, lambda lines: [lines[0], lines[2], lines[1], lines[3]])

    assert not verify(directory).is_sound
    assert words(directory)[0].startswith(f"{files_of(directory)[0].name}:2: before it a line is missing")


def test_what_a_newer_sretool_wrote_is_a_note_and_no_damage(directory: Path):
    path = files_of(directory)[0]
    edited(directory, lambda lines: [*lines, lines[1].replace(b'"v":1', b'"v":2')])

    found = [finding for finding in verify(directory).findings if "newer sretool" in finding.words]
    assert [(finding.path, finding.line, finding.is_note) for finding in found] == [(path, 3, True)]
    assert [unread.line for unread in Ledger(directory).contents().unread] == [3]


def test_a_broken_line_is_passed_over_and_told_with_its_place(directory: Path):
    edited(directory, lambda lines: [lines[0], b"hello\n", *lines[1:]])

    contents = Ledger(directory).contents()
    assert len(contents.events) == 2
    assert [str(unread) for unread in contents.unread] == [
        f"{files_of(directory)[0]}:2: it is not JSON: Expecting value at column 1"
    ]


def test_a_missing_file_of_another_writer_shows_where_its_incidents_go_on(directory: Path, tmp_path: Path):
    shutil.copytree(directory, tmp_path / "copy")
    Ledger(tmp_path / "copy").append([draft(Noted("elsewhere"))])
    lost = files_of(directory)[0].name
    (tmp_path / "copy" / lost).unlink()

    assert [finding.words for finding in verify(tmp_path / "copy").findings] == [
        "inc-20261128-aaaaa was opened nowhere: is a writer's file missing?"
    ]


def test_nothing_at_all_is_sound(tmp_path: Path):
    found = verify(tmp_path / "nowhere")

    assert (found.is_sound, found.events, found.writers) == (True, 0, 0)
