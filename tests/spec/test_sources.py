"""Which files an argument names, and what is said where one cannot be read."""

import io
import os
import socket
from pathlib import Path

import pytest
from specs import native_slo

from sretool.spec.sources import among, read_sources
from sretool.yamltext.loading import SIZE_MAX, Loaded


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, text: str = "a: b\n") -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def sources(*arguments: str, stdin: bytes = b"") -> tuple[Loaded, ...]:
    return read_sources(arguments, stdin=io.BytesIO(stdin))


def paths(*arguments: str) -> list[str]:
    return [source.source.path for source in sources(*arguments)]


def complaint(*arguments: str) -> str:
    (source,) = sources(*arguments)
    assert source.documents == ()
    (diagnostic,) = source.diagnostics
    return f"{diagnostic.place}: {diagnostic.code} {diagnostic.message}; {diagnostic.remedy}"


def test_a_directory_is_all_yaml_files_below_it_in_order(here: Path):
    for name in ("slos/b.yaml", "slos/a/z.yml", "slos/a/a.yaml", "slos/readme.md", "slos/c.json", "slos/a.yaml"):
        write(name)

    assert paths("slos") == ["slos/a/a.yaml", "slos/a/z.yml", "slos/a.yaml", "slos/b.yaml"]


def test_what_begins_with_a_dot_is_passed_over(here: Path):
    for name in ("slos/.hidden.yaml", "slos/.git/a.yaml", "slos/a.yaml"):
        write(name)

    assert paths("slos") == ["slos/a.yaml"]


def test_settings_that_lie_beside_specifications_are_passed_over(here: Path):
    for name in ("sretool.yaml", "catalog.yaml", "slos/a.yaml", "slos/catalog.yaml"):
        write(name)

    assert paths(".") == ["./slos/a.yaml", "./slos/catalog.yaml"]
    assert paths("catalog.yaml") == ["catalog.yaml"]


def test_a_glob_is_what_it_matches(here: Path):
    for name in ("slos/b.yaml", "slos/a.yaml", "slos/deep/c.yaml"):
        write(name)

    assert paths("slos/*.yaml") == ["slos/a.yaml", "slos/b.yaml"]
    assert paths("slos/**/*.yaml") == ["slos/a.yaml", "slos/b.yaml", "slos/deep/c.yaml"]
    assert paths("slo*") == ["slos/a.yaml", "slos/b.yaml", "slos/deep/c.yaml"]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(here: Path):
    write("[a].yaml")

    assert paths("[a].yaml") == ["[a].yaml"]


def test_a_file_that_is_named_twice_is_read_once(here: Path):
    write("slos/a.yaml")
    Path("slos/link.yaml").symlink_to("a.yaml")

    assert paths("slos", "slos/a.yaml", "./slos/*.yaml") == ["slos/a.yaml"]


def test_links_to_directories_are_followed_and_never_in_a_circle(here: Path):
    write("slos/a.yaml")
    write("elsewhere/b.yaml")
    Path("slos/elsewhere").symlink_to("../elsewhere")
    Path("slos/loop").symlink_to("..")

    assert paths("slos") == ["slos/a.yaml", "slos/elsewhere/b.yaml"]


def test_a_dash_is_standard_input(here: Path):
    (source,) = sources("-", stdin=native_slo().encode())

    assert source.source.path == "<stdin>"
    assert len(source.documents) == 1


def test_standard_input_without_an_end_is_refused_as_too_large(here: Path):
    (source,) = read_sources(["-"], stdin=io.BytesIO(b" " * (SIZE_MAX + 10)))

    assert [diagnostic.code for diagnostic in source.diagnostics] == ["YA007"]


def test_a_path_that_is_not_there_is_told(here: Path):
    assert complaint("nowhere.yaml") == ("nowhere.yaml:1:1: YA018 there is no such file or directory; check the path")


def test_a_glob_that_matches_nothing_is_told(here: Path):
    assert complaint("slos/*.yaml") == (
        "slos/*.yaml:1:1: YA018 no file matches this pattern; check the pattern, or name a directory"
    )


def test_a_directory_without_specifications_is_told(here: Path):
    write("slos/readme.md")

    assert complaint("slos") == "slos:1:1: YA018 no *.yaml or *.yml file is in this directory; check the path"


def test_a_link_that_leads_nowhere_is_told(here: Path):
    Path("slos").mkdir()
    Path("slos/a.yaml").symlink_to("gone.yaml")

    assert complaint("slos") == "slos/a.yaml:1:1: YA018 this link leads nowhere: to gone.yaml; repair or remove it"


def test_a_pipe_is_not_waited_for(here: Path):
    os.mkfifo("a.yaml")

    assert complaint("a.yaml") == (
        "a.yaml:1:1: YA018 this is a pipe, not a file; write - as the path, and let it be standard input"
    )


def test_a_socket_and_a_device_are_not_opened(here: Path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("a.yaml")

        assert "this is a socket, not a file" in complaint("a.yaml")
        assert "this is a device, not a file" in complaint("/dev/zero")


def test_a_path_with_a_nul_is_told(here: Path):
    assert "YA018" in complaint("a\0.yaml")


def test_one_file_that_cannot_be_read_does_not_hide_the_others(here: Path):
    write("a.yaml")
    Path("b.yaml").write_bytes(b"\xff")

    assert [[d.code for d in source.diagnostics] for source in sources("gone.yaml", "a.yaml", "b.yaml")] == [
        ["YA018"],
        [],
        ["YA006"],
    ]


@pytest.mark.parametrize(
    "argument", [".", "slos", "slos/", "slos/a", "slos/*.yaml", "slos/**/*.yml", "slos/[ab].yaml", "s?os", "gone"]
)
def test_a_path_names_the_same_files_where_they_are_only_listed(here: Path, argument: str):
    for name in ("slos/b.yaml", "slos/a/z.yml", "slos/.x/a.yaml", "slos/.y.yaml", "slos/readme.txt", "catalog.yaml"):
        write(name)
    listed = [str(path) for path in here.rglob("*") if path.is_file()]

    read = [source.source.path for source in sources(argument) if not source.diagnostics]

    assert among([argument], listed) == sorted(str(here / path) for path in read)
