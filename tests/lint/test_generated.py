"""What is wrong with a generated rule is told where its SLO stands; what is no longer generated is told as drift."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from linted import codes, complaints, report
from specs import native_slo, read

from sretool.lint.generated import generate, service_of
from sretool.lint.linting import Choice
from sretool.lint.rulefile import read_rule_file
from sretool.model.slo import Service
from sretool.rules.compile import compile_service
from sretool.rules.emit import emit
from sretool.rules.rule import RuleFile
from sretool.rules.targets import emit_operator
from sretool.rules.timing import Timing
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.loading import load
from sretool.yamltext.nodes import Mapping

SPEC = "slos/checkout.yaml"
RATE_OF_A_SUM = (
    "sli:\n  expr:\n    bad: rate(sum(errors_total)[$window:1m])\n    total: sum(rate(requests_total[$window]))"
)
FLAWED = native_slo(RATE_OF_A_SUM)  # Its SLO is named on line 5.


def service(text: str) -> Service:
    (found,) = read(text).services
    return found


def rule_file(text: str) -> str:
    return emit(compile_service(service(text), Timing()))


def test_a_flaw_of_a_generated_rule_is_told_at_the_name_of_its_slo():
    said = complaints({"rules/checkout.yaml": rule_file(FLAWED)}, specs={SPEC: FLAWED}, choice=Choice(("PQ204",)))

    first, quoted, *_, remedy = said.splitlines()
    assert first.startswith(f"{SPEC}:5:11: PQ204 rate() takes a counter, and sum() hides the resets")
    assert first.endswith("(in the rule slo:bad_events:rate that this makes)")
    assert quoted == "  - name: availability"
    assert remedy == "  remedy: write sum(rate(errors_total[$window]))"


def test_it_is_told_there_for_the_resource_of_the_operator_too():
    text = emit_operator(compile_service(service(FLAWED), Timing()))

    found = report({"rules/checkout.yaml": text}, specs={SPEC: FLAWED}, choice=Choice(("PQ204",))).findings

    assert {(each.place.path, each.place.line) for each in found} == {(SPEC, 5)}


def test_it_is_told_without_any_rule_file_and_not_twice_with_one():
    alone = complaints({SPEC: FLAWED}, choice=Choice(("PQ204",)))
    both = complaints({SPEC: FLAWED, "r.yaml": rule_file(FLAWED)}, specs={SPEC: FLAWED}, choice=Choice(("PQ204",)))

    assert alone.count("PQ204") == 1
    assert both == alone


def test_comments_of_specifications_that_are_not_linted_are_not_judged():
    text = native_slo().replace("slos:\n", 'slos:\n  # sretool: ignore[SL134] reason="a trial"\n')

    assert "LN001" not in codes({"r.yaml": rule_file(text)}, specs={SPEC: text})
    assert "LN001" in codes({SPEC: text})


def test_a_comment_at_the_slo_accepts_what_its_rules_do():
    text = FLAWED.replace("slos:\n", 'slos:\n  # sretool: ignore[PQ204] reason="one process, never restarted"\n')

    found = report({"rules/checkout.yaml": rule_file(text)}, specs={SPEC: text}, choice=Choice(("PQ204", "LN")))

    assert found.findings == ()
    assert {diagnostic.code for diagnostic, _ in found.accepted} == {"PQ204"}


def test_a_rule_that_is_shared_by_a_service_points_at_the_line_of_the_service():
    text = native_slo()

    made = generate([service(text)], Timing(), None)

    shared = {place.line for rule, place in made.makers.items() if rule.name == "ErrorBudgetBurn"}
    its_own = {place.line for rule, place in made.makers.items() if rule.name == "slo:bad_events:rate"}
    assert (shared, its_own) == ({2}, {5})


def test_rules_as_they_are_generated_have_no_findings():
    text = native_slo()
    shared = ("data-fault", "idle", "no-data", "rules-failing", "targets-dead")
    existing = {f"runbooks/{name}.md": "# What to do\n\nLook.\n" for name in ("a", *(f"slo-{each}" for each in shared))}

    assert codes({"rules/checkout.yaml": rule_file(text)}, specs={SPEC: text}, existing=existing) == set()


@pytest.mark.parametrize("emitted", [emit, emit_operator], ids=["rules", "resources"])
def test_several_services_in_a_row_are_as_generated(emitted: Callable[[RuleFile], str]):
    specs = {f"slos/{name}.yaml": native_slo().replace("checkout", name) for name in ("cart", "shop")}
    first, second = (emitted(compile_service(service(text), Timing())) for text in specs.values())
    in_a_row = f"{first}---\n{second}" if emitted is emit_operator else first + second.split("\ngroups:\n")[1]

    as_made = report({"r.yaml": in_a_row}, specs=specs, choice=Choice(("GD601",)))
    changed = report({"r.yaml": in_a_row.replace("[6m]", "[7m]")}, specs=specs, choice=Choice(("GD601",)))

    assert as_made.findings == ()
    assert [each.code for each in changed.findings] == ["GD601"]


@pytest.mark.parametrize(
    ("written", "instead", "code"),
    [
        ("had data and has none", "has {{ nothing", "AL306"),
        ("          runbook: runbooks/slo-no-data.md\n", "", "RB701"),
        ("runbooks/slo-no-data.md", "runbooks/slo-nodata.md", "RB702"),
        ("for: 10m", "for: 11m", "RB702"),
        ("severity: ticket, state: lost", "severity: tickte, state: lost", "NL403"),
    ],
)
def test_what_somebody_wrote_into_a_generated_rule_is_told_where_it_was_written(written: str, instead: str, code: str):
    text = native_slo()
    edited = rule_file(text).replace(written, instead, 1)

    found = report({"r.yaml": edited}, specs={SPEC: text}, choice=Choice((code,))).findings

    (told,) = [each for each in found if each.place.path == "r.yaml"]
    rule_begins = next(n for n, line in enumerate(edited.splitlines(), start=1) if line.endswith("alert: SloNoData"))
    assert rule_begins <= told.place.line < rule_begins + 20
    assert told.message.endswith(
        "(the SLOs of checkout do not make this rule so: it was edited by hand, or they have changed since)"
    )


def test_a_rule_that_was_edited_is_told_to_be_of_its_own_service_where_several_are_in_a_row():
    specs = {f"slos/{name}.yaml": native_slo().replace("checkout", name) for name in ("cart", "shop")}
    first, second = (rule_file(text) for text in specs.values())
    edited = second.split("\ngroups:\n")[1].replace("severity: ticket, state: lost", "severity: tickte, state: lost")

    (told,) = report({"r.yaml": first + edited}, specs=specs, choice=Choice(("NL403",))).findings

    assert "(the SLOs of shop do not make this rule so:" in told.message


def test_rules_whose_time_runs_faster_are_not_said_to_be_edited():
    faster = emit(compile_service(service(FLAWED), Timing(scale=60)))

    (told,) = report({"r.yaml": faster}, specs={SPEC: FLAWED}, choice=Choice(("PQ204",))).findings

    assert told.place.path == "r.yaml"
    assert "edited" not in told.message


def test_the_first_line_that_somebody_changed_is_told():
    text = native_slo()
    made = rule_file(text)
    line = next(number for number, each in enumerate(made.splitlines(), start=1) if "interval: 2m" in each)

    said = complaints({"r.yaml": made.replace("interval: 2m", "interval: 9m", 1)}, specs={SPEC: text})

    assert said.splitlines()[0] == f"r.yaml:{line}:1: GD601 from here on, this is not what the SLOs of checkout make"
    assert said.splitlines()[1].strip() == "interval: 9m"


def test_lines_that_are_missing_at_the_end_are_told_there():
    text = native_slo()
    made = rule_file(text)
    cut = "".join(made.splitlines(keepends=True)[:-3])

    found = report({"r.yaml": cut}, specs={SPEC: text}, choice=Choice(("GD601",))).findings

    assert [each.place.line for each in found] == [len(cut.splitlines()) + 1]


def test_slos_with_mistakes_say_nothing_of_their_rules():
    text = native_slo()

    found = codes({"r.yaml": rule_file(text).replace("2m", "9m")}, specs={SPEC: text.replace("99.9%", "999")})

    assert "GD601" not in found


def test_the_service_of_a_file_is_read_from_its_first_line():
    loaded = load(rule_file(native_slo()), "r.yaml")
    (document,) = loaded.documents

    assert isinstance(document, Mapping)
    assert service_of(read_rule_file(document, Notes())) == "checkout"
