"""Sloth's prometheus/v1 and its Kubernetes resource: what is read, and each mistake with its place and remedy."""

from decimal import Decimal

import pytest

from sretool.model.duration import DAY
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import EventsSli, ExprSli, LatencySli
from sretool.model.slo import SeverityWords, Slo
from sretool.model.tiers import default_tiers
from sretool.settings.context import SpecContext
from sretool.spec.load import read_specs
from sretool.yamltext.diagnostics import as_text
from sretool.yamltext.loading import load

WORKBOOK = default_tiers(DAY * 30)
EVENTS = """
events:
  error_query: sum(rate(http_requests_total{job="shop", code=~"5.."}[{{.window}}]))
  total_query: sum(rate(http_requests_total{job="shop"}[{{.window}}]))
"""


def indented(text: str, by: int) -> str:
    return "\n".join(f"{' ' * by}{line}" if line else line for line in text.strip("\n").split("\n"))


def plain_file(
    *, sli: str = EVENTS, objective: str = "99.9", alerting: str = "name: ShopBurn", head: str = "", slo: str = ""
) -> str:
    return f"""\
version: prometheus/v1
service: shop
{head}
slos:
  - name: availability
    objective: {objective}
{indented(slo, 4)}
    sli:
{indented(sli, 6)}
    alerting:
{indented(alerting, 6)}
"""


def read(text: str, level: str = "info") -> tuple[list[Slo], list[str]]:
    """The SLOs, and the diagnostics in full; `level` "warning" leaves out those that only inform."""
    specs = read_specs([load(text, "shop.yaml")], SpecContext())
    told = [diagnostic for diagnostic in specs.diagnostics if level == "info" or diagnostic.level != "info"]
    return [slo for service in specs.services for slo in service.slos], [as_text(diagnostic) for diagnostic in told]


def only(text: str) -> Slo:
    slos, diagnostics = read(text, "warning")
    assert diagnostics == []
    (slo,) = slos
    return slo


# What is read.


def test_an_objective_is_in_percent_and_the_period_thirty_days():
    slo = only(plain_file(objective="99.95"))

    assert (slo.full_name, slo.objective, slo.period) == (
        "shop/availability",
        Objective(Decimal("0.9995")),
        RollingPeriod(DAY * 30),
    )
    assert slo.alerting.tiers == WORKBOOK


@pytest.mark.parametrize(
    ("error", "total", "sli", "group_by"),
    [
        (
            'sum(rate(bad_total{a="b"}[{{.window}}]))',
            "sum(rate(all_total[{{ .window }}]))",
            EventsSli("bad", 'bad_total{a="b"}', "all_total"),
            (),
        ),
        (
            "(sum(increase(bad_total[{{.window}}])))",
            "sum(increase(all_total[{{.window}}]))",
            EventsSli("bad", "bad_total", "all_total"),
            (),
        ),
        (
            "sum by (region) (rate(bad_total[{{.window}}]))",
            "sum(rate(all_total[{{.window}}])) by (region)",
            EventsSli("bad", "bad_total", "all_total"),
            ("region",),
        ),
        (
            'sum(rate(d_count{a="b"}[{{.window}}])) - sum(rate(d_bucket{le="0.4",a="b"}[{{.window}}]))',
            'sum(rate(d_count{a="b"}[{{.window}}]))',
            LatencySli('d{a="b"}', Decimal("0.4")),
            (),
        ),
        (  # The same difference of other counters: what is left of all are the bad ones.
            "sum(rate(all_total[{{.window}}])) - sum(rate(good_total[{{.window}}]))",
            "sum(rate(all_total[{{.window}}]))",
            EventsSli("good", "good_total", "all_total"),
            (),
        ),
        (  # Count and bucket that do not select alike are no latency.
            'sum(rate(d_count[{{.window}}])) - sum(rate(d_bucket{le="0.4",a="b"}[{{.window}}]))',
            "sum(rate(d_count[{{.window}}]))",
            EventsSli("good", 'd_bucket{le="0.4",a="b"}', "d_count"),
            (),
        ),
        (
            "sum(rate(a_total[{{.window}}])) + sum(rate(b_total[{{.window}}]))",
            "sum(rate(all_total[{{.window}}]))",
            ExprSli("sum(rate(a_total[$window])) + sum(rate(b_total[$window]))", "sum(rate(all_total[$window]))"),
            (),
        ),
        (  # A rate and an increase are counted in different units.
            "sum(rate(a_total[{{.window}}]))",
            "sum(increase(all_total[{{.window}}]))",
            ExprSli("sum(rate(a_total[$window]))", "sum(increase(all_total[$window]))"),
            (),
        ),
        (
            "max by (region) (rate(a_total[{{.window}}]))",
            "sum by (region) (rate(all_total[{{.window}}]))",
            ExprSli("max by (region) (rate(a_total[$window]))", "sum by (region) (rate(all_total[$window]))"),
            ("region",),
        ),
        (
            "sum(rate(a_total[{{.window}}] offset 5m))",
            "sum(rate(all_total[{{.window}}]))",
            ExprSli("sum(rate(a_total[$window] offset 5m))", "sum(rate(all_total[$window]))"),
            (),
        ),
    ],
)
def test_a_pair_of_queries_is_read_by_its_shape(error: str, total: str, sli: object, group_by: tuple[str, ...]):
    slo = only(plain_file(sli=f"events:\n  error_query: '{error}'\n  total_query: '{total}'"))

    assert (slo.sli, slo.group_by) == (sli, group_by)


