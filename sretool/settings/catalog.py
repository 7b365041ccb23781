"""catalog.yaml: the teams that own services, the services, and what PagerDuty calls them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Mapping
from sretool.yamltext.remedies import meant

FILE_NAME: Final = "catalog.yaml"
KEYS: Final = ("teams", "services")
TEAM: Final = ("description", "contact")
SERVICE: Final = ("team", "description", "pagerduty")
_PAGERDUTY_ID: Final = re.compile("[A-Z0-9]{6,20}")


@dataclass(frozen=True, slots=True)
class Team:
    """`contact` is whatever reaches the team: a channel, an address."""

    name: str
    description: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class CatalogService:
    """`pagerduty` is the id of its PagerDuty service, or empty."""

    name: str
    team: str
    description: str = ""
    pagerduty: str = ""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Both by name."""

    teams: tuple[Team, ...] = ()
    services: tuple[CatalogService, ...] = ()


def read_catalog(document: nodes.Mapping, notes: Notes) -> Catalog:
    """The catalogue of a document. What is wrong with an entry is in the notes, and the entry is there all the same."""
    with Fields(document, notes, known=KEYS) as fields:
        teams = [_team(name, entry, notes) for name, entry in _entries(fields, "teams", required=True)]
        names = frozenset(team.name for team in teams)
        found = [_service(name, entry, names, notes) for name, entry in _entries(fields, "services")]
    services = [service for service in found if service is not None]
    return Catalog(
        tuple(sorted(teams, key=lambda team: team.name)), tuple(sorted(services, key=lambda service: service.name))
    )


def _entries(fields: Fields, key: str, *, required: bool = False) -> list[tuple[str, Mapping | None]]:
    """Names and what is said of them; a team without a word about it is a team."""
    section = fields.section(key, required=required)
    if section is None:
        return []
    names = [name.value for name, _ in section.node.items()]
    return [(name, _entry(section, name)) for name in names]


def _entry(section: Fields, name: str) -> Mapping | None:
    value = section.node.get(name)
    if isinstance(value, nodes.Scalar) and value.is_null:
        return None
    return section.mapping(name)


def _team(name: str, entry: Mapping | None, notes: Notes) -> Team:
    if entry is None:
        return Team(name)
    with Fields(entry, notes, where=f"teams.{name}", known=TEAM) as fields:
        return Team(name, fields.text("description") or "", fields.text("contact") or "")


def _service(name: str, entry: Mapping | None, teams: frozenset[str], notes: Notes) -> CatalogService | None:
    if entry is None:
        return None
    with Fields(entry, notes, where=f"services.{name}", known=SERVICE) as fields:
        team = fields.scalar("team", required=True)
        description = fields.text("description") or ""
        pagerduty = fields.scalar("pagerduty")
    if team is not None and team.value not in teams:
        probably = meant(team.value, teams)
        remedy = f"write {probably}" if probably else f"add `{team.value}` to `teams`"
        notes.report("SL133", team, f"no team of this catalogue is called `{team.value}`", remedy=remedy)
    if pagerduty is not None and not _PAGERDUTY_ID.fullmatch(pagerduty.value):
        message = f"`{pagerduty.value}` is no id of a PagerDuty service"
        notes.report(
            "YA016", pagerduty, message, remedy="write the last part of the service's address, such as PABC123"
        )
    if team is None:
        return None
    return CatalogService(name, team.value, description, "" if pagerduty is None else pagerduty.value)
