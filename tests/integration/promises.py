"""Services whose every event is known, the promises about them, and what follows for their budgets by plain arithmetic.

Everything is scraped on the minute, and between two scrapes a counter grows by whole events. So what was counted from
one minute to another is a sum of whole numbers, which no server has any say in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

MINUTES = 60
HOUR, DAY = 60, 1_440
# In Berlin the month began on 28 February at 23:00 UTC, and on the 29th an hour is left out.
AT = datetime(2026, 3, 4, 9, 17, tzinfo=UTC)
DAYS = 8
LAST = DAYS * DAY  # The minute of AT, from the first minute of the history on.
BEGAN = AT - timedelta(minutes=LAST)
PERIOD = 7 * DAY
MONTH_BEGAN = int((datetime(2026, 2, 28, 23, tzinfo=UTC) - BEGAN).total_seconds()) // 60
MONTH_SECONDS = 31 * 86_400 - 3_600
BUDGET = Fraction(1, 1_000)


@dataclass(frozen=True)
class Traffic:
    """Events and bad events in each minute, from the minute `born` to the minute `died`."""

    events: int
    bad: Callable[[int], int]
    born: int = 0
    died: int = LAST

    def bad_in(self, first: int, end: int) -> int:
        """Counted after one minute, up to and with another."""
        return sum(self.bad(minute) for minute in range(max(first, self.born) + 1, min(end, self.died) + 1))

    def all_in(self, first: int, end: int) -> int:
        return self.events * max(0, min(end, self.died) - max(first, self.born))

    def ratio(self, first: int, end: int = LAST) -> Fraction:
        return Fraction(self.bad_in(first, end), self.all_in(first, end))

    def burn(self, minutes: int) -> Fraction:
        return self.ratio(LAST - minutes) / BUDGET

    @property
    def spent(self) -> Fraction:
        """Of the budget of seven days that were seen from their start on."""
        return self.ratio(LAST - PERIOD) / BUDGET


def _seldom(minute: int) -> int:
    return int(minute % 10 == 0)


def _from(first: int, end: int, bad: int) -> Callable[[int], int]:
    """Seldom, and many from one minute to another."""
    return lambda minute: bad if first < minute <= end else _seldom(minute)


OUTAGE = (LAST - 5 * DAY, LAST - 5 * DAY + 12 * HOUR)
WORKS = (LAST - 2 * DAY, LAST - 2 * DAY + 2 * HOUR)
LOST_SINCE = LAST - 2 * HOUR
BORN = LAST - 3 * HOUR - 7  # At 06:10.
TRAFFIC: Mapping[str, Traffic] = {
    "healthy": Traffic(600, _seldom),
    "burning": Traffic(600, _from(LAST - 90, LAST, 30)),
    "exhausted": Traffic(600, _from(*OUTAGE, 60)),
    "gone": Traffic(600, _seldom, died=LOST_SINCE),
    "young": Traffic(600, _seldom, born=BORN),
    "eu": Traffic(400, _seldom),
    "us": Traffic(100, _from(LAST - 3 * DAY, LAST - 2 * DAY, 3)),
    "worked-on": Traffic(600, _from(*WORKS, 300)),
    "ruled": Traffic(600, _from(LAST - 90, LAST, 30)),
}
INVARIANTS: Mapping[str, Callable[[int], int]] = {
    "kept": lambda _: 7,
    "broken": lambda minute: 3 if minute > LAST - 20 else 0,
}


def counters() -> Iterator[str]:
    """The history as OpenMetrics text, series after series, without its end."""
    for name, traffic in TRAFFIC.items():
        region = f',region="{name}"' if name in ("eu", "us") else ""
        labels = f'service="{"grouped" if region else name}"{region}'
        yield from _series(f'requests_total{{{labels},code="500"}}', traffic, traffic.bad)
        yield from _series(
            f'requests_total{{{labels},code="200"}}', traffic, lambda minute, of=traffic: of.events - of.bad(minute)
        )
    for bound in ("0.5", "1.0", "+Inf"):
        yield "".join(f'seconds_bucket{{le="{bound}"}} {minute} {_at(minute)}\n' for minute in range(LAST + 1))
    for name, value in INVARIANTS.items():
        yield "".join(f"{name}_total {value(minute)} {_at(minute)}\n" for minute in range(LAST + 1))


def _series(name: str, traffic: Traffic, grows: Callable[[int], int]) -> Iterator[str]:
    value = 0
    for minute in range(traffic.born, traffic.died + 1):
        if minute > traffic.born:
            value += grows(minute)
        yield f"{name} {value} {_at(minute)}\n"


def _at(minute: int) -> int:
    return int(BEGAN.timestamp()) + minute * 60


def at(minute: int) -> str:
    return (BEGAN + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


def files() -> dict[str, str]:
    """The files of the repository's slos/, by name."""
    excluded = f"""
    exclusions:
      - {{reason: works, approver: shop, from: {at(WORKS[0])}, to: {at(WORKS[1])}}}"""
    slos = {
        "healthy": _promise("healthy"),
        "burning": _promise("burning"),
        "exhausted": _promise("exhausted"),
        "gone": _promise("gone"),
        "young": _promise("young"),
        "grouped": _promise("grouped", more="\n    group_by: [region]"),
        "monthly": _promise("healthy", named="monthly", period="{calendar: month, zone: Europe/Berlin}"),
        "worked-on": _promise("worked-on", more=excluded),
        "ruled": _promise("ruled"),
        "kept": _INVARIANTS,
    }
    return {f"{name}.yaml": text for name, text in slos.items()}


def _promise(service: str, *, named: str = "", period: str = "7d", more: str = "") -> str:
    return f"""apiVersion: sretool/v1
service: {named or service}
owner: {"shop" if service == "healthy" else "desk"}
slos:
  - name: availability
    description: Requests are answered.
    objective: 99.9%
    period: {period}
    sli:
      events:
        bad: requests_total{{service="{service}", code="500"}}
        total: requests_total{{service="{service}"}}{more}
"""


_INVARIANTS = """apiVersion: sretool/v1
service: money
owner: shop
invariants:
  - {name: kept, description: Nothing is lost., zero: kept_total}
  - {name: broken, description: Nothing is charged twice., zero: broken_total}
"""


def alerts() -> Iterator[str]:
    """What Prometheus would hold of the alert that pages about `ruled`."""
    labels = 'alertname="ErrorBudgetBurn",alertstate="firing",burn_tier="30m-5m",severity="page"'
    for minute in range(LAST - 80, LAST + 1):
        yield f'ALERTS{{{labels},service="ruled",slo="availability"}} 1 {_at(minute)}\n'
