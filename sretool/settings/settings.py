"""sretool.yaml: what holds for a whole repository. Paths in it are relative to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sretool.model.duration import MINUTE, SECOND, Duration
from sretool.promql.release import OLDEST, Version
from sretool.settings.servers import ServerSettings, is_url, read_server, replaced_by
from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Scalar, Sequence

FILE_NAME: Final = "sretool.yaml"
PROMETHEUS_VARIABLE: Final = "SRETOOL_PROMETHEUS_URL"
ALERTMANAGER_VARIABLE: Final = "SRETOOL_ALERTMANAGER_URL"
KEYS: Final = (
    "slos",
    "catalog",
    "runbooks",
    "incidents",
    "postmortems",
    "policy",
    "assets",
    "scrape_interval",
    "prometheus",
    "alertmanager",
    "runbook_url",
    "target_version",
)
_LONGEST_SCRAPE: Final = MINUTE * 5  # Prometheus forgets a series that is scraped less often.
_VERSION: Final = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})(?:\.[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Settings:
    """`root` is where sretool.yaml stands, or the working directory without one; all paths begin with it.

    `incidents` is the directory of the incident ledger and `postmortems` that of postmortems. `catalog` and `policy`
    are None where the settings name no file: then the usual one holds, if it is there.
    """

    root: Path
    slos: tuple[str, ...]
    runbooks: Path
    incidents: Path
    postmortems: Path
    policy: Path | None = None
    catalog: Path | None = None
    assets: Path | None = None
    scrape_interval: Duration = MINUTE
    prometheus: ServerSettings | None = None
    alertmanager: ServerSettings | None = None
    runbook_url: str | None = None
    target_version: Version = OLDEST


def default_settings(root: Path) -> Settings:
    return Settings(
        root,
        slos=(str(root / "slos"),),
        runbooks=root / "runbooks",
        incidents=root / "incidents",
        postmortems=root / "postmortems",
    )


def read_settings(document: nodes.Mapping, root: Path, notes: Notes) -> Settings:
    """The settings of a document; what is missing or wrong is as it is by default."""
    default = default_settings(root)
    with Fields(document, notes, known=KEYS) as fields:
        return Settings(
            root,
            slos=_slos(fields, root) or default.slos,
            runbooks=_path(fields, "runbooks", root) or default.runbooks,
            incidents=_path(fields, "incidents", root) or default.incidents,
            postmortems=_path(fields, "postmortems", root) or default.postmortems,
            policy=_path(fields, "policy", root),
            catalog=_path(fields, "catalog", root),
            assets=_path(fields, "assets", root),
            scrape_interval=_scrape_interval(fields, notes) or default.scrape_interval,
            prometheus=read_server(fields, "prometheus", root, notes),
            alertmanager=read_server(fields, "alertmanager", root, notes),
            runbook_url=_url(fields, "runbook_url", notes),
            target_version=_version(fields, notes) or default.target_version,
        )


def with_environment(settings: Settings, environment: Mapping[str, str], notes: Notes) -> Settings:
    """The settings with what the environment says instead."""
    return replace(
        settings,
        prometheus=replaced_by(settings.prometheus, environment, PROMETHEUS_VARIABLE, notes),
        alertmanager=replaced_by(settings.alertmanager, environment, ALERTMANAGER_VARIABLE, notes),
    )


def _slos(fields: Fields, root: Path) -> tuple[str, ...]:
    node = fields.any_node("slos")
    if isinstance(node, Sequence):
        return tuple(str(root / path) for path in fields.texts("slos"))
    path = fields.text("slos")
    return (str(root / path),) if path is not None else ()


def _path(fields: Fields, key: str, root: Path) -> Path | None:
    path = fields.text(key)
    return None if path is None else root / path


def _scrape_interval(fields: Fields, notes: Notes) -> Duration | None:
    at = fields.scalar("scrape_interval")
    if at is None:
        return None
    try:
        interval = Duration.parse(at.value)
    except ValueError as error:
        notes.report("YA016", at, str(error), remedy="write what Prometheus' own configuration says, such as 30s or 1m")
        return None
    if SECOND <= interval <= _LONGEST_SCRAPE:
        return interval
    message = f"`scrape_interval` must be from 1s to 5m, not {interval}"
    notes.report(
        "YA016", at, message, remedy="scrape at least every 5m: Prometheus forgets what it has not seen for longer"
    )
    return None


def _url(fields: Fields, key: str, notes: Notes) -> str | None:
    at = fields.scalar(key)
    if at is None or is_url(at.value):
        return None if at is None else at.value
    notes.report("YA016", at, f"`{key}` must be an http or https URL", remedy="write such as https://example.org")
    return None


def _version(fields: Fields, notes: Notes) -> Version | None:
    at = fields.scalar("target_version")
    if at is None:
        return None
    found = _VERSION.fullmatch(at.value)
    if found is None:
        message = f"`target_version` must be a version of Prometheus, not `{at.value}`"
        notes.report("YA016", at, message, remedy='write such as "2.45", in quotes')
        return None
    version = (int(found[1]), int(found[2]))
    if version >= OLDEST:
        return version
    _report_too_old(at, notes)
    return None


def _report_too_old(at: Scalar, notes: Notes) -> None:
    oldest = ".".join(map(str, OLDEST))
    message = f"the rules need Prometheus {oldest}, which brought keep_firing_for, and `target_version` is {at.value}"
    notes.report("YA016", at, message, remedy=f'update the servers that are older, then write "{oldest}"')
