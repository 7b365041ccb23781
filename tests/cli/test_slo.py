"""The command line as a user meets it: what is printed, where, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SPEC = """\
apiVersion: sretool/v1
service: checkout
owner: payments
criticality: 1
targets: {job: checkout}
slos:
  - name: availability
    description: Requests are answered.
    objective: 99.9%
    period: 30d
    sli:
      events:
        bad: requests_total{code=~"5.."}
        total: requests_total
    runbook: runbooks/checkout.md
invariants:
  - name: payments-lost
    description: No payment is lost.
    zero: payments_lost_total
    runbook: runbooks/checkout.md
"""


def sretool(*arguments: object, cwd: Path, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sretool", *map(str, arguments)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120", **environment},
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "slos").mkdir()
    (tmp_path / "slos/checkout.yaml").write_text(SPEC)
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks/checkout.md").write_text("# What to do\n")
    return tmp_path


def test_a_good_specification_validates(repository):
    done = sretool("slo", "validate", cwd=repository)

    assert (done.returncode, done.stdout) == (0, "ok: 1 SLO and 1 invariant in 1 service\n"), done.stderr


def test_every_mistake_of_every_file_is_reported_at_once(repository):
    (repository / "slos/checkout.yaml").write_text(SPEC.replace("99.9%", "99.9"))
    (repository / "slos/other.yaml").write_text(SPEC.replace("checkout", "other").replace("period:", "perod:"))

    done = sretool("slo", "validate", cwd=repository)

    assert done.returncode == 2
    assert "slos/checkout.yaml:9:16: SL101" in done.stderr
    assert "remedy: write 99.9%" in done.stderr
    assert "slos/other.yaml:10:5: YA003" in done.stderr
    assert "Traceback" not in done.stderr


def test_diagnostics_are_json_where_asked(repository):
    (repository / "slos/checkout.yaml").write_text(SPEC.replace("99.9%", "99.9"))

    done = sretool("slo", "validate", "--output", "json", cwd=repository)

    assert done.returncode == 2
    assert [found["code"] for found in json.loads(done.stdout)["diagnostics"]] == ["SL101"]


def test_a_specification_on_standard_input_is_read(repository):
    done = sretool("slo", "validate", "-", cwd=repository, stdin=SPEC)

    assert (done.returncode, done.stdout) == (0, "ok: 1 SLO and 1 invariant in 1 service\n"), done.stderr


@pytest.mark.parametrize("path", ["nowhere", "nowhere/*.yaml", "slos/none.yaml"])
def test_a_path_without_files_is_wrong_input(repository, path):
    done = sretool("slo", "validate", path, cwd=repository)

    assert done.returncode == 2
    assert path in done.stderr
    assert "Traceback" not in done.stderr


def test_generated_rules_are_accepted_by_promtool(repository, promtool):
    done = sretool("slo", "generate", "--out", "rules", cwd=repository)
    checked = subprocess.run(
        [promtool, "check", "rules", "--lint-fatal", repository / "rules/checkout.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == "1 SLO and 1 invariant in 1 service: wrote 1 file(s) to rules, 0 unchanged\n"
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_rules_go_to_standard_output_without_a_directory(repository):
    sretool("slo", "generate", "--out", "rules", cwd=repository)

    done = sretool("slo", "generate", cwd=repository)

    assert done.stdout == (repository / "rules/checkout.yaml").read_text()


def test_check_shows_the_difference_and_writes_nothing(repository):
    sretool("slo", "generate", "--out", "rules", cwd=repository)
    before = (repository / "rules/checkout.yaml").read_text()
    clean = sretool("slo", "generate", "--out", "rules", "--check", cwd=repository)
    (repository / "slos/checkout.yaml").write_text(SPEC.replace("99.9%", "99.5%"))

    drifted = sretool("slo", "generate", "--out", "rules", "--check", cwd=repository)

    assert (clean.returncode, clean.stdout) == (0, "1 SLO and 1 invariant in 1 service: 1 file(s) are as generated\n")
    assert drifted.returncode == 1
    assert "-        expr: vector(0.999)\n+        expr: vector(0.995)\n" in drifted.stdout
    assert (repository / "rules/checkout.yaml").read_text() == before


def test_what_is_no_longer_promised_goes_only_when_asked(repository):
    sretool("slo", "generate", "--out", "rules", cwd=repository)
    (repository / "slos/other.yaml").write_text(SPEC.replace("checkout", "other"))

    refused = sretool("slo", "generate", "slos/other.yaml", "--out", "rules", cwd=repository)
    pruned = sretool("slo", "generate", "slos/other.yaml", "--out", "rules", "--prune", cwd=repository)

    assert refused.returncode == 2
    assert "checkout/availability; add --prune" in refused.stderr
    assert pruned.returncode == 0
    assert [path.name for path in (repository / "rules").iterdir()] == ["other.yaml"]


def test_a_broken_specification_leaves_the_directory_as_it_was(repository):
    sretool("slo", "generate", "--out", "rules", cwd=repository)
    before = (repository / "rules/checkout.yaml").read_text()
    (repository / "slos/broken.yaml").write_text("apiVersion: sretool/v1\nservice: [\n")

    done = sretool("slo", "generate", "--out", "rules", cwd=repository)

    assert done.returncode == 2
    assert (repository / "rules/checkout.yaml").read_text() == before
    assert [path.name for path in (repository / "rules").iterdir()] == ["checkout.yaml"]


def test_output_is_the_same_whatever_the_hash_seed_and_the_machines_zones(repository):
    texts = {
        sretool("slo", "generate", cwd=repository, PYTHONHASHSEED=seed, PYTHONTZPATH=zones, TZ=zone).stdout
        for seed, zones, zone in (("0", "", "UTC"), ("1", "/nowhere", "Asia/Kathmandu"), ("2", "", "America/Lima"))
    }

    assert len(texts) == 1
    assert "slo:bad_events:rate" in texts.pop()


def test_list_names_every_promise(repository):
    done = sretool("slo", "list", cwd=repository)

    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["SLO", "objective"],
        ["checkout/availability", "99.9%"],
        ["checkout/payments-lost", "never"],
    ]


def test_a_name_is_whole_on_a_narrow_terminal(repository):
    spec = SPEC.replace("checkout", "a-service-of-some-length").replace("30d", "{calendar: month, zone: Europe/Berlin}")
    (repository / "slos/checkout.yaml").write_text(spec)

    done = sretool("slo", "list", cwd=repository, COLUMNS="60")

    assert "a-service-of-some-length/availability" in done.stdout.split()
    assert max(map(len, done.stdout.splitlines())) <= 60


def test_explain_tells_the_promise_and_when_it_pages(repository):
    done = sretool("slo", "explain", "availability", cwd=repository)

    assert done.returncode == 0, done.stderr
    assert "0.1% of events may be bad: as much as a total outage of 43m12s in 30d" in done.stdout
    assert "1h-5m" in done.stdout
    assert "2m56s, 6.8% spent" in done.stdout


def test_explain_breaks_a_long_expression_below_where_it_began_and_no_text_in_quotes(repository):
    spec = (repository / "slos/checkout.yaml").read_text()
    long = 'requests_total{handler="/pay and go", method="POST", region="eu west", code=~"5.."}'
    (repository / "slos/checkout.yaml").write_text(spec.replace('requests_total{code=~"5.."}', f"'{long}'"))

    wide, narrow = (sretool("slo", "explain", "availability", cwd=repository, COLUMNS=columns).stdout
                    for columns in ("400", "72"))  # fmt: skip

    asked = narrow.partition("Asked of Prometheus\n")[2].partition("\n\n")[0].splitlines()
    assert all(line.startswith("  ") for line in asked)
    assert max(map(len, asked)) <= 72
    assert 'handler="/pay and go"' in narrow
    assert narrow.split("Told when")[0].split() == wide.split("Told when")[0].split()


def test_what_can_be_read_is_shown_beside_a_file_that_is_broken(repository):
    broken = SPEC.replace("service: checkout", "service: other").replace("99.9%", "99.9")
    (repository / "slos/other.yaml").write_text(broken)

    listed = sretool("slo", "list", cwd=repository)
    explained = sretool("slo", "explain", "checkout/availability", cwd=repository)
    other = sretool("slo", "explain", "other/availability", cwd=repository)

    assert (listed.returncode, explained.returncode, other.returncode) == (2, 2, 2)
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:2]] == ["checkout/availability"]
    assert explained.stdout.startswith("checkout/availability  Requests are answered.")
    assert all("slos/other.yaml:" in done.stderr and "SL101" in done.stderr for done in (listed, explained, other))
    assert (other.stdout, other.stderr.splitlines()[-1]) == (
        "", "other/availability is not among the SLOs that can be read",
    )  # fmt: skip


def test_explain_shows_a_metrics_name_as_it_is_written(repository):
    (repository / "slos/checkout.yaml").write_text(SPEC.replace("total: requests_total", "total: job:key:requests"))

    done = sretool("slo", "explain", "availability", cwd=repository)

    assert "99.9% of events (job:key:requests) are not bad" in done.stdout


def test_explain_says_that_nothing_fires_where_all_tiers_are_off(repository):
    off = "    alerting: {severities: {page: off, ticket: off}}\ninvariants:"
    (repository / "slos/checkout.yaml").write_text(SPEC.replace("invariants:", off))

    done = sretool("slo", "explain", "availability", cwd=repository)

    assert "Told when\n  never: it has no burn tiers" in done.stdout


EXCLUDING = """\
    exclusions:
      - {reason: Database upgrade., approver: the board, from: 2026-11-01T02:00+01:00, to: 2026-11-01T03:30Z}
      - {reason: "Close of the\\nbooks", approver: auditors, every: "mon-fri 02:00", for: 90m, zone: Europe/Berlin}
