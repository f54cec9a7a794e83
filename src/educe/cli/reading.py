"""The options with which every command that reads measurements reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from educe.cli import assignments
from educe.cli.completing import columns
from educe.cli.gathering import gathered

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.table import Table

    Command = Callable[..., Any]


@dataclass(frozen=True)
class Reading:
    """How a text file is read, cell separator and decimal mark, None where the first lines tell; and which rows."""

    where: str | None = None
    separator: str | None = None
    decimal: str | None = None

    @property
    def given(self) -> bool:
        """Whether anything was said."""
        return self != Reading()

    def table(self, file: str) -> Table:
        """Return the measurements of a file, all rows."""
        from educe.table import read

        return read(file, separator=self.separator, decimal=self.decimal)

    def source(self, file: str) -> str | Table:
        """Return the file itself where nothing was told, so that only what is needed is read; else its table."""
        return self.table(file) if replace(self, where=None).given else file


inputs_option = click.option(
    "--inputs",
    metavar="X,Y",
    shell_complete=columns,
    callback=lambda _, __, typed: None if typed is None else list(assignments.names([typed])),
    help="Columns to predict from; all others if not given.",
)
_SEPARATOR = click.option(
    "--separator", metavar="C", help="Between the cells of a text file; else found from its first lines."
)
_DECIMAL = click.option("--decimal", metavar="C", help="Decimal mark of a text file, '.' or ','; else found.")
_WHERE = click.option(
    "--where", metavar="CONDITION", help='Use only rows where this holds: "x > 0 and y < 5".'
)


def reading_options(command: Command) -> Command:
    """Give a command --where, --separator and --decimal, as its `reading`."""
    decorated: Command = _WHERE(_SEPARATOR(_DECIMAL(gathered("reading", Reading)(command))))
    return decorated
