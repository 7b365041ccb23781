"""What Prometheus takes as a template, asked of promtool; and what is said of what it does not."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sretool.promql.templates.reading import template_failure
from sretool.promql.templates.words import FUNCTIONS, NEWER, VARIABLES

TAKEN = [
    "no template at all }} {",
    "{{ $labels.job }} of {{ .Labels.instance }}",
    '{{ $value | humanize }}, {{ printf `%.2f` .Value }}, {{$value|humanizePercentage|printf "%s"}}',
    "{{ $externalLabels.region }}{{ .ExternalLabels.region }}{{ $externalURL }}{{ .ExternalURL }}{{ externalURL }}",
    '{{ with printf "up{job=%q}" $labels.job | query }}{{ . | first | value }}{{ else }}unknown{{ end }}',
    "{{ if gt $value 0.5 }}a{{ else if eq $labels.a `b` }}c{{ else }}d{{ end }}",
    "{{ range $name, $text := .Labels }}{{ if match `^x` $name }}{{ break }}{{ end }}{{ $text }}, {{ end }}",
    "{{ range query `up` }}{{ .Labels.job }}{{ continue }}{{ else }}none{{ end }}",
    "{{ $x := 1 }}{{ if $x }}{{ $x = 2 }}{{ $y := $x }}{{ $y }}{{ end }}{{ $x }}",
    "{{ if $x := 1 }}{{ else }}{{ $x }}{{ end }}",
    '{{ define "line" }}{{ $ }} {{ .Labels.job }}{{ end }}{{ template "line" . }}{{ template "line" }}',
    '{{ define "t" }} {{ end }}{{ define "t" }}a{{ end }}{{ block "b" .Labels }}{{ .job }}{{ end }}',
    "{{- /* a comment }} */ -}} a {{- $value -}} b",
    '{{ ((index (.Labels) "a-b").c).d }}{{ (query "up" | first).Labels.job }}{{ first (query `up`) }}',
    r"""{{ "\n\t\"\\\x41\u00e9\U0001F642\101" }}{{ `\d"` }}{{ '\'' }}{{ 'é' }}""",
    "{{ 0 }}{{ -1 }}{{ +1 }}{{ 0x1F }}{{ 0b1 }}{{ 0o17 }}{{ 017 }}{{ 1_000 }}{{ .5 }}{{ 1. }}{{ 1e3 }}{{ 1_0.5 }}",
    "{{ 18446744073709551615 }}{{ -9223372036854775808 }}{{ true }}{{ nil }}{{ . }}{{ $ }}",
    "{{ $value\n|\nhumanize\n}}",
    "{{ $value | }}",
    "{{ $notyet = 1 }}",
    "{{ .NoSuchField }}{{ $labels.no.such.thing }}{{ humanize }}{{ humanize 1 2 3 }}",
]
# A template, what is said, and the part that is marked.
REFUSED = [
    ("{{ $value | nosuch }}", 'templates have no function "nosuch"', "nosuch"),
    ("{{ humanise $value }}", 'templates have no function "humanise"', "humanise"),
    ("{{ labels.job }}", 'templates have no function "labels"', "labels"),
    ("{{ tmpl `a` . }}", 'templates have no function "tmpl"', "tmpl"),
    ("{{ $label.job }}", "the variable $label is not known here", "$label"),
    ("{{ if $x := 1 }}{{ end }}{{ $x }}", "the variable $x is not known here", "$x"),
    ('{{ define "a" }}{{ $labels }}{{ end }}', "the variable $labels is not known here", "$labels"),
    ("a {{ $value", 'this "{{" is never closed', "{{"),
    ("{{ $labels.foo }", 'a template has no "}" outside quotes', "}"),
    ("{{{ $value }}}", 'a template has no "{" outside quotes', "{"),
    ("{{ }}", "a value is missing here", "}}"),
    ("{{ if }}{{ end }}", "a value is missing here", "}}"),
    ("{{ printf () }}", "a value is missing here", ")"),
    ("{{ if $value }} a", "this {{ if }} is never ended", "{{ if $value }}"),
    ("{{ range .Labels }}{{ if . }}{{ end }}", "this {{ range }} is never ended", "{{ range .Labels }}"),
    ("{{ end }}", "nothing waits for this {{ end }}", "{{ end }}"),
    ("{{ with . }}{{ end . }}", "nothing follows end between its braces", "."),
    ("{{ else }}", "no {{ if }} waits for this {{ else }}", "{{ else }}"),
    ("{{ if . }}{{ else }}{{ else }}{{ end }}", "no {{ if }} waits for this {{ else }}", "{{ else }}"),
    ("{{ range . }}{{ else if . }}{{ end }}", "an else of {{ range }} goes on with nothing", "{{ else if . }}"),
    ("{{ with . }}{{ else with . }}{{ end }}", "an else of {{ with }} goes on with nothing", "{{ else with . }}"),
    ("{{ break }}", "break stands outside a range", "{{ break }}"),
    ("{{ range . }}{{ else }}{{ continue }}{{ end }}", "continue stands outside a range", "{{ continue }}"),
    ('{{ range . }}{{ block "b" . }}{{ break }}{{ end }}{{ end }}', "break stands outside a range", "{{ break }}"),
    ('{{ if . }}{{ define "a" }}{{ end }}{{ end }}', "a template is defined within another block", '{{ define "a" }}'),
    ('{{ define "a" }}b{{ end }}{{ define "a" }}c{{ end }}', 'the template "a" is defined twice', '{{ define "a" }}'),
    ("{{ template a }}", "template wants a name in quotes", "a"),
    ('{{ block "a" }}{{ end }}', "a value is missing here", "}}"),
    ('{{ define "a" . }}{{ end }}', "nothing follows the name between its braces", "."),
    ("{{ $a, $b := .Labels }}", "two variables are declared in a range alone", ","),
    ("{{ range $a, $b, $c := .Labels }}{{ end }}", "two variables are declared in a range alone", ","),
    ("{{ $value | 5 }}", "5 cannot take what the pipe hands on", "5"),
    ("{{ $value | . }}", ". cannot take what the pipe hands on", "."),
    ("{{ $value || 5 }}", "there is nothing between a pipe and another", "|"),
    ("{{ if $value == 5 }}{{ end }}", '"=" does not compare', "="),
    ("{{ if $value > 5 }}{{ end }}", 'a template has no ">" outside quotes', ">"),
    ("{{ $value * 100 }}", 'a template has no "*" outside quotes', "*"),
    ("{{ $value -1.x }}", '"-1.x" is no number', "-1.x"),
    ("{{ 08 }}", '"08" is no number', "08"),
    ("{{ 18446744073709551616 }}", '"18446744073709551616" is no number', "18446744073709551616"),
    ("{{ +9223372036854775808 }}", '"+9223372036854775808" is no number', "+9223372036854775808"),
    ("{{ 1e999 }}", '"1e999" is no number', "1e999"),
    ("{{ ($value }}", 'a "(" before is never closed', "}}"),
    ("{{ $value) }}", 'nothing opens this ")"', ")"),
    ("{{ $labels.job, $value }}", "operands are parted by blanks", ","),
    ("{{ $value if }}", "if stands at the beginning of an action", "if"),
    ("{{ $labels.a-b }}", '"-" cannot stand in a name or right after it', ".a-"),
    ("{{ $x=1 }}", '"=" cannot stand in a name or right after it', "$x="),
    ("{{ $labels.a\u00b2 }}", '"\u00b2" cannot stand in a name or right after it', ".a\u00b2"),
    ('{{ printf "a"$value }}', 'a blank is missing before "$value"', "$value"),
    ("{{ 1 .a }}{{ `a`.b }}", '".b" hangs on a value that has no fields', ".b"),
    ("{{ $x := := 1 }}", '":=" cannot stand here', ":="),
    ("{{ 'ab' }}", "single quotes hold one character", "'ab'"),
    (r'{{ match "\d" $labels.a }}', r'"\d" is no escape in a string', r"\d"),
    (r'{{ "\\\400" }}', r'"\4" is no escape in a string', r"\4"),
    (r'{{ "\ud800" }}', r'"\u" is no escape in a string', r"\u"),
    ('{{ "a }}\n" }}', "this string is never closed", '"'),
    ("{{ `a }}", "this string is never closed", "`"),
    ("{{/* a }}", "this comment is never closed", "{{"),
    ("{{/* a */ . }}", "a comment is alone between its braces", "*/"),
    ("{{ \u201ca\u201d }}", 'a template has no "\u201c" outside quotes', "\u201c"),
    ("{{ \x00 }}", "a template has no U+0000 outside quotes", "\x00"),
]
PIECES = """
{{ }} {{- -}} - if else end range with define block template break nil true $ $x $labels $value . .. .a .Labels.a | : :=
= , ( ) "a" "\\d" `a` " ' 'a' 'ab' 0 1.5 08 + 1. nosuch humanize printf x é } { ! /* */ {{/* \\ a-b
"""
BLOCKS = [
    *("{{ end }}", "{{ else }}", "{{ else if 1 }}", "{{ if .Labels }}", "{{ range $i, $e := .Labels }}"),
    *(
        '{{ define "t" }}',
        '{{ block "t" . }}',
        "{{ $x := 1 }}",
        "{{ with $x := 2 }}",
        "{{ break }}",
        "{{ $x }}",
        "text",
    ),
]
TEMPLATES = st.one_of(
    st.lists(st.sampled_from([*PIECES.split(), " ", "\n"]), max_size=9).map("".join),
    st.lists(st.sampled_from(PIECES.split()), max_size=6).map(lambda words: f"{{{{ {' '.join(words)} }}}}"),
    st.lists(st.sampled_from(BLOCKS), max_size=8).map("".join),
)


def refused_by_promtool(promtool: Path, directory: Path, templates: Sequence[str]) -> list[bool]:
    rules = [
        {"alert": f"A{number}", "expr": "vector(1)", "annotations": {"a": template}}
        for number, template in enumerate(templates)
    ]
    path = directory / "rules.yaml"
    path.write_text(json.dumps({"groups": [{"name": "g", "rules": rules}]}))
    said = subprocess.run([promtool, "check", "rules", path], capture_output=True, text=True, check=False)
    refused = set(map(int, re.findall(r'rule (\d+), "A\d+": annotation', said.stderr)))
    assert refused or "SUCCESS" in said.stdout, said.stdout + said.stderr
    return [number in refused for number in range(1, len(templates) + 1)]


def test_promtool_takes_what_we_take_and_refuses_what_we_refuse(promtool: Path, tmp_path: Path) -> None:
    templates = [*TAKEN, *(template for template, *_ in REFUSED)]

    refused = refused_by_promtool(promtool, tmp_path, templates)

    assert refused == [False] * len(TAKEN) + [True] * len(REFUSED)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(TEMPLATES, min_size=50, max_size=100))
def test_promtool_agrees_on_made_up_templates(promtool: Path, tmp_path: Path, templates: list[str]) -> None:
    ours = [template_failure(template) is not None for template in templates]

    assert ours == refused_by_promtool(promtool, tmp_path, templates)


def test_the_installed_prometheus_has_the_functions_that_it_should(promtool: Path, tmp_path: Path) -> None:
    names = sorted(FUNCTIONS) + sorted(NEWER)
    said = subprocess.run([promtool, "--version"], capture_output=True, text=True, check=True)
    version = re.search(r"version (\d+)\.(\d+)", said.stdout + said.stderr)
    assert version is not None
    installed = (int(version[1]), int(version[2]))

    refused = refused_by_promtool(promtool, tmp_path, [f"{{{{ {name} }}}}" for name in names])

    assert refused == [name in NEWER and NEWER[name] > installed for name in names]


@pytest.mark.parametrize("template", TAKEN)
def test_a_template_that_prometheus_takes_has_no_failure(template: str) -> None:
    assert template_failure(template) is None


@pytest.mark.parametrize(("template", "message", "marked"), REFUSED)
def test_a_template_that_prometheus_refuses_is_told_why_and_where(template: str, message: str, marked: str) -> None:
    failure = template_failure(template)

    assert failure is not None
    assert (failure.message, template[failure.start : failure.end]) == (message, marked)
    assert failure.remedy


@pytest.mark.parametrize(
    ("template", "remedy"),
    [
        ("{{ $label.job }}", "write $labels"),
        ("{{ labels.job }}", "write $labels"),
        ("{{ humanise $value }}", "write humanize"),
        ("{{ $foo }}", f"write {', '.join(VARIABLES[1:-1])} or $value"),
        ("{{ $labels.a-b }}", 'write index for a name with a dash: index $labels "a-b"'),
        ("{{ $value }", 'close it with "}}"'),
        ("{{ 'ab' }}", 'write it in double quotes: "ab"'),
        ("{{ now }}", 'leave it out, or say target_version: "3.6" if all your servers have it'),
    ],
)
def test_a_remedy_says_what_was_probably_meant(template: str, remedy: str) -> None:
    failure = template_failure(template)

    assert failure is not None
    assert failure.remedy == remedy


@pytest.mark.parametrize(
    ("template", "version"),
    [
        ("{{ now }}{{ toDuration 5 }}", (3, 6)),
        ("{{ urlQueryEscape $labels.a }}", (3, 8)),
        ("{{ with . }}{{ else with . }}{{ end }}", (3, 0)),
    ],
)
def test_what_newer_servers_have_is_taken_where_they_are_the_oldest(template: str, version: tuple[int, int]) -> None:
    before = (version[0], version[1] - 1) if version[1] else (version[0] - 1, 55)

    assert template_failure(template, version) is None
    assert template_failure(template, before) is not None


@given(st.text() | TEMPLATES)
def test_no_text_raises_and_a_place_lies_within_it(text: str) -> None:
    failure = template_failure(text)

    assert failure is None or 0 <= failure.start < failure.end <= len(text)


@pytest.mark.parametrize(
    "text", ["{{ " + "(" * 100_000, "{{ if . }}" * 20_000, "{{" * 100_000, "{{/*" * 50_000, "{{ " + " " * 200_000]
)
def test_a_hostile_text_is_refused_in_no_time(text: str) -> None:
    assert template_failure(text) is not None
