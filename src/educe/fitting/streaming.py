"""Fit a law to rows that are read as they are needed: files larger than memory, folders of files, a cluster."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from educe.engines.in_memory import spread
from educe.engines.model import FormulaModel
from educe.engines.streamed import Given, Streamed, on_threads
from educe.engines.threaded import processors
from educe.errors import FitError, ParameterError, TableError
from educe.fitting.found import in_law_order
from educe.fitting.measured import measured, names_of
from educe.fitting.ordinary import fitted
from educe.fitting.plan import read_law
from educe.fitting.solving import box_of
from educe.least_squares.few_passes import few_passes
from educe.least_squares.stopping import Stopping
from educe.table.blocks import PIECE, blocks
from educe.table.memory import bytes_of
from educe.table.reading import is_path
from educe.table.table import NoRowLeftError, Table
from educe.uncertainty import criteria

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from educe.engines.streamed import Part, Run
    from educe.fitting.options import Options
    from educe.fitting.plan import LawLike, Plan
    from educe.fitting.result import Fit
    from educe.fitting.starting import Passed
    from educe.table.blocks import Blocks

SAMPLE = 400_000  # rows on which the law is fitted first
DRAWN_FROM = 8  # pieces of the file
KEPT = 20_000  # rows that the result holds
COPIES = 4  # of a piece's columns that reading and computing hold at once, at most
WORSE = (
    1.2  # ratio of the noise on all rows to that on the sample, from which the sample did not tell the whole
)


class Streaming(NamedTuple):
    """How the rows were read.

    passes : times over;  pieces : of each pass;  rows : in all;  bytes : of the columns read
    seconds : of the passes;  sample_seconds : of the fit of a sample before them
    """

    passes: int
    pieces: int
    rows: int
    bytes: int
    seconds: float
    sample_seconds: float


@dataclass(frozen=True)
class Reader:
    """Reads one piece of a file for the engine: the columns of the law, weights, and what was left out."""

    blocks: Blocks
    plan: Plan
    names: tuple[str, ...]
    where: str | None
    sigma: str | float | None

    def __call__(self, piece: int) -> Iterator[Given]:
        for table in self.blocks.tables(self.blocks.pieces[piece], self.names):
            try:
                given = measured(table, self.plan, self.where, self.sigma, None)
            except NoRowLeftError as none:
                yield Given([np.empty(0)], None, none.left_out)
                continue
            columns = [given.table[name] for name in self.plan.model.variables]
            yield Given(columns, given.weights, given.table.left_out)


class Budget(NamedTuple):
    """How a file may be read.

    memory : bytes, or text such as "500MB", or None;  engine : a Dask client, or None for this process
    progress : called with (pass, share done)
    """

    memory: str | float | None = None
    engine: Any = None
    progress: Passed | None = None


def fit_streamed(law: LawLike, path: Any, asked: Options, budget: Budget) -> Fit:
    """Return the fit of all rows of a file, or of all files of a folder, in a few passes over them: see `fit`.

    Raises ParameterError for options that need all rows in memory or a budget that is too small, TableError or
    FileError for the file, FitError if the law cannot be evaluated on it.
    """
    _check(path, asked)
    the_law = read_law(law, tuple(asked.variables), tuple(asked.parameters))
    names = names_of(the_law, asked.where, asked.sigma)
    rows = blocks(path)
    began = time.perf_counter()
    start = fitted(the_law, _sample(rows, names), asked)
    plan = start.plan
    if not isinstance(plan.model, FormulaModel):
        raise ParameterError(
            "a file read row by row needs a law that is a formula; this function could not be read."
        )
    problem = Streamed(
        plan.model,
        Reader(rows, plan, tuple(names), asked.where, asked.sigma),
        len(rows.pieces),
        _run(budget, len(plan.needed)),
        start.problem.magnitude * math.sqrt(rows.n / start.n),
        _told(budget.progress, len(rows.pieces)),
    )
    sampled = time.perf_counter()
    solution = few_passes(
        problem,
        start._solver_theta,
        rows.n,
        box=box_of(plan, {p.name: p for p in start.parameters}),
        stopping=Stopping(asked.iterations),
    )
    if not math.isfinite(solution.cost):
        raise FitError(f"{rows.source}: the law is finite on a sample of the rows but not on all of them.")
    read = 8 * len(plan.needed) * rows.n * problem.passes
    seconds = time.perf_counter() - sampled
    how = Streaming(problem.passes, len(rows.pieces), rows.n, read, seconds, sampled - began)
    end = replace(start, found=in_law_order(plan, solution, solution.triangle))
    return _completed(start, problem.total, end, how)


def _completed(start: Fit, total: Part, fit: Fit, how: Streaming) -> Fit:
    """Return the fit with what only all rows tell: how many there are, R2, the likelihood."""
    keep = np.unique(np.linspace(0, len(start.rows.response) - 1, KEPT).astype(np.intp))
    rows = replace(
        start.rows,
        columns={name: column[keep] for name, column in start.rows.columns.items()},
        response=start.rows.response[keep],
        sigma=None if start.rows.sigma is None else start.rows.sigma[keep],
        total=total.rows,
        kept=None,
    )
    search = start.search
    if search is not None and fit.found.cost / max(total.rows, 1) > WORSE**2 * start.rss / max(start.dof, 1):
        words = (
            "The starting values were searched for on a sample of the rows; on all rows the law fits "
            "worse than there."
        )
        search = replace(search, warnings=(*search.warnings, words))
    done = replace(fit, rows=rows, left_out=total.left_out, search=search, streaming=how)
    done.__dict__["r_squared"] = criteria.r_squared(done.rss, total.squares)
    done.__dict__["log_likelihood"] = criteria.log_likelihood(
        done.rss,
        total.rows,
        log_weights=total.log_weights,
        known_sigma=done.convention.sigma == "absolute",
    )
    return done


def _sample(rows: Blocks, names: list[str]) -> Table:
    """Return some of the rows: from all over pieces that lie evenly in the file."""
    pieces = rows.pieces
    if not pieces:
        raise TableError(f"{rows.source} holds no rows.")
    chosen = [pieces[k] for k in np.unique(np.linspace(0, len(pieces) - 1, DRAWN_FROM).astype(int))]
    total = sum(piece.rows for piece in chosen)
    every = max(1, total // SAMPLE)
    parts: list[Table] = []
    for piece in chosen:
        for table in rows.tables(piece, names):
            places = spread(table.n, -(-table.n // every))
            columns = {name: column[places] for name, column in table.columns.items()}
            parts.append(replace(table, columns=columns, n=len(places)))
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
    return replace(parts[0], columns=columns, n=sum(part.n for part in parts), available=rows.available)


def _check(path: Any, asked: Options) -> None:
    """Raise ParameterError for data that are no file, and for options that need all rows at once."""
    if not is_path(path):
        raise ParameterError(
            "memory and engine are for a file, or all files of a folder; give data as a path."
        )
    if asked.sigma is not None and not isinstance(asked.sigma, str | float | int):
        raise ParameterError("for a file read row by row, sigma is a column's name or one number.")
    needs = {
        f"loss '{asked.loss}'": asked.loss != "linear",
        "sigma_x": asked.sigma_x is not None,
        f"method '{asked.method}'": asked.method == "gauss-newton",
        f"errors '{asked.errors}'": asked.errors != "model",
    }
    for option, given in needs.items():
        if given:
            raise ParameterError(
                f"{option} needs all rows in memory; a file read row by row has them a part at a time."
            )


def _run(budget: Budget, columns: int) -> Run:
    """Return where passes are made."""
    if budget.engine is None:
        return on_threads(check_budget(budget.memory, columns))
    from educe.engines.on_cluster import on_cluster

    return on_cluster(budget.engine)


def check_budget(budget: str | float | None, columns: int) -> int:
    """Return how many threads a budget of memory allows, each with a piece of the file of that many columns.

    Raises ParameterError if it allows none.
    """
    need = COPIES * PIECE * 8.0 * columns
    if budget is None:
        return processors()
    memory = bytes_of(budget)
    if memory < need:
        raise ParameterError(
            f"a piece of the file needs {need / 1e6:.0f} MB for {columns} columns; memory is limited to "
            f"{memory / 1e6:.0f} MB."
        )
    return min(processors(), int(memory / need))


def _told(progress: Passed | None, pieces: int) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda passes, done: progress(passes, done / pieces)