def test_a_ratio_made_elsewhere_weighs_every_moment_alike_and_leaves_out_nan():
    slos, diagnostics = read(plain_file(sli="raw: {error_ratio_query: 'avg_over_time(shop:errors[{{.window}}])'}"))

    ratio = "((avg_over_time(shop:errors[$window])) >= 0)"
    assert [slo.sli for slo in slos] == [ExprSli(ratio, f"0 * {ratio} + 1")]
    assert [diagnostic.split(": ")[1] for diagnostic in diagnostics] == ["SL153 info"]


def test_labels_of_the_file_and_the_slo_are_on_the_slo_and_its_alerts_and_owner_is_the_owner():
    slo = only(
        plain_file(
            head="labels: {team: a, owner: shop-team, product: core}",
            slo="labels: {team: b}",
            alerting="name: ShopBurn\nlabels: {channel: c, product: p}",
        )
    )

    assert slo.owner == "shop-team"
    assert slo.labels == (("product", "core"), ("team", "b"))
    assert slo.alerting.labels == (("channel", "c"), ("product", "p"), ("team", "b"))


def test_each_severity_has_its_own_words_and_may_be_switched_off():
    slo = only(
        plain_file(
            alerting="""
name: ShopBurn
annotations: {summary: 'Errors in {{ $labels.service }}'}
page_alert: {labels: {routing_key: x}, annotations: {call: now}}
ticket_alert: {disable: true, labels: {unused: x}}
"""
        )
    )

    assert slo.alerting.name == "ShopBurn"
    assert slo.alerting.annotations == (("summary", "Errors in {{ $labels.service }}"),)
    assert slo.alerting.severities == (SeverityWords("page", (("routing_key", "x"),), (("call", "now"),)),)
    assert slo.alerting.tiers == tuple(tier for tier in WORKBOOK if tier.severity == "page")


def test_a_severity_of_the_files_own_is_on_the_alerts_that_it_names():
    slo = only(
        plain_file(alerting="name: ShopBurn\nlabels: {severity: major}\npage_alert: {labels: {severity: critical}}")
    )

    assert slo.alerting.labels == ()
    assert slo.alerting.severities == (
        SeverityWords("page", (("severity", "critical"),)),
        SeverityWords("ticket", (("severity", "major"),)),
    )


