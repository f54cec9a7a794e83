"""`educe check`: does a fitted law miss something?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from educe.cli.completing import PATH, columns, laws
from educe.cli.output import check_writable, say, say_json
from educe.cli.progress import progress
from educe.errors import FileError, FitError, ParameterError

if TYPE_CHECKING:
    from educe.comparison.check_result import Check
    from educe.fitting.result import Fit

STAGES = 6  # that the check tells of


@dataclass(frozen=True)
class Fitting:
    """How a law is fitted before it is checked; None and "linear" if nothing was said."""

    sigma: str | None
    loss: str
    where: str | None

    @property
    def given(self) -> bool:
        """Whether anything was said."""
        return self.sigma is not None or self.loss != "linear" or self.where is not None


@click.command()
@click.argument("file", type=PATH)
@click.argument("law", required=False, shell_complete=laws)
@click.option("--level", default=0.05, show_default=True, metavar="P", help="Share of false alarms.")
@click.option(
    "--replicates", type=int, default=999, show_default=True, metavar="B", help="Draws of noise to judge by."
)
@click.option("--no-network", is_flag=True, help="Train no network on the residuals.")
@click.option(
    "--sigma", metavar="COLUMN", shell_complete=columns, help="Column of standard deviations, for LAW."
)
@click.option(
    "--loss", default="linear", metavar="NAME", help="Robust loss of the fit of LAW, as for educe fit."
)
@click.option("--where", metavar="CONDITION", help='Use only rows where this holds, for LAW: "x > 0".')
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="Of the draws."
)
@click.option("--plot", metavar="F.svg", type=PATH, help="Draw the residuals and what stands out in them.")
@click.option("--json", is_flag=True, help="Print one JSON object instead of the words.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing.")
def command(
    file: str,
    law: str | None,
    *,
    level: float,
    replicates: int,
    no_network: bool,
    sigma: str | None,
    loss: str,
    where: str | None,
    seed: int,
    plot: str | None,
    json: bool,
    quiet: bool,
) -> None:
    """Look at what a fitted law leaves: noise, or structure?

    FILE is a fit that educe fit --save wrote; or, with LAW, measurements to which LAW is fitted first. The exit
    status is 0 whichever answer is found; 1 if LAW could not be fitted.

    \b
    Example:
      educe check sensors.csv "z = a*sin(x) + b*cos(y)" --plot left.svg
    """
    from educe.comparison.check import check

    check_writable(plot, keep=file)
    if plot is not None:
        from educe.report.figures import suffix

        suffix(plot)
    with progress("checking", STAGES) as step:
        fit = _fit(file, law, Fitting(sigma, loss, where), seed)
        found = check(fit, level=level, replicates=replicates, network=not no_network, seed=seed, told=step)
        if plot is not None:
            found.plot(plot)
    if not quiet:
        _print(found, plot, json)


def _fit(file: str, law: str | None, fitting: Fitting, seed: int) -> Fit:
    """Return the fit to be checked: read, or made."""
    from educe.fitting.fit import fit
    from educe.fitting.result import Fit

    if law is not None:
        found = fit(law, file, sigma=fitting.sigma, loss=fitting.loss, where=fitting.where, seed=seed)
        if not found.converged:
            raise FitError(f"{law} could not be fitted, so there is nothing to check: {found.reason}")
        return found
    if fitting.given:
        raise ParameterError(
            "--sigma, --loss and --where say how LAW is fitted; a saved fit has been fitted."
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


def _print(found: Check, plot: str | None, json: bool) -> None:
    if json:
        from educe.fitting.saved import plain

        say_json(plain(found.to_dict()))
        return
    say(str(found))
    if plot is not None:
        say(f"wrote {plot}")
