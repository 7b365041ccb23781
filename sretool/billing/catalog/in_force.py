"""Puts billing.yaml into force while no service runs; a running one takes it through its admin API."""

from __future__ import annotations

import json
from typing import Any

from sretool.billing.catalog.plain import catalog_as_json, catalog_from_json
from sretool.billing.catalog.reader import load_catalog
from sretool.billing.catalog.values import Catalog, refused_changes
from sretool.billing.decisions import NotADecision, checked
from sretool.billing.directory import DataDirectory
from sretool.billing.gateway.resume import catalog_at, resume
from sretool.billing.journal import Kind, Pending, SegmentJournal
from sretool.yamltext.diagnostics import as_text


class CatalogRefused(Exception):
    """The file has errors, or may not replace what is in force. Its text has every reason, a line each."""


def checked_catalog(directory: DataDirectory, in_force: dict[str, Any] | None) -> Catalog:
    """What billing.yaml says, if it may follow the catalogue in force. Raises CatalogRefused."""
    if not directory.catalog.exists():
        raise CatalogRefused(f"there is no {directory.catalog}: run sretool billing init, or give --directory")
    catalog, diagnostics = load_catalog(directory.catalog)
    if catalog is None:
        raise CatalogRefused("\n".join(map(as_text, diagnostics)))
    try:
        checked(Kind.CATALOG, {"catalog": catalog_as_json(catalog)})
    except NotADecision as error:
        raise CatalogRefused(f"{directory.catalog}: {error}") from error
    if in_force is not None and (refused := refused_changes(catalog_from_json(in_force), catalog)):
        raise CatalogRefused("\n".join(f"{directory.catalog}: {reason}" for reason in refused))
    return catalog


def apply_catalog(directory: DataDirectory, journal: SegmentJournal) -> bool:
    """Append billing.yaml to the journal if it says something else than what is in force; whether it did.

    The caller holds the directory's lock. Raises CatalogRefused, JournalError, OSError.
    """
    in_force = catalog_at(directory, resume(directory).catalog_position)
    wanted = catalog_as_json(checked_catalog(directory, in_force))
    if wanted == in_force:
        return False
    journal.append_group([catalog_record(wanted)])
    return True


def catalog_record(catalog: dict[str, Any]) -> Pending:
    """The record that puts a catalogue into force; the same catalogue is always the same bytes."""
    body = json.dumps({"catalog": catalog}, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return Pending(Kind.CATALOG, "", 0, body)
