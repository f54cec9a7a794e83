"""`educe study`: where networks win and lose, measured here."""

from __future__ import annotations

import textwrap
from pathlib import Path

import click

from educe.cli.completing import PATH
from educe.cli.output import say, say_json
from educe.cli.program import Interrupted
from educe.cli.progress import progress
from educe.errors import FileError


@click.command()
@click.option("--full", is_flag=True, help="More draws and settings: an hour or more, in place of minutes.")
@click.option("--only", metavar="A,B", default="", help="Questions: law, inputs, rows, noise, shape.")
@click.option(
    "-o", "--output", metavar="DIR", type=PATH, help="Write data, page and figures into this folder."
)
@click.option("--jobs", type=int, metavar="N", help="Processes; as many as there are cores if not given.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="Of the first draw."
)
@click.option("--json", is_flag=True, help="Print one JSON object instead of the findings.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing.")
def command(
    *, full: bool, only: str, output: str | None, jobs: int | None, seed: int, json: bool, quiet: bool
) -> None:
    """Measure where networks win, and where they lose.

    Draws data of known truths with more and less of everything, lets every contender of educe compare learn from
    them, and judges each on fresh points without noise. Takes some minutes. Ctrl-C ends it and keeps what is done.

    \b
    Example:
      educe study --only rows,noise -o study
    """
    from educe.studying.study import study, tasks

    if output is not None and Path(output).exists() and not Path(output).is_dir():
        raise FileError(f"{output} is a file; name a folder to write into.")
    asked = [name.strip() for name in only.split(",") if name.strip()]
    total = len(tasks(asked, full=full, seed=seed))
    with progress("studying", total) as step:
        found = study(asked, full=full, jobs=jobs, seed=seed, told=step)
    if found.interrupted and not found.outcomes:
        raise Interrupted("interrupted before the first outcome; nothing was written.")
    written = [] if output is None else found.write(output)
    if json:
        say_json(found.to_dict())
    elif not quiet:
        say("\n".join(textwrap.fill(line, 100, subsequent_indent="    ") for line in str(found).split("\n")))
        for path in written:
            say(f"wrote {path}")
    if found.interrupted:
        raise Interrupted("interrupted; what was done until then was kept.")
