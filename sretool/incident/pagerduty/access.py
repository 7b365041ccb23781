"""Who we are at PagerDuty, and what can be known to be missing before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sretool.incident.history import Incident
from sretool.settings.catalog import Catalog

REST_URL: Final = "https://api.pagerduty.com"
EVENTS_URL: Final = "https://events.pagerduty.com"
API_KEY, ROUTING_KEY, SENDER = "PAGERDUTY_API_KEY", "PAGERDUTY_ROUTING_KEY", "PAGERDUTY_FROM"
REST_URL_NAME, EVENTS_URL_NAME = "SRETOOL_PAGERDUTY_URL", "SRETOOL_PAGERDUTY_EVENTS_URL"
_ROUTING_KEY_LENGTH: Final = 32
_BLANK: Final = "***"


class Misconfigured(Exception):
    """The environment says something that cannot be used. The message is a sentence without secrets."""


@dataclass(frozen=True, slots=True)
class Access:
    """Either key may be empty. `sender` is whose e-mail address requests bear, `services` PagerDuty's ids by name,
    `people` e-mail addresses by name.
    """

    api_key: str = field(default="", repr=False)
    routing_key: str = field(default="", repr=False)
    sender: str = ""
    rest_url: str = REST_URL
    events_url: str = EVENTS_URL
    services: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_several_services(self) -> bool:
        """Whether the Events API, whose key is that of one service, may page others than those whose service it is."""
        return len(set(self.services.values())) > 1

    def sender_for(self, actor: str) -> str:
        """The e-mail address of who acts: PAGERDUTY_FROM, or that which the catalogue has of the name before the @."""
        return self.sender or self.people.get(actor.partition("@")[0], "")

    def blanked(self, text: str) -> str:
        """A text without our secrets, whoever put them there."""
        for secret in (self.api_key, self.routing_key):
            text = text.replace(secret, _BLANK) if secret else text
        return text


def access(environment: Mapping[str, str], catalog: Catalog | None) -> Access:
    """What the environment and the catalogue say. Raises Misconfigured."""
    known = catalog or Catalog()
    routing_key = _secret(environment, ROUTING_KEY)
    if routing_key and len(routing_key) != _ROUTING_KEY_LENGTH:
        raise Misconfigured(
            f"{ROUTING_KEY} has {len(routing_key)} characters and a routing key has 32: copy the integration key of an"
            " Events API v2 integration"
        )
    return Access(
        _secret(environment, API_KEY),
        routing_key,
        _address(environment),
        _url(environment, REST_URL_NAME, REST_URL),
        _url(environment, EVENTS_URL_NAME, EVENTS_URL),
        {service.name: service.pagerduty for service in known.services if service.pagerduty},
        {person.name: person.email for person in known.people if person.email and person.email.isascii()},
    )


def lacking_to_write(access: Access, *, actor: str) -> str:
    """What is missing to write by the REST API on behalf of an actor, and where to put it; empty where nothing is."""
    if not access.api_key:
        return f"there is no key for PagerDuty: set {API_KEY}{'' if access.routing_key else f' or {ROUTING_KEY}'}"
    if not access.sender_for(actor):
        return f"PagerDuty wants to know who asks: set {SENDER} to the e-mail address of a user there"
    return ""


def lacking_to_page(access: Access, incident: Incident, *, actor: str) -> str:
    """What is missing to open an incident by the REST API, in the same way."""
    if lacking := lacking_to_write(access, actor=actor):
        return lacking
    if not incident.service:
        return "the incident names no service, so PagerDuty could not tell whom to page: open it with --slo"
    if incident.service not in access.services:
        return (
            f"the catalogue has no PagerDuty id of {incident.service}: write it as pagerduty: under"
            f" services.{incident.service} in catalog.yaml"
        )
    return ""


def _value(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name, "").strip()


def _secret(environment: Mapping[str, str], name: str) -> str:
    value = _value(environment, name)
    if value and not (value.isascii() and value.isprintable() and " " not in value):
        raise Misconfigured(f"{name} holds characters that no key has: copy the key alone, without quotes or blanks")
    return value


def _address(environment: Mapping[str, str]) -> str:
    value = _value(environment, SENDER)
    if value and not (value.isascii() and value.isprintable() and value.count("@") == 1 and " " not in value):
        raise Misconfigured(
            f"{SENDER} is no e-mail address: set it to that of a PagerDuty user, such as ada@example.org"
        )
    return value


def _url(environment: Mapping[str, str], name: str, usual: str) -> str:
    value = _value(environment, name) or usual
    scheme, separator, rest = value.partition("://")
    if scheme.lower() != "https" or not separator or not rest.strip("/"):
        raise Misconfigured(
            f"{name} has no https URL, and PagerDuty is asked by nothing else: set it to such as {usual}"
        )
    if "@" in rest.partition("/")[0]:
        raise Misconfigured(f"{name} holds a user or a password, for which PagerDuty has no use: take them out")
    return f"https://{rest.rstrip('/')}"
