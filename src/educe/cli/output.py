"""What the commands write: to the terminal, in letters that it has; to files, checked before the work begins."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from educe.cli.gathering import gathered
from educe.errors import FileError
from educe.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Command = Callable[..., Any]


def say(text: str = "") -> None:
    """Write text to the standard output."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    click.echo("\n".join(printable(line, encoding) for line in text.split("\n")))


def warn(text: str) -> None:
    """Write ``educe: ...`` to the standard error, on one line."""
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    click.echo(f"educe: {printable(text, encoding)}", err=True)


def say_json(found: dict[str, Any]) -> None:
    """Write one JSON object to the standard output, in ASCII whatever the terminal; what is not finite is null."""
    from educe.export.json_file import plain

    click.echo(json.dumps(plain(found), allow_nan=False))


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


@dataclass(frozen=True)
class Outputs:
    """The files that a command was asked to write, None if it was not, and how it prints."""

    save: str | None = None
    plot: str | None = None
    report: str | None = None
    json: bool = False
    quiet: bool = False

    def check(self, *inputs: str, beside: str | None = None) -> None:
        """Refuse before any work what would fail after it.

        inputs : files that must not be written over;  beside : one more file that will be written

        Raises FileError.
        """
        for file in inputs:
            check_writable(self.save, self.plot, self.report, beside, keep=file)
        if self.plot is not None:
            from educe.report.figures import suffix

            suffix(self.plot)

    def write(
        self,
        *,
        save: Callable[[str], object] | None = None,
        plot: Callable[[str], object] | None = None,
        report: Callable[[str], object] | None = None,
    ) -> None:
        """Write the files that were asked for, each with the function that can."""
        for path, writer in ((self.save, save), (self.plot, plot), (self.report, report)):
            if path is not None and writer is not None:
                writer(path)

    def tell(self, as_json: Callable[[], dict[str, Any]], say_it: Callable[[], None]) -> None:
        """Print a result as it was asked for: nothing, one object, or words and then the files that were written."""
        if self.quiet:
            return
        if self.json:
            say_json(as_json())
            return
        say_it()
        for path in (self.save, self.plot, self.report):
            if path is not None:
                say(f"wrote {path}")


_JSON = click.option("--json", is_flag=True, help="Print one JSON object instead of words.")
_QUIET = click.option("-q", "--quiet", is_flag=True, help="Print nothing; the exit status tells how it went.")


def output_options(command: Command) -> Command:
    """Give a command --json and --quiet, as its `outputs`, with the --save, --plot and --report that it has."""
    decorated: Command = _JSON(_QUIET(gathered("outputs", Outputs)(command)))
    return decorated
