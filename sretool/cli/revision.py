"""Specifications as a git revision has them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sretool.cli.inputs import repository, settings, usable
from sretool.cli.outcome import Exit, Stop
from sretool.model.slo import Service
from sretool.spec.load import read_specs
from sretool.spec.sources import STDIN, among
from sretool.yamltext.loading import Loaded, load


def load_revision(revision: str, paths: Sequence[str] | None) -> tuple[Service, ...]:
    """The services as a revision has them, in the files that the paths name there. Ends the command without one.

    Who owned them and which pages there were is not held against the repository of today.
    """
    wanted = paths or settings().slos
    if STDIN in wanted:
        raise Stop(
            Exit.WRONG_INPUT, "sretool slo diff: standard input has no revisions: name files, directories or globs"
        )
    top = Path(_git(revision, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    listed = _git(revision, "ls-tree", "-r", "-z", "--full-tree", "--name-only", "--end-of-options", revision)
    names = {str(top / name): name for name in listed.decode(errors="surrogateescape").split("\0") if name}
    sources = [_at(revision, names[path], path) for path in among(wanted, names)]
    return usable(read_specs(sources, replace(repository().context, teams=None, has_page=None)))


def _at(revision: str, name: str, path: str) -> Loaded:
    return load(_git(revision, "show", "--end-of-options", f"{revision}:{name}"), f"{revision}:{os.path.relpath(path)}")


def _git(revision: str, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=True)
    except FileNotFoundError as error:
        raise Stop(Exit.WRONG_INPUT, "sretool slo diff: comparing needs git, and there is none on PATH") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        reason = said[0].removeprefix("fatal: ") if said else "it gave no reason"
        raise Stop(Exit.WRONG_INPUT, f"sretool slo diff: cannot compare with {revision}: git says: {reason}") from error
    return done.stdout
