"""What stands in the way of a request: bytes that are no text, proxies, addresses."""

from __future__ import annotations

from pathlib import Path

import pytest
from incident.between import night_in
from incident.night import SERVICE, Night
from prometheus.fake import refusing

from sretool.incident.outbox import Held
from sretool.incident.pagerduty.access import Access, access
from sretool.incident.pagerduty.calls import Call
from sretool.incident.pagerduty.replies import Silence
from sretool.incident.pagerduty.wire import ClientWire
from sretool.settings.catalog import Catalog, CatalogService, Person


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return night_in(tmp_path)


@pytest.mark.parametrize("has_rest", [True, False])
def test_a_byte_that_is_no_text_keeps_nobody_from_being_paged(tmp_path: Path, has_rest: bool):
    night = night_in(tmp_path, has_rest=has_rest)
    broken, sound = night.open("the disk \udcff is full"), night.open()
    report = night.deliver()

    assert report.left == ()
    assert [len(night.pages_of(incident)) for incident in (broken, sound)] == [1, 1]


@pytest.mark.parametrize("proxy", ["gopher://127.0.0.1:9", "http://[::1:9"])
def test_a_proxy_that_nobody_can_use_is_a_sentence_and_the_page_stays_queued(
    monkeypatch: pytest.MonkeyPatch, proxy: str
):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    met = ClientWire(Access(routing_key="0" * 32)).ask(Call("events", "POST", "/v2/enqueue", {}), seconds=1)

    assert isinstance(met, Silence)
    assert (met.is_lasting, met.may_be_done) == (True, False)
    assert "HTTPS_PROXY" in met.words


def test_a_proxy_that_is_down_is_not_taken_for_pagerduty(monkeypatch: pytest.MonkeyPatch):
    access = Access(routing_key="0" * 32, events_url="https://events.pagerduty.invalid")
    with refusing() as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://ada:hunter2@127.0.0.1:{port}")
        met = ClientWire(access).ask(Call("events", "POST", "/v2/enqueue", {}), seconds=60)

    assert isinstance(met, Silence)
    assert "or the proxy before it, refuses the connection" in met.words
    assert "hunter2" not in met.words


def test_an_address_that_no_header_can_hold_is_named_as_missing_before_anything_is_sent(night: Night):
    catalog = Catalog(
        services=(CatalogService("shop", "shop", pagerduty=SERVICE),), people=(Person("ada", "ädä@example.org"),)
    )
    night.access = access({"PAGERDUTY_API_KEY": night.access.api_key}, catalog)
    night.restart()
    night.open()
    (told,) = night.deliver().told

    assert isinstance(told.result, Held)
    assert "set PAGERDUTY_FROM" in told.result.words
