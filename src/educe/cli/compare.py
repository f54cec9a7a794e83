"""`educe compare`: laws, networks and the classical ways on the same rows; which one to trust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from educe.cli.completing import PATH, columns, laws
from educe.cli.gathering import gathered
from educe.cli.output import Outputs, output_options, say
from educe.cli.program import Interrupted
from educe.cli.progress import progress
from educe.cli.reading import Reading, inputs_option, reading_options

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Asked:
    """What is asked of a comparison: arguments of `educe.compare`, where each is explained, under the same names."""

    inputs: list[str] | None
    laws: tuple[str, ...]
    only: tuple[str, ...]
    without: tuple[str, ...]
    folds: int
    repeats: int | None
    regions: bool
    rows: int
    seconds: float | None
    jobs: int | None
    seed: int


@click.command()
@click.argument("file", type=PATH)
@click.argument("target", shell_complete=columns)
@inputs_option
@click.option(
    "--law",
    "laws",
    multiple=True,
    metavar="LAW",
    shell_complete=laws,
    help='A law that competes: "z = a*x" or "name: z = a*x".',
)
@click.option("--only", multiple=True, metavar="NAME", help="A contender, or a kind of them, to take.")
@click.option(
    "--without", multiple=True, metavar="NAME", help="A contender, or a kind of them, to leave out."
)
@reading_options
@click.option(
    "--folds", type=int, default=5, show_default=True, metavar="N", help="Parts, each held out once."
)
@click.option(
    "--repeats", type=int, metavar="N", help="Of the whole, on other folds; 1 to 3 if not given, by rows."
)
@click.option(
    "--regions/--no-regions", default=True, show_default=True, help="Hold out the ends of the region too."
)
@click.option(
    "--rows", type=int, default=10_000, show_default=True, metavar="N", help="Use at most so many rows."
)
@click.option("--seconds", type=float, metavar="S", help="Begin nothing new after this time.")
@click.option("--jobs", type=int, metavar="N", help="Processes; as many as cores if not given.")
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Same seed, same numbers.")
@click.option("--report", metavar="F.html", type=PATH, help="Write the board as one HTML page.")
@click.option("--plot", metavar="F.svg", type=PATH, help="Draw the board, as .svg, .png or .pdf.")
@click.option("--save", metavar="F.json", type=PATH, help="Write the object of --json to a file.")
@output_options
@gathered("asked", Asked)
def command(file: str, target: str, *, asked: Asked, reading: Reading, outputs: Outputs) -> None:
    """Compare ways to predict a column, and say which to trust.

    Laws, networks and the classical ways predict the column TARGET of FILE on rows that they have not seen. Of
    those that nothing beats, the simplest is taken. Ctrl-C ends it and shows the board so far.

    \b
    Example:
      educe compare sensors.csv z --law "z = a*sin(x) + b*cos(y)"
    """
    from educe.comparison.compare import compare

    outputs.check(file)
    with progress("comparing") as step:
        try:
            board = compare(
                reading.source(file), target, where=reading.where, told=_counted(step), **vars(asked)
            )
        except KeyboardInterrupt:
            raise Interrupted(
                "interrupted before any contender was finished; there is no board, and nothing was written."
            ) from None
        outputs.write(save=board.save, plot=board.plot, report=board.report)
    outputs.tell(board.to_dict, lambda: say(str(board)))
    if board.ended == "interrupted":
        raise Interrupted("interrupted; the board is of what was finished.")


def _counted(step: Callable[[str], None]) -> Callable[[str, int], None]:
    """Return what tells how many fits are done of how many."""
    done: list[str] = []

    def told(name: str, total: int) -> None:
        done.append(name)
        step(f"{len(done)} of {total} fits, last {name}")

    return told
