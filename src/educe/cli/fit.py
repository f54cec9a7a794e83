"""`educe fit`: the constants of a known law, with error bars."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from educe.cli import assignments
from educe.cli.cluster import client
from educe.cli.completing import PATH, columns, files_or_law, laws
from educe.cli.gathering import OneOf, gathered, read_by
from educe.cli.output import Outputs, output_options, say, table, warn
from educe.cli.program import NOT_REACHED
from educe.cli.progress import progress
from educe.cli.reading import Reading, reading_options
from educe.errors import ParameterError
from educe.fitting.options import ERRORS
from educe.report.pictures import KINDS
from educe.uncertainty.intervals import METHODS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.fitting.outliers import Outliers
    from educe.fitting.result import Fit

LEVEL = 0.95  # the level that reports and files show


@dataclass(frozen=True)
class Asked:
    """What is asked of a fit: arguments of `educe.fit`, where each is explained, under the same names."""

    start: Mapping[str, float | tuple[float, float]]
    bounds: Mapping[str, tuple[float, float]]
    fixed: Mapping[str, float]
    ties: Mapping[str, str]
    shared: tuple[str, ...] | None
    sigma: str | float | None
    sigma_x: str | float | Mapping[str, str | float] | None
    absolute_sigma: bool
    loss: str
    loss_scale: float | None
    method: str
    derive: Mapping[str, str]
    variables: tuple[str, ...]
    parameters: tuple[str, ...]
    search: bool
    search_seconds: float
    seed: int
    intervals: str
    errors: str
    memory: str | None


@dataclass(frozen=True)
class Shown:
    """What is shown of a fit: the level of its intervals, its outliers, and the kind of picture."""

    level: float
    outliers: str | None
    plot_kind: str


def _bounds(typed: tuple[str, ...], option: str) -> Mapping[str, tuple[float, float]]:
    limits, notes = assignments.bounds(typed, option)
    for note in notes:
        warn(note)
    return limits


@click.command()
@click.argument("files", metavar="FILE...", type=PATH, nargs=-1, shell_complete=files_or_law)
@click.argument("law", shell_complete=laws)
@click.option(
    "--start",
    multiple=True,
    metavar="NAME=VALUE",
    callback=read_by(assignments.starts),
    help="Starting value, or a range to search in.",
)
@click.option(
    "--bound",
    "bounds",
    multiple=True,
    metavar="LOW<=NAME<=HIGH",
    callback=read_by(_bounds),
    help='Bounds: "0<=a<=5", "a>=0" or "a<=5".',
)
@click.option(
    "--fix",
    "fixed",
    multiple=True,
    metavar="NAME=VALUE",
    callback=read_by(assignments.values),
    help="Hold a parameter at a value.",
)
@click.option(
    "--tie",
    "ties",
    multiple=True,
    metavar="NAME=FORMULA",
    callback=read_by(assignments.formulas),
    help='Compute a parameter from others: "b = 2*a".',
)
@click.option(
    "--shared",
    multiple=True,
    metavar="NAME",
    callback=lambda _, __, typed: assignments.names(typed) or None,
    help="A parameter that several FILEs have in common.",
)
@click.option(
    "--by",
    metavar="COLUMN[,COLUMN]",
    shell_complete=columns,
    callback=lambda _, __, typed: None if typed is None else assignments.names([typed]),
    help="Fit each group of rows with the same values of these; --save then writes a table.",
)
@click.option(
    "--sigma",
    metavar="COLUMN",
    shell_complete=columns,
    type=assignments.sigma,
    help="Standard deviations of the measurements: a column, or one number.",
)
@click.option(
    "--sigma-x",
    multiple=True,
    metavar="[NAME=]COLUMN",
    shell_complete=columns,
    callback=read_by(assignments.sigmas),
    help="The same of an input: residuals are then distances in x and y.",
)
@click.option("--absolute-sigma", is_flag=True, help="Take sigma as it is, not only its ratios.")
@click.option("--loss", default="linear", metavar="NAME", help="linear, soft-l1, huber, cauchy or tukey.")
@click.option("--loss-scale", type=float, metavar="X", help="Residual at which a robust loss bends.")
@click.option(
    "--method", default="levenberg-marquardt", metavar="NAME", help="levenberg-marquardt or gauss-newton."
)
@reading_options
@click.option(
    "--derive",
    multiple=True,
    metavar="NAME=FORMULA",
    callback=read_by(assignments.formulas),
    help='Also compute, with its error: "tau = 1/k".',
)
@click.option(
    "--variable",
    "variables",
    multiple=True,
    metavar="NAME",
    shell_complete=columns,
    help="A name that must be a column.",
)
@click.option(
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME",
    help="A name that is a parameter even if a column has it.",
)
@click.option(
    "--search-seconds",
    default=10.0,
    show_default=True,
    metavar="S",
    help="Time to look for starts.",
)
@click.option(
    "--no-search",
    "search",
    is_flag=True,
    callback=lambda _, __, given: not given,
    help="Look for no starts: what is not given begins at 1.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Of the search for starts.",
)
@click.option(
    "--memory", metavar="SIZE", help="Read FILE, or all files of a folder, row by row within SIZE, as 500MB."
)
@click.option(
    "--cluster", metavar="ADDRESS", help="Scheduler of a Dask cluster that reads FILE: tcp://...:8786."
)
@click.option("--level", default=LEVEL, show_default=True, metavar="P", help="Confidence of the intervals.")
@click.option(
    "--intervals",
    type=OneOf(METHODS),
    default="auto",
    show_default=True,
    help="How they are found; auto: wald where safe, else profile.",
)
@click.option(
    "--errors",
    type=OneOf(ERRORS),
    default="model",
    show_default=True,
    help="sandwich: whatever the noise is from row to row.",
)
@click.option(
    "--outliers",
    type=OneOf(("report", "exclude")),
    help="Name the rows that no noise explains, or leave them out.",
)
@click.option("--report", metavar="F.html", type=PATH, help="Write the report as one HTML page.")
@click.option("--save", metavar="F.json", type=PATH, help="Write the fit, for educe predict.")
@click.option("--plot", metavar="F.svg", type=PATH, help="Draw the fit, as .svg, .png or .pdf.")
@click.option(
    "--plot-kind",
    type=OneOf(("fit", *KINDS)),
    default="fit",
    show_default=True,
    help="What --plot draws.",
)
@output_options
@gathered("asked", Asked)
@gathered("shown", Shown)
def command(
    files: tuple[str, ...],
    law: str,
    *,
    by: tuple[str, ...] | None,
    cluster: str | None,
    asked: Asked,
    shown: Shown,
    reading: Reading,
    outputs: Outputs,
) -> None:
    """Find the constants of a law, with error bars.

    LAW is fitted to the measurements in FILE. Names in LAW that are columns of FILE are variables, all
    others are parameters. Several FILEs are fitted at once: parameters that are not --shared become one
    for each. The exit status is 0 if the fit converged, else 1.

    \b
    Example:
      educe fit sensors.csv "z = a*sin(x) + b*cos(y)" --save sensors.json
    """
    _check(files, law, asked, shown, outputs)
    if by is not None:
        from educe.cli import many

        with client(cluster) as engine:
            many.run(files, law, by, asked=asked, reading=reading, outputs=outputs, engine=engine)
        return
    from educe.fitting.fit import fit

    with progress("fitting") as step, client(cluster) as engine:
        found = fit(
            law,
            _measurements(files, reading),
            where=reading.where,
            engine=engine,
            progress=lambda round_, _cost, _seconds: step(f"looking for starting values, round {round_}"),
            passed=lambda passes, share: step(f"pass {passes} over the rows, {100 * share:.0f} %"),
            **vars(asked),
        )
        outliers = found.outliers() if shown.outliers else None
        if outliers is not None and shown.outliers == "exclude":
            found = found.without(outliers)
        outputs.write(
            save=found.save,
            plot=lambda path: found.plot(path, kind=shown.plot_kind),
            report=found.report,
        )
    more = {} if outliers is None else {"outliers": outliers.to_dict()}
    outputs.tell(lambda: at_level(found, shown.level) | more, lambda: _say(found, shown.level, outliers))
    if not found.converged:
        raise click.exceptions.Exit(NOT_REACHED)


def _measurements(files: tuple[str, ...], reading: Reading) -> Any:
    """Return the file, or {name: file} of several."""
    if len(files) == 1:
        return reading.source(files[0])
    from educe.fitting.sets import called

    return {name: reading.source(file) for name, file in zip(called(files), files, strict=True)}


def _check(files: tuple[str, ...], law: str, asked: Asked, shown: Shown, outputs: Outputs) -> None:
    """Refuse before any work what would fail after it."""
    if not files:
        raise click.UsageError(f"a FILE and a LAW are needed, but only '{law}' was given")
    if len(files) > 1 and not asked.shared:
        raise ParameterError(
            f"{len(files)} files, and then the law '{law}': say which parameters they have in common, --shared NAME."
        )
    if len(files) == 1 and asked.shared:
        raise ParameterError(f"--shared is for several files; only {files[0]} was given.")
    if not 0.0 < shown.level < 1.0:
        raise ParameterError(f"--level must lie between 0 and 1, such as 0.95, not {shown.level:g}.")
    if "=" not in law:
        raise ParameterError(
            f"the law '{law}' has no left side; write the measured column first: 'y = {law}'."
        )
    outputs.check(*files)
    if outputs.plot is None and shown.plot_kind != "fit":
        raise ParameterError("--plot-kind says what --plot draws; give --plot F.svg too.")
    if not 0.0 < asked.search_seconds < math.inf:
        raise ParameterError(
            f"--search-seconds must be above 0, not {asked.search_seconds:g}; --no-search looks for none."
        )
    if asked.absolute_sigma and asked.sigma is None:
        raise ParameterError("--absolute-sigma says what --sigma means; give --sigma COLUMN too.")


def _say(found: Fit, level: float, outliers: Outliers | None) -> None:
    from educe.report.text import render

    click.echo(render(found, color=sys.stdout.isatty()))
    if level != LEVEL:
        say(f"\n{_intervals(found, level)}")
    if outliers is not None:
        from educe.cli.outliers import listed

        say(f"\n{listed(found, outliers)}")


def at_level(found: Fit, level: float) -> dict[str, Any]:
    """Return the object of --json with intervals at the level asked for."""
    summary = found.to_dict()
    if level != LEVEL:
        for name, found_at in found.intervals(level).items():
            entry = summary["derived" if name in found.derive else "parameters"][name]
            entry.update(lower=found_at.lower, upper=found_at.upper, interval=found_at.method)
    summary["level"] = level
    return summary


def _intervals(found: Fit, level: float) -> str:
    from educe.report.numbers import rounded

    rows = []
    values = {**found.params, **{name: one.value for name, one in found.derived.items()}}
    errors = {**found.stderr, **{name: one.standard_error for name, one in found.derived.items()}}
    for name, (lower, upper, method, _) in found.intervals(level).items():
        shown = rounded(values[name], errors[name], lower, upper)[2:]
        ends = (
            "open" if math.isinf(end) else words for end, words in zip((lower, upper), shown, strict=True)
        )
        rows.append((name, *ends, method))
    return table(("interval", f"lower {100 * level:g} %", f"upper {100 * level:g} %", "method"), rows)
