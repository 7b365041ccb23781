from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
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


def test_the_usual_directory_is_the_users_own_cache() -> None:
    assert default_directory({"XDG_CACHE_HOME": "/var/tmp/x"}) == Path("/var/tmp/x/sretool")
    assert default_directory({"XDG_CACHE_HOME": "relative"}) == Path.home() / ".cache" / "sretool"
    assert default_directory({}) == Path.home() / ".cache" / "sretool"


def test_texts_have_keys_of_their_own() -> None:
    assert len({key_of(text) for text in ("", "a", "b", "ab")}) == 4
