"""What a server may do to whoever asks: each is an answer or one sentence, within the time limit.

A fake that trickles or is silent goes on until the test is over: that a test ends is what shows the limit.
"""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import replace
from decimal import Decimal

import pytest
from prometheus.fake import GOOD, Answer, hang_up, never, packed, raw, reply, serving, trickling

from sretool.prometheus.alertmanager import Alertmanager
from sretool.prometheus.connection import Endpoint, Login
from sretool.prometheus.errors import (
    Absent,
    Broken,
    Denied,
    NoAnswer,
    NotUnderstood,
    Refused,
    TimedOut,
    Unreachable,
)
from sretool.prometheus.server import Prometheus

QUICK_SECONDS = 0.4
HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PASSWORD, TOKEN = "hunter2-and-more", "token-of-the-ring"


def ask(url: str, **more: object) -> object:
    with Prometheus(replace(Endpoint(url, timeout_seconds=60), **more)) as server:
        return server.query("up", at=0)


def said_of(answer: Answer, **more: object) -> tuple[type[NoAnswer], str]:
    """What is raised when a server answers so, and its sentence, in which URL stands for the server's."""
    with serving(answer) as fake:
        return raised(fake.url, **more)


def raised(url: str, **more: object) -> tuple[type[NoAnswer], str]:
    with pytest.raises(NoAnswer) as caught:
        ask(url, **more)
    return type(caught.value), str(caught.value).replace(url, "URL")


def error(message: str, kind: str = "bad_data") -> dict[str, str]:
    return {"status": "error", "errorType": kind, "error": message}


def test_a_query_is_a_form_sent_by_post_below_the_prefix():
    with serving(reply()) as fake, Prometheus(Endpoint(f"{fake.url}/prometheus/")) as server:
        server.query("sum(x) > 1", at=1.25)

    (request,) = fake.requests
    assert (request.method, request.target) == ("POST", "/prometheus/api/v1/query")
    assert request.form == {"query": "sum(x) > 1", "time": "1.250"}


def test_what_does_not_read_samples_is_a_get_with_parameters():
    with serving(reply({"status": "success", "data": ["b", "a"]})) as fake, Prometheus(Endpoint(fake.url)) as server:
        values = server.label_values("a/b", selector='x{y="z"}', start=0, end=60).values

    assert values == ("a", "b")
    (request,) = fake.requests
    assert (request.method, request.body) == ("GET", b"")
    assert request.target == ("/api/v1/label/a%2Fb/values?start=0.000&end=60.000&match%5B%5D=x%7By%3D%22z%22%7D")


def test_headers_and_credentials_are_sent():
    with serving(reply()) as fake:
        ask(fake.url, headers=(("X-Scope-OrgID", "payments"),), bearer_token=TOKEN)
        ask(fake.url, login=Login("ana", PASSWORD))

    by_token, by_password = (request.headers for request in fake.requests)
    assert (by_token["x-scope-orgid"], by_token["authorization"]) == ("payments", f"Bearer {TOKEN}")
    assert by_password["authorization"] == "Basic YW5hOmh1bnRlcjItYW5kLW1vcmU="


