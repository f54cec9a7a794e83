"""`educe next`: where to measure next, and what it will bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import numpy as np

from educe.cli import assignments
from educe.cli.completing import PATH, columns, laws
from educe.cli.gathering import OneOf
from educe.cli.output import check_writable, say, say_json, table, wrapped
from educe.cli.progress import progress
from educe.cli.reading import Reading, reading_options
from educe.errors import ParameterError
from educe.report.numbers import count, short

if TYPE_CHECKING:
    from educe.fitting.next_points import NextPoints
    from educe.fitting.result import Fit

AIMS = {
    "D": "the joint confidence region of all parameters is smallest",
    "A": "the sum of the variances, each relative to now, is smallest",
}


@click.command()
@click.argument("file", type=PATH)
@click.argument("law", required=False, shell_complete=laws)
@click.option("--points", type=int, default=5, show_default=True, metavar="N", help="Measurements to take.")
@click.option("--range", "range_", multiple=True, metavar="NAME=LOW:HIGH", help="Where an input can be set.")
@click.option("--for", "target", metavar="NAME", help="Parameter, or formula of parameters, to know better.")
@click.option("--criterion", type=OneOf(("D", "A", "c")), help="D unless --for is given, then c.")
@click.option("--set", "data_set", metavar="NAME", help="Data set to measure in, of a fit of several.")
@click.option("--start", multiple=True, metavar="NAME=VALUE", help="Starting value, where a LAW is fitted.")
@click.option("--fix", multiple=True, metavar="NAME=VALUE", help="Hold a parameter, where a LAW is fitted.")
@click.option(
    "--sigma", metavar="COLUMN", type=assignments.sigma, shell_complete=columns, help="As for educe fit."
)
@click.option("--absolute-sigma", is_flag=True, help="As for educe fit.")
@reading_options
@click.option("-o", "--output", type=PATH, metavar="OUT", help="Write the points, as .csv, .tsv or .parquet.")
@click.option("--json", is_flag=True, help="Print one JSON object instead of tables.")
def command(
    file: str,
    law: str | None,
    *,
    points: int,
    range_: tuple[str, ...],
    target: str | None,
    criterion: str | None,
    data_set: str | None,
    start: tuple[str, ...],
    fix: tuple[str, ...],
    sigma: str | float | None,
    absolute_sigma: bool,
    reading: Reading,
    output: str | None,
    json: bool,
) -> None:
    """Say where to measure next.

    FILE is a fit that educe fit saved; or measurements, to which LAW is fitted first. The points are those
    that shrink the errors most, judged from the slopes of the law at the fit.

    \b
    Example:
      educe next decay.json --range t=0:20 --points 4 --for k
    """
    check_writable(output, keep=file)
    if output is not None:
        _suffix(output)
    ranges = assignments.ranges(range_, "--range")
    with progress("looking for points"):
        if law is None:
            if start or fix or sigma or reading.given:
                raise ParameterError(
                    "--start, --fix, --sigma, --where and the like are for fitting a LAW; none was given."
                )
            found = _loaded(file)
        else:
            from educe.fitting.fit import fit

            found = fit(
                law,
                reading.source(file),
                start=assignments.starts(start, "--start"),
                fixed=assignments.values(fix, "--fix"),
                sigma=sigma,
                absolute_sigma=absolute_sigma,
                where=reading.where,
            )
        chosen = found.next_points(points, ranges, criterion=criterion, target=target, data_set=data_set)
    if output is not None:
        _write(output, chosen)
    if json:
        say_json({"formula": found.stated.text, **chosen.to_dict(), "file": output})
        return
    say(_told(found, chosen))
    if output is not None:
        say(f"wrote {output}")


def _loaded(file: str) -> Fit:
    from educe.fitting.result import Fit
    from educe.loading import load

    found = load(file)
    if not isinstance(found, Fit):
        raise ParameterError(
            f"{file} is a network; where to measure next follows from a law: give a saved fit."
        )
    return found


def _suffix(output: str) -> None:
    from educe.errors import FileError

    if not output.lower().endswith((".csv", ".tsv", ".parquet")):
        raise FileError(
            f"{output}: points are written as .csv, .tsv or .parquet; give the file one of these suffixes."
        )


def _write(output: str, chosen: NextPoints) -> None:
    """Write one row for each measurement to take, repeated ones several times."""
    from educe.table import write

    every = [point for point, n in zip(chosen.points, chosen.repeats, strict=True) for _ in range(n)]
    write(output, {name: np.array([point[name] for point in every]) for name in chosen.points[0]})


def _told(found: Fit, chosen: NextPoints) -> str:
    inputs = tuple(chosen.points[0])
    rows = [
        (*(short(v, 5) if isinstance(v, float) else str(v) for v in point.values()), f"{n}")
        for point, n in zip(chosen.points, chosen.repeats, strict=True)
    ]
    errors = [
        (name, short(chosen.before[name], 3), short(chosen.after[name], 3), short(chosen.even[name], 3))
        for name in chosen.before
    ]
    aim = AIMS.get(chosen.criterion, f"the error of {chosen.target} is smallest")
    total = sum(chosen.repeats)
    within = ", ".join(f"{name} = {low:g} .. {high:g}" for name, (low, high) in chosen.ranges.items())
    note = (
        f"Expected from the slopes of the law at the fit, if the law is right and each new reading has the noise "
        f"{short(chosen.noise, 3)}; the last column is for as many points spread evenly."
    )
    return "\n".join(
        [
            found.stated.text,
            wrapped(f"{count(total, 'measurement')} with {within} so that {aim}:"),
            "",
            table((*inputs, "times"), rows, left=0),
            "",
            table(("standard error", "now", "expected", "spread evenly"), errors),
            "",
            wrapped(note),
        ]
    )
