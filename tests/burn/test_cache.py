import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from sretool.burn.cache import Day, Days, Quiet, busy_day, default_directory, key_of, quiet_day

START = 1_772_323_200
GROUPS = {("a", "b"): Decimal("12.5"), ("", "ß"): Decimal("1E+3")}
BUSY = busy_day(GROUPS)


def _file(directory: Path) -> Path:
    (found,) = [path for path in directory.rglob("*") if path.is_file()]
    return found


def test_what_was_kept_is_read_as_it_was(tmp_path: Path) -> None:
    quiet = Quiet({(): Decimal(1)}, {(): Decimal(8)}, {(): Decimal(2)})
    Days(tmp_path, "http://one").keep(START, {"busy": BUSY, "quiet": quiet_day({(): Decimal(7)}, quiet)})

    known = Days(tmp_path, "http://one").read(START)

    assert (known["busy"].grown, known["busy"].quiet) == (GROUPS, None)
    assert (known["quiet"].grown, known["quiet"].quiet) == ({(): Decimal(7)}, quiet)


def test_servers_and_days_are_kept_apart(tmp_path: Path) -> None:
    Days(tmp_path, "http://one").keep(START, {"x": BUSY})

    assert Days(tmp_path, "http://two").read(START) == {}
    assert Days(tmp_path, "http://one").read(START + 86_400) == {}


@pytest.mark.parametrize("harm", [lambda old: old[:-3], lambda _: b"", lambda old: old.replace(b"12.5", b"13.5")])
def test_a_file_that_is_not_whole_is_ignored_and_made_again(tmp_path: Path, harm: Callable[[bytes], bytes]) -> None:
    days = Days(tmp_path, "http://one")
    days.keep(START, {"x": BUSY})
    path = _file(tmp_path)
    path.write_bytes(harm(path.read_bytes()))

    assert days.read(START) == {}
    days.keep(START, {"x": BUSY})
    assert days.read(START) == {"x": BUSY}
    assert days.trouble is None


def test_a_directory_that_cannot_be_written_costs_only_the_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    days = Days(tmp_path / "file", "http://one")

    days.keep(START, {"x": BUSY})

    assert days.read(START) == {}
    assert days.trouble is not None
    assert "Not a directory" in days.trouble


def test_writers_at_once_leave_a_file_that_is_whole(tmp_path: Path) -> None:
    def write(number: int) -> dict[str, Day]:
        days = Days(tmp_path, "http://one")
        days.keep(START, {str(number): BUSY})
        return days.read(START)

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(write, range(40)))

    assert all(day == BUSY for found in seen for day in found.values())
    assert all(seen)
    assert not list(tmp_path.rglob(".new-*"))


def test_a_disk_that_is_full_keeps_what_was_kept_before(tmp_path: Path):
    """A process that may write no more than a kilobyte stands for the disk: both fail in the middle of a file."""
    Days(tmp_path, "http://one").keep(START, {"x": BUSY})

    ran = in_another_process(
        """
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
        days.keep(START, {str(number): busy_day(GROUPS) for number in range(100)})
        days.keep(START + 86_400, {str(number): busy_day(GROUPS) for number in range(100)})
        print(days.trouble)
        """,
        tmp_path,
    )
    output, _ = ran.communicate()

    assert ran.returncode == 0
    assert "cannot keep what was counted (File too large): it is counted anew each time" in output
    assert Days(tmp_path, "http://one").read(START) == {"x": BUSY}
    assert Days(tmp_path, "http://one").read(START + 86_400) == {}
    assert not list(tmp_path.rglob(".new-*"))


def test_a_directory_that_may_only_be_read_is_read(tmp_path: Path):
    days = Days(tmp_path, "http://one")
    days.keep(START, {"x": BUSY})
    nowhere = Days(Path("/sys/sretool"), "http://one")  # Where not even the superuser makes a directory.

    nowhere.keep(START, {"x": BUSY})

    assert nowhere.read(START) == {}
    assert nowhere.trouble is not None
    assert nowhere.trouble.startswith("/sys/sretool/days/")


def test_two_processes_that_write_one_day_leave_it_whole(tmp_path: Path):
    """At every moment: whoever reads meanwhile finds nothing, or a day that somebody wrote."""
    writing = """
        for number in range(150):
            days.keep(START, {NAME: busy_day({(NAME, str(number)): Decimal(number)})})
            assert all(len(day.grown) == 1 for day in days.read(START).values())
        assert days.trouble is None
        """
    writers = [in_another_process(f"NAME = {name!r}\n{textwrap.dedent(writing)}", tmp_path) for name in "ab"]

    seen = [Days(tmp_path, "http://one").read(START)]
    while any(writer.poll() is None for writer in writers):
        seen.append(Days(tmp_path, "http://one").read(START))
    last = Days(tmp_path, "http://one").read(START)

    assert [(writer.communicate()[0], writer.returncode) for writer in writers] == [("", 0)] * 2
    assert all(later or not earlier for earlier, later in pairwise(seen))
    assert any((name, "149") in day.grown for name, day in last.items())
    assert not list(tmp_path.rglob(".new-*"))


def in_another_process(code: str, directory: Path) -> subprocess.Popen[str]:
    """Started; it knows `days`, the days of a server in a directory."""
    known = f"""
        from decimal import Decimal
        from pathlib import Path
        from sretool.burn.cache import Days, busy_day
        START, GROUPS = {START}, {GROUPS!r}
        days = Days(Path({str(directory)!r}), "http://one")
        """
    whole = textwrap.dedent(known) + textwrap.dedent(code)
    return subprocess.Popen([sys.executable, "-c", whole], stdout=subprocess.PIPE, text=True)


def test_the_usual_directory_is_the_users_own_cache() -> None:
    assert default_directory({"XDG_CACHE_HOME": "/var/tmp/x"}) == Path("/var/tmp/x/sretool")
    assert default_directory({"XDG_CACHE_HOME": "relative"}) == Path.home() / ".cache" / "sretool"
    assert default_directory({}) == Path.home() / ".cache" / "sretool"


def test_texts_have_keys_of_their_own() -> None:
    assert len({key_of(text) for text in ("", "a", "b", "ab")}) == 4
