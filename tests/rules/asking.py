"""promtool as a calculator: what do these expressions give, after these scrapes, under these rules?

It is asked by expecting what cannot be, and says what it got instead.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from sretool.model.slo import Service
from sretool.rules.compile import compile_service
from sretool.rules.emit import emit
from sretool.rules.timing import Timing

NO_RULES = "groups: []\n"
Answer = dict[str, float]  # By labels, as promtool prints them: "{}" where there are none. Empty: nothing.
_GOT = re.compile(r"^        got: (.*)$", re.MULTILINE)
_SAMPLE = re.compile(r"(?:[a-zA-Z_:][\w:]*)?(\{.*?\}) ([^ ,]+)(?:, |$)")


class Asker:
    """Rules on disk, and promtool beside them."""

    def __init__(self, promtool: Path, directory: Path) -> None:
        self._promtool, self._directory = promtool, directory

    def answers(
        self,
        rules: str,
        series: Mapping[str, str],
        asked: Sequence[tuple[str, str]],
        *,
        interval: str = "1m",
        every: str = "30s",
    ) -> list[Answer]:
        """An answer for each (expression, time). Series are scraped every `interval`, rules evaluated `every`."""
        impossible = [{"labels": '{never="met"}', "value": 0}]
        test = {
            "interval": interval,
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "promql_expr_test": [{"expr": expr, "eval_time": at, "exp_samples": impossible} for expr, at in asked],
        }
        said = self._say(rules, test, every)
        got = [_read(text) for text in _GOT.findall(said)]
        assert len(got) == len(asked), said
        return got

    def answer(self, rules: str, series: Mapping[str, str], expr: str, at: str, **how: str) -> Answer:
        return self.answers(rules, series, [(expr, at)], **how)[0]

    def at_instant(self, expr: str, instant: datetime, series: Mapping[str, float] | None = None) -> Answer:
        """An expression at a moment of our days, with series that have a value at that moment."""
        seconds = f"{instant.timestamp():.0f}s"
        values = {name: f"_ {value}" for name, value in (series or {}).items()}
        return self.answer(NO_RULES, values, expr, seconds, interval=seconds, every=seconds)

    def alerts(
        self,
        rules: str,
        series: Mapping[str, str],
        alert: str,
        at: str,
        *,
        interval: str = "1m",
        every: str = "30s",
    ) -> str:
        """What promtool prints of an alert's instances that fire: labels and annotations."""
        test = {
            "interval": interval,
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "alert_rule_test": [
                {"alertname": alert, "eval_time": at, "exp_alerts": [{"exp_labels": {"never": "met"}}]}
            ],
        }
        return self._say(rules, test, every).partition("got:")[2]

    def _say(self, rules: str, test: dict[str, Any], every: str) -> str:
        (self._directory / "rules.yaml").write_text(rules)
        groups = [group["name"] for group in yaml.safe_load(rules)["groups"]]
        document = {
            "rule_files": ["rules.yaml"],
            "evaluation_interval": every,
            "group_eval_order": groups,
            "tests": [test],
        }
        path = self._directory / "asked.yaml"
        path.write_text(json.dumps(document))
        run = subprocess.run([self._promtool, "test", "rules", path], capture_output=True, text=True, check=False)
        return run.stdout + run.stderr


def rules_of(service: Service, timing: Timing | None = None, *, groups: tuple[str, ...] = ()) -> str:
    """The rules of a service; of some groups only, by the ends of their names, where hours are to pass quickly."""
    rules = compile_service(service, timing or Timing())
    kept = tuple(group for group in rules.groups if not groups or group.name.endswith(groups))
    return emit(replace(rules, groups=kept))


def _read(text: str) -> Answer:
    return {labels: float(value) for labels, value in _SAMPLE.findall(text)}
