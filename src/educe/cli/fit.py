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
from educe.cli.output import check_writable, say, say_json, table, warn
from educe.cli.program import NOT_REACHED
from educe.cli.progress import progress
from educe.cli.reading import Reading, reading_options
from educe.errors import ParameterError
from educe.fitting.options import ERRORS
from educe.report.pictures import KINDS
from educe.uncertainty.intervals import METHODS

if TYPE_CHECKING:
    from educe.fitting.outliers import Outliers
    from educe.fitting.result import Fit

LEVEL = 0.95  # the level that reports and files show


@dataclass(frozen=True)
class Outputs:
    """Files that were asked for, and how to print."""

    report: str | None
    save: str | None
    plot: str | None
    level: float
    json: bool
    quiet: bool
    plot_kind: str = "fit"
    outliers: str | None = None


@click.command()
@click.argument("files", metavar="FILE...", type=PATH, nargs=-1, shell_complete=files_or_law)
@click.argument("law", shell_complete=laws)
@click.option("--start", multiple=True, metavar="NAME=VALUE", help="Starting value, or a range to search in.")
@click.option(
    "--bound", multiple=True, metavar="LOW<=NAME<=HIGH", help='Bounds: "0<=a<=5", "a>=0" or "a<=5".'
)
@click.option("--fix", multiple=True, metavar="NAME=VALUE", help="Hold a parameter at a value.")
@click.option(
    "--tie", multiple=True, metavar="NAME=FORMULA", help='Compute a parameter from others: "b = 2*a".'
)
@click.option(
    "--shared", multiple=True, metavar="NAME", help="A parameter that several FILEs have in common."
)
@click.option(
    "--by",
    metavar="COLUMN",
    shell_complete=columns,
    help="Fit each group of rows with the same value of COLUMN; --save then writes a table.",
)
@click.option(
    "--sigma",
    metavar="COLUMN",
    shell_complete=columns,
    help="Standard deviations of the measurements: a column, or one number.",
)
@click.option(
    "--sigma-x",
    multiple=True,
    metavar="[NAME=]COLUMN",
    shell_complete=columns,
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
    "--derive", multiple=True, metavar="NAME=FORMULA", help='Also compute, with its error: "tau = 1/k".'
)
@click.option(
    "--variable", multiple=True, metavar="NAME", shell_complete=columns, help="A name that must be a column."
)
@click.option(
    "--parameter", multiple=True, metavar="NAME", help="A name that is a parameter even if a column has it."
)
@click.option(
    "--search-seconds",
    default=10.0,
    show_default=True,
    metavar="S",
    help="Time to look for starts.",
)
@click.option("--no-search", is_flag=True, help="Look for no starts: what is not given begins at 1.")
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
    type=click.Choice(METHODS),
    default="auto",
    show_default=True,
    help="How they are found; auto: wald where safe, else profile.",
)
@click.option(
    "--errors",
    type=click.Choice(ERRORS),
    default="model",
    show_default=True,
    help="sandwich: whatever the noise is from row to row.",
)
@click.option(
    "--outliers",
    type=click.Choice(("report", "exclude")),
    help="Name the rows that no noise explains, or leave them out.",
)
@click.option("--report", metavar="F.html", type=PATH, help="Write the report as one HTML page.")
@click.option("--save", metavar="F.json", type=PATH, help="Write the fit, for educe predict.")
@click.option("--plot", metavar="F.svg", type=PATH, help="Draw the fit, as .svg, .png or .pdf.")
@click.option(
    "--plot-kind",
    type=click.Choice(("fit", *KINDS)),
    default="fit",
    show_default=True,
    help="What --plot draws.",
)
@click.option("--json", is_flag=True, help="Print one JSON object instead of the report.")
@click.option("--quiet", is_flag=True, help="Print nothing; the exit status tells whether it converged.")
def command(
    files: tuple[str, ...],
    law: str,
    *,
    start: tuple[str, ...],
    bound: tuple[str, ...],
    fix: tuple[str, ...],
    tie: tuple[str, ...],
    shared: tuple[str, ...],
    by: str | None,
    sigma: str | None,
    sigma_x: tuple[str, ...],
    absolute_sigma: bool,
    loss: str,
    loss_scale: float | None,
    method: str,
    where: str | None,
    derive: tuple[str, ...],
    variable: tuple[str, ...],
    parameter: tuple[str, ...],
    separator: str | None,
    decimal: str | None,
    search_seconds: float,
    no_search: bool,
    seed: int,
    memory: str | None,
    cluster: str | None,
    level: float,
    intervals: str,
    errors: str,
    outliers: str | None,
    report: str | None,
    save: str | None,
    plot: str | None,
    plot_kind: str,
    json: bool,
    quiet: bool,
) -> None:
    """Find the constants of a law, with error bars.

    LAW is fitted to the measurements in FILE. Names in LAW that are columns of FILE are variables, all
    others are parameters. Several FILEs are fitted at once: parameters that are not --shared become one
    for each. The exit status is 0 if the fit converged, else 1.

    \b
    Example:
      educe fit sensors.csv "z = a*sin(x) + b*cos(y)" --save sensors.json
    """
    from educe.fitting.fit import fit

    outputs = Outputs(report, save, plot, level, json, quiet, plot_kind, outliers)
    _check(outputs, files, law, shared)
    if not 0.0 < search_seconds < math.inf:
        raise ParameterError(
            f"--search-seconds must be above 0, not {search_seconds:g}; --no-search looks for none."
        )
    if absolute_sigma and sigma is None:
        raise ParameterError("--absolute-sigma says what --sigma means; give --sigma COLUMN too.")
    limits, notes = assignments.bounds(bound, "--bound")
    for note in notes:
        warn(note)
    if by is not None:
        from educe.cli import many

        others = {
            "--tie": tie, "--sigma-x": sigma_x, "--loss-scale": loss_scale, "--derive": derive,
            "--outliers": outliers, "--variable": variable, "--parameter": parameter, "--no-search": no_search,
            "--report": report, "--plot": plot, "--memory": memory, "--cluster": cluster,
            "--method": method != "levenberg-marquardt", "several FILEs": len(files) > 1,
        }  # fmt: skip
        asked = many.Asked(
            by,
            start,
            limits,
            fix,
            sigma,
            absolute_sigma,
            loss,
            where,
            search_seconds,
            seed,
            save,
            json,
            quiet,
            others,
        )
        many.run(files[0], law, Reading(separator, decimal).source(files[0]), asked)
        return
    with progress("fitting") as step, client(cluster) as engine:
        found = fit(
            law,
            _measurements(files, Reading(separator, decimal)),
            start=assignments.starts(start, "--start"),
            bounds=limits,
            fixed=assignments.values(fix, "--fix"),
            ties=assignments.formulas(tie, "--tie"),
            sigma=assignments.sigma(sigma),
            sigma_x=assignments.sigmas(sigma_x, "--sigma-x"),
            absolute_sigma=absolute_sigma,
            loss=loss,
            loss_scale=loss_scale,
            method=method,
            where=where,
            shared=assignments.names(shared) if shared else None,
            derive=assignments.formulas(derive, "--derive"),
            variables=variable,
            parameters=parameter,
            search=not no_search,
            search_seconds=search_seconds,
            seed=seed,
            intervals=intervals,
            errors=errors,
            progress=lambda round_, _cost, _seconds: step(f"looking for starting values, round {round_}"),
            memory=memory,
            engine=engine,
            passed=lambda passes, share: step(f"pass {passes} over the rows, {100 * share:.0f} %"),
        )
        proposed = found.outliers() if outliers else None
        if proposed is not None and outliers == "exclude":
            found = found.without(proposed)
        _write(found, outputs)
    _print(found, outputs, proposed)
    if not found.converged:
        raise click.exceptions.Exit(NOT_REACHED)


