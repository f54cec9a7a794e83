"""`educe fit --by`: one law, very many small data sets in one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from educe.cli import assignments
from educe.cli.output import check_writable, say, say_json
from educe.cli.program import NOT_REACHED
from educe.cli.progress import progress
from educe.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Asked:
    """The options of `educe fit` that very many fits understand; `others` are those that they do not, with a value."""

    by: str
    start: tuple[str, ...]
    bounds: Mapping[str, tuple[float, float]]
    fix: tuple[str, ...]
    sigma: str | None
    absolute_sigma: bool
    loss: str
    where: str | None
    search_seconds: float
    seed: int
    save: str | None
    json: bool
    quiet: bool
    others: Mapping[str, Any]


def run(file: str, law: str, source: Any, asked: Asked) -> None:
    """Fit, write the table, print the counts; exit status 1 if no fit converged."""
    from educe.many.fit_many import fit_many

    for option, given in asked.others.items():
        if given:
            raise ParameterError(
                f"{option} and --by do not go together: --by makes a table with a row for each data set."
            )
    check_writable(asked.save, keep=file)
    with progress("fitting") as step:
        found = fit_many(
            law,
            source,
            by=asked.by,
            start=_values(asked.start),
            bounds=asked.bounds,
            fixed=assignments.values(asked.fix, "--fix"),
            sigma=asked.sigma,
            absolute_sigma=asked.absolute_sigma,
            loss="least-squares" if asked.loss == "linear" else asked.loss,
            where=asked.where,
            search_seconds=min(asked.search_seconds, 2.0),
            seed=asked.seed,
            checkpoint=None if asked.save is None else f"{asked.save}.unfinished",
            progress=lambda done, total: step(f"{done:,} of {total:,} data sets"),
        )
        if asked.save is not None:
            found.save(asked.save)
    if asked.json:
        say_json(found.to_dict())
    elif not asked.quiet:
        say(str(found))
        if asked.save is not None:
            say(f"wrote {asked.save}")
    if not found.converged.any():
        raise click.exceptions.Exit(NOT_REACHED)


def _values(start: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in assignments.starts(start, "--start").items():
        if isinstance(value, tuple):
            raise ParameterError(
                f"--start {name}: with --by a start is one number; ranges are for a single fit."
            )
        found[name] = value
    return found
