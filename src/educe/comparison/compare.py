"""`compare`: contenders on the same rows, judged by rows they have not seen."""

from __future__ import annotations

import math
import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from educe.comparison.board import Board, Rows
from educe.comparison.contenders import added, of_laws, standard
from educe.comparison.entries import chosen, named
from educe.comparison.expected import expected_error
from educe.comparison.floor import noise_floor
from educe.comparison.measurements import measurements
from educe.comparison.scores import finished, judged_board
from educe.comparison.scoring import Held, Task, run
from educe.comparison.splits import splits_of
from educe.errors import ParameterError, check_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from educe.comparison.contenders import Contender
    from educe.comparison.measurements import Measurements
    from educe.comparison.splits import Splits
    from educe.fitting.plan import LawLike

Array = NDArray[np.float64]

MOST_ROWS = 10_000
MOST_JOBS = 8
LIGHT_ROWS = 1000  # up to which quick contenders need less time than processes take to start
HEAVY = ("network", "law and network", "Gaussian process", "trees", "added")
INTERRUPTED = "interrupted"
OUT_OF_TIME = "out of time"
COST = ("mean", "linear", "law", "polynomials", "neighbours", "splines", "added", "trees", "Gaussian process")


def compare(
    data: Any,
    target: str,
    *,
    inputs: Sequence[str] | None = None,
    laws: Sequence[LawLike] | Mapping[str, LawLike] = (),
    contenders: Mapping[str, Any] | None = None,
    only: Sequence[str] = (),
    without: Sequence[str] = (),
    where: str | None = None,
    folds: int = 5,
    repeats: int | None = None,
    regions: bool = True,
    seconds: float | None = None,
    jobs: int | None = None,
    rows: int = MOST_ROWS,
    seed: int = 0,
    told: Callable[[str, int], None] = lambda _name, _total: None,
) -> Board:
    r"""Compare ways to predict a column, on the same rows, by cross-validation; and say which to trust.

    .. math:: \mathrm{RMSE} = \sqrt{\frac{1}{Rn} \sum_{r,i} \left(y_i - f_{-\kappa_r(i)}(x_i)\right)^2}

    with f fitted without the fold kappa_r(i) that holds row i. Every contender makes its own choices (degree, k,
    width, penalty, ...) inside each fit, on the rows it is given there.

    data : path, pandas or polars DataFrame, Arrow Table, xarray Dataset, dict of arrays;  target : column to predict
    inputs : columns to predict it from; None: all other columns of numbers
    laws : formulas or functions, as for `educe.fit`, or {name: law}; each competes alone, and with a network on
        what it leaves;  contenders : {name: scikit-learn estimator}, more of them
    only, without : names or kinds of contenders to take, or to leave out
    where : condition on the rows, such as ``"x > 0"``
    folds : parts, each held out once, at least 2;  repeats : of the whole, on other folds; None: 3, 2 or 1, by rows
    regions : whether the ends of the measured region are held out too, a second score
    seconds : after which nothing new is begun, and the board is of what there is
    jobs : processes; None: as many as cores, 8 at most. The numbers do not depend on it
    rows : at most so many are used, drawn at random beyond;  seed : of folds and draws: the same seed, the same board
    told : called with each contender's name as one of its fits is done, and the number of fits in all

    Returns a Board; after Ctrl-C the board so far, or KeyboardInterrupt where no contender was finished. Raises
    ParameterError, TableError, FormulaError or FileError for what cannot be used, and FitError where no contender
    finished in the time.

    Sources: Nadeau and Bengio (2003) for differences; Bonferroni over contenders; see docs/compare.md.

    >>> x = np.linspace(0.0, 3.0, 60)
    >>> z = 2.0 * np.exp(-x) + 0.05 * np.random.default_rng(1).standard_normal(60)
    >>> board = compare({"x": x, "z": z}, "z", laws=["z = a*exp(-k*x)"], only=["mean", "law", "linear"], jobs=1)
    >>> board.winner
    'a*exp(-k*x)'
    """
    began = time.monotonic()
    _check_numbers(folds, repeats, seconds, jobs, rows, seed)
    given = measurements(data, target, inputs=inputs, where=where, rows=rows, seed=seed)
    X, y, names, target, table = given.X, given.y, given.names, given.target, given.table
    entrants = _entrants(laws, contenders, given, seed)
    entrants = chosen(entrants, only=only, without=without)
    splits = splits_of(X, y, folds=folds, repeats=repeats, regions=regions, seed=seed)
    found, ended = _competed(
        entrants, splits, X, y, jobs=_jobs(jobs, entrants, len(y)), seconds=seconds, told=told
    )
    if ended == INTERRUPTED and not finished(entrants, splits, found):
        raise KeyboardInterrupt
    judged = judged_board(entrants, splits, found, y, floor=noise_floor(X, y), target=target)
    late = bool(ended) or (seconds is not None and time.monotonic() - began > seconds)
    winner = next(c for c in entrants if c.name == judged.verdict.winner)
    expected = expected_error(winner, X, y, splits, found, repeats=judged.repeats, late=late)
    return Board(
        contenders=judged.scores,
        verdict=judged.verdict.sentence,
        reason=judged.verdict.reason,
        winner=judged.verdict.winner,
        ties=judged.verdict.ties,
        expected=expected,
        floor=judged.floor,
        target=target,
        inputs=names,
        source=table.source,
        unit=table.units.get(target, ""),
        n=len(y),
        left_out={reason: count for reason, count in table.left_out.items() if count},
        folds=folds,
        repeats=judged.repeats,
        regions=judged.regions,
        seed=seed,
        seconds=time.monotonic() - began,
        ended=ended,
        notes=(*given.notes, *judged.notes),
        rows=Rows(X, y, tuple(entrants)),
    )