invariants:"""


def test_explain_says_what_does_not_count_when_why_and_who_approved_it(repository):
    (repository / "slos/checkout.yaml").write_text(SPEC.replace("invariants:", EXCLUDING))

    done = sretool("slo", "explain", "availability", cwd=repository)

    assert done.returncode == 0, done.stderr
    assert " ".join(done.stdout.partition("Does not count\n")[2].partition("\n\nCannot see")[0].split()) == (
        "- Once, from 2026-11-01T02:00:00+01:00 to 2026-11-01T03:30:00Z: Database upgrade, approved by the board."
        " - Every mon-fri 02:00 for 1h30m (Europe/Berlin): Close of the books, approved by auditors."
    )


def test_explain_tells_programs_of_exclusions(repository):
    (repository / "slos/checkout.yaml").write_text(SPEC.replace("invariants:", EXCLUDING))

    done = sretool("slo", "explain", "availability", "--output", "json", cwd=repository)

    assert json.loads(done.stdout)["exclusions"] == [
        {
            "reason": "Database upgrade.",
            "approver": "the board",
            "from": "2026-11-01T02:00:00+01:00",
            "to": "2026-11-01T03:30:00Z",
        },
        {
            "reason": "Close of the\nbooks",
            "approver": "auditors",
            "every": "mon-fri 02:00",
            "for_seconds": 5_400,
            "zone": "Europe/Berlin",
        },
    ]


def test_explain_leaves_out_what_is_not_excluded(repository):
    done = sretool("slo", "explain", "availability", cwd=repository)
    as_json = sretool("slo", "explain", "availability", "--output", "json", cwd=repository)

    assert "Does not count" not in done.stdout
    assert json.loads(as_json.stdout)["exclusions"] == []


def test_explain_knows_near_misses(repository):
    done = sretool("slo", "explain", "availabilty", cwd=repository)

    assert done.returncode == 2
    assert "did you mean checkout/availability?" in done.stderr


def test_convert_writes_what_reads_back_the_same(repository):
    converted = sretool("slo", "convert", cwd=repository)
    again = sretool("slo", "generate", "-", cwd=repository, stdin=converted.stdout)

    assert again.stdout == sretool("slo", "generate", cwd=repository).stdout


def committed(repository: Path) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *arguments], cwd=repository, check=True)


def test_diff_tells_what_a_change_costs(repository):
    committed(repository)
    (repository / "slos/checkout.yaml").write_text(SPEC.replace("name: availability", "name: uptime"))

    done = sretool("slo", "diff", "HEAD", cwd=repository)

    assert done.returncode == 0, done.stderr
    assert "renamed  checkout/availability\n         now checkout/uptime\n" in done.stdout
    assert "this renames a series and loses 30 days of history" in done.stdout


@pytest.mark.parametrize("path", [".", "slos", "slos/*.yaml", "**/check*.yaml", "slos/checkout.yaml"])
def test_diff_finds_in_a_revision_what_a_path_names(repository, path):
    (repository / "catalog.yaml").write_text("teams: {payments: {}}\n")
    committed(repository)
    (repository / "catalog.yaml").write_text("teams: {shop: {}}\n")
    (repository / "slos/checkout.yaml").write_text(SPEC.replace("payments\n", "shop\n"))

    done = sretool("slo", "diff", "HEAD", path, cwd=repository)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:2] == ["changed  checkout/availability", "         owner: payments -> shop"]


def test_diff_reads_no_standard_input(repository):
    committed(repository)

    done = sretool("slo", "diff", "HEAD", "-", cwd=repository, stdin=SPEC)

    assert (done.returncode, done.stderr) == (
        2,
        "sretool slo diff: standard input has no revisions: name files, directories or globs\n",
    )


def test_diff_against_no_revision_is_wrong_input(repository):
    subprocess.run(["git", "init", "-q"], cwd=repository, check=True)

    done = sretool("slo", "diff", "nowhere", cwd=repository)

    assert (done.returncode, "nowhere" in done.stderr) == (2, True)


@pytest.mark.parametrize("target", ["operator", "alertmanager"])
def test_other_targets_have_directories_of_their_own(repository, target):
    done = sretool("slo", "generate", "--target", target, "--out", target, cwd=repository)

    assert done.returncode == 0, done.stderr
    assert [path.suffix for path in (repository / target).iterdir()] == [".yaml"]


def test_the_alertmanager_configuration_is_accepted(repository, alertmanager_binary):
    sretool("slo", "generate", "--target", "alertmanager", "--out", "am", cwd=repository)

    amtool = alertmanager_binary.with_name("amtool")
    done = subprocess.run(
        [amtool, "check-config", repository / "am/alertmanager.yaml"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("target", ["prometheus", "operator"])
def test_alerts_are_kept_firing_whatever_prometheus_may_be_targeted(repository, target):
    texts = set()
    for version in ("", 'target_version: "2.42"\n', 'target_version: "2.42.0"\n', 'target_version: "3.5"\n'):
        (repository / "sretool.yaml").write_text(f"slos: slos/\n{version}")
        texts.add(sretool("slo", "generate", "--target", target, cwd=repository).stdout)

    assert len(texts) == 1
    burns = texts.pop().split("alert: ErrorBudgetBurn\n")[1:]
    assert len(burns) == 4
    assert all("keep_firing_for: 5m" in burn.split("alert:")[0] for burn in burns)


def test_a_prometheus_without_keep_firing_for_is_refused_as_a_target(repository):
    (repository / "sretool.yaml").write_text('target_version: "2.41"\n')

    done = sretool("slo", "generate", "--out", "rules", cwd=repository)

    assert (done.returncode, (repository / "rules").exists()) == (2, False)
    assert "the rules need Prometheus 2.42, which brought keep_firing_for, and `target_version` is 2.41" in done.stderr


def test_a_template_may_use_what_the_targeted_prometheus_has(repository):
    told = "    alerting: {annotations: {told: 'at {{ now }}'}}\ninvariants:"
    (repository / "slos/checkout.yaml").write_text(SPEC.replace("invariants:", told))
    refused = sretool("slo", "validate", cwd=repository)
    (repository / "sretool.yaml").write_text('target_version: "3.6"\n')

    taken = sretool("slo", "validate", cwd=repository)

    assert (refused.returncode, taken.returncode) == (2, 0)
    assert "came with Prometheus 3.6, and target_version is 2.42" in refused.stderr


def test_tests_are_not_made_for_a_scaled_time(repository):
    done = sretool("slo", "generate", "--out", "rules", "--tests", "--time-scale", "60", cwd=repository)

    assert (done.returncode, (repository / "rules").exists()) == (2, False)
    assert "--time-scale" in done.stderr


@pytest.mark.parametrize("command", [["init"], ["slo", "convert", "--out"], ["schema", "--out"]])
def test_a_file_where_a_directory_belongs_is_wrong_input(repository, command):
    below = () if command == ["init"] else ("below.yaml",)

    done = sretool(*command, Path("slos/checkout.yaml", *below), cwd=repository)

    assert (done.returncode, "cannot write slos/checkout.yaml/" in done.stderr) == (2, True), done.stderr


def test_a_full_disk_is_told_without_a_traceback(repository):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "sretool", "slo", "generate"],
            cwd=repository, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip

    assert (done.returncode, done.stderr) == (2, "sretool: the result cannot be written: No space left on device\n")


def test_a_reader_that_leaves_early_is_no_error(repository):
    command = f"{sys.executable} -m sretool slo generate | head -1"

    done = subprocess.run(command, shell=True, cwd=repository, capture_output=True, text=True, check=False)

    assert done.stderr == ""


def test_help_shows_examples(repository):
    done = sretool("slo", "generate", "--help", cwd=repository)

    assert done.returncode == 0
    assert "sretool slo generate slos/ --out rules --check" in done.stdout


def hostile_files(directory: Path) -> None:
    (directory / "empty.yaml").write_bytes(b"")
    (directory / "not-yaml.yaml").write_bytes(b"{[}]: :\n\t- x")
    (directory / "latin.yaml").write_bytes("service: café".encode("latin-1"))
    (directory / "nested.yaml").write_bytes(b"[" * 10_000)
    (directory / "binary.yaml").write_bytes(bytes(range(256)) * 40)
    (directory / "laughs.yaml").write_text(
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{n}: &{n} [{', '.join(['*' + p] * 9)}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True))
    )
    with (directory / "huge.yaml").open("wb") as file:
        file.truncate(100 * 1024 * 1024)


def test_hostile_files_are_each_a_diagnostic_and_never_a_traceback(tmp_path):
    hostile_files(tmp_path)

    done = sretool("slo", "validate", tmp_path, cwd=tmp_path)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "bug of ours" not in done.stderr
    for path in tmp_path.iterdir():
        assert f"{path.name}:" in done.stderr


@pytest.mark.parametrize("command", ["validate", "generate"])
def test_a_runbook_that_is_not_there_is_a_warning(repository, command):
    (repository / "runbooks/checkout.md").unlink()

    done = sretool("slo", command, cwd=repository)

    assert (done.returncode, done.stderr.count("SL111 warning: the repository has no page `runbooks/checkout.md`")) == (
        0,
        2,
    )


def test_what_comes_through_a_pipe_has_its_pages_where_nobody_knows(tmp_path):
    without = sretool("slo", "validate", "-", cwd=tmp_path, stdin=SPEC)
    (tmp_path / "sretool.yaml").write_text("slos: slos/\n")
    within = sretool("slo", "validate", "-", cwd=tmp_path, stdin=SPEC)

    assert (without.stderr, "SL111" in within.stderr) == ("", True)
