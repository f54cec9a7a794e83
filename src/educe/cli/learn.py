"""`educe learn`: a function from measurements whose law nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from educe.cli.completing import PATH, columns
from educe.cli.output import check_writable, say, say_json, warn
from educe.cli.program import NOT_REACHED, Interrupted
from educe.cli.progress import progress
from educe.cli.reading import Reading, reading_options
from educe.errors import ParameterError

if TYPE_CHECKING:
    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether


@dataclass(frozen=True)
class Outputs:
    """Files that were asked for, and how to print."""

    save: str | None
    plot: str | None
    report: str | None
    checkpoint: str | None
    json: bool
    quiet: bool


@click.command()
@click.argument("file", type=PATH)
@click.argument("target", shell_complete=columns)
@click.option(
    "--inputs", metavar="X,Y", shell_complete=columns, help="Columns to learn from; all others if not given."
)
@reading_options
@click.option("--hidden", metavar="16,16", help="Widths of the hidden layers; none for a linear law.")
@click.option("--activation", default="tanh", show_default=True, metavar="NAME", help="Of the hidden layers.")
@click.option(
    "--output", default="identity", show_default=True, metavar="NAME", help="Activation of the output."
)
@click.option("--loss", default="mse", show_default=True, metavar="NAME", help="mse, mae, huber or poisson.")
@click.option("--bend", type=float, metavar="X", help="Residual at which huber bends.")
@click.option("--sigma", metavar="COLUMN", shell_complete=columns, help="Column of standard deviations.")
@click.option("--penalty", type=float, metavar="X", help="On the sum of squared weights.")
@click.option("--optimizer", metavar="NAME", help="levenberg-marquardt, l-bfgs, gradient-descent, adam, ...")
@click.option("--initialisation", metavar="NAME", help="Rule for the first weights.")
@click.option("--starts", type=int, metavar="N", help="Random starts; the best is kept.")
@click.option("--epochs", type=int, metavar="N", help="At most.")
@click.option("--batch", type=int, metavar="N", help="Rows of a mini-batch.")
@click.option("--rate", type=float, metavar="X", help="Learning rate.")
@click.option(
    "--schedule", default="constant", show_default=True, metavar="NAME", help="Of the learning rate."
)
@click.option("--folds", type=int, default=5, show_default=True, metavar="N", help="Of the cross-validation.")
@click.option(
    "--validation", type=float, metavar="SHARE", help="Hold out this share of the rows once, in its place."
)
@click.option(
    "--budget", type=float, default=20.0, show_default=True, metavar="S", help="Seconds for the choice."
)
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Same seed, same numbers.")
@click.option("--engine", default="auto", show_default=True, metavar="NAME", help="auto, numpy or jax.")
@click.option(
    "--precision", default="float64", show_default=True, metavar="NAME", help="float64 or float32, of jax."
)
@click.option("--save", metavar="F.json", type=PATH, help="Write the network, for educe predict.")
@click.option("--plot", metavar="F.svg", type=PATH, help="Draw what was learned, as .svg, .png or .pdf.")
@click.option("--report", metavar="F.html", type=PATH, help="Write the explanation as one HTML page.")
@click.option(
    "--checkpoint", metavar="F", type=PATH, help="Where a long training is kept; beside --save if not given."
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoint, to the same bits.")
@click.option("--json", is_flag=True, help="Print one JSON object instead of the report.")
@click.option("--quiet", is_flag=True, help="Print nothing; the exit status tells whether it was reached.")
def command(
    file: str,
    target: str,
    *,
    inputs: str | None,
    where: str | None,
    separator: str | None,
    decimal: str | None,
    hidden: str | None,
    activation: str,
    output: str,
    loss: str,
    bend: float | None,
    sigma: str | None,
    penalty: float | None,
    optimizer: str | None,
    initialisation: str | None,
    starts: int | None,
    epochs: int | None,
    batch: int | None,
    rate: float | None,
    schedule: str,
    folds: int,
    validation: float | None,
    budget: float,
    seed: int,
    engine: str,
    precision: str,
    save: str | None,
    plot: str | None,
    report: str | None,
    checkpoint: str | None,
    resume: bool,
    json: bool,
    quiet: bool,
) -> None:
    """Learn a function from measurements when no law is known.

    A network learns to predict the column TARGET of FILE from the other columns; several targets are
    separated by commas: z,w. Without options, its size and penalty are chosen by cross-validation.
    Ctrl-C ends the training and keeps the best so far.

    \b
    Example:
      educe learn sensors.csv z --save network.json
    """
    from educe.learning.learn import learn

    targets = names(target)
    outputs = Outputs(save, plot, report, _beside(checkpoint, save), json, quiet)
    _check(outputs, file, resume)
    if report is not None and len(targets) > 1:
        raise ParameterError(
            "--report explains one target; --save the network, then educe explain --target NAME."
        )
    with progress("learning") as step:
        learned = learn(
            Reading(separator, decimal).source(file),
            targets[0] if len(targets) == 1 else targets,
            where=where,
            inputs=None if inputs is None else names(inputs),
            hidden=None if hidden is None else widths(hidden),
            activation=activation,
            output=output,
            loss=loss,
            bend=bend,
            sigma=sigma,
            penalty=penalty,
            optimizer=optimizer,
            initialisation=initialisation,
            starts=starts,
            epochs=epochs,
            batch=batch,
            rate=rate,
            schedule=schedule,
            folds=folds,
            validation=validation,
            budget=budget,
            seed=seed,
            engine=engine,
            precision=precision,
            checkpoint=outputs.checkpoint,
            resume=resume,
            watch=lambda stand: step(str(stand)),
        )
        _write(learned, outputs)
    _print(learned, outputs)
    _end(learned, outputs, kept=checkpoint is not None)


def widths(text: str) -> tuple[int, ...]:
    """Return the widths of hidden layers as they are written on the command line.

    >>> widths("16,16"), widths("none")
    ((16, 16), ())
    """
    if text.strip() == "none":
        return ()
    try:
        return tuple(int(width) for width in text.split(","))
    except ValueError:
        raise ParameterError(
            f"--hidden '{text}' is not a list of widths; write --hidden 16,16, or none for a linear law."
        ) from None


def names(text: str) -> list[str]:
    """Return the columns named on the command line, separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _beside(checkpoint: str | None, save: str | None) -> str | None:
    """Return where a long training is kept meanwhile."""
    return checkpoint or (None if save is None else f"{save}.checkpoint")