def _competed(
    entrants: Sequence[Contender],
    splits: Splits,
    X: Array,
    y: Array,
    *,
    jobs: int,
    seconds: float | None,
    told: Callable[[str, int], None],
) -> tuple[dict[tuple[str, int], Held], str]:
    """Return what was finished, and why it ended early if it did."""
    order = sorted(
        range(len(entrants)),
        key=lambda c: (
            COST.index(entrants[c].kind) if entrants[c].kind in COST else len(COST),
            entrants[c].name,
        ),
    )
    rounds = [range(r * splits.folds, (r + 1) * splits.folds) for r in range(splits.repeats)]
    rounds.append(range(splits.folds * splits.repeats, len(splits.parts)))
    tasks = [Task(c, split) for parts in rounds for c in order for split in parts]
    found: dict[tuple[str, int], Held] = {}
    limit = math.inf if seconds is None else seconds
    try:
        for task, held in run(tasks, entrants, X, y, splits.parts, jobs=jobs, seconds=limit):
            found[entrants[task.contender].name, task.split] = held
            told(entrants[task.contender].name, len(tasks))
    except KeyboardInterrupt:
        return found, INTERRUPTED
    return found, OUT_OF_TIME if len(found) < len(tasks) else ""


def _entrants(
    laws: Sequence[LawLike] | Mapping[str, LawLike],
    contenders: Mapping[str, Any] | None,
    given: Measurements,
    seed: int,
) -> list[Contender]:
    entrants = [
        *standard(len(given.names), len(given.y), seed=seed),
        *of_laws(named(laws), given.names, given.target, others=given.others, seed=seed),
        *added(contenders or {}),
    ]
    seen: set[str] = set()
    for contender in entrants:
        if contender.name in seen:
            raise ParameterError(
                f"two contenders are called '{contender.name}'; give one of them another name."
            )
        seen.add(contender.name)
    return entrants


def _check_numbers(
    folds: int, repeats: int | None, seconds: float | None, jobs: int | None, rows: int, seed: int
) -> None:
    for name, value, least in (
        ("folds", folds, 2),
        ("repeats", repeats, 1),
        ("jobs", jobs, 1),
        ("rows", rows, 10),
    ):
        if value is not None:
            check_whole(name, value, least)
    check_whole("seed", seed, 0)
    if seconds is not None and not seconds > 0.0:
        raise ParameterError(f"seconds must be above 0, not {seconds!r}.")


def _jobs(jobs: int | None, entrants: Sequence[Contender], n: int) -> int:
    """Return how many processes to use: those asked for, else as many as cores where the work repays their start."""
    if jobs is not None:
        return jobs
    if n <= LIGHT_ROWS and not any(c.kind in HEAVY for c in entrants):
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_JOBS)