def test_one_connection_serves_one_question_after_the_other_and_threads_share_the_server():
    with serving(reply()) as fake, Prometheus(Endpoint(fake.url)) as server:
        for _ in range(3):
            server.query("up", at=0)
        alone = fake.connections
        threads = [threading.Thread(target=server.query, args=("up",), kwargs={"at": 0}) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert (alone, len(fake.requests)) == (1, 11)


def test_warnings_are_kept_and_infos_are_not():
    answer = GOOD | {"warnings": ["store 2 did not answer"], "infos": ["metric might not be a counter"]}

    with serving(reply(answer)) as fake:
        assert ask(fake.url).warnings == ("store 2 did not answer",)


def test_a_partial_response_of_victoria_metrics_is_a_warning():
    with serving(reply(GOOD | {"isPartial": True}), reply(GOOD | {"isPartial": False})) as fake:
        assert [ask(fake.url).warnings, ask(fake.url).warnings] == [("the response is partial",), ()]


def test_nothing_may_be_written_as_null():
    nothing = [{"groups": None}, {"alerts": None}, {"activeTargets": None}, None, None]
    answers = [reply({"status": "success", "data": data}) for data in nothing]
    with serving(*answers) as fake, Prometheus(Endpoint(fake.url)) as server:
        found = [server.rules(), server.alerts(), server.targets(), server.flags()]
        values = server.label_values("job", start=0, end=1).values

    assert ([len(one) for one in found], values) == ([0, 0, 0, 0], ())


def test_remedies_name_the_server_by_its_key():
    answers = (reply(b"", status=404), reply(b"", status=401))
    with serving(*answers) as fake, Alertmanager(Endpoint(fake.url, key="alertmanager")) as server:
        with pytest.raises(Absent, match="under alertmanager:, whose prefix may be missing, such as /alertmanager"):
            server.alerts()
        with pytest.raises(Denied, match="SRETOOL_ALERTMANAGER_TOKEN"):
            server.alerts()


def test_not_a_number_and_infinity_are_decimals_from_their_text():
    result = [{"metric": {"n": str(n)}, "value": [0, text]} for n, text in enumerate(["NaN", "+Inf", "-Inf", "0.1"])]
    answer = {"status": "success", "data": {"resultType": "vector", "result": result}}

    with serving(reply(answer)) as fake:
        values = [sample.value for sample in ask(fake.url).samples]

    assert values[0].is_nan()
    assert values[1:] == [Decimal("Infinity"), Decimal("-Infinity"), Decimal("0.1")]


def test_a_packed_answer_is_unpacked():
    with serving(packed(GOOD)) as fake:
        assert ask(fake.url).samples == ()


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (
            reply(error("1:4: parse error: unclosed left parenthesis"), status=400),
            Refused,
            "URL/api/v1/query refuses (400: 1:4: parse error: unclosed left parenthesis)",
        ),
        (
            reply(error("found duplicate series", "execution"), status=422),
            Refused,
            "URL/api/v1/query refuses (422: found duplicate series)",
        ),
        (
            reply(error("query timed out", "timeout"), status=503),
            Refused,
            "URL/api/v1/query refuses (503: query timed out)",
        ),
        (
            reply(b"", status=401),
            Denied,
            "URL/api/v1/query wants to know who asks (401): set SRETOOL_PROMETHEUS_TOKEN, or bearer_token_file or "
            "basic_auth under prometheus: in sretool.yaml",
        ),
        (
            reply(b"no such tenant", status=403, kind="text/plain"),
            Denied,
            "URL/api/v1/query forbids this to us (403: no such tenant): set SRETOOL_PROMETHEUS_TOKEN, or "
            "bearer_token_file or basic_auth under prometheus: in sretool.yaml",
        ),
        (
            reply(b"404 page not found", status=404, kind="text/plain"),
            Absent,
            "URL/api/v1/query is not there (404: 404 page not found): check the URL under prometheus:, whose prefix "
            "may be missing, such as /prometheus",
        ),
        (
            reply(b'requestURI: /api; unsupported path requested: "/api"', status=400, kind="text/plain"),
            Absent,
            'URL/api/v1/query is not there (400: requestURI: /api; unsupported path requested: "/api"): check the URL '
            "under prometheus:, whose prefix may be missing, such as /prometheus",
        ),
        (
            reply(b"", status=302, headers={"Location": "https://login.example/?next=secret"}),
            NotUnderstood,
            "URL/api/v1/query sends us on to https://login.example/ (302): give the URL that answers itself",
        ),
        (
            reply(b"<html><body>502 Bad Gateway</body></html>", status=502, kind="text/html"),
            NotUnderstood,
            "URL/api/v1/query answers 502 and no word of why: see its log, or what stands before it",
        ),
        (
            reply(b"<!DOCTYPE html><html>Sign in", kind="text/html"),
            NotUnderstood,
            "URL/api/v1/query answers with a web page: give the URL of the server, not of what stands before it, such "
            "as a sign-in, under prometheus:",
        ),
        (
            reply(b"pong"),
            NotUnderstood,
            "URL/api/v1/query answers with something else than JSON: check the URL under prometheus:",
        ),
        (
            reply(b'{"status":"success","da', length=23),
            NotUnderstood,
            "URL/api/v1/query answers with JSON that ends too early or is broken: see what stands before it",
        ),
        (
            reply(json.dumps(GOOD).encode(), length=20),  # A length that is too small cuts the answer.
            NotUnderstood,
            "URL/api/v1/query answers with JSON that ends too early or is broken: see what stands before it",
        ),
        (
            reply(b"[" * 200_000),
            NotUnderstood,
            "URL/api/v1/query answers with JSON that ends too early or is broken: see what stands before it",
        ),
        (
            reply({"status": "success", "data": {"resultType": "matrix", "result": []}}),
            NotUnderstood,
            "URL/api/v1/query answers JSON of another shape than prometheus does (an instant vector was asked for, "
            "and a matrix came): check the URL under prometheus:",
        ),
        (
            reply({"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [0]}]}}),
            NotUnderstood,
            "URL/api/v1/query answers JSON of another shape than prometheus does: check the URL under prometheus:",
        ),
        (
            reply(
                {
                    "status": "success",
                    "data": {"resultType": "vector", "result": [{"metric": {}, "histogram": [0, {}]}]},
                }
            ),
            NotUnderstood,
            "URL/api/v1/query answers JSON of another shape than prometheus does (native histograms came where numbers "
            "were asked for): check the URL under prometheus:",
        ),
        (
            reply(["no", "object"]),
            NotUnderstood,
            "URL/api/v1/query answers JSON of another shape than prometheus does: check the URL under prometheus:",
        ),
        (
            reply(b"junk", headers={"Content-Encoding": "gzip"}),
            NotUnderstood,
            "URL sends gzip that is broken: see what stands between it and us",
        ),
        (
            reply(b"junk", headers={"Content-Encoding": "br"}),
            NotUnderstood,
            "URL packs its answer as nobody asked it to: see what stands between it and us",
        ),
        (
            raw(b"220 mail.example ESMTP\r\n\r\n"),
            NotUnderstood,
            "URL does not answer as HTTP does: give the URL of its HTTP interface, as a browser would open it",
        ),
    ],
)
def test_an_answer_that_is_none_is_one_sentence(answer: Answer, kind: type[NoAnswer], sentence: str):
    assert said_of(answer) == (kind, sentence)


def broken_off(_: object, wire: object) -> None:
    reply(b'{"status":', length=1_000)(_, wire)
    hang_up(_, wire)


def broken_off_in_chunks(_: object, wire: object) -> None:
    raw(HEADERS + b"Transfer-Encoding: chunked\r\n\r\n10\r\n{")(_, wire)
    hang_up(_, wire)


@pytest.mark.parametrize("answer", [broken_off, broken_off_in_chunks])
def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(answer: Answer):
    assert said_of(answer) == (
        NotUnderstood,
        "URL broke off in the middle of its answer: see whether it, or a proxy before it, restarted",
    )


@pytest.mark.parametrize(
    "answer",
    [
        never,
        trickling(b""),
        trickling(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        trickling(HEADERS + b"Content-Length: 1000000000\r\n\r\n"),
        reply(b"{", length=1_000),  # A length that is too large is waited for.
    ],
    ids=["never", "trickles from the first byte", "trickles headers", "trickles the body", "says a wrong length"],
)
def test_a_server_that_takes_its_time_is_left_when_the_time_is_up(answer: Answer):
    assert said_of(answer, timeout_seconds=QUICK_SECONDS) == (
        TimedOut,
        "URL did not answer within 0.4 s: see whether it is overloaded, or give it longer with --timeout",
    )


def test_a_server_that_does_not_read_the_question_is_left_when_the_time_is_up():
    with (
        serving(handshakes=False) as fake,
        Prometheus(Endpoint(fake.url, QUICK_SECONDS)) as server,
        pytest.raises(TimedOut),
    ):
        server.query("x" * 30_000_000, at=0)


def test_a_huge_answer_is_left_when_it_is_larger_than_it_may_be():
    """This one never ends: it is left because of its size, long before its time is up."""
    megabyte = raw(HEADERS + b"Content-Length: 1000000000000\r\n\r\n" + b"a" * 2**20)
    with serving(megabyte) as fake:
        assert raised(fake.url, answer_bytes_max=2**19, timeout_seconds=60) == (
            NotUnderstood,
            "URL answers with more than 0.5 MiB: ask for less at once",
        )


def test_a_small_answer_that_unpacks_to_a_huge_one_is_left():
    with serving(packed(["a" * 2**24])) as fake:
        assert raised(fake.url, answer_bytes_max=2**20) == (
            NotUnderstood,
            "URL answers with more than 1 MiB: ask for less at once",
        )


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    assert raised(url) == (Broken, "URL refuses the connection: nobody listens there, so start it or correct the URL")


def test_nobody_has_that_name():
    assert raised("http://nobody.invalid:9090") == (
        Unreachable,
        "URL cannot be reached, for nobody knows a host of that name: check its spelling",
    )


def test_a_server_that_always_hangs_up():
    assert said_of(hang_up) == (Broken, "URL hung up without an answer: see whether it is well")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(status: int):
    with serving(reply(b"", status=status), hang_up, reply()) as fake:
        assert ask(fake.url).samples == ()

    assert len(fake.requests) == 3


def test_after_three_attempts_it_is_said_what_the_last_one_brought():
    with serving(hang_up, reply(b"", status=500), reply(error("no space left"), status=503)) as fake:
        assert raised(fake.url) == (Refused, "URL/api/v1/query refuses (503: no space left)")

    assert len(fake.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 501])
def test_what_will_not_pass_is_asked_once(status: int):
    with serving(reply(error("no"), status=status)) as fake:
        raised(fake.url)

    assert len(fake.requests) == 1


def test_a_query_that_took_the_server_too_long_is_not_asked_again():
    """Compact JSON, as Prometheus writes it."""
    body = b'{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}'
    with serving(reply(body, status=503)) as fake:
        raised(fake.url)

    assert len(fake.requests) == 1


def test_a_server_that_wants_to_be_left_alone_for_longer_than_there_is_time_is_left_at_once():
    with serving(reply(b"slow down", status=429, kind="text/plain", headers={"Retry-After": "3600"})) as fake:
        assert raised(fake.url, timeout_seconds=60) == (
            Refused,
            "URL/api/v1/query has too many questions (429: slow down): come back in 3600 s, as it asks",
        )

    assert len(fake.requests) == 1


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew():
    closing = reply(headers={"Connection": "close"})
    with serving(closing, reply()) as fake, Prometheus(Endpoint(fake.url)) as server:
        server.query("up", at=0)
        server.query("up", at=0)

    assert fake.connections == 2


def test_a_server_that_repeats_a_secret_does_not_bring_it_into_a_sentence():
    basic = Login("ana", PASSWORD).basic
    for secrets, words in (
        ({"bearer_token": TOKEN}, f"bad token {TOKEN}\x1b[31m\nreally"),
        ({"login": Login("ana", PASSWORD)}, f"{basic} means {PASSWORD}"),
    ):
        _, sentence = said_of(reply(error(words), status=403), **secrets)

        assert "403: " in sentence
        assert not [secret for secret in (TOKEN, PASSWORD, basic, "\x1b", "\n") if secret in sentence]


def test_the_words_of_a_server_are_cut():
    _, sentence = said_of(reply(error("a" * 100_000), status=422))

    assert len(sentence) < 400


def test_whether_a_server_is_ready_is_asked_once_and_is_no_error():
    with serving(reply(b"", status=503), reply(b"ready")) as fake, Prometheus(Endpoint(fake.url)) as server:
        assert (server.is_ready(), server.is_ready()) == (False, True)
        assert [request.target for request in fake.requests] == ["/-/ready", "/-/ready"]
    with Prometheus(Endpoint(fake.url)) as gone:
        assert not gone.is_ready()
