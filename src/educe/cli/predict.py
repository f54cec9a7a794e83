"""`educe predict`: what a saved fit or network says about new rows."""

from __future__ import annotations

import click

from educe.cli.completing import PATH
from educe.cli.gathering import OneOf, gathered
from educe.cli.output import Outputs, check_writable, output_options, say, warn
from educe.cli.predicted import Asked, Predicted, predicted, predicted_by_pieces, print_csv, write
from educe.cli.progress import progress
from educe.cli.reading import Reading, reading_options
from educe.errors import ParameterError, TableError
from educe.fitting.bands import METHODS
from educe.report.numbers import count

LEVEL = 0.95
KINDS = ("prediction", "confidence")


@click.command()
@click.argument("model", type=PATH)
@click.argument("file", type=PATH)
@click.option(
    "-o", "--output", type=PATH, metavar="OUT", help="Where to write; without it, CSV on the screen."
)
@click.option(
    "--interval",
    "level",
    type=float,
    default=LEVEL,
    show_default=True,
    metavar="P",
    help="Level of the band.",
)
@click.option(
    "--kind",
    type=OneOf(KINDS),
    default="prediction",
    show_default=True,
    help="prediction, of one new measurement; or confidence, of a law's value.",
)
@click.option(
    "--method",
    type=OneOf(METHODS),
    help="Of a law's band: wald, by its tangent, if not given; profile or bootstrap bend as it does.",
)
@click.option("--set", "data_set", metavar="NAME", help="Which data set is meant, of a fit of several.")
@reading_options
@click.option(
    "--memory", metavar="SIZE", help="Read FILE, or all files of a folder, row by row within SIZE, as 500MB."
)
@output_options
@gathered("asked", Asked)
def command(
    model: str,
    file: str,
    *,
    output: str | None,
    memory: str | None,
    asked: Asked,
    reading: Reading,
    outputs: Outputs,
) -> None:
    """Predict new rows with a saved fit or network.

    Writes the rows of FILE, with what the result saved in MODEL predicts for them:
    the value, the lower and upper end of its band, and 1 where the row lies outside the region that was
    measured. Rows with missing inputs, and rows that do not meet --where, get empty cells.

    \b
    Example:
      educe predict sensors.json new.csv -o predicted.csv
    """
    from educe.loading import load
    from educe.table.memory import is_large

    check_writable(output, keep=file)
    if output is None and (outputs.json or outputs.quiet):
        given = "--json" if outputs.json else "--quiet"
        raise ParameterError(f"{given} needs -o OUT: the rows would go to the standard output.")
    with progress("predicting"):
        if output is not None and (memory is not None or is_large(file)):
            found = predicted_by_pieces(load(model), file, output, asked, reading, memory)
        else:
            found = predicted(load(model), reading.table(file), asked, reading.where)
            if output is not None:
                write(file, output, found.columns, reading)
    if reading.where is not None and not found.n:
        raise TableError(f"{file}: no row is left; condition {reading.where} is met nowhere.")
    if output is None:
        print_csv(file, found.columns, reading)
        warn(_counts(found))
        return
    outputs.tell(
        lambda: {
            "file": output,
            "n": found.n,
            "without_prediction": found.without,
            "outside": found.outside,
            "columns": list(found.columns),
            "kind": asked.kind,
            "level": asked.level,
            "method": asked.method or "wald",
        },
        lambda: say(f"{_counts(found)}\nwrote {output}"),
    )


def _counts(found: Predicted) -> str:
    return f"{count(found.n, 'row')}; {found.without} without a prediction, {found.outside} outside the measured region"
