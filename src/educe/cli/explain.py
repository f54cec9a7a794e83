"""`educe explain`: the mathematics of a saved result, with its own numbers, as one HTML page."""

from __future__ import annotations

import click

from educe.cli.completing import PATH
from educe.cli.output import check_writable, say, say_json
from educe.cli.progress import progress
from educe.cli.targets import of_target


@click.command()
@click.argument("model", type=PATH)
@click.option("-o", "--output", required=True, type=PATH, metavar="F.html", help="Where to write the page.")
@click.option(
    "--level",
    default="full",
    show_default=True,
    metavar="NAME",
    help="How the page opens: plain, school or full; its reader can choose another.",
)
@click.option(
    "--target", metavar="NAME", help="Which one, of a network of several targets; all if not given."
)
@click.option("--json", is_flag=True, help="Print one JSON object instead of words.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing.")
def command(model: str, *, output: str, level: str, target: str | None, json: bool, quiet: bool) -> None:
    """Explain a saved result: every formula, step and number.

    Writes one HTML page about the fit or network in MODEL, as `educe fit --save` or `educe learn --save` wrote it. The
    page needs nothing but itself, on a screen, on a phone or on paper.

    \b
    Example:
      educe explain sensors.json -o sensors.html
    """
    from educe.loading import load
    from educe.report.page import depth_named

    check_writable(output, keep=model)
    depth_named(level)  # refused before the work
    with progress("explaining"):
        of_target(load(model), target).report(output, level)
    if json:
        say_json({"model": model, "file": output, "level": level})
    elif not quiet:
        say(f"wrote {output}")
