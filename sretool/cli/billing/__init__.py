"""`sretool billing ...`: one module a verb, imported when one of them is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from collections.abc import MutableMapping


class _Verbs(TyperGroup):
    """Its commands are made when somebody looks, so that no other command waits for them."""

    _made: MutableMapping[str, Any] | None = None

    @property
    def commands(self) -> MutableMapping[str, Any]:
        if self._made is None:
            from sretool.cli.billing.verbs import app as verbs

            group = typer.main.get_group(verbs)
            self._made = group.commands
        return self._made

    @commands.setter
    def commands(self, commands: MutableMapping[str, Any]) -> None:
        """What typer knows of: nothing."""


app = typer.Typer(
    cls=_Verbs,
    help="The measured system: ingest usage, issue invoices, break it on purpose, audit it.",
    epilog="Start with: sretool billing serve, and in another terminal sretool billing load, then audit.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def billing() -> None:
    """The measured system: ingest usage, issue invoices, break it on purpose, audit it."""
