"""What the commands write: to the terminal, in letters that it has; to files, checked before the work begins."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from educe.errors import FileError
from educe.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def say(text: str = "") -> None:
    """Write text to the standard output."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    click.echo("\n".join(printable(line, encoding) for line in text.split("\n")))


def warn(text: str) -> None:
    """Write ``educe: ...`` to the standard error, on one line."""
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    click.echo(f"educe: {printable(text, encoding)}", err=True)


def say_json(found: dict[str, Any]) -> None:
    """Write one JSON object to the standard output, in ASCII whatever the terminal."""
    click.echo(json.dumps(found, allow_nan=False))


def wrapped(text: str) -> str:
    """Return prose broken into lines that fit the terminal."""
    return textwrap.fill(text, min(100, shutil.get_terminal_size().columns), break_on_hyphens=False)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1) -> str:
    """Return rows of cells under a header; the first `left` columns stand left, the others right.

    >>> print(table(("name", "rows"), [("ethanol", "88")]))
    name     rows
    ethanol    88
    """
    lines = [tuple(header), *(tuple(row) for row in rows)]
    sizes = [max(len(line[k]) for line in lines) for k in range(len(header))]
    return "\n".join(
        "  ".join(
            f"{cell:<{size}}" if k < left else f"{cell:>{size}}"
            for k, (cell, size) in enumerate(zip(line, sizes, strict=True))
        ).rstrip()
        for line in lines
    )


def check_writable(*paths: str | None, keep: str | None = None) -> None:
    """Raise FileError now if a file could not be written later.

    paths : of files to be; None is no file
    keep : path of the input, which must not be written over
    """
    asked = [path for path in paths if path is not None]
    places = [Path(path).resolve() for path in asked]
    for path, place in zip(asked, places, strict=True):
        if place.is_dir():
            raise FileError(f"{path} is a folder; name a file to write to.")
        if not place.parent.is_dir():
            raise FileError(f"{path} cannot be written: there is no folder {place.parent}.")
        if not os.access(place.parent, os.W_OK):
            raise FileError(f"{path} cannot be written: the folder {place.parent} may not be written to.")
        if keep is not None and place == Path(keep).resolve():
            raise FileError(f"{path} is the input; name another file to write to.")
        if places.count(place) > 1:
            raise FileError(f"{path} is asked for twice; name two files.")
