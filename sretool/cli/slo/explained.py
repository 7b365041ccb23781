"""An explanation as text for a terminal, and as JSON."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import Final, assert_never

from rich.markup import escape
from rich.table import Table

from sretool.cli.inputs import console
from sretool.cli.slo.printing import width
from sretool.model.burn import Detection
from sretool.model.duration import Duration
from sretool.model.objective import plain
from sretool.model.period import Exclusion, OneOff, WeeklySchedule, instant_text
from sretool.rules.explain import Explanation, detection_words, exclusion_words

_QUOTED: Final = re.compile(r'"[^"]*"')
_KEPT: Final = "\N{NO-BREAK SPACE}"


def show(explanation: Explanation) -> None:
    slo, print_line = explanation.slo, console().print
    print_line(f"[bold]{escape(slo.full_name)}[/]  {escape(slo.description)}".rstrip())
    said = (("promise", explanation.promise), ("allowance", explanation.allowance), ("owner", slo.owner))
    for name, value in (*said, ("runbook", slo.runbook), ("defined", str(slo.place or ""))):
        if value:
            _show_folded(f"  {name:<10} ", value)
    print_line("\n[bold]Asked of Prometheus[/]")
    for record, expression in explanation.recorded:
        print(f"  {record}")
        for line in expression.splitlines():
            blank = " " * (len(line) - len(line.lstrip()))
            _show_folded(f"    {blank}", line.lstrip(), further="    ")
    _show_tiers(explanation)
    if slo.exclusions:
        print_line("\n[bold]Does not count[/]")
        for exclusion in slo.exclusions:
            _show_folded("  - ", _exclusion(exclusion))
    print_line("\n[bold]Cannot see[/]")
    for spot in explanation.blind_spots:
        _show_folded("  - ", spot)


def _show_folded(start: str, text: str, *, further: str = "") -> None:
    """Broken at spaces where the terminal is narrow, below where it began; what stands in quotes stays whole."""
    columns = width()
    if columns is None:
        print(f"{start}{text}")
        return
    kept = _QUOTED.sub(lambda quoted: quoted[0].replace(" ", _KEPT), text)
    rest = " " * len(start) + further
    folded = wrap(kept, columns, initial_indent=start, subsequent_indent=rest, break_long_words=False,
                  break_on_hyphens=False)  # fmt: skip
    print("\n".join(folded).replace(_KEPT, " "))


def _exclusion(exclusion: Exclusion) -> str:
    reason, approver = (" ".join(text.split()) for text in (exclusion.reason, exclusion.approver))
    return f"{exclusion_words(exclusion)}: {reason.rstrip('.')}, approved by {approver}."


def _show_tiers(explanation: Explanation) -> None:
    print_line = console().print
    if not explanation.tiers:
        print_line("\n[bold]Told when[/]\n  never: it has no burn tiers; only missing and doubtful data are told.")
        return
    print_line("\n[bold]Told when[/] (both windows burn faster than the factor)")
    print_line(_tiers(explanation))
    settling = max(tier.settle_seconds for tier in explanation.tiers)
    print_line(f"  On top of these times, scraping and evaluating take up to {Duration.of(seconds=round(settling))}.")
    if explanation.lag is not None:
        print_line(f"  Times count from when the SLI sees a fault: {explanation.lag} after it began, as it allows.")


def _tiers(explanation: Explanation) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("  tier")
    table.add_column("severity")
    for heading in ("factor", "error ratio above"):
        table.add_column(heading, justify="right")
    table.add_column("total outage")
    table.add_column("10x the budget")
    for tier in explanation.tiers:
        table.add_row(
            f"  {tier.tier.name}",
            tier.tier.severity,
            f"{plain(tier.tier.factor)}x",
            plain(tier.threshold),
            detection_words(tier.full_outage),
            detection_words(tier.ten_times),
        )
    return table


def as_json(explanation: Explanation) -> dict[str, object]:
    """Ratios are decimal strings; durations seconds."""
    slo = explanation.slo
    return {
        "name": slo.full_name,
        "promise": explanation.promise,
        "allowance": explanation.allowance,
        "objective": plain(slo.objective.ratio),
        "error_budget": plain(slo.objective.budget),
        "recorded": [{"record": record, "expr": expression} for record, expression in explanation.recorded],
        "tiers": [
            {
                "burn_tier": tier.tier.name,
                "severity": tier.tier.severity,
                "factor": plain(tier.tier.factor),
                "threshold_ratio": plain(tier.threshold),
                "total_outage": _detection(tier.full_outage),
                "ten_times_budget": _detection(tier.ten_times),
                "settle_seconds_max": tier.settle_seconds,
            }
            for tier in explanation.tiers
        ],
        "lag_seconds": None if explanation.lag is None else explanation.lag.seconds,
        "exclusions": [_exclusion_json(exclusion) for exclusion in slo.exclusions],
        "blind_spots": list(explanation.blind_spots),
    }


def _exclusion_json(exclusion: Exclusion) -> dict[str, object]:
    """One that repeats has `every`, one interval has `from`."""
    said: dict[str, object] = {"reason": exclusion.reason, "approver": exclusion.approver}
    match exclusion.when:
        case OneOff(start, end):
            return said | {"from": instant_text(start), "to": instant_text(end)}
        case WeeklySchedule(spans, zone) as schedule:
            return said | {"every": schedule.every, "for_seconds": spans[0].length_seconds, "zone": zone}
        case _:
            assert_never(exclusion.when)


def _detection(detection: Detection | None) -> dict[str, float] | None:
    if detection is None:
        return None
    return {"seconds": round(detection.seconds, 1), "budget_spent_ratio": round(detection.budget_spent_ratio, 6)}