def _check(outputs: Outputs, file: str, resume: bool) -> None:
    """Refuse before any work what would fail after it."""
    check_writable(outputs.save, outputs.plot, outputs.report, outputs.checkpoint, keep=file)
    if outputs.plot is not None:
        from educe.report.figures import suffix

        suffix(outputs.plot)
    if not resume:
        return
    if outputs.checkpoint is None:
        raise ParameterError(
            "--resume needs the checkpoint to go on from; give --save or --checkpoint as before."
        )
    if not Path(outputs.checkpoint).exists():
        warn(f"there is no checkpoint {outputs.checkpoint}; the training begins at its start.")


def _write(learned: Learned | LearnedTogether, outputs: Outputs) -> None:
    if outputs.save is not None:
        learned.save(outputs.save)
    if outputs.plot is not None:
        from educe.report import network_figures

        network_figures.save(learned, outputs.plot)
    if outputs.report is not None:
        learned.each[0].report(outputs.report)


def _print(learned: Learned | LearnedTogether, outputs: Outputs) -> None:
    if outputs.quiet:
        return
    if outputs.json:
        say_json(learned.to_dict())
        return
    say(str(learned))
    for path in (outputs.save, outputs.plot, outputs.report):
        if path is not None:
            say(f"wrote {path}")


def _end(learned: Learned | LearnedTogether, outputs: Outputs, *, kept: bool) -> None:
    """Leave with the status that the end of the training deserves; a checkpoint that has served is removed."""
    from educe.descent.stopping import Reason

    if learned.reason == Reason.INTERRUPTED.value:
        more = (
            f"; {outputs.checkpoint} lets --resume go on"
            if outputs.checkpoint is not None and Path(outputs.checkpoint).exists()
            else ""
        )
        raise Interrupted(f"interrupted; the best network so far was kept{more}.")
    if outputs.checkpoint is not None and not kept:
        Path(outputs.checkpoint).unlink(missing_ok=True)
    if learned.reason == Reason.EXPLODED.value:
        raise click.exceptions.Exit(NOT_REACHED)
