"""`educe check`: does a fitted law miss something?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from educe.cli import assignments
from educe.cli.completing import PATH, columns, laws
from educe.cli.gathering import gathered
from educe.cli.output import Outputs, output_options, say
from educe.cli.progress import progress
from educe.cli.reading import Reading, reading_options
from educe.errors import FileError, FitError, ParameterError

if TYPE_CHECKING:
    from educe.fitting.result import Fit

STAGES = 6  # that the check tells of


@dataclass(frozen=True)
class Fitting:
    """How a law is fitted before it is checked; None and "linear" if nothing was said."""

    sigma: str | float | None
    loss: str

    @property
    def given(self) -> bool:
        """Whether anything was said."""
        return self != Fitting(None, "linear")


@click.command()
@click.argument("file", type=PATH)
@click.argument("law", required=False, shell_complete=laws)
@click.option("--level", default=0.05, show_default=True, metavar="P", help="Share of false alarms.")
@click.option(
    "--replicates", type=int, default=999, show_default=True, metavar="B", help="Draws of noise to judge by."
)
@click.option("--no-network", is_flag=True, help="Train no network on the residuals.")
@click.option(
    "--sigma",
    metavar="COLUMN",
    shell_complete=columns,
    type=assignments.sigma,
    help="Standard deviations for the fit of LAW: a column, or one number.",
)
@click.option(
    "--loss", default="linear", metavar="NAME", help="Robust loss of the fit of LAW, as for educe fit."
)
@reading_options
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="Of the draws."
)
@click.option("--plot", metavar="F.svg", type=PATH, help="Draw the residuals and what stands out in them.")
@output_options
@gathered("fitting", Fitting)
def command(
    file: str,
    law: str | None,
    *,
    level: float,
    replicates: int,
    no_network: bool,
    seed: int,
    fitting: Fitting,
    reading: Reading,
    outputs: Outputs,
) -> None:
    """Look at what a fitted law leaves: noise, or structure?

    FILE is a fit that educe fit --save wrote; or, with LAW, measurements to which LAW is fitted first. The exit
    status is 0 whichever answer is found; 1 if LAW could not be fitted.

    \b
    Example:
      educe check sensors.csv "z = a*sin(x) + b*cos(y)" --plot left.svg
    """
    from educe.comparison.check import check

    outputs.check(file)
    with progress("checking", STAGES) as step:
        fit = _fit(file, law, fitting, reading, seed)
        found = check(fit, level=level, replicates=replicates, network=not no_network, seed=seed, told=step)
        outputs.write(plot=found.plot)
    outputs.tell(found.to_dict, lambda: say(str(found)))


def _fit(file: str, law: str | None, fitting: Fitting, reading: Reading, seed: int) -> Fit:
    """Return the fit to be checked: read, or made."""
    from educe.fitting.fit import fit
    from educe.fitting.result import Fit

    if law is not None:
        rows = reading.source(file)
        found = fit(law, rows, sigma=fitting.sigma, loss=fitting.loss, where=reading.where, seed=seed)
        if not found.converged:
            raise FitError(f"{law} could not be fitted, so there is nothing to check: {found.reason}")
        return found
    if fitting.given or reading.given:
        raise ParameterError(
            "--sigma, --loss, --where and the like say how LAW is fitted; a saved fit has been fitted."
        )
    if not file.endswith(".json"):
        raise FileError(
            f"{file} is no fit that educe saved; give its LAW too: educe check {file} 'y = a*x + b'."
        )
    from educe.loading import load

    saved = load(file)
    if not isinstance(saved, Fit):
        raise FileError(f"{file} holds a network; check looks at what a fitted law leaves.")
    return saved
