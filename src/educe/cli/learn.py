"""`educe learn`: a function from measurements whose law nobody knows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from educe.cli import assignments
from educe.cli.completing import PATH, columns
from educe.cli.gathering import gathered
from educe.cli.output import Outputs, output_options, say, warn
from educe.cli.program import NOT_REACHED, Interrupted
from educe.cli.progress import progress
from educe.cli.reading import Reading, inputs_option, reading_options
from educe.errors import ParameterError
from educe.learning.settings import Settings

if TYPE_CHECKING:
    from educe.learning.result import Learned
    from educe.learning.together import LearnedTogether


@click.command()
@click.argument("file", type=PATH)
@click.argument("target", shell_complete=columns)
@inputs_option
@reading_options
@click.option(
    "--hidden",
    metavar="16,16",
    callback=lambda _, __, typed: None if typed is None else widths(typed),
    help="Widths of the hidden layers; none for a linear law.",
)
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
@click.option(
    "--memory",
    metavar="SIZE",
    help="Read FILE, or all files of a folder, a part at a time within SIZE, as 500MB.",
)
@click.option("--save", metavar="F.json", type=PATH, help="Write the network, for educe predict.")
@click.option("--plot", metavar="F.svg", type=PATH, help="Draw what was learned, as .svg, .png or .pdf.")
@click.option("--report", metavar="F.html", type=PATH, help="Write the explanation as one HTML page.")
@click.option(
    "--checkpoint", metavar="F", type=PATH, help="Where a long training is kept; beside --save if not given."
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoint, to the same bits.")
@output_options
@gathered("settings", Settings)
def command(
    file: str,
    target: str,
    *,
    inputs: list[str] | None,
    sigma: str | None,
    settings: Settings,
    memory: str | None,
    checkpoint: str | None,
    resume: bool,
    reading: Reading,
    outputs: Outputs,
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

    targets = assignments.names([target])
    kept = checkpoint or (None if outputs.save is None else f"{outputs.save}.checkpoint")
    _check(outputs, file, kept, resume=resume)
    with progress("learning") as step:
        learned = learn(
            reading.source(file),
            targets[0] if len(targets) == 1 else targets,
            inputs=inputs,
            where=reading.where,
            sigma=sigma,
            memory=memory,
            checkpoint=kept,
            resume=resume,
            watch=lambda stand: step(str(stand)),
            **vars(settings),
        )
        outputs.write(
            save=learned.save,
            plot=learned.plot,
            report=learned.report,
        )
    outputs.tell(learned.to_dict, lambda: say(str(learned)))
    _end(learned, kept, keep=checkpoint is not None)


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


def _check(outputs: Outputs, file: str, checkpoint: str | None, *, resume: bool) -> None:
    """Refuse before any work what would fail after it."""
    outputs.check(file, beside=checkpoint)
    if not resume:
        return
    if checkpoint is None:
        raise ParameterError(
            "--resume needs the checkpoint to go on from; give --save or --checkpoint as before."
        )
    if not Path(checkpoint).exists():
        warn(f"there is no checkpoint {checkpoint}; the training begins at its start.")


def _end(learned: Learned | LearnedTogether, checkpoint: str | None, *, keep: bool) -> None:
    """Leave with the status that the end of the training deserves; a checkpoint that has served is removed."""
    from educe.descent.stopping import Reason

    if learned.reason == Reason.INTERRUPTED.value:
        more = (
            f"; {checkpoint} lets --resume go on"
            if checkpoint is not None and Path(checkpoint).exists()
            else ""
        )
        raise Interrupted(f"interrupted; the best network so far was kept{more}.")
    if checkpoint is not None and not keep:
        Path(checkpoint).unlink(missing_ok=True)
    if learned.reason == Reason.EXPLODED.value:
        raise click.exceptions.Exit(NOT_REACHED)
