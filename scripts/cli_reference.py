"""Writes docs/cli.md from what `--help` prints; with --check, fails when the page is stale.

The page is the same on every machine: a fixed width, no colour, the commands in the order in which help lists them.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import typer.core
import typer.main
import typer.testing

# None: not set. What is drawn must not follow the terminal that this runs in.
ENVIRONMENT = {
    "COLUMNS": "100",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "FORCE_COLOR": None,
    "GITHUB_ACTIONS": None,
    "PY_COLORS": None,
    "TERMINAL_WIDTH": None,
}
PAGE = Path(__file__).parent.parent / "docs" / "cli.md"
HEAD = """\
# The command line

Made from `--help` by `make docs`; `make check` fails when it is stale.
"""


def help_texts(app: typer.Typer, program: str) -> Iterator[tuple[str, str]]:
    """Each command's full name and what its `--help` prints, parents before children."""
    runner = typer.testing.CliRunner(env=ENVIRONMENT)

    def walk(command: object, words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        result = runner.invoke(app, [*words, "--help"], prog_name=program, catch_exceptions=False)
        lines = (line.rstrip() for line in result.stdout.strip("\n").splitlines())
        yield " ".join((program, *words)), "\n".join(lines)
        if isinstance(command, typer.core.TyperGroup):
            for name, child in command.commands.items():
                if not child.hidden:
                    yield from walk(child, (*words, name))

    yield from walk(typer.main.get_command(app), ())


def cli_page(app: typer.Typer, program: str) -> str:
    """The whole page: a heading and a block of help a command."""
    sections = [f"## {name}\n\n```text\n{text}\n```\n" for name, text in help_texts(app, program)]
    return "\n".join([HEAD, *sections])


def main(arguments: list[str]) -> int:
    from sretool.cli.main import app

    page = cli_page(app, "sretool")
    if "--check" not in arguments:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page:
        return 0
    print("docs/cli.md is stale: run `make docs` and commit it", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
