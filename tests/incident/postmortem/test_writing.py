"""A page as it is written without any server: hostile words, templates of a team's own, and where it cannot be put."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from incident.postmortem.nights import NAME, OPENED, alert, at, event, incident
from specs import native_document, read

from sretool.filling import BadTemplate
from sretool.incident.events import AlertsSeen, DeliveryTried, Noted, Opened, PostmortemWritten, Reading, Snapshot
from sretool.incident.history import Incident
from sretool.incident.ledger import Draft, Ledger
from sretool.incident.postmortem.answers import Answers, read_answers
from sretool.incident.postmortem.linting import lint
from sretool.incident.postmortem.reading import Postmortem, read_file
from sretool.incident.postmortem.writing import NotWritten, World, Written, concerned, write
from sretool.lint.check import Facts
from sretool.lint.linting import Choice
from sretool.rules.timing import Timing
from sretool.settings.settings import Settings, default_settings
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.loading import load

ANSWERS = Answers(
    owner="shop",
    summary="For ten minutes half of all orders failed.",
    customers="None wrote.",
    detection="Nothing would have told sooner.",
    factors=("The disk was full.", "No alert looks at it."),
    went_well=("The page came.",),
    went_wrong=("Two people looked elsewhere.",),
    lucky=("It was night.",),
)


def written(
    home: Path,
    found: Incident,
    *,
    answers: Answers = ANSWERS,
    settings: Settings | None = None,
    force: bool = False,
) -> Written:
    world = World((), "no Prometheus is named", Timing(), at(90))
    ledger = Ledger(home / "incidents", now=lambda: at(95))
    return write(found, world, answers, settings or default_settings(home), ledger, actor="ada@host", force=force)


def page_of(home: Path, found: Incident, *, answers: Answers = ANSWERS) -> str:
    return written(home, found, answers=answers).path.read_text(encoding="utf-8")


def read_back(path: Path) -> Postmortem:
    notes = Notes()
    found = read_file(path, notes)
    assert notes.diagnostics == []
    assert found is not None
    return found


def rows(page: str, title: str) -> list[list[str]]:
    """The cells of a section's table, told apart by the bars that are not escaped."""
    lines = page.partition(f"## {title}\n")[2].partition("\n## ")[0].splitlines()
    return [line.replace(r"\|", "!").split(" | ") for line in lines if line.startswith("| ")]


def test_words_from_outside_break_no_table_and_are_no_html(tmp_path: Path):
    title = 'Orders | fail: "quoted" <script>alert(1)</script> `code` \\'
    note = "first | line\n\n## Actions\n<!-- hidden --> | $x^2$"
    found = incident(event(0, Opened(title, "sev1", "x|y", "shop")), event(3, Noted(note)))
    path = written(tmp_path, found).path
    page = path.read_text(encoding="utf-8")
    body = page.split("---\n", 2)[2]

    assert read_back(path).head.title == title
    assert "<" not in body.replace("<!-- What says", "").replace("<!-- type:", "")
    assert [len(cells) for cells in rows(page, "Timeline")] == [3, 3, 3]
    assert page.count("\n## Actions\n") == 1
    assert "&lt;!-- hidden" in page


def test_a_title_of_two_lines_is_one(tmp_path: Path):
    found = incident(event(0, Opened("Orders\nfail: yes\n---", "sev1", "x", "shop")))

    assert read_back(written(tmp_path, found).path).head.title == "Orders fail: yes ---"


def test_what_a_terminal_would_obey_and_what_is_no_character_is_left_out(tmp_path: Path):
    found = incident(
        event(0, Opened("Orders \x1b[31mfail\x7f \ud800 😀", "sev1", "x\x00", "shop")), event(1, Noted("\udfff"))
    )
    path = written(tmp_path, found).path

    assert read_back(path).head.title == "Orders [31mfail 😀"
    assert "\x1b" not in path.read_text(encoding="utf-8")


def test_without_prometheus_nothing_is_invented_and_nothing_contradicts(tmp_path: Path):
    found = incident(
        event(1, AlertsSeen((alert(-1),))), event(2, DeliveryTried(f"01KB{0:022}/trigger", "delivered", ""))
    )
    page = read_back(written(tmp_path, found).path)
    report = lint([page], [], facts=Facts(), today=date(2026, 12, 1), choice=Choice())

    told = {stamp.name.text: stamp.when.text for stamp in page.times}
    assert told["Impact began"] == told["Impact ended"] == "not known: no Prometheus is named"
    assert told["Detected"] == "2026-11-28T02:59:00Z"
    # The action is all that is left to be answered, and somebody is to read it.
    assert [each.code for each in report.findings] == ["PM005", "PM002"]


def test_an_open_incident_says_what_is_not_over(tmp_path: Path):
    page = read_back(written(tmp_path, incident()).path)

    assert {stamp.name.text: stamp.when.text for stamp in page.times}["Resolved"] == "not yet: the incident is open"


def test_deliveries_that_wait_and_alerts_that_are_told_again_do_not_fill_the_timeline(tmp_path: Path):
    page = f"01KB{0:022}/trigger"
    waits = [event(1 + n / 10, DeliveryTried(page, "later", "it answered 503")) for n in range(100)]
    alerts = [event(20 + n, AlertsSeen((alert(-1),)), number=1_000 + n) for n in range(50)]
    found = incident(*waits, event(15, DeliveryTried(page, "delivered", "")), *alerts)

    told = [cells[1] for cells in rows(page_of(tmp_path, found), "Timeline")[1:]]
    assert told == [
        "opened as sev2: burns 50x",
        "PagerDuty: the page is to be tried again: it answered 503",
        "PagerDuty: the page was delivered",
        "alert ErrorBudgetBurn since 2026-11-28 02:59:00 UTC",
    ]


