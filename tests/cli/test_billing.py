"""`sretool billing ...` on data that no service holds, and against services that are not there."""

import contextlib
import http.server
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from sretool.billing.directory import Admin, DataDirectory
from sretool.billing.journal import JournalReader, Kind, Pending, SegmentJournal
from sretool.billing.keys import read_keys
from sretool.cli.main import app
from sretool.cli.outcome import Exit, Stop


@pytest.fixture
def sretool(capsys, tmp_path, monkeypatch):
    """Runs a command in a directory of its own: exit code, stdout, and what is said on stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        capsys.readouterr()
        try:
            app(list(words), prog_name="sretool", standalone_mode=False)
        except Stop as stop:
            return int(stop.code), capsys.readouterr().out, str(stop)
        captured = capsys.readouterr()
        return int(Exit.FINE), captured.out, captured.err

    return run


@pytest.fixture
def data(sretool, tmp_path):
    """A service that was set up by init and is not running."""
    assert sretool("billing", "init", "--customers", "8")[0] == Exit.FINE
    return DataDirectory(tmp_path / ".sretool" / "billing")


def _usage(data, *events, tenant="acme"):
    data.create()
    journal = SegmentJournal.open(data.journal)
    journal.append_group([Pending(Kind.BATCH, tenant, len(events), json.dumps(events).encode())])
    journal.close()


def _event(name, customer="acme-1", **rest):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    event = {"transaction_id": name, "customer_id": customer, "event_type": "api_call", "timestamp": stamp}
    return event | {"properties": {"bytes": 7, "region": "eu"}} | rest


def test_init_shows_each_key_once_and_keeps_them_for_the_clients(sretool, tmp_path):
    code, out, _ = sretool("billing", "init", "--output", "json")
    said = json.loads(out)

    assert code == Exit.FINE
    assert said["keys"] == {name: client.key for name, client in read_keys(tmp_path / said["keys_file"]).items()}


def test_init_writes_over_nothing(sretool, data):
    code, out, said = sretool("billing", "init")

    assert (code, out) == (Exit.WRONG_INPUT, "")
    assert "billing.yaml is there already" in said


def test_what_has_no_data_is_told_how_to_get_some(sretool):
    grant = ("grant", "acme", "acme-1", "5", "--reason", "x")
    for words in ("invoice run", "invoice list", "invoice show 3f2a", "catalog apply", "reconcile", grant):
        code, out, said = sretool("billing", *(words.split() if isinstance(words, str) else words))

        assert (code, out) == (Exit.WRONG_INPUT, "")
        assert "run sretool billing init" in said
        assert "\n" not in said


def test_invoices_are_run_without_a_service_and_reconcile(sretool, data):
    assert sretool("billing", "catalog", "apply")[:2] == (0, ".sretool/billing/billing.yaml is in force\n")
    assert "already" in sretool("billing", "catalog", "apply")[1]
    _usage(data, _event("a"), _event("b"), _event("a"))

    code, out, _ = sretool("billing", "invoice", "run", "--output", "json")
    ran = json.loads(out)

    assert code == Exit.FINE
    assert len(ran["invoices"]) >= 21 * 2
    assert sretool("billing", "reconcile")[0] == Exit.FINE
    assert json.loads(sretool("billing", "invoice", "run", "--output", "json")[1])["invoices"] == []


def test_a_quantity_that_was_altered_in_an_invoice_is_found_by_reconcile(sretool, data):
    sretool("billing", "catalog", "apply")
    sretool("billing", "invoice", "run")
    with contextlib.closing(sqlite3.connect(data.invoices, isolation_level=None)) as db:
        name, shown = db.execute("SELECT id, json FROM documents WHERE customer = 'acme-1' LIMIT 1").fetchone()
        altered = shown.replace('"quantity": "0"', '"quantity": "0.5"', 1)
        db.execute("UPDATE documents SET json = ? WHERE id = ?", (altered, name))

    code, out, _ = sretool("billing", "reconcile", "--output", "json")

    (found,) = json.loads(out)["differences"]
    assert code == Exit.FOUND
    assert found["place"] == f"invoice {name} of acme/acme-1"
    assert found["what"].endswith(", quantity")
    assert (found["recounted"], found["found"]) == ("0", "0.5")


def test_of_many_invoices_that_differ_the_first_twenty_are_shown_and_how_many_more(sretool, data):
    sretool("billing", "catalog", "apply")
    sretool("billing", "invoice", "run")
    with contextlib.closing(sqlite3.connect(data.invoices, isolation_level=None)) as db:
        altered = db.execute("UPDATE documents SET total_minor = total_minor + 1, digest = 'x'").rowcount

    code, out, _ = sretool("billing", "reconcile")
    every = json.loads(sretool("billing", "reconcile", "--output", "json")[1])["differences"]

    rows = out.splitlines()
    assert code == Exit.FOUND
    assert len(rows) == 1 + 20 + 2
    assert rows[-2] == f"and {altered - 20} more places: --output json has them all"
    assert rows[-1].endswith(f"invoices: {len(every):,} difference(s) in {altered:,} place(s)")
    assert len(every) > altered


def test_an_invoice_is_shown_by_the_beginning_of_its_id_voided_and_issued_again(sretool, data):
    sretool("billing", "catalog", "apply")
    sretool("billing", "invoice", "run")
    rows = json.loads(sretool("billing", "invoice", "list", "--tenant", "acme", "--output", "json")[1])["invoices"]
    one = rows[0]["id"]

    assert f"invoice {one}, version 1, finalized" in sretool("billing", "invoice", "show", one[:12])[1]
    voided = sretool("billing", "invoice", "void", one[:12], "--reason", "x", "--reissue", "--output", "json")
    assert json.loads(voided[1])["voided"] == [one]
    assert [row["version"] for row in json.loads(voided[1])["reissued"]] == [2]
    again = sretool("billing", "invoice", "void", one, "--reason", "x")
    assert again[0] == Exit.WRONG_INPUT
    assert "is voided already" in again[2]
    assert sretool("billing", "reconcile")[0] == Exit.FINE


def test_a_credit_is_given_in_the_currency_of_the_customer(sretool, data):
    sretool("billing", "catalog", "apply")
    good = sretool("billing", "grant", "acme", "acme-3", "500", "--reason", "outage", "--id", "g1", "--output", "json")
    fine = sretool("billing", "grant", "acme", "acme-3", "0.50", "--reason", "outage")
    nobody = sretool("billing", "grant", "acme", "acme-99", "5", "--reason", "outage")

    assert json.loads(good[1]) == {"id": "g1", "currency": "JPY", "amount": "500", "granted": True}
    assert fine[0] == nobody[0] == Exit.WRONG_INPUT
    assert "JPY" in fine[2]
    assert "acme-99" in nobody[2]


def test_a_credit_is_given_once_and_another_one_of_its_name_is_refused(sretool, data):
    sretool("billing", "catalog", "apply")
    given = ("grant", "acme", "acme-3", "500", "--reason", "outage", "--id", "g1")
    sretool("billing", *given)

    again = sretool("billing", *given)
    dearer = sretool("billing", *given[:3], "700", *given[4:])
    other = sretool("billing", "grant", "acme", "acme-3", "500", "--reason", "promo", "--id", "g1")

    assert again[:2] == (Exit.FINE, "acme/acme-3 has a credit of JPY 500 already: g1\n")
    for refused in (dearer, other):
        assert refused[0] == Exit.WRONG_INPUT
        assert "the credit g1 stands already, with other terms: JPY 500 to acme/acme-3" in refused[2]


def _records(data):
    with JournalReader(data.journal) as reader:
        return [record.kind for record in reader.read(0, 2**30)]


@pytest.mark.parametrize(("usage", "billed"), [(10**15, ["acme-2"]), (0, [])])
def test_a_final_cut_is_appended_only_where_it_may_have_something_to_bill(sretool, data, usage, billed):
    text = data.catalog.read_text()
    month = re.search(r"acme-2: .*from: (\d{4}-\d{2})-01}", text)[1]
    data.catalog.write_text(re.sub(r"(acme-2: .*from: \d{4}-\d{2}-01)}", rf"\1, to: {month}-28}}", text))
    sretool("billing", "invoice", "run")
    late = {"timestamp": f"{month}-15T12:00:00Z", "properties": {"bytes": usage}}
    _usage(data, _event("late", customer="acme-2", **late))

    finals = [json.loads(sretool("billing", "invoice", "run", "--final", "--output", "json")[1]) for _ in range(2)]

    assert [[cut["final"] for cut in ran["cuts"]] for ran in finals] == [[True], []]
    assert [[row["customer"] for row in ran["invoices"]] for ran in finals] == [billed, []]
    assert _records(data)[-2:] == [Kind.BATCH, Kind.CUT]


def test_lists_of_nobody_and_of_no_month_are_mistakes_and_an_empty_one_is_none(sretool, data):
    assert sretool("billing", "invoice", "list", "--tenant", "acme")[:2] == (Exit.FINE, "")
    assert "there is no tenant nobody" in sretool("billing", "invoice", "list", "--tenant", "nobody")[2]
    assert sretool("billing", "invoice", "list", "--tenant", "acme", "--customer", "globex-1")[0] == Exit.WRONG_INPUT


def test_an_event_that_no_meter_can_use_is_listed_released_in_vain_and_discarded(sretool, data):
    sretool("billing", "catalog", "apply")
    _usage(data, _event("a"), _event("b", customer="nobody"))
    sretool("billing", "invoice", "run")
    (held,) = json.loads(sretool("billing", "quarantine", "list", "--output", "json")[1])["events"]

    assert (held["transaction_id"], held["kind"], held["state"]) == ("b", "quarantined", "held")
    assert sretool("billing", "quarantine", "release", held["id"])[0] == Exit.FOUND
    discarded = sretool("billing", "quarantine", "discard", held["id"], "--reason", "test")
    assert discarded[:2] == (Exit.FINE, f"event {held['id']} is discarded\n")
    assert sretool("billing", "quarantine", "release", held["id"])[0] == Exit.WRONG_INPUT
    assert sretool("billing", "reconcile")[0] == Exit.FINE


def test_a_whole_journal_verifies_and_a_damaged_one_is_a_finding(sretool, data):
    sretool("billing", "catalog", "apply")
    _usage(data, _event("a"))
    assert sretool("billing", "journal", "verify")[0] == Exit.FINE

    (segment,) = data.journal.glob("*.seg")
    damaged = bytearray(segment.read_bytes())
    damaged[200] ^= 1
    segment.write_bytes(damaged)

    code, out, _ = sretool("billing", "journal", "verify")
    assert code == Exit.FOUND
    assert "remedy:" in out


def test_what_needs_a_running_service_says_so(sretool, data):
    for words in (("fault", "list"), ("fault", "set", "latency"), ("fault", "clear")):
        code, _, said = sretool("billing", *words)

        assert code == Exit.NO_ANSWER
        assert "start sretool billing serve" in said


def test_a_load_that_nobody_answers_says_so(sretool, data):
    code, _, said = sretool("billing", "load", "--url", "http://127.0.0.1:9", "--seconds", "0.1")

    assert code == Exit.NO_ANSWER
    assert "no service answers at http://127.0.0.1:9" in said


@contextlib.contextmanager
def _service(status, said):
    """A service that gives one answer to everything: its address, and the bodies of what it was asked."""
    asked = []

    class Answering(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            asked.append(self.rfile.read(int(self.headers["content-length"])))
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Nobody listens."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            serving.join()


OLD = {"path": "timestamp", "reason": "2026-01-01T00:00:00Z is too old", "remedy": "send usage within 34 days"}


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (401, {"error": "the key is not one of ours"}, ": are the keys those of this service?"),
        (400, {"error": "faults", "events": [{"index": 0, "faults": [OLD]}]}, "is too old: send usage within 34 days"),
    ],
)
def test_a_load_that_was_turned_away_says_what_the_service_said(sretool, data, status, answer, why):
    with _service(status, answer) as (url, _):
        code, _, said = sretool("billing", "load", "--url", url, "--seconds", "0.1", "--rate", "1000")

    assert code == Exit.FOUND
    assert f"nothing was acknowledged: {status} {answer['error']}" in said
    assert said.endswith(why)


def test_a_parameter_below_0_is_written_as_it_is_and_the_fault_that_was_set_is_all_that_is_shown(sretool, data):
    known = {"clock-skew": {"description": "x", "parameter": "hours", "default": "-26"}, "latency": {}}
    with _service(200, {"enabled": True, "active": {"clock-skew": "-26"}, "known": known}) as (url, asked):
        data.write_admin(Admin(url, "token", os.getpid()))
        done = sretool("billing", "fault", "set", "clock-skew", "-26")

    assert done[:2] == (Exit.FINE, "fault clock-skew is on: -26 hours\n")
    assert json.loads(asked[0]) == {"name": "clock-skew", "parameter": "-26"}


def test_a_service_that_died_is_not_taken_for_a_running_one(sretool, data):
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    data.write_admin(Admin("http://127.0.0.1:9", "token", int(dead.stdout)))

    assert sretool("billing", "invoice", "run")[0] == Exit.FINE


def test_a_service_that_hangs_is_no_answer(sretool, data):
    data.write_admin(Admin("http://127.0.0.1:9", "token", os.getpid()))

    code, _, said = sretool("billing", "grant", "acme", "acme-1", "5", "--reason", "x")

    assert code == Exit.NO_ANSWER
    assert "does not answer" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["load", "--event-time", "2020-01"], "no instant of 2020-01"),
        (["load", "--event-time", "July"], "is not a month"),
        (["load", "--sweep", "9:1:1"], "LOW:HIGH:STEP"),
        (["load", "--tenants", "99"], "--tenants 8"),
        (["load", "--url", "ftp://x"], "is not the address of a service"),
        (["load", "--keys", "nowhere.json"], "there is no nowhere.json"),
        (["probe", "--tenant", "nobody"], "has no tenant nobody"),
        (["probe", "--url", "x"], "is not the address of a service"),
        (["audit"], "run sretool billing load"),
        (["invoice", "run", "--as-of", "tomorrow"], "--as-of: 'tomorrow' is not an instant"),
        (["invoice", "run", "--as-of", "2026-08-01T00:00:00"], "is not an instant"),
        (["invoice", "run", "--as-of", "2400-01-01"], "--as-of: '2400-01-01' is not within 1970 and 2199"),
        (["invoice", "run", "--as-of", "1969-12-31"], "is not within 1970 and 2199"),
        (["grant", "acme", "acme-1", "5", "--reason", "x", "--expires", "2400-01-01"], "--expires: '2400-01-01'"),
        (["grant", "acme", "acme-1", "5", "--reason", " "], "the reason is empty"),
        (["invoice", "list", "--period", "nonsense"], "--period: 'nonsense' is not a month"),
        (["invoice", "list", "--customer", "nobody"], "there is no customer nobody"),
        (["invoice", "void", "3f2a", "--reason", ""], "the reason is empty"),
        (["invoice", "void", "--period", "2026-13", "--reason", "x"], "is not a month"),
        (["invoice", "show", "3f2a"], "there is no invoice 3f2a"),
        (["invoice", "void", "--reason", "x"], "say which"),
        (["quarantine", "release", "first"], "is not the id of an event"),
        (["serve", "--host", "0.0.0.0"], "--tls-cert"),
    ],
)
def test_a_mistake_is_said_in_a_sentence(sretool, data, words, said):
    code, _, text = sretool("billing", *words)

    assert code == Exit.WRONG_INPUT
    assert said in text
    assert "\n" not in text.strip()


def test_without_the_extra_every_verb_says_how_to_get_it(sretool, monkeypatch):
    from sretool.cli.billing import plainly

    monkeypatch.setattr(plainly, "_EXTRA", ("msgspec", "no_such_package"))

    code, _, said = sretool("billing", "serve")

    assert (code, said) == (
        Exit.WRONG_INPUT,
        "sretool billing needs no_such_package, which the extra brings: pip install 'sretool[billing]'",
    )


def test_help_imports_nothing_of_the_service():
    program = (
        "import sys; from sretool.cli.main import app; import typer; typer.main.get_command(app); print(*sys.modules)"
    )
    modules = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.split()

    assert not [name for name in modules if name.startswith(("sretool.billing", "msgspec", "numpy", "uvloop"))]
    assert "sretool.cli.billing.verbs" not in modules


def test_a_recount_of_a_journal_whose_beginning_was_dropped_says_what_it_lacks(sretool, data):
    sretool("billing", "catalog", "apply")
    _usage(data, _event("a"))
    sretool("billing", "invoice", "run")
    journal = SegmentJournal.open(data.journal, segment_bytes=1)
    begins = journal.append_group([Pending(Kind.BATCH, "acme", 1, json.dumps([_event("b")]).encode())])[0].position
    journal.close()
    (data.journal / f"{0:020d}.seg").unlink()

    code, out, said = sretool("billing", "reconcile")

    assert (code, out) == (Exit.NO_ANSWER, "")
    assert f"position 0 has been dropped, as `serve --journal-days` asks, and the journal begins at {begins}: " in said
