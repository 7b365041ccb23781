"""Where the settings are: found by walking up from a directory, and read. The only module here that does IO."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sretool.settings import catalog, policy, settings
from sretool.settings.catalog import Catalog, read_catalog
from sretool.settings.context import SpecContext
from sretool.settings.policy import Policy, read_policy
from sretool.settings.settings import Settings, default_settings, read_settings, with_environment
from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Diagnostic, Notes, in_order
from sretool.yamltext.fields import as_mapping
from sretool.yamltext.loading import load_file


@dataclass(frozen=True, slots=True)
class Repository:
    """`catalog` is None where there is none: then anyone may own. `policy` is None where nobody wrote one.

    `is_marked` says whether there is a sretool.yaml.
    """

    settings: Settings
    catalog: Catalog | None
    diagnostics: tuple[Diagnostic, ...]
    is_marked: bool = False
    policy: Policy | None = None

    @property
    def context(self) -> SpecContext:
        teams = None if self.catalog is None else frozenset(team.name for team in self.catalog.teams)
        return SpecContext(self.settings.scrape_interval, teams, self.settings.target_version, self.has_page)

    def has_page(self, path: str) -> bool:
        """Whether there is such a page here. Where pages are served from elsewhere, those of `runbooks` are here."""
        page = self.settings.root / path.partition("#")[0].lstrip("/")
        if self.settings.runbook_url is not None and not page.is_relative_to(self.settings.runbooks):
            return True
        return os.path.exists(page)  # noqa: PTH110 - a name that is too long is no page either


def find_repository(start: Path, environment: Mapping[str, str]) -> Repository:
    """What holds in a directory. Never raises for a bad file: what is wrong is in the diagnostics.

    Paths are relative to the working directory, as a user in it would write them.
    """
    notes = Notes()
    found = _found(start)
    chosen = default_settings(_shown(start)) if found is None else _settings(_shown(found), notes)
    teams, agreed = _catalog(chosen, notes), _policy(chosen, notes)
    chosen = with_environment(chosen, environment, notes)
    diagnostics = tuple(in_order(dict.fromkeys(notes.diagnostics)))
    return Repository(chosen, teams, diagnostics, is_marked=found is not None, policy=agreed)


def _found(start: Path) -> Path | None:
    """The nearest directory from here up that holds sretool.yaml."""
    here = start.resolve()
    return next((path for path in (here, *here.parents) if os.path.lexists(path / settings.FILE_NAME)), None)


def _shown(path: Path) -> Path:
    return Path(os.path.relpath(path.resolve()))


def _settings(root: Path, notes: Notes) -> Settings:
    document = _document(root / settings.FILE_NAME, notes, what="settings")
    return default_settings(root) if document is None else read_settings(document, root, notes)


def _catalog(chosen: Settings, notes: Notes) -> Catalog | None:
    document = _named(chosen.catalog, chosen.root / catalog.FILE_NAME, notes, what="a catalogue")
    return None if document is None else read_catalog(document, notes)


def _policy(chosen: Settings, notes: Notes) -> Policy | None:
    document = _named(chosen.policy, chosen.root / policy.FILE_NAME, notes, what="a policy")
    return None if document is None else read_policy(document, notes)


def _named(path: Path | None, usual: Path, notes: Notes, *, what: str) -> nodes.Mapping | None:
    """The document of the file that the settings name, which must be there, or of the usual one, which may."""
    if path is None and not os.path.lexists(usual):
        return None
    return _document(path or usual, notes, what=what)


def _document(path: Path, notes: Notes, *, what: str) -> nodes.Mapping | None:
    """The one document of a file."""
    loaded = load_file(path)
    notes.diagnostics.extend(loaded.diagnostics)
    for extra in loaded.documents[1:]:
        notes.report("YA016", extra, "only the first document of this file is read", remedy="remove the others")
    return as_mapping(loaded.documents[0], notes, what=what) if loaded.documents else None
