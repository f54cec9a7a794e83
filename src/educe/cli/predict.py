"""`educe predict`: what a saved fit or network says about new rows."""

from __future__ import annotations

import click

from educe.cli.completing import PATH
from educe.cli.output import check_writable, say, say_json, warn
from educe.cli.progress import progress
from educe.cli.reading import Reading, reading_options
from educe.errors import ParameterError, TableError, nearest

LEVEL = 0.95
KINDS = ("prediction", "confidence")


@click.command()
@click.argument("model", type=PATH)
@click.argument("file", type=PATH)
@click.option(
    "-o", "--output", type=PATH, metavar="OUT", help="Where to write; without it, CSV on the screen."
)
@click.option(
    "--interval", type=float, default=LEVEL, show_default=True, metavar="P", help="Level of the band."
)
@click.option(
    "--kind",
    default="prediction",
    show_default=True,
    metavar="NAME",
    help="prediction, of one new measurement; or confidence, of a law's value.",
)
@click.option("--set", "data_set", metavar="NAME", help="Which data set is meant, of a fit of several.")
@reading_options
@click.option(
    "--memory", metavar="SIZE", help="Read FILE, or all files of a folder, row by row within SIZE, as 500MB."
)
@click.option("--json", is_flag=True, help="Print one JSON object with the counts; needs -o.")
def command(
    model: str,
    file: str,
    *,
    output: str | None,
    interval: float,
    kind: str,
    data_set: str | None,
    reading: Reading,
    memory: str | None,
    json: bool,
) -> None:
    """Predict new rows with a saved fit or network.

    Writes the rows of FILE, with what the result saved in MODEL predicts for them:
    the value, the lower and upper end of its band, and 1 where the row lies outside the region that was
    measured. Rows with missing inputs, and rows that do not meet --where, get empty cells.

    \b
    Example:
      educe predict sensors.json new.csv -o predicted.csv
    """
    from educe.cli.predicted import Asked, predicted, predicted_by_pieces, print_csv, write
    from educe.loading import load
    from educe.report.numbers import count
    from educe.table.memory import is_large

    check_writable(output, keep=file)
    if kind not in KINDS:
        raise ParameterError(f"--kind '{kind}' is not one of {', '.join(KINDS)}.{nearest(kind, KINDS)}")
    if json and output is None:
        raise ParameterError("--json needs -o OUT: the rows cannot go to the standard output too.")
    with progress("predicting"):
        asked = Asked(interval, kind, reading.where, data_set)
        if output is not None and (memory is not None or is_large(file)):
            found = predicted_by_pieces(load(model), file, output, asked, reading, memory)
        else:
            found = predicted(load(model), reading.table(file), asked)
            if output is not None:
                write(file, output, found.columns, reading)
    if reading.where is not None and not found.n:
        raise TableError(f"{file}: no row is left; condition {reading.where} is met nowhere.")
    if output is None:
        print_csv(file, found.columns, reading)
    if json:
        counts = {"n": found.n, "without_prediction": found.without, "outside": found.outside}
        say_json({"file": output, **counts, "columns": list(found.columns), "kind": kind, "level": interval})
        return
    sentence = (
        f"{count(found.n, 'row')}; {found.without} without a prediction, "
        f"{found.outside} outside the measured region"
    )
    if output is None:
        warn(sentence)
        return
    say(sentence)
    say(f"wrote {output}")
