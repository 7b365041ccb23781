"""The fleet that rules are measured for: services with SLOs, their rules in each shape, and 30 days of history."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import classic
from history import Kind, counters, write_blocks

from sretool.model.burn import SELDOM
from sretool.model.duration import DAY
from sretool.model.objective import Objective
from sretool.model.period import RollingPeriod
from sretool.model.sli import EventsSli
from sretool.model.slo import Alerting, Service, Slo
from sretool.model.tiers import default_tiers
from sretool.promql import names
from sretool.rules.compile import compile_service
from sretool.rules.emit import emit
from sretool.rules.rule import RuleFile
from sretool.rules.timing import FAST, SLOW, SUM_TILE, Timing

PERIOD = DAY * 30
OURS, OURS_FAST, NO_RULES = "ours", "ours, all at 30 s", "no rules"
CLASSIC, CLASSIC_SLOW = "classic, all at 30 s", "classic, our intervals"
_BASE_DAYS = 3.1  # No rule reads the base series further back.
_OUR_INTERVALS = (
    dict.fromkeys(classic.WINDOWS, str(FAST)) | {"6h": str(SLOW)} | dict.fromkeys(("1d", "3d", "30d"), str(SELDOM))
)
_RATES = {names.BAD: 0.008, names.ALL: 20.0}


@dataclass(frozen=True)
class Fleet:
    services: int
    slos_each: int

    @property
    def pairs(self) -> list[tuple[str, str]]:
        slos = range(self.slos_each)
        return [(f"service-{s:02}", f"slo-{n:02}") for s in range(self.services) for n in slos]


def homes(fleet: Fleet, home: Path) -> dict[str, Path]:
    """A directory a server: rules, and data that the servers of one shape share block by block."""
    data = {"ours": home / "ours-data", "classic": home / "classic-data"}
    _write_histories(fleet, data)
    made = {}
    for name, texts in _rules(fleet).items():
        at = made[name] = home / name.replace(" ", "-").replace(",", "")
        (at / "rules").mkdir(parents=True)
        for file, text in texts.items():
            (at / "rules" / file).write_text(text, encoding="utf-8")
        blocks = data["classic" if name in (CLASSIC, CLASSIC_SLOW) else "ours"] / "data"
        shutil.copytree(blocks, at / "data", copy_function=os.link)
    return made


def _rules(fleet: Fleet) -> dict[str, dict[str, str]]:
    ours = [compile_service(service, Timing()) for service in _services(fleet)]
    return {
        OURS: _texts(ours),
        OURS_FAST: _texts([_all_at_thirty_seconds(file) for file in ours]),
        CLASSIC: {"classic.yml": classic.rule_file(fleet.pairs, dict.fromkeys((*classic.WINDOWS, "30d"), str(FAST)))},
        CLASSIC_SLOW: {"classic.yml": classic.rule_file(fleet.pairs, _OUR_INTERVALS)},
        NO_RULES: {},
    }


def _all_at_thirty_seconds(file: RuleFile) -> RuleFile:
    return replace(file, groups=tuple(replace(group, interval=FAST) for group in file.groups))


def _texts(files: Sequence[RuleFile]) -> dict[str, str]:
    return {f"{file.service}.yml": emit(file) for file in files}


def _services(fleet: Fleet) -> list[Service]:
    return [
        Service(
            name=service,
            slos=tuple(_slo(service, slo) for owner, slo in fleet.pairs if owner == service),
            targets=(("job", "bench"),),
            traffic="always",
            criticality=1,
            owner="bench",
        )
        for service in sorted({service for service, _ in fleet.pairs})
    ]


def _slo(service: str, name: str) -> Slo:
    requests = f'requests_total{{service="{service}",slo="{name}"'
    return Slo(
        service=service,
        name=name,
        objective=Objective(Decimal("0.9995")),
        period=RollingPeriod(PERIOD),
        sli=EventsSli("bad", f'{requests},outcome="error"}}', f"{requests}}}"),
        alerting=Alerting(default_tiers(PERIOD)),
        owner="bench",
        criticality=1,
        runbook="runbooks/bench.md",
    )


def _write_histories(fleet: Fleet, data: dict[str, Path]) -> None:
    """Both shapes' histories at once, each on a core."""
    end = int(time.time())
    raw = Kind("requests_total", counters(fleet.pairs), step=60, days=4, counter=True)
    writers = [
        threading.Thread(target=_write, args=(data[shape], [raw, *kinds], end))
        for shape, kinds in (("ours", _our_history(fleet)), ("classic", [_classic_history(fleet)]))
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


def _our_history(fleet: Fleet) -> list[Kind]:
    owned = [{"service": service, "slo": slo} for service, slo in fleet.pairs]
    counts = [
        (name, _RATES[rate] * length.seconds)
        for length, series in (
            (SUM_TILE, ((names.bad_tile(SUM_TILE), names.BAD), (names.all_tile(SUM_TILE), names.ALL))),
            (DAY * 3, ((names.bad_events(DAY * 3), names.BAD), (names.all_events(DAY * 3), names.ALL))),
        )
        for name, rate in series
    ]
    sums = [
        (names.PERIOD_BAD, 20_736), (names.PERIOD_ALL, 51_840_000), (names.PERIOD_COVERAGE, 1),
        (names.EVER_SEEN, 1), *counts[2:],
    ]  # fmt: skip
    return [
        *(Kind(name, owned, step=FAST.seconds, days=_BASE_DAYS, around=rate) for name, rate in _RATES.items()),
        *(Kind(name, owned, step=SLOW.seconds, days=31, around=around) for name, around in counts),
        *(Kind(names.seldom(name), owned, step=SELDOM.seconds, days=31, around=around) for name, around in sums),
    ]


def _classic_history(fleet: Fleet) -> Kind:
    series = [classic.labels(service, slo) | {"sloth_window": "5m"} for service, slo in fleet.pairs]
    return Kind(classic.RATIO_5M, series, step=FAST.seconds, days=31, around=0.0004)


def _write(home: Path, kinds: Sequence[Kind], end: int) -> None:
    home.mkdir()
    write_blocks("promtool", home, kinds, end)
