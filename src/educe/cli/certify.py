"""`educe certify`: the certified problems of NIST on this machine, digit by digit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from educe.cli.gathering import OneOf
from educe.cli.output import say, say_json, table
from educe.cli.program import NOT_REACHED
from educe.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.certification import Run

HEADER = ("problem", "start", "parameters", "std. errors", "rss", "ms", "")


@click.command()
@click.option(
    "--start",
    type=OneOf(["1", "2", "both", "none"]),
    default="both",
    show_default=True,
    help="The certified start; none: it is searched for.",
)
@click.option("--json", is_flag=True, help="Print one JSON object instead of the table.")
def command(*, start: str, json: bool) -> None:
    """Count the correct digits on the problems that NIST certifies.

    Fits, on this machine, the 27 nonlinear problems of the Statistical Reference Datasets; values are
    certified to 11 digits. Needed are 10 digits in every parameter, 9 in every standard error and 9 in
    the residual sum of squares. The exit status is 1 if any are missed.

    \b
    Example:
      educe certify --start 1
    """
    from educe import datasets
    from educe.certification import certify

    starts = ("1", "2") if start == "both" else (start,)
    runs: list[Run] = []
    with progress("certifying", len(datasets.names("nist")) * len(starts)) as step:
        for run in certify(starts):
            runs.append(run)
            step(run.name)
    missed = [run for run in runs if run.missed]
    if json:
        say_json({"problems": [as_dict(run) for run in runs], "missed": len(missed)})
    else:
        rows = [(*_cells(run), _note(run)) for run in runs]
        say(table(HEADER, rows, left=1))
        say(f"\n{verdict(runs)}")
    if missed:
        raise click.exceptions.Exit(NOT_REACHED)


def as_dict(run: Run) -> dict[str, Any]:
    """Return a run as it stands in the JSON."""
    return {
        "name": run.name,
        "start": run.start,
        **{f"digits_{quantity}": _down(value) for quantity, value in run.digits.items()},
        "seconds": round(run.seconds, 6),
        "signs": list(run.signs),
        "missed": list(run.missed),
    }


def _down(digits: float) -> float:
    """Return one decimal, rounded down: 8.99 digits are not 9."""
    return math.floor(10.0 * digits) / 10.0


def verdict(runs: Sequence[Run]) -> str:
    """Return the outcome in a sentence or two."""
    missed = [f"{run.name} from start {run.start} ({', '.join(run.missed)})" for run in runs if run.missed]
    beyond = sorted({run.name for run in runs if run.excepted})
    reached = (
        f"{len(runs) - len(missed)} of {len(runs)} runs have the digits: 10 in parameters, "
        "9 in standard errors and rss"
    )
    kept = f" ({', '.join(beyond)}: parameters only, its rss of 1e-25 is below float64)" if beyond else ""
    return f"{reached}{kept}." + (f" Missed: {'; '.join(missed)}." if missed else "")


def _cells(run: Run) -> tuple[str, ...]:
    counted = [f"{_down(run.digits[q]):.1f}" for q in ("parameters", "stderr", "rss")]
    return (run.name, run.start, *counted, f"{1000 * run.seconds:.1f}")


def _note(run: Run) -> str:
    notes = [f"signs: {', '.join(run.signs)}"] if run.signs else []
    if run.missed:
        notes.append(f"missed: {', '.join(run.missed)}")
    if run.excepted:
        notes.append("errors and rss beyond float64")
    return "; ".join(notes)
