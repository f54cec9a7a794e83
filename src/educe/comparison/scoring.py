"""Contenders fitted on parts of the rows and judged on the rest: the one loop of a comparison."""

from __future__ import annotations

import signal
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from educe.comparison.contenders import Contender

Array = NDArray[np.float64]
Split = tuple[NDArray[np.intp], NDArray[np.intp]]  # rows to learn from, rows held out

LEVEL = 0.95  # of the intervals that are judged

# what estimators of others raise when they cannot; nothing else is caught
FAILURES = (
    ValueError, TypeError, ArithmeticError, RuntimeError, LookupError, AttributeError, MemoryError, AssertionError,
    ImportError,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Held:
    """One contender on one split.

    predicted, inside : (h,) values for the rows held out, and 1.0 or 0.0 as the interval holds them or not, nan
    where there is none;  parameters : numbers needed, nan if not known;  seen_square : mean squared error on the rows
    learned from
    fit_seconds, predict_seconds : of the processor;  failure : a sentence, or ""
    """

    predicted: Array
    inside: Array
    parameters: float = np.nan
    fit_seconds: float = np.nan
    predict_seconds: float = np.nan
    seen_square: float = np.nan
    failure: str = ""


@dataclass(frozen=True)
class Task:
    """A contender, by place, on a split, by place."""

    contender: int
    split: int


def score(
    contenders: Sequence[Contender],
    X: Array,
    y: Array,
    splits: Sequence[Split],
    *,
    jobs: int = 1,
    seconds: float = np.inf,
    told: Callable[[str], None] = lambda _: None,
) -> dict[tuple[str, int], Held]:
    """Return every contender on every split, {(name, place of the split): Held}.

    X : (n, d);  y : (n,);  splits : rows to learn from and rows held out
    jobs : processes;  seconds : after which nothing new is begun;  told : of each contender as it is done

    What fails is told in `Held.failure`, and stops nothing else. The order is by split, then by contender, so that
    what ends early leaves whole splits. The answer does not depend on the number of jobs.
    """
    tasks = [Task(c, s) for s in range(len(splits)) for c in range(len(contenders))]
    found: dict[tuple[str, int], Held] = {}
    for task, held in run(tasks, contenders, X, y, splits, jobs=jobs, seconds=seconds):
        name = contenders[task.contender].name
        found[name, task.split] = held
        told(name)
    return found


def run(
    tasks: Sequence[Task],
    contenders: Sequence[Contender],
    X: Array,
    y: Array,
    splits: Sequence[Split],
    *,
    jobs: int = 1,
    seconds: float = np.inf,
) -> Iterator[tuple[Task, Held]]:
    """Yield each task as it is done, until the time is over."""
    end = time.monotonic() + seconds

    def wanted() -> Iterator[Task]:
        for task in tasks:
            if time.monotonic() > end:
                return
            yield task

    if jobs == 1:
        for task in wanted():
            yield task, _held(contenders[task.contender].estimator, X, y, splits[task.split])
        return
    from sklearn.utils.parallel import Parallel, delayed

    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch=jobs, batch_size=1)
    with _uninterrupted():
        done = parallel(
            delayed(_carried)(task, contenders[task.contender].estimator, X, y, splits[task.split])
            for task in wanted()
        )
    yield from cast("Iterator[tuple[Task, Held]]", done)


def _start_trackers() -> None:
    """Start the processes that watch over shared memory: doing so ends the blocking of Ctrl-C that comes next."""
    from multiprocessing import resource_tracker

    from joblib.externals.loky.backend import resource_tracker as of_loky  # type: ignore[import-untyped]

    resource_tracker.ensure_running()
    of_loky.ensure_running()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keep Ctrl-C waiting here, and from processes started meanwhile for good: this one stops them, none complains."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    _start_trackers()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _carried(task: Task, estimator: Any, X: Array, y: Array, split: Split) -> tuple[Task, Held]:
    return task, _held(estimator, X, y, split)


def _held(estimator: Any, X: Array, y: Array, split: Split) -> Held:
    """Fit a fresh copy on one part and predict the other."""
    seen, held = split
    nothing = np.full(len(held), np.nan)
    try:
        with quietly():
            return _fitted(estimator, (X[seen], y[seen]), (X[held], y[held]))
    except FAILURES as error:
        words = str(error).strip().split("\n")[0] or type(error).__name__
        return Held(nothing, nothing, failure=words)


def _fitted(estimator: Any, seen: tuple[Array, Array], held: tuple[Array, Array]) -> Held:
    from sklearn.base import clone

    began = time.process_time()
    model = clone(estimator).fit(*seen)
    fitted = time.process_time()
    predicted = _values(model, held[0])
    done = time.process_time()
    if predicted.shape != held[1].shape:
        raise ValueError(f"it predicted {predicted.size} values for {len(held[1])} rows")
    bad = int(np.count_nonzero(~np.isfinite(predicted)))
    if bad:
        raise ValueError(f"it predicted no finite number for {bad} of {len(predicted)} rows held out")
    return Held(
        predicted, _inside(model, held), parameters_of(model), fitted - began, done - fitted,
        float(np.mean(np.square(_values(model, seen[0]) - seen[1]))),
    )  # fmt: skip


def _values(model: Any, X: Array) -> Array:
    return np.asarray(model.predict(X), dtype=np.float64).reshape(-1)


def fitted_to(estimator: Any, X: Array, y: Array) -> tuple[Any, Array]:
    """Return a fresh copy fitted to rows, and what it predicts for these."""
    from sklearn.base import clone

    with quietly():
        model = clone(estimator).fit(X, y)
        return model, _values(model, X)


def _inside(model: Any, held: tuple[Array, Array]) -> Array:
    """Return 1.0 for each row that lies inside its interval and 0.0 for others; nan where there is no interval."""
    if not hasattr(model, "predict_interval"):
        return np.full(len(held[1]), np.nan)
    lower, upper = (np.asarray(limit, dtype=np.float64) for limit in model.predict_interval(held[0], LEVEL))
    told = np.isfinite(lower) & np.isfinite(upper)
    return np.where(told, ((lower <= held[1]) & (held[1] <= upper)).astype(np.float64), np.nan)


def parameters_of(model: Any) -> float:
    """Return how many numbers a fitted estimator needs, nan if it does not tell.

    It tells by `parameters_`, by coefficients (`coef_`, `intercept_`, `coefs_`), or by being a constant.
    """
    if hasattr(model, "steps"):  # a pipeline: what its last step holds
        return parameters_of(model.steps[-1][1])
    if hasattr(model, "parameters_"):
        return float(model.parameters_)
    if hasattr(model, "coefs_"):
        return float(sum(np.size(part) for part in (*model.coefs_, *getattr(model, "intercepts_", ()))))
    if hasattr(model, "coef_") and not hasattr(model, "support_vectors_"):
        return float(np.count_nonzero(model.coef_) + np.size(getattr(model, "intercept_", ())))
    if hasattr(model, "constant_"):
        return float(np.size(model.constant_))
    if hasattr(model, "tree_"):
        return float(model.get_n_leaves())
    return float("nan")


@cache
def _threads() -> Any:
    """Return what sets the threads of all libraries; to find these takes longer than many a fit."""
    import sklearn.ensemble  # noqa: F401 - loads the last of them
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def quietly() -> Iterator[None]:
    """One thread, so that jobs do not change digits, and no warnings: what matters is the score."""
    with _threads().limit(limits=1), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