def test_a_note_that_nobody_would_read_is_cut(tmp_path: Path):
    (_, _, row) = rows(page_of(tmp_path, incident(event(3, Noted("word " * 5_000)))), "Timeline")

    assert len(row[1]) < 600
    assert row[1].endswith("...")


def test_how_it_stood_when_it_was_opened_is_told(tmp_path: Path):
    reading = Reading("shop/availability", "burning", Decimal("0.388"), (("5m", Decimal(50)),), ("page 30m-5m",))
    page = page_of(tmp_path, incident(event(0.1, Snapshot(at(0), (reading,)))))

    assert "when it was opened: shop/availability burning, 38.8% of the budget left, burn 5m 50x" in page


def test_it_is_recorded_where_the_page_is(tmp_path: Path):
    ledger = Ledger(tmp_path / "incidents", now=lambda: at(1))
    ledger.append([Draft(NAME, OPENED, (), at(0), "ada@host")])
    written(tmp_path, incident())

    (found,) = ledger.incidents()
    assert found.postmortem == f"postmortems/{NAME}.md"
    assert [written for _, written in found.all(PostmortemWritten)] == [PostmortemWritten(f"postmortems/{NAME}.md")]


def test_a_page_that_is_there_stays_unless_it_is_forced(tmp_path: Path):
    path = written(tmp_path, incident()).path
    path.write_text("what people wrote", encoding="utf-8")

    with pytest.raises(NotWritten, match="is there already: --force"):
        written(tmp_path, incident())
    assert path.read_text(encoding="utf-8") == "what people wrote"
    written(tmp_path, incident(), force=True)
    assert path.read_text(encoding="utf-8").startswith("---\n")
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_page_that_cannot_be_put_anywhere_is_a_sentence_and_is_not_recorded(tmp_path: Path):
    (tmp_path / "postmortems").write_text("a file", encoding="utf-8")

    with pytest.raises(NotWritten, match="cannot be written: "):
        written(tmp_path, incident())
    assert not (tmp_path / "incidents").exists()


def test_an_id_that_would_lead_elsewhere_names_no_page(tmp_path: Path):
    found = incident()
    elsewhere = Incident(tuple(replace(one, incident_id="../../etc/x") for one in found.events), found.opened)

    with pytest.raises(NotWritten, match="no name for a page"):
        written(tmp_path, elsewhere)


def test_a_team_has_a_template_of_its_own(tmp_path: Path):
    template = tmp_path / "ours" / "templates" / "postmortem.md.j2"
    template.parent.mkdir(parents=True)
    template.write_text("# {{ incident.title }}\n{% for time in facts.times %}{{ time.name }};{% endfor %}\n", "utf-8")
    settings = replace(default_settings(tmp_path), assets=tmp_path / "ours")
    path = written(tmp_path, incident(), settings=settings).path

    assert path.read_text("utf-8") == (
        "# Orders fail\nImpact began;Detected;Paged;Acknowledged;Impact ended;Resolved;\n"
    )


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{% if %}", "postmortem.md.j2:1: Expected an expression"),
        ("\n{{ incident.titel }}", "postmortem.md.j2:2: Incident has no titel: write title"),
        ("{{ incident.title + 1 }}", "postmortem.md.j2:1: can only concatenate str"),
        ("{{ facts.times | nosuch }}", "No filter named 'nosuch'"),
    ],
)
def test_a_template_that_cannot_be_filled_is_told_and_nothing_is_written(tmp_path: Path, template: str, words: str):
    place = tmp_path / "ours" / "templates" / "postmortem.md.j2"
    place.parent.mkdir(parents=True)
    place.write_text(template, encoding="utf-8")
    settings = replace(default_settings(tmp_path), assets=tmp_path / "ours")

    with pytest.raises(BadTemplate, match=words):
        written(tmp_path, incident(), settings=settings)
    assert not (tmp_path / "postmortems").exists()


def test_the_slos_of_a_service_are_looked_at_those_first_that_are_named():
    services = read(native_document(), native_document().replace("service: checkout", "service: other")).services
    names = [slo.full_name for slo in services[0].slos]
    by_alert = incident(
        event(0, Opened("Orders fail", "sev2", "x")),
        event(1, AlertsSeen((alert(0, service="checkout", slo=names[-1].partition("/")[2]),))),
    )

    chosen, slos = concerned(by_alert, services)
    assert [service.name for service in chosen] == ["checkout"]
    assert slos[0].full_name == names[-1]
    assert concerned(incident(event(0, Opened("?", "sev2", "x"))), services) == ((), ())


def test_answers_come_from_a_file_and_what_is_wrong_with_it_is_told():
    text = "summary: It failed.\nlucky: It was night.\nfactors: [a, b]\nactions:\n  - {action: Do it, owner: ada}\n"
    answers, diagnostics = read_answers(load(text, "answers.yaml"))

    assert diagnostics == ()
    assert (answers.summary, answers.lucky, answers.factors) == ("It failed.", ("It was night.",), ("a", "b"))
    assert answers.actions[0].cells == ("Do it", "", "ada", "", "", "open")
    _, diagnostics = read_answers(load("sumary: x\nactions: none\n", "answers.yaml"))
    assert [each.code for each in diagnostics] == ["YA013", "YA003"]


def test_without_numpy_the_page_is_written_and_says_what_it_takes(tmp_path: Path):
    program = (
        "import sys; sys.modules['numpy'] = None\n"
        "from sretool.incident.postmortem import writing\n"
        "world = writing.World((), object(), None, None)\n"
        "print(writing._measured(None, world, (), ()))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "not known: to find it in the SLI takes numpy: pip install 'sretool[report]'\n"
