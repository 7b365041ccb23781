"""prometheus: and alertmanager: of sretool.yaml."""

from pathlib import Path

import pytest
from settings.test_settings import settings_of

from sretool.model.duration import SECOND
from sretool.settings.servers import ServerSettings
from sretool.settings.settings import default_settings, with_environment
from sretool.yamltext.diagnostics import Notes, as_text

SECRET = "hunter2-and-more"


def test_a_server_may_need_more_than_a_url():
    text = """alertmanager:
  url: https://mimir.example/alertmanager
  headers:
    X-Scope-OrgID: payments
  basic_auth: {username: ana, password_file: secrets/password}
  ca_file: /etc/ca.pem
  cert_file: client.pem
  key_file: client.key
  proxy: http://proxy:3128
  timeout: 1m30s
prometheus:
  bearer_token_file: secrets/token
"""

    settings, said = settings_of(text)

    assert (settings.alertmanager, settings.prometheus, said) == (
        ServerSettings(
            "https://mimir.example/alertmanager",
            headers=(("X-Scope-OrgID", "payments"),),
            username="ana",
            password_file=Path("repository/secrets/password"),
            ca_file=Path("/etc/ca.pem"),
            cert_file=Path("repository/client.pem"),
            key_file=Path("repository/client.key"),
            proxy="http://proxy:3128",
            timeout=SECOND * 90,
        ),
        ServerSettings(bearer_token_file=Path("repository/secrets/token")),
        "",
    )


def test_the_environment_names_another_url_without_what_belongs_to_the_first():
    settings, _ = settings_of("prometheus: {url: 'https://a', bearer_token_file: token, timeout: 5s}")

    changed = with_environment(settings, {"SRETOOL_PROMETHEUS_URL": "https://b"}, Notes())

    assert changed.prometheus == ServerSettings("https://b", timeout=SECOND * 5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "bearer_token: hunter2-and-more",
            "3:17: YA016 `prometheus.bearer_token` would be a secret in a file that everyone reads\n"
            "  remedy: write it into a file, and name that by `bearer_token_file:`",
        ),
        (
            "password: hunter2-and-more",
            "3:13: YA016 `prometheus.password` would be a secret in a file that everyone reads\n"
            "  remedy: write it into a file, and name that by `basic_auth:`",
        ),
        (
            "basic_auth: {username: ana, password: hunter2-and-more}",
            "3:41: YA016 `prometheus.basic_auth.password` would be a secret in a file that everyone reads\n"
            "  remedy: write it into a file, and `password_file: PATH`",
        ),
        (
            "headers: {Authorization: hunter2-and-more}",
            "3:13: YA016 `prometheus.headers.Authorization` would be a secret in a file that everyone reads\n"
            "  remedy: write the token into a file, and `bearer_token_file: PATH`",
        ),
        (
            "proxy: http://ana:hunter2-and-more@proxy:3128",
            "3:10: YA016 `prometheus.proxy` would be a secret in a file that everyone reads\n"
            "  remedy: set SRETOOL_PROMETHEUS_PROXY to it",
        ),
    ],
)
def test_a_secret_that_stands_in_the_file_is_refused_and_not_shown(text: str, said: str):
    settings, found = settings_of(f"prometheus:\n  url: https://a\n  {text}")

    assert found == f"sretool.yaml:{said}"
    assert SECRET not in repr(settings)


def test_a_password_in_a_url_is_refused_and_not_shown():
    assert settings_of("prometheus: https://ana:hunter2-and-more@a")[1] == (
        "sretool.yaml:1:13: YA016 `prometheus` would be a secret in a file that everyone reads\n"
        "  remedy: write the URL without it, and `basic_auth:` with a username and a password_file"
    )


def test_a_password_in_the_environments_url_is_refused_and_not_shown():
    notes = Notes()

    with_environment(default_settings(Path()), {"SRETOOL_ALERTMANAGER_URL": f"https://ana:{SECRET}@a"}, notes)

    assert [as_text(diagnostic) for diagnostic in notes.diagnostics] == [
        "SRETOOL_ALERTMANAGER_URL:1:1: YA016 the URL that the variable holds has a password in it\n"
        "  remedy: take it out, and set SRETOOL_ALERTMANAGER_USERNAME and SRETOOL_ALERTMANAGER_PASSWORD"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("timeout: 0s", "`prometheus.timeout` leaves no time to answer"),
        ("timeout: soon", "'soon' is not a duration such as 30d, 1h30m or 250ms"),
        ("key_file: key.pem", "`prometheus.key_file` is the key of a certificate that is not given"),
        ("headers: {X Scope: a}", "`prometheus.headers.X Scope` is no header"),
        ('headers: {X-Scope: "a\\nb: c"}', "`prometheus.headers.X-Scope` is no header"),
        ("basic_auth: {password_file: p}", "`prometheus.basic_auth.username` is missing"),
        ("ca: ca.pem", "the key `prometheus.ca` is not known"),
        (
            "basic_auth: {username: a, password_file: p}\n  bearer_token_file: t",
            "`prometheus` has a bearer token and basic authentication, of which a request carries one",
        ),
    ],
)
def test_a_mistake_is_told(text: str, said: str):
    _, found = settings_of(f"prometheus:\n  url: https://a\n  {text}")

    assert said in found
