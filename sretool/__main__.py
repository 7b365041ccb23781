"""`python -m sretool` and the console script."""

from sretool.cli.main import run

if __name__ == "__main__":
    run()
