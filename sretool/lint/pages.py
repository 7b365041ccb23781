"""Pages of runbooks: finding them, reading them, asking git which there are. An edge: it does IO."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sretool.settings.repository import Repository
from sretool.yamltext.loading import SIZE_MAX
from sretool.yamltext.source import Source, Spot

_SUFFIX = ".md"
_NO_RUNBOOK = "readme.md"
_HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t#]*$")
_FENCE = re.compile(r"[ \t]*(```|~~~)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it, up to the next heading. `depth` counts its signs."""

    title: str
    depth: int
    heading: Spot
    is_blank: bool


@dataclass(frozen=True, eq=False)
class Page:
    source: Source

    @property
    def sections(self) -> tuple[Section, ...]:
        """In order; what stands in fences has no headings."""
        return tuple(_sections(self.source))


def split_arguments(arguments: Iterable[str], runbooks: Path) -> tuple[list[str], list[str]]:
    """Paths of pages among arguments, and the arguments that may name YAML.

    A page is named itself, or lies below a named directory in the directory of runbooks.
    """
    pages: list[str] = []
    rest: list[str] = []
    for argument in arguments:
        if argument.endswith(_SUFFIX):
            pages.append(argument)
            continue
        found = _below(argument, runbooks) if Path(argument).is_dir() else []
        pages += found
        if not found or not _is_within(argument, runbooks):
            rest.append(argument)
    return list(dict.fromkeys(pages)), rest


def strange_pages(arguments: Iterable[str], repository: Repository) -> list[str]:
    """The pages among arguments that are no runbooks: those outside of the directory of these. Where nobody said which
    that is, every page may be one, but for a README.
    """
    runbooks = repository.settings.runbooks
    return [
        argument
        for argument in arguments
        if argument.endswith(_SUFFIX)
        and (repository.is_marked or Path(argument).name.lower() == _NO_RUNBOOK)
        and Path(argument).is_file()
        and not _is_within(argument, runbooks)
    ]


def read_page(path: str) -> Page | None:
    """A page; None where there is none, and for what would block, never end, or is no text."""
    try:
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > SIZE_MAX:
            return None
        return Page(Source(path, Path(path).read_text(encoding="utf-8-sig")))
    except (OSError, ValueError):
        return None


def page_finder(repository: Repository) -> Callable[[str], bool]:
    """Tells of a runbook, a path or a URL, whether it is in this commit: in the index, where git keeps this directory.

    Pages of others are taken to be there.
    """
    base = repository.settings.runbook_url
    tracked = _tracked(repository.settings.root)

    @cache
    def has_page(link: str) -> bool:
        if base is not None and link.startswith(base.rstrip("/") + "/"):
            link = link.removeprefix(base.rstrip("/") + "/")
        elif "://" in link:
            return True
        if not repository.has_page(link):
            return False
        path = os.path.realpath(local_path(link, repository))
        return tracked is None or path in tracked or not Path(path).exists()

    return has_page


def local_path(link: str, repository: Repository) -> str:
    """Where the page of a link is, if it is ours."""
    base = repository.settings.runbook_url
    path = link.removeprefix(base.rstrip("/") + "/") if base is not None else link
    return str(repository.settings.root / path.partition("#")[0].lstrip("/"))


def _tracked(root: Path) -> frozenset[str] | None:
    """What git's index has below a directory, as real paths; None without git, or outside of a repository."""
    try:
        done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    top = os.path.realpath(root)
    return frozenset(f"{top}/{os.fsdecode(name)}" for name in done.stdout.split(b"\0") if name)


def _below(directory: str, runbooks: Path) -> list[str]:
    """The pages in the directory of runbooks that lie below a directory."""
    if _is_within(directory, runbooks):
        return sorted(map(str, Path(directory).rglob(f"*{_SUFFIX}")))
    if _is_within(str(runbooks), Path(directory)):
        return sorted(map(str, runbooks.rglob(f"*{_SUFFIX}")))
    return []


def _is_within(path: str, directory: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(directory))


def _sections(source: Source) -> Iterator[Section]:
    headings = list(_headings(source))
    for place, (depth, title, at) in enumerate(headings):
        end = headings[place + 1][2].start if place + 1 < len(headings) else len(source.text)
        body = _COMMENT.sub("", source.text[at.end : end])
        yield Section(title, depth, at, is_blank=not body.strip())


def _headings(source: Source) -> Iterator[tuple[int, str, Spot]]:
    fence = ""
    start = 0
    for line in source.text.splitlines(keepends=True):
        fenced = _FENCE.match(line)
        if fenced and fence in ("", fenced[1]):
            fence = "" if fence else fenced[1]
        heading = None if fence or fenced else _HEADING.match(line)
        if heading:
            yield len(heading[1]), heading[2], Spot(source, start, start + len(line.rstrip()))
        start += len(line)
