"""`educe fit --by`: one law, very many small data sets in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from educe.cli.output import say
from educe.cli.program import NOT_REACHED
from educe.cli.progress import progress
from educe.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.cli.fit import Asked
    from educe.cli.output import Outputs
    from educe.cli.reading import Reading

UNDERSTOOD = {
    "files",
    "law",
    "by",
    "start",
    "bounds",
    "fixed",
    "sigma",
    "absolute_sigma",
    "loss",
    "search_seconds",
    "memory",
    "cluster",
}
UNDERSTOOD |= {"seed", "where", "separator", "decimal", "save", "json", "quiet"}


def run(
    files: tuple[str, ...],
    law: str,
    by: tuple[str, ...],
    *,
    asked: Asked,
    reading: Reading,
    outputs: Outputs,
    engine: Any,
) -> None:
    """Fit, write the table, print the counts; exit status 1 if no fit converged."""
    from educe.many.fit_many import fit_many
    from educe.table import TextFile
    from educe.table.writing import check_suffix

    _check(files)
    if outputs.save is not None:
        check_suffix(outputs.save)
    with progress("fitting") as step:
        found = fit_many(
            law,
            TextFile(files[0], reading.separator, reading.decimal),
            by=list(by),
            start=_values(asked.start),
            bounds=asked.bounds,
            fixed=asked.fixed,
            sigma=_column(asked.sigma),
            absolute_sigma=asked.absolute_sigma,
            loss="least-squares" if asked.loss == "linear" else asked.loss,
            where=reading.where,
            search_seconds=min(asked.search_seconds, 2.0),
            seed=asked.seed,
            checkpoint=None if outputs.save is None else f"{outputs.save}.unfinished",
            progress=lambda done, total: step(f"{done:,} of {total:,} data sets"),
            memory=asked.memory,
            engine=engine,
            passed=lambda _, share: step(f"counting data sets, {100 * share:.0f} % of the rows"),
        )
        outputs.write(save=found.save)
    outputs.tell(found.to_dict, lambda: say(str(found)))
    if not found.converged.any():
        raise click.exceptions.Exit(NOT_REACHED)


def _check(files: tuple[str, ...]) -> None:
    """Refuse what was typed and very many fits do not understand."""
    context = click.get_current_context()
    typed = [
        option.opts[-1]
        for option in context.command.params
        if option.name not in UNDERSTOOD
        and context.get_parameter_source(option.name or "") is not ParameterSource.DEFAULT
    ]
    for words in (*typed, *(["several FILEs"] if len(files) > 1 else [])):
        raise ParameterError(
            f"{words} and --by do not go together: --by makes a table with a row for each data set."
        )


def _column(sigma: str | float | None) -> str | None:
    if isinstance(sigma, float):
        raise ParameterError(f"--sigma {sigma:g}: with --by it is a column; one number for all weighs none.")
    return sigma


def _values(start: Mapping[str, float | tuple[float, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in start.items():
        if isinstance(value, tuple):
            raise ParameterError(
                f"--start {name}: with --by a start is one number; ranges are for a single fit."
            )
        found[name] = value
    return found
