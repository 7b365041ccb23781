"""From settings, environment and options to an endpoint, and what is said wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from sretool.model.duration import SECOND
from sretool.prometheus.configured import Misconfigured, endpoint
from sretool.prometheus.endpoint import Endpoint, Login
from sretool.settings.servers import ServerSettings

URL = "https://prometheus.example/prefix"
SECRET = "hunter2-and-more"


def made(settings: ServerSettings | None, environment: dict[str, str] | None = None, **options: object) -> Endpoint:
    found = endpoint("prometheus", settings, environment or {}, **options)
    assert found is not None
    return found


def mistake(settings: ServerSettings, environment: dict[str, str] | None = None, **options: object) -> str:
    with pytest.raises(Misconfigured) as caught:
        made(settings, environment, **options)
    assert SECRET not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    return path


def test_nobody_names_a_server():
    assert endpoint("prometheus", None, {}) is None
    assert endpoint("prometheus", ServerSettings(timeout=SECOND), {}) is None


def test_all_that_the_settings_say_is_there(secret: Path):
    settings = ServerSettings(
        URL,
        headers=(("X-Scope-OrgID", "payments"),),
        username="ana",
        password_file=secret,
        ca_file=Path("ca"),
        cert_file=Path("cert"),
        key_file=Path("key"),
        proxy="http://proxy:3128",
        timeout=SECOND * 7,
    )

    assert made(settings) == Endpoint(
        URL,
        timeout_seconds=7,
        headers=(("X-Scope-OrgID", "payments"),),
        login=Login("ana", SECRET),
        ca_file=Path("ca"),
        cert_file=Path("cert"),
        key_file=Path("key"),
        proxy="http://proxy:3128",
        key="prometheus",
    )


def test_a_token_is_read_from_its_file_without_the_end_of_the_line(secret: Path):
    assert made(ServerSettings(URL, bearer_token_file=secret)).bearer_token == SECRET


def test_options_go_before_settings():
    settings = ServerSettings(URL, headers=(("x-scope-orgid", "a"), ("X-Other", "b")), timeout=SECOND * 7)

    found = made(settings, timeout_seconds=1.5, headers=["X-Scope-OrgID=c=d"])

    assert (found.timeout_seconds, dict(found.headers)) == (1.5, {"X-Other": "b", "X-Scope-OrgID": "c=d"})


def test_the_environment_goes_before_files(secret: Path):
    by_token = ServerSettings(URL, bearer_token_file=secret)
    by_password = ServerSettings(URL, username="ana", password_file=secret)

    found = [
        made(by_token, {"SRETOOL_PROMETHEUS_TOKEN": "other"}),
        made(by_password, {"SRETOOL_PROMETHEUS_TOKEN": "other"}),
        made(by_password, {"SRETOOL_PROMETHEUS_PASSWORD": "other"}),
        made(by_token, {"SRETOOL_PROMETHEUS_PASSWORD": "other", "SRETOOL_PROMETHEUS_USERNAME": "bob"}),
        made(by_token, {"SRETOOL_ALERTMANAGER_TOKEN": "other"}),
    ]

    assert [(one.bearer_token, one.login) for one in found] == [
        ("other", None),
        ("other", None),
        (None, Login("ana", "other")),
        (None, Login("bob", "other")),
        (SECRET, None),
    ]


def test_credentials_go_to_the_server_that_they_were_written_for(secret: Path):
    settings = ServerSettings(URL, headers=(("X-Scope-OrgID", "a"),), bearer_token_file=secret, ca_file=Path("ca"))

    same = made(settings, url="https://prometheus.example:443/other")
    others = [
        made(settings, url=url)
        for url in ("http://prometheus.example/prefix", "https://prometheus.example:444", "https://other.example")
    ]

    assert (same.bearer_token, same.headers) == (SECRET, (("X-Scope-OrgID", "a"),))
    assert {(one.bearer_token, one.headers, one.ca_file) for one in others} == {(None, (), Path("ca"))}


def test_settings_without_a_url_are_for_the_one_that_is_named(secret: Path):
    assert made(ServerSettings(bearer_token_file=secret), url=URL).bearer_token == SECRET


def test_no_text_of_an_endpoint_holds_a_secret(secret: Path):
    environment = {"SRETOOL_PROMETHEUS_PROXY": f"http://ana:{SECRET}@proxy:3128"}
    for settings in (
        ServerSettings(URL, bearer_token_file=secret),
        ServerSettings(URL, username="ana", password_file=secret),
    ):
        found = made(settings, environment)

        assert SECRET in [*found.secrets()]
        assert SECRET not in f"{found} {found!r}"


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://a:1"}, "http://a:1"),
        ({"https_proxy": "http://b:1", "HTTPS_PROXY": "http://a:1"}, "http://b:1"),
        ({"http_proxy": "http://a:1"}, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "other, .example"}, None),
        ({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "xample,prometheus.example:444"}, "http://a:1"),
        ({"HTTPS_PROXY": "http://a:1", "no_proxy": "*"}, None),
        ({"HTTPS_PROXY": "http://a:1", "SRETOOL_PROMETHEUS_PROXY": "http://b:1"}, "http://b:1"),
    ],
)
def test_the_usual_variables_name_a_proxy(environment: dict[str, str], proxy: str | None):
    assert made(ServerSettings(URL), environment).proxy == proxy


@pytest.mark.parametrize("url", ["http://127.0.0.1:9090", "http://localhost:9090", "http://[::1]:9090"])
def test_this_machine_is_asked_without_the_usual_proxy(url: str):
    assert made(ServerSettings(url), {"http_proxy": "http://a:1"}).proxy is None


def test_a_proxys_user_and_password_are_not_in_its_url():
    found = made(ServerSettings(URL), {"SRETOOL_PROMETHEUS_PROXY": "http://ana:pass%40word@proxy:3128/"})

    assert (found.proxy, found.proxy_login) == ("http://proxy:3128", Login("ana", "pass@word"))


def test_files_that_hold_no_secret_are_named(tmp_path: Path):
    empty, long, binary, missing = (tmp_path / name for name in ("empty", "long", "binary", "missing"))
    empty.touch()
    long.write_text(f"{SECRET}\n{SECRET}\n")
    binary.write_bytes(b"\xff\xfe")

    said = [mistake(ServerSettings(URL, bearer_token_file=path)) for path in (empty, long, binary, missing)]

    what, remedy = "the bearer_token_file under prometheus:,", "write the secret into it and nothing else"
    assert said == [
        f"{empty}, {what} is not one line of text: {remedy}",
        f"{long}, {what} is not one line of text: {remedy}",
        f"{binary}, {what} is no text: {remedy}",
        f"{missing}, {what} cannot be read: No such file or directory",
    ]


@pytest.mark.parametrize(
    ("settings", "environment", "options", "said"),
    [
        (
            ServerSettings(URL),
            {"SRETOOL_PROMETHEUS_TOKEN": SECRET, "SRETOOL_PROMETHEUS_PASSWORD": SECRET},
            {},
            "SRETOOL_PROMETHEUS_TOKEN and SRETOOL_PROMETHEUS_PASSWORD are set, and a request carries one: unset one",
        ),
        (
            ServerSettings(URL),
            {"SRETOOL_PROMETHEUS_PASSWORD": SECRET},
            {},
            "basic authentication of prometheus lacks a username: set SRETOOL_PROMETHEUS_USERNAME",
        ),
        (
            ServerSettings(URL, username="ana"),
            {},
            {},
            "basic authentication of prometheus lacks a password: set SRETOOL_PROMETHEUS_PASSWORD",
        ),
        (
            ServerSettings(URL, username="a:b"),
            {"SRETOOL_PROMETHEUS_PASSWORD": SECRET},
            {},
            "the username of prometheus has a colon, at which basic authentication would cut it: use another",
        ),
        (
            ServerSettings(URL),
            {"SRETOOL_PROMETHEUS_TOKEN": f"{SECRET}\nX-Other: a"},
            {},
            "prometheus cannot be asked so: the header 'Authorization' has a value or a name that HTTP cannot carry",
        ),
        (
            ServerSettings(URL),
            {},
            {"headers": [f"Authorization=Bearer {SECRET}"]},
            "--header Authorization would show a secret to whoever lists processes: see docs/servers.md",
        ),
        (
            ServerSettings(URL),
            {},
            {"headers": ["X-Scope-OrgID: a"]},
            "--header takes NAME=VALUE, such as X-Scope-OrgID=payments",
        ),
        (
            ServerSettings(URL),
            {"SRETOOL_PROMETHEUS_PROXY": f"socks5://ana:{SECRET}@proxy"},
            {},
            "the proxy has no http or https URL: set SRETOOL_PROMETHEUS_PROXY to such as http://proxy:3128",
        ),
    ],
)
def test_what_cannot_be_used_is_said_with_a_remedy(
    settings: ServerSettings, environment: dict[str, str], options: dict[str, object], said: str
):
    assert mistake(settings, environment, **options) == said


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("prometheus:9090", "'prometheus:9090' is no http or https URL of a server: write such as http://host:9090"),
        ("http://", "'http://' is no http or https URL of a server: write such as http://host:9090"),
        ("http://host:99999", "'http://host:99999' is no URL: write such as http://host:9090"),
        ("http://ho st", "'http://ho st' is no http or https URL of a server: write such as http://host:9090"),
        ("http://[::1", "'http://[::1' is no URL: write such as http://host:9090"),
        (
            f"http://h/?key={SECRET}",
            "the text that is given is no http or https URL of a server: write such as http://host:9090",
        ),
        (
            f"http://ana:{SECRET}@host",
            "a URL must not hold a password: take the part before the @ out, and give it by a file",
        ),
    ],
)
def test_what_is_no_url_is_a_mistake_before_anybody_is_asked(url: str, said: str):
    assert mistake(None, url=url) == said
