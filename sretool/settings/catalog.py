"""catalog.yaml: teams, the services that they own, people, and what PagerDuty calls them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Mapping
from sretool.yamltext.remedies import meant

FILE_NAME: Final = "catalog.yaml"
KEYS: Final = ("teams", "services", "people")
TEAM: Final = ("description", "contact")
SERVICE: Final = ("team", "description", "pagerduty")
PERSON: Final = ("email", "pagerduty")
_PAGERDUTY_ID: Final = re.compile("[A-Z0-9]{6,20}")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


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
class Person:
    """`email` is the one that PagerDuty knows them by and `pagerduty` their id there; either may be empty."""

    name: str
    email: str = ""
    pagerduty: str = ""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Each by name."""

    teams: tuple[Team, ...] = ()
    services: tuple[CatalogService, ...] = ()
    people: tuple[Person, ...] = ()


def read_catalog(document: nodes.Mapping, notes: Notes) -> Catalog:
    """The catalogue of a document. What is wrong with an entry is in the notes, and the entry is there all the same."""
    with Fields(document, notes, known=KEYS) as fields:
        teams = [_team(name, entry, notes) for name, entry in _entries(fields, "teams", required=True)]
        names = frozenset(team.name for team in teams)
        found = [_service(name, entry, names, notes) for name, entry in _entries(fields, "services")]
        people = [_person(name, entry, notes) for name, entry in _entries(fields, "people")]
    services = [service for service in found if service is not None]
    return Catalog(
        tuple(sorted(teams, key=lambda team: team.name)),
        tuple(sorted(services, key=lambda service: service.name)),
        tuple(sorted(people, key=lambda person: person.name)),
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
        pagerduty = _pagerduty_id(fields, notes, of="service")
    if team is not None and team.value not in teams:
        probably = meant(team.value, teams)
        remedy = f"write {probably}" if probably else f"add `{team.value}` to `teams`"
        notes.report("SL133", team, f"no team of this catalogue is called `{team.value}`", remedy=remedy)
    return None if team is None else CatalogService(name, team.value, description, pagerduty)


def _person(name: str, entry: Mapping | None, notes: Notes) -> Person:
    if entry is None:
        return Person(name)
    with Fields(entry, notes, where=f"people.{name}", known=PERSON) as fields:
        email = fields.scalar("email")
        pagerduty = _pagerduty_id(fields, notes, of="user")
    if email is not None and not _EMAIL.fullmatch(email.value):
        remedy = "write the address that this person has in PagerDuty, such as ada@example.org"
        notes.report("YA016", email, f"`{email.value}` is no e-mail address", remedy=remedy)
    return Person(name, "" if email is None else email.value, pagerduty)


def _pagerduty_id(fields: Fields, notes: Notes, *, of: Literal["service", "user"]) -> str:
    """The id, whatever is wrong with it, or "" without one."""
    at = fields.scalar("pagerduty")
    if at is None:
        return ""
    if not _PAGERDUTY_ID.fullmatch(at.value):
        remedy = f"write the last part of the {of}'s address, such as PABC123"
        notes.report("YA016", at, f"`{at.value}` is no id of a PagerDuty {of}", remedy=remedy)
    return at.value
