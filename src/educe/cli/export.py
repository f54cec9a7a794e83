"""`educe export`: a saved fit or network as code in another language."""

from __future__ import annotations

import click

from educe.cli.completing import PATH
from educe.cli.output import check_writable, say, say_json
from educe.cli.progress import progress
from educe.cli.targets import named, of_target
from educe.errors import ParameterError


@click.command()
@click.argument("model", type=PATH)
@click.option(
    "--to",
    "language",
    required=True,
    metavar="NAME",
    help="python, numpy, c, javascript, latex, spreadsheet or onnx.",
)
@click.option("-o", "--output", type=PATH, metavar="OUT", help="Where to write; without it, on the screen.")
@click.option(
    "--target", metavar="NAME", help="Which one, of a network of several targets; all if not given."
)
@click.option("--json", is_flag=True, help="Print one JSON object that says what was written; needs -o.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing; needs -o.")
def command(
    model: str, *, language: str, output: str | None, target: str | None, json: bool, quiet: bool
) -> None:
    """Write a saved fit or network in another language.

    What is written computes the same values as educe predict, to 12 digits or more, and needs nothing of
    educe. Columns whose names are no identifiers get one, and a comment says which.

    \b
    Example:
      educe export sensors.json --to c -o sensors.c
      educe export network.json --to spreadsheet -o network.xlsx
    """
    from educe.export.result import export
    from educe.loading import load

    check_writable(output, keep=model)
    if output is None and (json or quiet or language == "onnx"):
        asked = "--json" if json else "--quiet" if quiet else "--to onnx"
        raise ParameterError(f"{asked} needs -o OUT: name a file to write to.")
    with progress("writing"):
        found = of_target(load(model), target)
        content = export(found, language, output)
    if output is None:
        say(str(content).rstrip("\n"))
    elif json:
        size = len(content if isinstance(content, bytes) else content.encode("utf-8"))
        say_json({"file": output, "language": language, "target": named(found), "bytes": size})
    elif not quiet:
        say(f"wrote {output}")
