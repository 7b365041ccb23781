"""Each way in which PagerDuty says no, or nothing: one sentence that says what to do, and whether to try again."""

from __future__ import annotations

import json
import ssl
from dataclasses import replace

import httpx2
import pagerduty
import pytest
from incident.night import Night

from sretool.incident.outbox import Later, Refused
from sretool.incident.pagerduty import calls
from sretool.incident.pagerduty.access import Access, Misconfigured, access
from sretool.incident.pagerduty.bounded import BoundedWire
from sretool.incident.pagerduty.calls import Call
from sretool.incident.pagerduty.replies import Reply, Silence, reply
from sretool.incident.pagerduty.sentences import is_open_already, trouble
from sretool.incident.pagerduty.wire import ClientWire
from sretool.settings.catalog import Catalog, CatalogService, Person

KEY, ROUTING_KEY = "u+thisisnosecretatall", "0123456789abcdef0123456789abcdef"
ACCESS = Access(KEY, ROUTING_KEY, "ada@example.org", services={"shop": "PSHOP01"})
CREATE = Call("rest", "POST", "/incidents", {"incident": {"title": "x"}}, sender="ada@example.org")
CHANGE = Call("rest", "PUT", "/incidents/PABC123", {"incident": {"status": "resolved"}}, sender="ada@example.org")
EVENT = Call("events", "POST", "/v2/enqueue", {"event_action": "trigger", "dedup_key": "K"})


def error(code: int, message: str = "No", *errors: str) -> dict[str, object]:
    return {"error": {"message": message, "code": code, "errors": list(errors)}}


