"""`educe compare`: laws, networks and the classical ways on the same rows; which one to trust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from educe.cli.completing import PATH, columns, laws
from educe.cli.output import check_writable, say, say_json
from educe.cli.program import Interrupted
from educe.cli.progress import progress
from educe.cli.reading import Reading, reading_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.comparison.board import Board


@dataclass(frozen=True)
class Outputs:
    """Files that were asked for, and how to print."""

    report: str | None
    plot: str | None
    save: str | None
    json: bool
    quiet: bool


@click.command()
@click.argument("file", type=PATH)
@click.argument("target", shell_complete=columns)
@click.option(
    "--inputs",
    metavar="X,Y",
    shell_complete=columns,
    help="Columns to predict from; all others if not given.",
)
@click.option(
    "--law",
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
@click.option("--json", is_flag=True, help="Print one JSON object instead of the board.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing.")
def command(
    file: str,
    target: str,
    *,
    inputs: str | None,
    law: tuple[str, ...],
    only: tuple[str, ...],
    without: tuple[str, ...],
    where: str | None,
    separator: str | None,
    decimal: str | None,
    folds: int,
    repeats: int | None,
    regions: bool,
    rows: int,
    seconds: float | None,
    jobs: int | None,
    seed: int,
    report: str | None,
    plot: str | None,
    save: str | None,
    json: bool,
    quiet: bool,
) -> None:
    """Compare ways to predict a column, and say which to trust.

    Laws, networks and the classical ways predict the column TARGET of FILE on rows that they have not seen. Of
    those that nothing beats, the simplest is taken. Ctrl-C ends it and shows the board so far.

    \b
    Example:
      educe compare sensors.csv z --law "z = a*sin(x) + b*cos(y)"
    """
    from educe.comparison.compare import compare

    outputs = Outputs(report, plot, save, json, quiet)
    _check(outputs, file)
    with progress("comparing") as step:
        board = compare(
            Reading(separator, decimal).source(file),
            target,
            inputs=None if inputs is None else [name.strip() for name in inputs.split(",") if name.strip()],
            laws=law,
            only=only,
            without=without,
            where=where,
            folds=folds,
            repeats=repeats,
            regions=regions,
            rows=rows,
            seconds=seconds,
            jobs=jobs,
            seed=seed,
            told=_counted(step),
        )
        _write(board, outputs)
    _print(board, outputs)
    if board.ended == "interrupted":
        raise Interrupted("interrupted; the board is of what was finished.")


def _check(outputs: Outputs, file: str) -> None:
    """Refuse before any work what would fail after it."""
    check_writable(outputs.report, outputs.plot, outputs.save, keep=file)
    if outputs.plot is not None:
        from educe.report.figures import suffix

        suffix(outputs.plot)


def _counted(step: Callable[[str], None]) -> Callable[[str, int], None]:
    """Return what tells how many fits are done of how many."""
    done: list[str] = []

    def told(name: str, total: int) -> None:
        done.append(name)
        step(f"{len(done)} of {total} fits, last {name}")

    return told


def _write(board: Board, outputs: Outputs) -> None:
    if outputs.save is not None:
        board.save(outputs.save)
    if outputs.plot is not None:
        from educe.report import board_figures

        board_figures.save(board, outputs.plot)
    if outputs.report is not None:
        board.report(outputs.report)


def _print(board: Board, outputs: Outputs) -> None:
    if outputs.quiet:
        return
    if outputs.json:
        say_json(board.to_dict())
        return
    say(str(board))
    for path in (outputs.report, outputs.plot, outputs.save):
        if path is not None:
            say(f"wrote {path}")
