"""`python -m sretool` and the console script."""

import sys


def run() -> None:
    """Run the command line and exit. Whoever presses Ctrl-C while it is still being loaded gets no traceback either."""
    try:
        from sretool.cli.main import run as run_commands

        run_commands()
    except KeyboardInterrupt:
        sys.exit(130)  # What a shell says of SIGINT.


if __name__ == "__main__":
    run()
