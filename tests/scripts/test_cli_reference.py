import cli_reference
import pytest
import typer

PAGE = """\
# The command line

Made from `--help` by `make docs`; `make check` fails when it is stale.

## tool

```text
Usage: tool [OPTIONS] COMMAND [ARGS]...

  Everything about spoons.

Options:
  --help  Show this message and exit.

Commands:
  spoon  Bend them.
```

## tool spoon

```text
Usage: tool spoon [OPTIONS] COMMAND [ARGS]...

  Bend them.

Options:
  --help  Show this message and exit.

Commands:
  bend  Bend one spoon, as far as it goes and not one degree further than...
```

## tool spoon bend

```text
Usage: tool spoon bend [OPTIONS]

  Bend one spoon, as far as it goes and not one degree further than that.

Options:
  --degrees <int>  How far.  [default: 90]
  --help           Show this message and exit.
```
"""


@pytest.fixture
def spoons() -> typer.Typer:
    app = typer.Typer(name="tool", help="Everything about spoons.", add_completion=False, rich_markup_mode=None)
    spoon = typer.Typer(help="Bend them.", rich_markup_mode=None)

    @app.callback()
    def tool() -> None:
        pass

    @spoon.callback()
    def spoon_group() -> None:
        pass

    @spoon.command(help="Bend one spoon, as far as it goes and not one degree further than that.")
    def bend(degrees: int = typer.Option(90, help="How far.")) -> None:
        pass

    @spoon.command(hidden=True)
    def melt() -> None:
        pass

    app.add_typer(spoon, name="spoon")
    return app


def test_the_page_has_the_help_of_every_command_that_is_not_hidden(spoons: typer.Typer):
    assert cli_reference.cli_page(spoons, "tool") == PAGE


def test_the_page_does_not_follow_the_width_of_the_terminal(monkeypatch: pytest.MonkeyPatch):
    drawn_by_rich = typer.Typer(add_completion=False, rich_markup_mode="rich")
    drawn_by_rich.command(help="Bend one spoon, as far as it goes and not one degree further than that.")(lambda: None)

    monkeypatch.setenv("COLUMNS", "41")
    narrow = cli_reference.cli_page(drawn_by_rich, "tool")
    monkeypatch.setenv("COLUMNS", "201")
    wide = cli_reference.cli_page(drawn_by_rich, "tool")

    assert narrow == wide
    assert max(len(line) for line in wide.splitlines()) == 100
