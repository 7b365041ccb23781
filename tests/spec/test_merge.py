"""What several files may not say of one service."""

import pytest
from specs import complaints, native_document, native_slo, read


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("owner", "payments", "shop"),
        ("criticality", "1", "2"),
        ("targets", "{job: a}", "{job: b}"),
        ("traffic", "always", "sometimes"),
    ],
)
def test_a_service_cannot_be_two_things(key: str, one: str, other: str):
    first = native_document(f"{key}: {one}\nslos: [{_slo('a')}]")
    second = native_document(f"{key}: {other}\nslos: [{_slo('b')}]")

    (told,) = read(first, second).diagnostics

    assert (told.code, told.place.path) == ("SL127", "b.yaml")
    assert told.message.startswith(f"`{key}` of this service is something else at a.yaml:")


def test_the_place_of_the_first_statement_is_told():
    assert complaints(native_document(), native_slo("name: latency").replace("payments", "shop")) == (
        "b.yaml:3:8: SL127 `owner` of this service is something else at a.yaml:3:8 (payments)\n"
        "  owner: shop\n"
        "         ^^^^\n"
        "  remedy: write `owner` the same in all its files, or in one alone"
    )


def test_saying_the_same_twice_is_no_mistake():
    texts = [native_document(f"targets: {{job: a}}\ntraffic: always\nslos: [{slo}]") for slo in (_slo("a"), _slo("b"))]

    assert complaints(*texts) == ""


def _slo(name: str, more: str = "") -> str:
    return f"{{name: {name}, objective: 99.9%, period: 30d, runbook: r, sli: {{events: {{bad: b, total: t}}}}{more}}}"


def test_an_slo_of_the_same_name_in_another_file_is_an_error_there():
    assert complaints(native_slo(), native_slo()) == (
        "b.yaml:5:11: SL112 the SLO `availability` of this service is there already, at a.yaml:5:11\n"
        "  - name: availability\n"
        "          ^^^^^^^^^^^^\n"
        "  remedy: rename or remove one of the two"
    )


def test_an_slo_of_the_same_name_in_another_service_is_none():
    assert complaints(native_slo(), native_slo().replace("checkout", "cart")) == ""


def test_a_name_is_taken_by_an_slo_that_has_mistakes_of_its_own():
    told = read(native_slo("objective: 1"), native_slo("objective: 2")).diagnostics

    assert [diagnostic.code for diagnostic in told] == ["SL101", "SL112", "SL101"]


def test_a_label_by_which_any_slo_of_the_service_is_grouped_is_no_label_of_another():
    grouped = native_slo("group_by: [region]")

    assert complaints(grouped, native_slo("name: latency\nlabels: {region: eu}")) == (
        "b.yaml:5:11: SL122 the label `region` of this SLO is what checkout/availability is grouped by\n"
        "  - name: latency\n"
        "          ^^^^^^^\n"
        "  remedy: give the label another name"
    )
