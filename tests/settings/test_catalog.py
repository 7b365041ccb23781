"""catalog.yaml: teams, services, and mistakes about them."""

from sretool.settings.catalog import Catalog, CatalogService, Person, Team, read_catalog
from sretool.yamltext.diagnostics import Notes, as_text
from sretool.yamltext.loading import load
from sretool.yamltext.nodes import Mapping


def catalog_of(text: str) -> tuple[Catalog, str]:
    loaded = load(text, "catalog.yaml")
    notes = Notes(loaded.diagnostics)
    (document,) = loaded.documents
    assert isinstance(document, Mapping)
    catalog = read_catalog(document, notes)
    return catalog, "\n".join(as_text(diagnostic) for diagnostic in notes.diagnostics)


def test_teams_and_services_are_read_by_name():
    text = """teams:
  shop: {description: Checkout and payments, contact: "#shop"}
  ingest:
services:
  checkout: {team: shop, description: The checkout, pagerduty: PABC123}
  billing: {team: ingest}
"""

    assert catalog_of(text) == (
        Catalog(
            teams=(Team("ingest"), Team("shop", "Checkout and payments", "#shop")),
            services=(
                CatalogService("billing", "ingest"),
                CatalogService("checkout", "shop", "The checkout", "PABC123"),
            ),
        ),
        "",
    )


def test_people_are_read_with_what_pagerduty_knows_them_by():
    text = """teams: {shop: }
people:
  linus: {email: linus@example.org}
  ada: {email: ada@example.org, pagerduty: PUSER01}
  grace:
"""

    assert catalog_of(text) == (
        Catalog(
            teams=(Team("shop"),),
            people=(Person("ada", "ada@example.org", "PUSER01"), Person("grace"), Person("linus", "linus@example.org")),
        ),
        "",
    )


def test_what_is_no_address_and_what_is_no_id_of_a_person_is_told():
    _, said = catalog_of("teams: {shop: }\npeople: {ada: {email: ada, pagerduty: ada}}\n")

    assert said == (
        "catalog.yaml:2:39: YA016 `ada` is no id of a PagerDuty user\n"
        "  people: {ada: {email: ada, pagerduty: ada}}\n"
        "                                        ^^^\n"
        "  remedy: write the last part of the user's address, such as PABC123\n"
        "catalog.yaml:2:23: YA016 `ada` is no e-mail address\n"
        "  people: {ada: {email: ada, pagerduty: ada}}\n"
        "                        ^^^\n"
        "  remedy: write the address that this person has in PagerDuty, such as ada@example.org"
    )


def test_a_service_of_a_team_that_is_not_there_is_told():
    _, said = catalog_of("teams: {shop: }\nservices: {checkout: {team: shpo}}\n")

    assert said == (
        "catalog.yaml:2:29: SL133 no team of this catalogue is called `shpo`\n"
        "  services: {checkout: {team: shpo}}\n"
        "                              ^^^^\n"
        "  remedy: write shop"
    )


def test_what_is_no_id_of_pagerduty_is_told():
    _, said = catalog_of("teams: {shop: }\nservices: {checkout: {team: shop, pagerduty: checkout}}\n")

    assert said == (
        "catalog.yaml:2:46: YA016 `checkout` is no id of a PagerDuty service\n"
        "  services: {checkout: {team: shop, pagerduty: checkout}}\n"
        "                                               ^^^^^^^^\n"
        "  remedy: write the last part of the service's address, such as PABC123"
    )


def test_keys_and_kinds_are_told_as_everywhere():
    _, said = catalog_of("team: {}\nteams: {shop: Checkout}\nservices: {checkout: {}}\n")

    assert [line.split(" ", 1)[1] for line in said.splitlines() if line.startswith("catalog.yaml")] == [
        "YA013 `teams.shop` must be a mapping, not text",
        "YA014 `services.checkout.team` is missing",
        "YA003 the key `team` is not known",
    ]
