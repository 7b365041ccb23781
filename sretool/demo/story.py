"""The story: a service that is well, a fault, a page, and the way back. Time runs sixty times as fast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from sretool.clock import now
from sretool.demo.incident import is_learnt, is_opened, is_resolved
from sretool.demo.paging import PagerDuty
from sretool.demo.setting import TIMING, Scene, scene
from sretool.demo.stage import Stage
from sretool.model.burn import time_to_detect
from sretool.model.duration import DAY, HOUR, MINUTE, Duration
from sretool.promql import names
from sretool.rules.explain import settle_seconds
from sretool.rules.timing import SLOW, Timing

_SERVICE, _SLO = "billing-ingest", "availability"
_OF = f'{{service="{_SERVICE}", slo="{_SLO}"}}'
_PAGES = {"severity": "page"}
_FAILING = Decimal("0.2")
_BEFORE = (
    "From promises to a page and back, and to what is learnt of it, on this machine.",
    "For the rules time runs 60 times as fast: a second here is a minute to them.",
    "Windows, periods and how long a budget lasts are told in the time of the rules;",
    "all else, and whatever is marked `here`, is the time of this machine's clock.",
    "All of it is real but for 30 days of history, which are written first.",
)
_STATUS = f"sretool slo status --time-scale {TIMING.scale}"
# As recorded a second ago, so that a status, which is of the last whole second, says the same.
_RECORDED_PAGES = 'ALERTS{severity="page", alertstate="firing"} offset 1s'
_SHOWN = ("summary", "bad_events", "time_to_exhaustion", "runbook")
_SETTLED_SECONDS_MAX, _PAGED_SECONDS_MAX, _RECOVERED_SECONDS_MAX = 120, 60, 120


@contextmanager
def told(stage: Stage, real: PagerDuty | None = None) -> Iterator[None]:
    """Tell everything; in the block all of it still runs, and after it nothing does, however it ends.

    With `real`, that PagerDuty is told, and wakes people. Otherwise a sandbox is.
    Raises ServerFailed, WaitedTooLong or NoAnswer where something does not do what it should.
    """
    for line in _BEFORE:
        stage.say(line)
    with TemporaryDirectory(prefix="sretool-demo-") as home, ExitStack() as running:
        with stage.part("1 of 5: promises, their rules, and all that runs"):
            parts = running.enter_context(scene(stage, Path(home), real))
        with stage.part("2 of 5: all is well"):
            _is_well(parts)
        with stage.part("3 of 5: a fault, its page, and an incident"):
            _fails(parts)
            incident = is_opened(parts, f"{_SERVICE}/{_SLO}")
        with stage.part("4 of 5: the way back"):
            _recovers(parts)
            is_resolved(parts, incident)
        with stage.part("5 of 5: what is learnt of it"):
            is_learnt(parts, incident)
        stage.write("links.md", _links(parts))
        stage.say(f"\nThe rules, the postmortem, the report, this transcript and links.md are in\n{stage.out}")
        yield


def _is_well(parts: Scene) -> None:
    """Every rule has run, those after the slowest ones too, and nobody is paged."""
    watch, promises = parts.watch, sum(len(service.slos) for service in parts.services)

    def is_settled() -> bool:
        seen = watch.query(f"{names.coverage(DAY * 3)} offset {TIMING.text(SLOW + MINUTE)}")
        return len(seen) == promises and not watch.firing(_PAGES)

    what = "every rule to be evaluated, and no page"
    parts.stage.wait(what, is_settled, seconds_max=_SETTLED_SECONDS_MAX, look=lambda: _evaluated(parts))
    parts.shell(_STATUS)
    parts.stage.say("\nNo invoice falls due meanwhile: of timeliness nothing is known, which is not health.")


def _fails(parts: Scene) -> None:
    """A fault, until there is a page for it."""
    stage, watch = parts.stage, parts.watch
    stage.say(f"\n$ sretool billing fault set error-ratio {_FAILING}", "bold")
    began = parts.billing.fail("error-ratio", str(_FAILING))
    early, late = _computed(parts)
    stage.say("Every fifth batch is refused from now on. As computed, a page comes after")
    stage.say(f"{_both(early)}, and scraping and evaluating")
    stage.say(f"take up to {_both(late - early)} more.")
    wanted = {**_PAGES, "service": _SERVICE, "slo": _SLO}
    stage.wait(
        "a page at the Alertmanager",
        lambda: bool(watch.firing(wanted) and watch.query(_RECORDED_PAGES)),
        seconds_max=_PAGED_SECONDS_MAX,
        look=lambda: _burn(parts),
    )
    page = watch.firing(wanted)[0]
    stage.say(f"ok  paged after {_both((page.started_at_utc - began).total_seconds())}", "green")
    for name in _SHOWN:
        stage.say(f"    {name.replace('_', ' '):<18} {page.annotations[name]}")
    parts.shell(f"{_STATUS} --service {_SERVICE}")


def _recovers(parts: Scene) -> None:
    """The fault is gone, and so are the pages, once the windows have forgotten it."""
    stage, watch = parts.stage, parts.watch
    stage.say("\n$ sretool billing fault clear", "bold")
    parts.billing.tell("fault", "clear")
    began = now()
    stage.say("The pages go when their short windows have forgotten it: 5m, and 30m. Tickets")
    stage.say("stay longer.")
    stage.wait(
        "the pages to be over",
        lambda: not watch.firing(_PAGES) and not watch.query(_RECORDED_PAGES),
        seconds_max=_RECOVERED_SECONDS_MAX,
        look=lambda: _burn(parts),
    )
    stage.say(f"ok  no page is left, after {_both((now() - began).total_seconds())}", "green")
    parts.shell(f"{_STATUS} --service {_SERVICE}")


def _computed(parts: Scene) -> tuple[float, float]:
    """Seconds here until the first page: as `slo explain` computes them, and with all that may come on top."""
    (slo,) = (one for service in parts.services for one in service.slos if (one.service, one.name) == (_SERVICE, _SLO))
    found = [
        (detection.seconds, detection.seconds + settle_seconds(tier, Timing()))
        for tier in slo.alerting.tiers
        if tier.severity == "page"
        and (detection := time_to_detect(tier, slo.objective, failing_ratio=_FAILING, period=slo.period.length))
    ]
    early, late = min(found)
    return early / TIMING.scale, late / TIMING.scale


def _both(here: float) -> str:
    """A number of seconds, and what they are to the rules."""
    return f"{here:.1f} s here ({Duration.of(seconds=round(here * TIMING.scale))} to the rules)"


def _evaluated(parts: Scene) -> str:
    rules = parts.watch.prometheus.rules()
    return f"{sum(rule.is_evaluated for rule in rules)} of {len(rules)} rules"


def _burn(parts: Scene) -> str:
    """How fast the budget goes, over the windows of pages but the longest."""
    rates = [(window, parts.watch.query(_burn_over(window))) for window in (MINUTE * 5, MINUTE * 30, HOUR)]
    known = [f"{window} {found[0].value:.1f}x" for window, found in rates if found]
    return f"burn {', '.join(known)}" if known else ""


def _burn_over(window: Duration) -> str:
    return f"{names.error_ratio(window)}{_OF} / {names.ERROR_BUDGET}{_OF}"


def _links(parts: Scene) -> str:
    """Where to read on; the last are of use while all of it runs."""
    server, graph = (
        parts.watch.prometheus.url,
        urlencode({"g0.expr": _burn_over(MINUTE * 5), "g0.range_input": "5m", "g0.tab": 0}),
    )
    return f"""\
# What was shown

- [The promise](slos/{_SERVICE}.yaml), [the rules made of it](rules/{_SERVICE}.yaml)
- [The runbook of the page](runbooks/{_SERVICE}-{_SLO}.md)
- [Where alerts go](alertmanager/alertmanager.yaml)
- [What happened to the incidents](incidents/), [the postmortem](postmortems/), [the week's report](report.html)
- [What was told](transcript.txt)

While it runs (`sretool demo --stay`):

- [Prometheus: the burn rate]({server}/graph?{graph}), [its alerts]({server}/alerts), [its rules]({server}/rules)
- [Alertmanager]({parts.watch.alertmanager.url}/#/alerts)
- [What the billing service counts](http://{parts.billing.target}/metrics)
"""