def _measurements(files: tuple[str, ...], reading: Reading) -> Any:
    """Return the file, or {name: file} of several."""
    if len(files) == 1:
        return reading.source(files[0])
    from educe.fitting.sets import called

    return {name: reading.source(file) for name, file in zip(called(files), files, strict=True)}


def _check(outputs: Outputs, files: tuple[str, ...], law: str, shared: tuple[str, ...]) -> None:
    """Refuse before any work what would fail after it."""
    if not files:
        raise click.UsageError(f"a FILE and a LAW are needed, but only '{law}' was given")
    if len(files) > 1 and not assignments.names(shared):
        raise ParameterError(
            f"{len(files)} files, and then the law '{law}': say which parameters they have in common, --shared NAME."
        )
    if len(files) == 1 and shared:
        raise ParameterError(f"--shared is for several files; only {files[0]} was given.")
    if not 0.0 < outputs.level < 1.0:
        raise ParameterError(f"--level must lie between 0 and 1, such as 0.95, not {outputs.level:g}.")
    if "=" not in law:
        raise ParameterError(
            f"the law '{law}' has no left side; write the measured column first: 'y = {law}'."
        )
    for file in files:
        check_writable(outputs.report, outputs.save, outputs.plot, keep=file)
    if outputs.plot is None and outputs.plot_kind != "fit":
        raise ParameterError("--plot-kind says what --plot draws; give --plot F.svg too.")
    if outputs.plot is not None:
        from educe.report.figures import suffix

        suffix(outputs.plot)


def _write(found: Fit, outputs: Outputs) -> None:
    if outputs.save is not None:
        found.save(outputs.save)
    if outputs.plot is not None:
        from educe.report import pictures

        pictures.save(found, outputs.plot, outputs.plot_kind)
    if outputs.report is not None:
        found.report(outputs.report)


def _print(found: Fit, outputs: Outputs, proposed: Outliers | None) -> None:
    if outputs.quiet:
        return
    if outputs.json:
        summary = at_level(found, outputs.level)
        more = {} if proposed is None else {"outliers": _plain(proposed.to_dict())}
        say_json({**summary, **more})
        return
    from educe.report.text import render

    say_styled = sys.stdout.isatty()
    click.echo(render(found, color=say_styled))
    if outputs.level != LEVEL:
        say(f"\n{_intervals(found, outputs.level)}")
    if proposed is not None:
        from educe.cli.outliers import listed

        say(f"\n{listed(found, proposed)}")
    for path in (outputs.save, outputs.plot, outputs.report):
        if path is not None:
            say(f"wrote {path}")


def at_level(found: Fit, level: float) -> dict[str, Any]:
    """Return the object of --json with intervals at the level asked for."""
    summary = found.to_dict()
    if level != LEVEL:
        for name, found_at in found.intervals(level).items():
            entry = summary["derived" if name in found.derive else "parameters"][name]
            entry.update(lower=found_at.lower, upper=found_at.upper, interval=found_at.method)
    summary["level"] = level
    return _plain(summary)


def _plain(summary: dict[str, Any]) -> dict[str, Any]:
    from educe.fitting.saved import plain

    cleaned: dict[str, Any] = plain(summary)
    return cleaned


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