@pytest.mark.parametrize(
    ("call", "status", "body", "words"),
    [
        (CREATE, 400, error(1006), "see its escalation policy"),
        (CREATE, 400, error(1008, "Requester User Not Found"), "set PAGERDUTY_FROM to that of one who does"),
        (CREATE, 400, error(1013), "choose a shorter time"),
        (CREATE, 400, error(1015), "wake somebody yourself"),
        (CREATE, 400, error(1020), "use one that the account has"),
        (CREATE, 400, error(1028, 'Malformed "From" header'), "set PAGERDUTY_FROM"),
        (CREATE, 400, error(2001, "Invalid Input Provided", "Title cannot be empty."), "Title cannot be empty."),
        (CREATE, 400, error(2002, "Arguments Caused Error", "Service not found"), "service's id in catalog.yaml"),
        (CREATE, 400, error(2003, "Missing Arguments", "Service missing"), "Service missing"),
        (CREATE, 401, error(2006, "Authentication failed"), "does not take the key in PAGERDUTY_API_KEY"),
        (CREATE, 401, None, "SRETOOL_PAGERDUTY_URL if the account is of another region"),
        (CREATE, 402, error(2014, "No ability"), "its plan, or an administrator, has to allow it"),
        (CREATE, 402, None, "its plan, or an administrator, has to allow it"),
        (CREATE, 400, error(2016, 'You must specify an address in the "From" header'), "set PAGERDUTY_FROM"),
        (CREATE, 403, None, "use one that may write incidents"),
        (
            CHANGE,
            404,
            error(2100, "Not Found"),
            "has no incident PABC123 (404): see whether the keys are of another account",
        ),
        (CREATE, 413, None, "shorten the title or the text"),
        (EVENT, 400, {"status": "invalid event", "errors": ["Invalid routing key"]}, "copy the integration key"),
        (EVENT, 400, {"status": "invalid event", "errors": ["'severity' is invalid"]}, "'severity' is invalid"),
        (EVENT, 413, None, "shorten the title or the text"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_people_have_to_mend_is_refused_and_says_what_to_mend(call, status, body, words):
    met = trouble(call, Reply(status, body), ACCESS)

    assert isinstance(met, Refused)
    assert words in met.words
    assert "\n" not in met.words


@pytest.mark.parametrize(
    ("status", "body", "may_be_done"),
    [(429, error(2020), False), (429, None, False), (500, error(2000), True), (502, None, True), (503, None, True),
     (504, None, True), (408, None, True), (400, error(2016, "Request timed out"), True)],
)  # fmt: skip
def test_what_passes_is_tried_again(status, body, may_be_done):
    met = trouble(CREATE, Reply(status, body), ACCESS)

    assert isinstance(met, Later)
    assert met.may_be_done == may_be_done


def test_a_server_says_when_to_come_back_in_a_header_or_not_at_all():
    told = trouble(CREATE, reply(429, {"RateLimit-Reset": "17"}, b""), ACCESS)
    untold = trouble(CREATE, reply(429, {"RateLimit-Reset": "soon"}, b""), ACCESS)

    assert (told.after_seconds, "in 17 s" in told.words) == (17, True)
    assert (untold.after_seconds, "does not say until when" in untold.words) == (0, True)


def test_only_the_words_tell_a_taken_key_from_an_unknown_service():
    taken = "Open incident with matching dedup key already exists on this service"

    assert is_open_already(Reply(400, error(2002, "Arguments Caused Error", taken)))
    assert not is_open_already(Reply(400, error(2002, "Arguments Caused Error", "Service not found")))


def test_a_server_that_repeats_our_secrets_does_not_get_them_printed():
    met = trouble(CREATE, Reply(400, error(2001, "x", f"Token {KEY}\x1b[2J and {ROUTING_KEY} are wrong")), ACCESS)

    assert KEY not in met.words
    assert ROUTING_KEY not in met.words
    assert met.words.isprintable()
    assert KEY not in repr(ACCESS)


def test_what_a_server_says_at_length_is_cut():
    assert len(trouble(CREATE, Reply(400, error(2001, "x" * 100_000)), ACCESS).words) < 600


@pytest.mark.parametrize(
    ("body", "status"),
    [([], 200), ("x", 200), ({"incident": []}, 201), ({"incident": {"id": "../../x"}}, 201), (None, 201)],
    ids=str,
)
def test_a_success_that_is_none_is_doubtful(tmp_path, body, status):
    night = Night(tmp_path / "incidents", has_events=False)
    night.wire_of = lambda _: Fixed(Reply(status, body))
    night.restart()
    night.open()
    met = night.deliver(seconds=1).told[0].result

    assert isinstance(met, Later)
    assert met.may_be_done
    assert "correct SRETOOL_PAGERDUTY_URL" in met.words


class Fixed:
    """A wire on which everything is answered alike."""

    def __init__(self, met):
        self.met = met

    def ask(self, call, *, seconds):
        return self.met


class Raising(httpx2.BaseTransport):
    """A network that fails, or answers, always in the same way; and counts how often it was tried."""

    def __init__(self, outcome):
        self.outcome, self.count = outcome, 0

    def handle_request(self, request):
        self.count += 1
        if isinstance(self.outcome, int):
            return httpx2.Response(self.outcome, stream=httpx2.ByteStream(b"{}"))
        raise self.outcome


def caused(error, cause):
    error.__cause__ = cause
    return error


UNTRUSTED = caused(httpx2.ConnectError("x"), ssl.SSLCertVerificationError(1, "certificate verify failed"))


@pytest.mark.parametrize(
    ("outcome", "words", "may_be_done"),
    [
        (UNTRUSTED, "SSL_CERT_FILE", False),
        (httpx2.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number"), "does not speak TLS", False),
        (httpx2.ConnectError("[Errno -2] Name or service not known"), "has a network", False),
        (httpx2.ConnectError("[Errno -3] Temporary failure in name resolution"), "has a network", False),
        (caused(httpx2.ConnectError("x"), ConnectionRefusedError(111, "no")), "see whether it is up", False),
        (httpx2.ConnectTimeout("x"), "in time", False),
        (httpx2.ReadTimeout("x"), "in time", True),
        (httpx2.ReadError("x"), "broke off", True),
        (httpx2.RemoteProtocolError("x"), "broke off", True),
        (httpx2.ProxyError("407"), "HTTPS_PROXY", False),
        (httpx2.DecodingError("x"), "broke off", True),
    ],
    ids=lambda value: f"{type(value).__name__} {value}"[:50],
)
def test_what_fails_below_http_is_one_attempt_and_one_sentence(outcome, words, may_be_done):
    network = Raising(outcome)
    met = ClientWire(ACCESS, transport=network).ask(CREATE, seconds=5)

    assert isinstance(met, Silence)
    assert words in met.words
    assert met.may_be_done == may_be_done
    assert network.count == 1


@pytest.mark.parametrize(
    ("headers", "parts"),
    [({}, (b"x" * 2**16 for _ in range(1_000))), ({"content-encoding": "gzip"}, iter([b"x"]))],
    ids=["endless", "packed"],
)
def test_an_answer_that_would_fill_the_memory_is_none(headers, parts):
    class Flooding(httpx2.BaseTransport):
        def handle_request(self, request):
            return httpx2.Response(200, headers=headers, stream=Stream())

    class Stream(httpx2.SyncByteStream):
        def __iter__(self):
            return parts

    met = ClientWire(ACCESS, transport=Flooding()).ask(CREATE, seconds=5)

    assert isinstance(met, Silence)
    assert met.may_be_done


@pytest.mark.parametrize("call", [CREATE, EVENT], ids=["rest", "events"])
@pytest.mark.parametrize("status", [301, 401, 403, 429, 500, 502, 503, 504])
def test_the_client_never_tries_again_by_itself(call, status):
    network = Raising(status)
    met = ClientWire(ACCESS, transport=network).ask(call, seconds=5)

    assert isinstance(met, Reply)
    assert (met.status, network.count) == (status, 1)


def test_the_client_as_it_comes_would_try_four_times(monkeypatch):
    """Why it is held back: if this ever changes, so may `wire`."""
    monkeypatch.setattr("pagerduty.api_client.time.sleep", lambda _: None)
    network = Raising(httpx2.ReadTimeout("x"))
    with pytest.raises(pagerduty.Error):
        pagerduty.RestApiV2Client(KEY, transport=network).post("/incidents", json={})

    assert network.count == 4


def test_whoever_answers_never_is_left_to_itself():
    class Endless:
        def ask(self, call, *, seconds):
            forever.result()

    from concurrent.futures import Future

    forever: Future[None] = Future()
    met = BoundedWire(Endless).ask(CREATE, seconds=0.05)
    forever.set_result(None)

    assert isinstance(met, Silence)
    assert met.may_be_done


def test_a_mistake_of_ours_on_the_wire_is_not_taken_for_an_outage():
    class Broken:
        def ask(self, call, *, seconds):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        BoundedWire(Broken).ask(CREATE, seconds=5)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SRETOOL_PAGERDUTY_URL", "http://localhost:1", "no https URL"),
        ("SRETOOL_PAGERDUTY_URL", "https://", "no https URL"),
        ("SRETOOL_PAGERDUTY_EVENTS_URL", "ftp://x", "no https URL"),
        ("SRETOOL_PAGERDUTY_URL", "https://ada:secret@example.org", "take them out"),
        ("PAGERDUTY_API_KEY", "two words", "copy the key alone"),
        ("PAGERDUTY_API_KEY", "schlüssel", "copy the key alone"),
        ("PAGERDUTY_ROUTING_KEY", "short", "has 5 characters"),
        ("PAGERDUTY_FROM", "ada", "no e-mail address"),
        ("PAGERDUTY_FROM", "a@b\r\nX: y", "no e-mail address"),
    ],
)
def test_what_the_environment_gets_wrong_is_told_before_anything_is_sent(name, value, words):
    with pytest.raises(Misconfigured) as told:
        access({name: value}, None)

    assert words in str(told.value)
    assert name in str(told.value)
    assert "secret" not in str(told.value)
    assert "schlüssel" not in str(told.value)


def test_keys_lose_the_blanks_that_files_leave_around_them():
    assert access({"PAGERDUTY_API_KEY": f" {KEY}\n"}, None).api_key == KEY


def test_who_asks_is_who_the_environment_says_or_who_the_catalogue_knows():
    people = Catalog(
        services=(CatalogService("shop", "shop", "", "PSHOP01"),), people=(Person("ada", "a@example.org"),)
    )

    assert access({}, people).sender_for("ada@desk") == "a@example.org"
    assert access({"PAGERDUTY_FROM": "team@example.org"}, people).sender_for("ada@desk") == "team@example.org"
    assert access({}, people).sender_for("grace@desk") == ""


def test_a_title_or_note_that_is_too_long_is_cut_where_everybody_sees_it(tmp_path):
    night = Night(tmp_path / "incidents")
    incident = night.incident(night.open("x" * 1_024))
    longer = replace(incident, opened=replace(incident.opened, title="é" * 5_000))
    created = calls.creation(longer, service_id="PSHOP01", sender="ada@example.org").body
    event = calls.event(longer, longer.deliveries[0]).body

    assert created is not None
    assert event is not None
    for title in (created["incident"]["title"], event["payload"]["summary"]):
        assert len(title) == 1_024
        assert title.endswith(" [cut]")
    assert len(json.dumps(event)) < 512 * 1024