@pytest.mark.parametrize(
    ("annotations", "runbook", "kept"),
    [
        ("{runbook: runbooks/a.md, b: c}", "runbooks/a.md", (("b", "c"),)),
        ("{runbook_url: 'https://w/a'}", "https://w/a", (("runbook_url", "https://w/a"),)),
        ("{runbook: 'w/{{ $labels.slo }}'}", "", (("runbook", "w/{{ $labels.slo }}"),)),
        ("{b: c}", "", (("b", "c"),)),
    ],
)
def test_the_runbook_is_an_annotation(annotations: str, runbook: str, kept: tuple[tuple[str, str], ...]):
    slo = only(plain_file(alerting=f"name: ShopBurn\nannotations: {annotations}"))

    assert (slo.runbook, slo.alerting.annotations) == (runbook, kept)


def test_tiers_that_could_never_fire_are_left_out_with_a_warning_each():
    slos, diagnostics = read(plain_file(objective="80"))

    assert [tier.name for tier in slos[0].alerting.tiers] == ["1d-2h", "3d-6h"]
    assert [diagnostic.replace("\n", " ") for diagnostic in diagnostics] == [
        "shop.yaml:6:16: SL152 warning: the tier 1h-5m can never fire: "
        "14.4 times a budget of 20% is 288% of all events; it is left out"
        "   objective: 80              ^^   remedy: promise more, or convert the file and write tiers that fit",
        "shop.yaml:6:16: SL152 warning: the tier 6h-30m can never fire: "
        "6 times a budget of 20% is 120% of all events; it is left out"
        "   objective: 80              ^^   remedy: promise more, or convert the file and write tiers that fit",
    ]


def test_the_resource_says_the_same_in_other_spelling():
    resource = """
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {name: anything, namespace: shops, labels: {a: b}, annotations: {c: d}, uid: e}
spec:
  service: shop
  labels: {owner: shop-team}
  slos:
    - name: availability
      objective: 99.9
      sli:
        events:
          errorQuery: sum(rate(http_requests_total{job="shop", code=~"5.."}[{{.window}}]))
          totalQuery: sum(rate(http_requests_total{job="shop"}[{{.window}}]))
      alerting: {name: ShopBurn, pageAlert: {labels: {a: b}}, ticketAlert: {disable: true}}
status: {processedSLOs: 1}
"""
    plain = plain_file(
        head="labels: {owner: shop-team}",
        alerting="name: ShopBurn\npage_alert: {labels: {a: b}}\nticket_alert: {disable: true}",
    )

    assert only(resource) == only(plain)


# Mistakes.

