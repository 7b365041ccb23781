"""A process of the service: it is as nice as it is told to be, and dies when its supervisor does.

    python -m sretool.billing.child --lifeline 5 --nice 10 applier --directory .sretool/billing

runs sretool.billing.applier. The lifeline is the reading end of a pipe that only the supervisor holds open, so that it
ends however the supervisor ends, on every Unix.
"""

from __future__ import annotations

import argparse
import os
import runpy
import signal
import sys
import threading

NICEST = 19


def main() -> None:
    """Become the module that is named."""
    parser = argparse.ArgumentParser(prog="python -m sretool.billing.child", description=__doc__)
    parser.add_argument("--lifeline", type=int, required=True)
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    threading.Thread(target=_die_with, args=(given.lifeline,), name="lifeline", daemon=True).start()
    _give_way(given.nice)
    sys.argv[1:] = given.arguments
    runpy.run_module(f"sretool.billing.{given.module}", run_name="__main__", alter_sys=True)


def _give_way(nice: int) -> None:
    """Be nice; and on Linux never interrupt who serves by waking up.

    The nicest gets only what nobody else wants. Niceness alone is not kept to from core to core: it would have one for
    itself while two who serve share the other.
    """
    if not nice:
        return
    os.nice(nice)
    if sys.platform == "linux":
        policy = os.SCHED_IDLE if nice >= NICEST else os.SCHED_BATCH
        os.sched_setscheduler(0, policy, os.sched_param(0))


def _die_with(lifeline: int) -> None:
    """Wait until nobody holds the other end, which says nothing as long as it is held."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
