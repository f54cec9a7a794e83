"""`educe explain`: the mathematics of a saved result, with its own numbers, as one HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from educe.cli.completing import PATH
from educe.cli.output import check_writable, say, say_json
from educe.cli.progress import progress
from educe.cli.targets import of_target

if TYPE_CHECKING:
    from educe.fitting.result import Fit
    from educe.learning.result import Learned
    from educe.report.blocks import Page


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
@click.option("--target", metavar="NAME", help="Which one, of a network of several targets.")
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
    from educe.report.page import depth_named, save

    check_writable(output, keep=model)
    depth = depth_named(level)
    with progress("explaining"):
        save(_explained(of_target(load(model), target)), output, depth=depth)
    if json:
        say_json({"model": model, "file": output, "level": level})
    elif not quiet:
        say(f"wrote {output}")


def _explained(result: Fit | Learned) -> Page:
    """Return the page about a law or a network."""
    from educe.fitting.result import Fit

    if isinstance(result, Fit):
        from educe.explanation import law

        return law.explain(result)
    from educe.explanation import network

    return network.explain(result)