MISTAKES = {
    "an objective of 100": (
        plain_file(objective="100"),
        """\
shop.yaml:6:16: SL101 an objective of 100% leaves no error budget
  objective: 100
             ^^^
  remedy: write less, such as 99.9; what must never happen is an invariant""",
    ),
    "a window of its own": (
        plain_file(
            sli="events:\n  error_query: sum(rate(a[5m]))\n  total_query: sum(rate(b[{{.window}}]))",
        ),
        """\
shop.yaml:10:32: SL132 the rules read this over windows of their own, and it has no {{.window}}
  error_query: sum(rate(a[5m]))
                         ^^^^
  remedy: write [{{.window}}]""",
    ),
    "another template": (
        plain_file(
            sli="events:\n  error_query: sum(rate(a[{{.period}}]))\n  total_query: sum(rate(b[{{.window}}]))",
        ),
        """\
shop.yaml:10:33: PQ201 {{.period}} is a placeholder that nothing fills here
  error_query: sum(rate(a[{{.period}}]))
                          ^^^^^^^^^^^
  remedy: write {{.window}}""",
    ),
    "a template within quotes": (
        plain_file(
            sli="""
events:
  error_query: sum(rate(a{w="{{.window}}"}[{{.window}}]))
  total_query: sum(rate(b[{{.window}}]))
"""
        ),
        """\
shop.yaml:10:36: SL154 a template within quotes is not filled
  error_query: sum(rate(a{w="{{.window}}"}[{{.window}}]))
                             ^^
  remedy: read a series that has no window in its labels""",
    ),
    "PromQL that does not parse": (
        plain_file(
            sli="events:\n  error_query: sum(rate(a[{{.window}}])\n  total_query: sum(rate(b[{{.window}}]))",
        ),
        """\
shop.yaml:10:25: PQ201 this "(" is never closed
  error_query: sum(rate(a[{{.window}}])
                  ^
  remedy: add ")\"""",
    ),
    "a reserved label to sum by": (
        plain_file(
            sli="""
events:
  error_query: sum by (service) (rate(a[{{.window}}]))
  total_query: sum by (service) (rate(b[{{.window}}]))
"""
        ),
        """\
shop.yaml:11:22: SL122 this query is summed by `service`, which is a label of our rules
  total_query: sum by (service) (rate(b[{{.window}}]))
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  remedy: sum by another label, or leave out `service`""",
    ),
    "a plugin for the queries": (
        plain_file(sli="plugin: {id: availability, options: {}}"),
        """\
shop.yaml:9:7: SL150 `plugin` takes its queries from a program of Sloth's
  plugin: {id: availability, options: {}}
  ^^^^^^
  remedy: write the queries themselves, under `events`""",
    ),
    "a chain of plugins": (
        plain_file(head="slo_plugins: {chain: []}"),
        """\
shop.yaml:3:1: SL150 `slo_plugins` rewrites the rules that Sloth makes, and ours are others
  slo_plugins: {chain: []}
  ^^^^^^^^^^^
  remedy: remove it, and see docs/dialects.md""",
    ),
    "a chain of plugins of an SLO": (
        plain_file(slo="plugins: {chain: []}"),
        """\
shop.yaml:7:5: SL150 `plugins` rewrites the rules that Sloth makes, and ours are others
  plugins: {chain: []}
  ^^^^^^^
  remedy: remove it, and see docs/dialects.md""",
    ),
    "no SLO": (
        "version: prometheus/v1\nservice: shop\nslos: []\n",
        """\
shop.yaml:3:7: YA016 `slos` is empty, so this promises nothing
  slos: []
        ^^
  remedy: write an SLO, or remove it""",
    ),
    "no indicator": (
        plain_file(sli="{}"),
        """\
shop.yaml:9:7: SL128 an SLI is of one kind, and here is none
  {}
  ^^
  remedy: write events, raw or plugin""",
    ),
    "two indicators": (
        plain_file(sli=f"{EVENTS}\nraw: {{error_ratio_query: 'a[{{{{.window}}}}]'}}"),
        """\
shop.yaml:13:7: SL128 an SLI is of one kind, and `raw` stands beside another
  raw: {error_ratio_query: 'a[{{.window}}]'}
  ^^^
  remedy: keep one of the two""",
    ),
    "Sloth's labels in an annotation": (
        plain_file(alerting="name: ShopBurn\nannotations:\n  summary: Errors of {{ $labels.sloth_slo }}"),
        """\
shop.yaml:15:39: SL150 our alerts have no label sloth_slo: theirs are service, slo, severity and burn_tier
  summary: Errors of {{ $labels.sloth_slo }}
                                ^^^^^^^^^
  remedy: write slo""",
    ),
    "a template that is never closed": (
        plain_file(alerting="name: ShopBurn\nticket_alert: {annotations: {summary: 'Errors of {{ $labels.slo }'}}"),
        """\
shop.yaml:14:71: SL136 a template has no "}" outside quotes
  ticket_alert: {annotations: {summary: 'Errors of {{ $labels.slo }'}}
                                                                  ^
  remedy: close it with "}}\"""",
    ),
    "a template in an SLO's labels, which its alerts carry": (
        plain_file(slo="labels: {shop: '{{ $label.shop }}'}"),
        """\
shop.yaml:7:24: SL136 the variable $label is not known here
  labels: {shop: '{{ $label.shop }}'}
                     ^^^^^^
  remedy: write $labels""",
    ),
    "a severity that is a template without its end": (
        plain_file(alerting="name: ShopBurn\nlabels: {severity: '{{ if $value }}a'}"),
        """\
shop.yaml:14:27: SL136 this {{ if }} is never ended
  labels: {severity: '{{ if $value }}a'}
                      ^^^^^^^^^^^^^^^
  remedy: add {{ end }}""",
    ),
    "a label that our rules write": (
        plain_file(alerting="name: ShopBurn\nlabels: {burn_tier: a}"),
        """\
shop.yaml:14:16: SL122 the label `burn_tier` is written by our rules
  labels: {burn_tier: a}
           ^^^^^^^^^
  remedy: give the label another name""",
    ),
    "a key that is misspelt": (
        plain_file(alerting="name: ShopBurn\npage_allert: {disable: true}"),
        """\
shop.yaml:14:7: YA003 the key `slos[0].alerting.page_allert` is not known
  page_allert: {disable: true}
  ^^^^^^^^^^^
  remedy: write page_alert""",
    ),
    "the other spelling": (
        plain_file(sli="events:\n  errorQuery: sum(rate(a[{{.window}}]))\n  total_query: sum(rate(b[{{.window}}]))"),
        """\
shop.yaml:10:9: YA003 the key `slos[0].sli.events.errorQuery` is not known
  errorQuery: sum(rate(a[{{.window}}]))
  ^^^^^^^^^^
  remedy: write error_query""",
    ),
    "a name with templates": (
        plain_file(alerting="name: 'Burn {{ $labels.slo }}'"),
        """\
shop.yaml:13:13: SL121 an alert's name is one line without templates
  name: 'Burn {{ $labels.slo }}'
        ^^^^^^^^^^^^^^^^^^^^^^^^
  remedy: write a name such as CheckoutBurn""",
    ),
    "a service in capitals": (
        plain_file().replace("service: shop", "service: webShop"),
        """\
shop.yaml:2:10: SL121 a service is named by up to 63 lower-case letters, digits and dashes, not `webShop`
  service: webShop
           ^^^^^^^
  remedy: write webshop""",
    ),
    "a list of resources": (
        "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevelList\nitems: []\n",
        """\
shop.yaml:2:7: SL150 of sloth.slok.dev/ only PrometheusServiceLevel is read
  kind: PrometheusServiceLevelList
        ^^^^^^^^^^^^^^^^^^^^^^^^^^
  remedy: write kind: PrometheusServiceLevel""",
    ),
    "another version of the resource": (
        "apiVersion: sloth.slok.dev/v2\nkind: PrometheusServiceLevel\nspec: {}\n",
        """\
shop.yaml:1:13: SL150 of sloth.slok.dev/ only v1 is read
  apiVersion: sloth.slok.dev/v2
              ^^^^^^^^^^^^^^^^^
  remedy: write sloth.slok.dev/v1""",
    ),
    "another version of the file": (
        plain_file().replace("prometheus/v1", "prometheus/v2"),
        """\
shop.yaml:1:10: SL120 we know no SLO specification of `version: prometheus/v2`
  version: prometheus/v2
           ^^^^^^^^^^^^^
  remedy: write version: prometheus/v1""",
    ),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_shown_at_its_place_with_a_remedy(text: str, expected: str):
    assert read(text, "warning")[1] == [expected]


def test_all_mistakes_of_a_file_are_told_at_once():
    text = plain_file(objective="0", head="labels: {slo: a}", sli="raw: {ratio: x}", alerting="name: B\nlabels: [a]")

    codes = [diagnostic.split(": ")[1].split(" ")[0] for diagnostic in read(text)[1]]

    assert codes == ["SL122", "SL101", "YA003", "YA013"]


def test_a_file_of_which_nothing_can_be_read_is_diagnostics_and_no_service():
    slos, diagnostics = read("version: prometheus/v1\nslos: {}\nservice: [a]\n")

    assert slos == []
    assert [diagnostic.split(": ")[1].split(" ")[0] for diagnostic in diagnostics] == ["YA013", "YA013"]
