"""What the shell offers when Tab is pressed: files, their columns, named laws, data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from educe.errors import EduceError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

PATH = click.Path()  # completes file names; whether a file can be read is for the table to say


def laws(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """Return the named laws, as they are called, that begin as typed.

    >>> laws(None, None, "y = gaussian_2")
    ['y = gaussian_2d(x, y)']
    """
    from educe.formula.library import LAWS

    begun = typed.rpartition("=")[2].lstrip()
    head = typed[: len(typed) - len(begun)]
    return [head + law.signature for name, law in LAWS.items() if name.startswith(begun)]


def files_or_law(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the files that begin as typed and, after a first one, the named laws: the last word is the law."""
    from click.shell_completion import CompletionItem

    begun = ctx.params.get("files") or ctx.params.get("law")
    named = [CompletionItem(text) for text in laws(ctx, parameter, typed)] if begun else []
    return [CompletionItem(typed, type="file"), *named]


def columns(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """Return the columns of FILE that begin as typed; none if it cannot be read."""
    from educe.table import as_table

    files = ctx.params.get("files") or (ctx.params.get("file"),)  # unread while an option lacks its value
    file = files[0] or next(iter(ctx.args), None)
    try:
        found = as_table(file, names=()).available
    except EduceError:
        return []
    return [name for name in found if name.startswith(typed)]


def law_names(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """Return the names of laws and of their groups that begin as typed."""
    from educe.formula.library import groups, names

    return [name for name in (*groups(), *names()) if name.startswith(typed)]


def data_names(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """Return the names of data sets that begin as typed."""
    from educe import datasets

    return [name for name in datasets.names() if name.startswith(typed)]
