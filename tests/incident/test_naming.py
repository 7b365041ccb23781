"""Which SLO or invariant is meant, and when that has to be known."""

from __future__ import annotations

import pytest
from specs import native_slo, read

from sretool.incident.naming import SMALL_BYTES, Subject, UnknownName, asked_about, service, subject
from sretool.spec.load import Specs

DOCUMENT = native_slo() + (
    "invariants:\n"
    "  - name: charged-twice\n"
    "    description: Nobody pays twice.\n"
    "    zero: charged_twice_total\n"
    "    runbook: runbooks/b.md\n"
)
OTHER = native_slo().replace("service: checkout", "service: search")
BIG = b"#" * SMALL_BYTES


def found(name: str, *texts: str, padding: bytes = b"") -> Subject:
    return subject(name, [*(text.encode() for text in texts), padding], lambda: read(*texts))


def never() -> Specs:
    raise AssertionError("nobody has the time to read this")


@pytest.mark.parametrize(
    ("name", "service", "full"),
    [
        ("availability", "checkout", "checkout/availability"),
        ("checkout/availability", "checkout", "checkout/availability"),
        ("charged-twice", "checkout", "checkout/charged-twice"),
    ],
)
def test_a_name_is_that_of_an_slo_or_of_an_invariant(name: str, service: str, full: str):
    assert found(name, DOCUMENT) == Subject(service, full)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("availabilty", "did you mean checkout/availability?"),
        ("chekout/availability", "did you mean checkout/availability?"),
        ("checkout/latency", "no SLO or invariant is called checkout/latency"),
        ("zzz", "sretool slo list shows all SLOs"),
    ],
)
@pytest.mark.parametrize("padding", [b"", BIG], ids=["small", "big"])
def test_a_name_that_nothing_has_is_refused_with_what_may_have_been_meant(name: str, words: str, padding: bytes):
    with pytest.raises(UnknownName) as refused:
        found(name, DOCUMENT, padding=padding)

    assert words in str(refused.value)


def test_a_name_of_two_has_to_say_which():
    with pytest.raises(UnknownName, match="checkout/availability, search/availability: say which"):
        found("availability", DOCUMENT, OTHER)


def test_in_a_big_repository_a_full_name_that_its_files_mention_is_not_looked_up():
    assert subject("checkout/availability", [DOCUMENT.encode(), BIG], never) == Subject(
        "checkout", "checkout/availability"
    )


@pytest.mark.parametrize("padding", [b"", BIG], ids=["small", "big"])
def test_a_service_is_known_by_its_slos_or_by_the_catalogue(padding: bytes):
    for name in ("checkout", "billing"):
        texts = [DOCUMENT.encode(), padding]
        assert service(name, texts, lambda: read(DOCUMENT), catalogued=["billing"]) == Subject(name, "")
    with pytest.raises(UnknownName, match=r"did you mean checkout\?"):
        service("chekout", [DOCUMENT.encode(), padding], lambda: read(DOCUMENT), catalogued=["billing"])
    with pytest.raises(UnknownName, match="there are billing, checkout"):
        service("zzz", [DOCUMENT.encode(), padding], lambda: read(DOCUMENT), catalogued=["billing"])


def test_a_service_of_the_catalogue_or_of_a_big_repository_is_not_looked_up():
    assert service("billing", [DOCUMENT.encode()], never, catalogued=["billing"]) == Subject("billing", "")
    assert service("checkout", [DOCUMENT.encode(), BIG], never, catalogued=[]) == Subject("checkout", "")


def test_a_service_is_not_refused_where_files_are_broken_or_nothing_is_known():
    assert service("zzz", [], lambda: read(DOCUMENT, "slos: ["), catalogued=[]).doubt.startswith("no service is called")
    assert service("zzz", [], read, catalogued=[]) == Subject("zzz", "")


def test_in_a_big_repository_a_bare_name_is_looked_up():
    assert found("availability", DOCUMENT, padding=BIG) == Subject("checkout", "checkout/availability")


@pytest.mark.parametrize(
    ("name", "service", "full"), [("shop/orders", "shop", "shop/orders"), ("orders", "", "")], ids=str
)
def test_a_broken_file_is_no_reason_to_refuse(name: str, service: str, full: str):
    subject_ = found(name, DOCUMENT, "slos: [")

    assert (subject_.service, subject_.name) == (service, full)
    assert subject_.doubt.startswith(f"no SLO or invariant is called {name}")


def test_what_stands_in_a_whole_file_is_known_beside_a_broken_one():
    assert found("availability", DOCUMENT, "slos: [").doubt == ""


def test_what_is_asked_about_is_the_named_one_or_all_of_the_service_or_all():
    services = read(DOCUMENT, OTHER).services

    def names(of: Subject) -> list[str]:
        return [f"{one.service}/{one.name}" for service in asked_about(services, of)
                for one in (*service.slos, *service.invariants)]  # fmt: skip

    assert names(Subject("checkout", "checkout/availability")) == ["checkout/availability"]
    assert names(Subject("checkout", "checkout/charged-twice")) == ["checkout/charged-twice"]
    assert names(Subject("checkout", "")) == ["checkout/availability", "checkout/charged-twice"]
    assert len(names(Subject("", ""))) == 3
    with pytest.raises(UnknownName):
        names(Subject("checkout", "checkout/availabilty"))
