"""`educe simulate`: measurements of a law as noisy sensors would give them."""

from __future__ import annotations

import click

from educe.cli import assignments
from educe.cli.completing import PATH, laws
from educe.cli.output import check_writable, say, say_json, table
from educe.cli.progress import progress


@click.command()
@click.argument("law", shell_complete=laws)
@click.option("-n", "n", type=int, required=True, metavar="N", help="Number of rows.")
@click.option(
    "--range", "ranges", multiple=True, metavar="NAME=LOW:HIGH", help="Where an input lies; repeat."
)
@click.option("--value", multiple=True, metavar="NAME=VALUE", help="True value of a parameter; repeat.")
@click.option(
    "--noise",
    default="0",
    show_default=True,
    metavar="S",
    help="Standard deviation, or a share of the spread: 5%.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The same seed, the same file."
)
@click.option(
    "--outliers", type=float, default=0.0, metavar="SHARE", help="Share of readings that are far off."
)
@click.option(
    "--missing", type=float, default=0.0, metavar="SHARE", help="Share of readings that are missing."
)
@click.option("--grid", is_flag=True, help="Inputs on a regular grid of at least N points, not at random.")
@click.option(
    "-o", "--output", required=True, type=PATH, metavar="FILE", help="A .csv, .tsv or .parquet file."
)
@click.option("--json", is_flag=True, help="Print one JSON object instead of words.")
def command(
    law: str,
    *,
    n: int,
    ranges: tuple[str, ...],
    value: tuple[str, ...],
    noise: str,
    seed: int,
    outliers: float,
    missing: float,
    grid: bool,
    output: str,
    json: bool,
) -> None:
    """Write simulated measurements of a law.

    Every name in LAW needs a range (an input) or a value (a constant); a named law, such as
    "y = gaussian(x)", has ranges and typical values of its own. Outlying readings scatter ten times as widely.

    \b
    Example:
      educe simulate "z = a*sin(x) + b*cos(y)" --value a=2,b=0.5 -n 500 --range x=-3:3 --range y=-3:3
      --noise 0.1 --seed 7 -o sensors.csv
    """
    from educe.simulation import simulate
    from educe.table import write

    check_writable(output)
    with progress("simulating"):
        made = simulate(
            law,
            n,
            ranges=assignments.ranges(ranges, "--range"),
            values=assignments.values(value, "--value"),
            noise=noise,
            seed=seed,
            outliers=outliers,
            missing=missing,
            grid=grid,
        )
        write(output, made.columns)
    rows = len(next(iter(made.columns.values())))
    if json:
        say_json(
            {
                "formula": made.law.text,
                "file": output,
                "n": rows,
                "columns": list(made.columns),
                "values": made.values,
                "noise": made.noise,
                "seed": seed,
                "outliers": made.outliers,
                "missing": made.missing,
            }
        )
        return
    say(f"{made.law.text}: {rows} rows of {', '.join(made.columns)}, noise {made.noise:.4g}, seed {seed}")
    if made.outliers or made.missing:
        say(f"{made.outliers} readings are outlying, {made.missing} are missing")
    if made.values:
        say(table(("parameter", "true value"), [(name, f"{v:.10g}") for name, v in made.values.items()]))
    say(f"wrote {output}")
