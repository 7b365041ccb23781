"""`sretool incident sandbox` as a process, and the official client against it over TLS."""

import json
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from uuid import uuid4

import httpx2
import pagerduty
import pytest

COMMAND = (sys.executable, "-m", "sretool", "incident", "sandbox")
SERVICE = {"id": "PSANDBX", "type": "service_reference"}
PATIENCE_SECONDS = 60


class Running:
    """A sandbox that runs, and what it printed for those who use it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.environment: dict[str, str] = json.loads(process.stdout.readline())["environment"]
        self.url = self.environment["SRETOOL_PAGERDUTY_URL"]
        self.trusted = ssl.create_default_context(cafile=self.environment["SSL_CERT_FILE"])
        self.plain = httpx2.Client(base_url=self.url, verify=self.trusted, timeout=PATIENCE_SECONDS)

    def rest(self, **options: object) -> pagerduty.RestApiV2Client:
        chosen = {
            "api_key": self.environment["PAGERDUTY_API_KEY"],
            "default_from": self.environment["PAGERDUTY_FROM"],
            **options,
        }
        return self._once(pagerduty.RestApiV2Client(**chosen, base_url=self.url, verify=self.trusted))

    def events(self) -> pagerduty.EventsApiV2Client:
        key, address = self.environment["PAGERDUTY_ROUTING_KEY"], self.environment["SRETOOL_PAGERDUTY_EVENTS_URL"]
        return self._once(pagerduty.EventsApiV2Client(key, base_url=address, verify=self.trusted))

    def fail_with(self, *faults: dict[str, object]) -> None:
        assert self.plain.put("/sandbox/faults", json=list(faults)).status_code == 200

    def pages(self, key: str) -> int:
        return sum(one["incident_key"] == key for one in self.plain.get("/sandbox/pages").json()["pages"])

    @staticmethod
    def _once(client):
        client.max_network_attempts = 0
        client.max_http_attempts = 0
        client.retry = {}
        client.timeout = PATIENCE_SECONDS
        return client


@contextmanager
def running(*options: str, cwd: Path | None = None) -> Iterator[Running]:
    arguments = (*COMMAND, "--output", "json", *options)
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=cwd) as process:
        try:
            started = Running(process)
            with started.plain:
                yield started
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture
def sandbox(served: Running) -> Running:
    served.fail_with()
    return served


@pytest.fixture
def key() -> str:
    return uuid4().hex


def draft(key: str) -> dict[str, object]:
    return {"type": "incident", "title": "Invoices are late", "service": SERVICE, "incident_key": key}


def test_the_client_opens_acknowledges_notes_and_resolves(sandbox, key):
    client = sandbox.rest()
    opened = client.rpost("/incidents", json=draft(key))
    path = f"/incidents/{opened['id']}"
    seen = client.rput(path, json={"type": "incident_reference", "status": "acknowledged"})
    note = client.rpost(f"{path}/notes", json={"content": "Looking"})
    closed = client.rput(path, json={"type": "incident_reference", "status": "resolved"})

    assert [one["status"] for one in (opened, seen, closed)] == ["triggered", "acknowledged", "resolved"]
    assert [one["content"] for one in client.rget(f"{path}/notes")] == [note["content"]] == ["Looking"]
    assert [one["channel"]["summary"] for one in client.iter_incident_notes(opened["id"])] == ["Looking"]
    assert len(client.list_all(f"{path}/log_entries")) == 5
    assert sandbox.pages(key) == 1


def test_the_client_sees_the_code_of_a_taken_key(sandbox, key):
    client = sandbox.rest()
    client.rpost("/incidents", json=draft(key))

    with pytest.raises(pagerduty.HttpError) as refused:
        client.rpost("/incidents", json=draft(key))

    assert refused.value.response.status_code == 400
    assert refused.value.response.json() == {
        "error": {
            "message": "Arguments Caused Error",
            "code": 2002,
            "errors": ["Open incident with matching dedup key already exists on this service"],
        }
    }


def test_the_client_says_that_a_wrong_key_is_wrong(sandbox):
    with pytest.raises(pagerduty.HttpError) as refused:
        sandbox.rest(api_key="wrong").rget("/abilities")

    assert refused.value.response.status_code == 401


def test_the_client_without_a_sender_is_told_that_it_needs_one(sandbox, key):
    response = sandbox.rest(default_from=None).post("/incidents", json={"incident": draft(key)})

    assert (response.status_code, response.json()["error"]["code"]) == (400, 2016)


def test_the_client_lists_more_than_a_page(sandbox):
    client, mark = sandbox.rest(), uuid4().hex
    for number in range(7):
        client.rpost("/incidents", json=draft(f"{mark}/{number}"))
    listed = client.list_all("/incidents", params={"statuses": ["triggered"], "limit": 3})

    assert len([one for one in listed if (one["incident_key"] or "").startswith(mark)]) == 7


def test_the_client_finds_who_and_what_there_is(sandbox):
    client = sandbox.rest()

    assert client.api_key_access == "account"
    assert client.account_has_ability("teams")
    assert not client.account_has_ability("coordinated_responding")
    assert client.find("users", sandbox.environment["PAGERDUTY_FROM"], attribute="email") is not None
    assert [one["id"] for one in client.rget("/services")] == ["PSANDBX"]
    assert [one["name"] for one in client.rget("/priorities")] == ["SEV-1", "SEV-2", "SEV-3"]


def test_the_client_s_events_page_once_and_resolve(sandbox, key):
    client = sandbox.events()
    for _ in range(2):
        assert client.trigger("Invoices are late", "billing", dedup_key=key) == key
    client.acknowledge(key)
    client.resolve(key)
    client.resolve(key)
    found = sandbox.rest().list_all("/incidents", params={"incident_key": key})

    assert [one["status"] for one in found] == ["resolved"]
    assert sandbox.pages(key) == 1


def test_a_lost_reply_was_committed(sandbox, key):
    sandbox.fail_with({"fault": "lost"})

    with pytest.raises(pagerduty.Error):
        sandbox.rest().rpost("/incidents", json=draft(key))

    assert sandbox.pages(key) == 1


def test_the_client_s_own_second_attempt_without_a_key_opens_a_second_incident(sandbox):
    before = len(sandbox.plain.get("/sandbox/pages").json()["pages"])
    sandbox.fail_with({"fault": "lost"})
    client = sandbox.rest()
    client.max_network_attempts = 1
    client.sleep_timer = 0

    with pytest.raises(pagerduty.Error):
        client.rpost("/incidents", json=draft(""))

    assert len(sandbox.plain.get("/sandbox/pages").json()["pages"]) == before + 2


def test_a_reply_after_the_timeout_was_committed(sandbox, key):
    sandbox.fail_with({"fault": "slow", "seconds": 1})
    client = sandbox.rest()
    client.timeout = httpx2.Timeout(PATIENCE_SECONDS, read=0.2)

    with pytest.raises(pagerduty.Error):
        client.rpost("/incidents", json=draft(key))

    # On a busy machine it may be read only after its sender has given up.
    end = time.monotonic() + PATIENCE_SECONDS
    while not sandbox.pages(key) and time.monotonic() < end:
        time.sleep(0.02)
    assert sandbox.pages(key) == 1


def test_an_unreachable_sandbox_does_nothing(sandbox, key):
    sandbox.fail_with({"fault": "unreachable"})

    with pytest.raises(pagerduty.Error):
        sandbox.rest().rpost("/incidents", json=draft(key))

    assert sandbox.pages(key) == 0


def test_a_server_error_may_have_been_committed_or_not(sandbox, key):
    sandbox.fail_with({"fault": "5xx"})
    assert sandbox.rest().post("/incidents", json={"incident": draft(key)}).status_code >= 500
    before = sandbox.pages(key)
    sandbox.fail_with({"fault": "5xx-committed"})
    assert sandbox.rest().post("/incidents", json={"incident": draft(key)}).status_code >= 500

    assert (before, sandbox.pages(key)) == (0, 1)


@pytest.mark.parametrize(("fault", "tells_when"), [("429", True), ("429-bare", False)])
def test_too_many_requests_say_when_to_come_back_or_do_not(sandbox, key, fault, tells_when):
    sandbox.fail_with({"fault": fault})
    response = sandbox.plain.post("/incidents", json={"incident": draft(key)})

    assert response.status_code == 429
    assert ("ratelimit-reset" in response.headers) == tells_when
    assert bool(response.content) == tells_when


def test_every_reply_tells_what_is_left_of_the_limit(sandbox):
    response = sandbox.rest().get("/abilities")

    assert response.headers["ratelimit-limit"] == "960"
    assert 0 < int(response.headers["ratelimit-reset"]) <= 60


def test_wrong_faults_are_refused_and_those_that_are_set_stay(sandbox):
    sandbox.fail_with({"fault": "lost", "on": "events"})
    refused = sandbox.plain.put("/sandbox/faults", json={"fault": "fire"})

    assert (refused.status_code, "the fault 'fire' is not known" in refused.json()["error"]) == (400, True)
    assert [one["fault"] for one in sandbox.plain.get("/sandbox/faults").json()["faults"]] == ["lost"]


def test_all_state_can_be_seen(sandbox, key):
    sandbox.events().trigger("Invoices are late", "billing", dedup_key=key)
    seen = [one for one in sandbox.plain.get("/sandbox/incidents").json()["incidents"] if one["incident_key"] == key]

    assert [(one["via"], one["status"], len(one["alerts"])) for one in seen] == [("events", "triggered", 1)]
    assert sandbox.plain.delete("/sandbox/incidents").status_code == 404


def test_of_many_at_once_one_opens_an_incident(sandbox, key):
    statuses: list[int] = []
    threads = [
        Thread(
            target=lambda: statuses.append(sandbox.rest().post("/incidents", json={"incident": draft(key)}).status_code)
        )
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [201] + [400] * 11
    assert sandbox.pages(key) == 1


def test_the_client_needs_nothing_but_what_is_exported(sandbox, key):
    asks = (
        "import os, pagerduty; e = os.environ;"
        "c = pagerduty.RestApiV2Client(e['PAGERDUTY_API_KEY'], base_url=e['SRETOOL_PAGERDUTY_URL']);"
        "print(c.rget('/services')[0]['id'])"
    )
    ran = subprocess.run(
        (sys.executable, "-c", asks), env=sandbox.environment, capture_output=True, text=True, check=True
    )

    assert ran.stdout == "PSANDBX\n"


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_it_leaves_nothing_behind(told):
    with running("--fail-share", "95%", "--for", "38m", "--slow", "1") as started:
        started.process.send_signal(told)
        code = started.process.wait(PATIENCE_SECONDS)
        trusted = Path(started.environment["SSL_CERT_FILE"])

    assert (code, trusted.parent.exists()) == (0, False)


def test_it_has_the_services_and_people_of_the_catalogue(tmp_path):
    (tmp_path / "sretool.yaml").write_text("apiVersion: sretool/v1\n", encoding="utf-8")
    (tmp_path / "catalog.yaml").write_text(
        "teams: {shop: {}}\n"
        "services: {checkout: {team: shop, pagerduty: PCHECK1}, cart: {team: shop}}\n"
        "people: {ada: {email: ada@example.org, pagerduty: PADA123}}\n",
        encoding="utf-8",
    )
    with running(cwd=tmp_path) as started:
        client = started.rest()

        assert [(one["id"], one["name"]) for one in client.rget("/services")] == [("PCHECK1", "checkout")]
        assert [(one["id"], one["email"]) for one in client.rget("/users")] == [("PADA123", "ada@example.org")]
        assert started.environment["PAGERDUTY_FROM"] == "ada@example.org"


def test_a_file_of_faults_holds_from_the_first_request(tmp_path, key):
    (tmp_path / "faults.json").write_text('[{"fault": "429", "on": "rest"}]', encoding="utf-8")
    with running("--faults", str(tmp_path / "faults.json"), "--service", "PMINE01") as started:
        assert started.plain.get("/abilities").status_code == 429
        assert started.events().trigger("Invoices are late", "billing", dedup_key=key) == key
        assert [one["service"] for one in started.plain.get("/sandbox/pages").json()["pages"]] == ["PMINE01"]


def test_what_it_prints_a_shell_can_export():
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        lines = [process.stdout.readline() for _ in range(6)]
        process.terminate()

    names = [line.removeprefix("export ").partition("=")[0] for line in lines]
    assert names == [
        "SRETOOL_PAGERDUTY_URL",
        "SRETOOL_PAGERDUTY_EVENTS_URL",
        "SSL_CERT_FILE",
        "PAGERDUTY_API_KEY",
        "PAGERDUTY_ROUTING_KEY",
        "PAGERDUTY_FROM",
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--for", "38m"), "--for says how long a fault lasts"),
        (("--faults", "nowhere.json"), "nowhere.json: No such file or directory"),
        (("--faults", "/dev/null"), "faults are JSON"),
    ],
)
def test_a_mistake_is_one_sentence(options, words):
    ran = subprocess.run((*COMMAND, *options), capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)

    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert words in ran.stderr


def test_a_port_that_is_taken_is_one_sentence(sandbox):
    port = sandbox.url.rpartition(":")[2]
    ran = subprocess.run(
        (*COMMAND, "--port", port), capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == f"sretool incident sandbox: port {port} of 127.0.0.1: Address already in use\n"


def test_without_the_extra_it_says_how_to_get_it():
    hidden = "import sys; sys.modules['trustme'] = None; from sretool.cli.main import run; run()"
    ran = subprocess.run(
        (sys.executable, "-c", hidden, "incident", "sandbox"),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "pip install 'sretool[sandbox]'" in ran.stderr
