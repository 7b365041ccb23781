"""Rules of others, linted: the alerts of Ceph again and again under other names. Whole processes, medians of some runs.

The control only parses the same YAML, in C, in the same run. The alerts come from Debian's package, which `make tools`
fetches.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

from bench_generate import PARSE, RUNS, Cost, measured, sretool

CHECKOUT = Path(__file__).parents[1]
SHIPPED = "etc/prometheus/ceph/ceph_default_alerts.yml"
RULES = 2_400


def main() -> None:
    text = ceph_alerts()
    with tempfile.TemporaryDirectory(prefix="sretool-bench-") as home:
        os.chdir(home)  # Away from the project's own sretool.yaml.
        print(f"\nlint: whole processes, median of {RUNS}            wall s    CPU s  peak MiB  us a rule   target")
        for rules in (RULES // 10, RULES):
            directory = Path(home) / f"rules-{rules}"
            there = write_renamed(text, directory, rules)
            show("control: CSafeLoader", measured([sys.executable, "-c", PARSE, str(directory)], runs=RUNS), there, "")
            lint = ["/bin/sh", "-c", 'exec "$@" 2> /dev/null', "sh", *sretool(), "lint", str(directory)]
            show(f"{there:,} rules", measured(lint, runs=RUNS), there, "<= 3 s" if rules == RULES else "")


def ceph_alerts() -> str:
    found = next((root / SHIPPED for root in (Path("/"), CHECKOUT / ".tools") if (root / SHIPPED).is_file()), None)
    if found is None:
        sys.exit("the package ceph-prometheus-alerts is not here: run make tools")
    return found.read_text(encoding="utf-8")


def write_renamed(text: str, directory: Path, rules: int) -> int:
    """At least so many rules, a copy a file, in which every alert and every metric has a name of its own."""
    directory.mkdir()
    in_one = len(re.findall(r"^ +- alert:", text, re.MULTILINE))
    copies = -(-rules // in_one)
    for copy in range(copies):
        renamed = re.sub(r'(alert: "\w+)"', rf'\g<1>{copy}"', re.sub(r"\b(ceph|node)_", rf"\g<1>{copy}_", text))
        (directory / f"{copy:03}.yaml").write_text(renamed, encoding="utf-8")
    return copies * in_one


def show(name: str, cost: Cost, rules: int, target: str) -> None:
    each = cost.wall_seconds / rules * 1e6
    print(f"  {name:<40} {cost.wall_seconds:8.2f} {cost.cpu_seconds:8.2f} {cost.peak_mib:9.0f} {each:10.0f}   {target}")


if __name__ == "__main__":
    main()
