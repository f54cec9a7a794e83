"""One contender on one data set: learned from noisy rows, judged on fresh ones without noise."""

from __future__ import annotations

import math
import time
import warnings
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.comparison.contenders import of_laws, standard
from educe.errors import EduceError
from educe.studying.targets import TARGETS

if TYPE_CHECKING:
    from educe.comparison.contenders import Contender
    from educe.studying.questions import Cell
    from educe.studying.targets import Target

Array = NDArray[np.float64]

JUDGES = 2000  # fresh points, inside and outside each
WIDER = 0.25  # the outside reaches this share of the region's width beyond each of its ends


@dataclass(frozen=True)
class Outcome:
    """How one contender did on one data set.

    cell : the data set;  contender, kind : who
    inside, outside : RMSE on fresh points without noise, within and beyond the measured region, in units of the truth's
        standard deviation within; nan where it failed
    parameters : numbers it needed;  seconds : CPU time of `fit`;  microseconds : of predicting one point
    failure : why it failed, or ""
    """

    cell: Cell
    contender: str
    kind: str
    inside: float
    outside: float
    parameters: float
    seconds: float
    microseconds: float
    failure: str = ""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A data set: rows to learn from, X (n, d) and y (n,), and fresh points with the truth at them."""

    X: Array
    y: Array
    inside: tuple[Array, Array]
    outside: tuple[Array, Array]


def draw(cell: Cell) -> Drawn:
    """Return the data set of a cell: the same for every contender, and for the same cell always."""
    target = TARGETS[cell.target]
    named = zlib.crc32(f"{cell.question} {cell.target} {cell.inputs} {cell.n}".encode())
    random = np.random.default_rng((cell.seed, named))
    X, fresh = (random.uniform(target.low, target.high, (n, cell.inputs)) for n in (cell.n, JUDGES))
    beyond = _beyond(target, cell.inputs, random)
    inside = target.truth(fresh)
    y = target.truth(X) + cell.noise * float(inside.std()) * random.standard_normal(cell.n)
    return Drawn(X, y, (fresh, inside), (beyond, target.truth(beyond)))


def _beyond(target: Target, inputs: int, random: np.random.Generator) -> Array:
    """Return points of the wider box that are not in the measured one."""
    margin = WIDER * (target.high - target.low)
    found = np.empty((0, inputs))
    while len(found) < JUDGES:
        X = random.uniform(target.low - margin, target.high + margin, (2 * JUDGES, inputs))
        out = ((target.low > X) | (target.high < X)).any(axis=1)
        found = np.concatenate((found, X[out]))
    return found[:JUDGES]


def contenders(cell: Cell) -> list[Contender]:
    """Return who competes on a data set: those that need no law, and the laws of the target where there are any."""
    target = TARGETS[cell.target]
    columns = tuple(f"x{k}" for k in range(cell.inputs))
    found = standard(cell.inputs, cell.n, seed=cell.seed)
    if cell.question == "law":
        found += of_laws(target.laws, columns, "y", seed=cell.seed)
    return found


def judged(cell: Cell, name: str) -> Outcome:
    """Return how one contender does on one data set."""
    from threadpoolctl import threadpool_limits

    contender = next(c for c in contenders(cell) if c.name == name)
    drawn = draw(cell)
    with threadpool_limits(limits=1), np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a warning costs shows in the error
        began = time.process_time()
        try:
            fitted = contender.estimator.fit(drawn.X, drawn.y)
            seconds = time.process_time() - began
            began = time.process_time()
            inside = fitted.predict(drawn.inside[0])
            each = (time.process_time() - began) / JUDGES * 1e6
            outside = fitted.predict(drawn.outside[0])
        except (EduceError, ValueError, ArithmeticError) as error:
            lost = math.nan
            return Outcome(
                cell, name, contender.kind, lost, lost, lost, time.process_time() - began, lost, str(error)
            )
    unit = float(drawn.inside[1].std())
    return Outcome(
        cell,
        name,
        contender.kind,
        _rmse(inside - drawn.inside[1]) / unit,
        _rmse(outside - drawn.outside[1]) / unit,
        float(getattr(fitted, "parameters_", 1.0)),
        seconds,
        each,
    )


def _rmse(errors: Array) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))
