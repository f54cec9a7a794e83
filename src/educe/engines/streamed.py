"""Rows that are read as they are needed: each pass over them gives one triangle, piece by piece, in their order.

Pieces may be read by threads, by processes or by a cluster: `run` decides where, the order of merging is the same, and
so is the answer, to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from educe.engines.in_memory import InMemory
from educe.engines.threaded import Threaded, processors
from educe.errors import FormulaError
from educe.least_squares.triangle import Array, merge, squared_length

if TYPE_CHECKING:
    from educe.engines.model import FormulaModel
    from educe.least_squares.separable import Pattern
    from educe.least_squares.written_out import Rows


class Given(NamedTuple):
    """Rows as a model takes them: arrays (m,) in the order of its variables, weights or None, and what is not here.

    left_out : {reason: rows} that could not be used, of the same stretch of the file
    """

    columns: Sequence[Array]
    weights: Array | None
    left_out: dict[str, int]


class Read(Protocol):
    """Reads one piece, a million rows or so at a time; can be sent to another process."""

    def __call__(self, piece: int) -> Iterable[Given]: ...


class Part(NamedTuple):
    """What a stretch of rows says.

    triangle : (k, k);  rows : used;  left_out : {reason: rows}
    weight, mean, squares : sum of squared weights, mean of the response under them, sum of squares about it
    log_weights : sum of the logarithms of the weights
    """

    triangle: Array
    rows: int
    left_out: dict[str, int]
    weight: float
    mean: float
    squares: float
    log_weights: float


_NOTHING = Part(np.zeros((0, 0)), 0, {}, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Work:
    """One pass over one piece: `triangle` of the law, or the wide one of the projected law."""

    model: FormulaModel
    read: Read
    parameters: tuple[float, ...]
    wide: bool

    def __call__(self, piece: int) -> list[Part]:
        """Return the parts of a piece, in the order of its rows."""
        return list(self._parts(piece))

    def _parts(self, piece: int) -> Iterator[Part]:
        for given in self.read(piece):
            if not len(given.columns[0]):
                yield Part(np.zeros((0, 0)), 0, given.left_out, 0.0, 0.0, 0.0, 0.0)
                continue
            rows = _rows(self.model, given)
            with np.errstate(all="ignore"):
                theta = list(self.parameters)
                R = rows.wide_triangle(theta) if self.wide else rows.triangle(theta)[0]
            yield Part(R, rows.n, given.left_out, *_moments(rows))


Run = Callable[[Work, Iterable[int]], Iterable[list[Part]]]
"""Carries out the work for each piece, anywhere, and yields the parts in the order of the pieces."""


def on_threads(threads: int | None = None) -> Run:
    """Return the run on threads of this process, one for each processor: each reads, then computes."""

    def run(work: Work, pieces: Iterable[int]) -> Iterator[list[Part]]:
        with ThreadPoolExecutor(threads or processors()) as pool:
            yield from pool.map(work, pieces)

    return run


def _rows(model: FormulaModel, given: Given) -> InMemory:
    try:
        return Threaded(model, given.columns, given.weights, threads=1)
    except FormulaError:  # an operation without a compiled form
        return InMemory(model, given.columns, given.weights)


def _moments(rows: InMemory) -> tuple[float, float, float, float]:
    """Return the sum of squared weights, the mean and the sum of squares of the response, and the log-weights."""
    y = rows.response
    if rows.weights is None:
        return float(rows.n), *rows.moments(), 0.0
    squared = np.square(rows.weights)
    weight = float(squared.sum())
    mean = float(np.einsum("i,i->", squared, y)) / weight
    about = rows.weights * (y - mean)
    return weight, mean, float(np.einsum("i,i->", about, about)), float(np.log(rows.weights).sum())


@dataclass
class Streamed:
    """Rows read pass by pass, under a model: a `least_squares.Problem`.

    model, read : the law, and what reads a piece;  pieces : how many;  run : where the work is done
    magnitude : |w y|, as far as it is known before the first pass;  progress : called with (pass, pieces done)
    """

    model: FormulaModel
    read: Read
    pieces: int
    run: Run
    magnitude: float
    progress: Callable[[int, int], None] | None = None
    passes: int = 0
    total: Part = field(default=_NOTHING)

    @property
    def pattern(self) -> Pattern | None:
        """How the linear parameters are eliminated, or None."""
        return self.model.pattern

    def triangle(self, theta: list[float]) -> tuple[Array, float]:
        """Return the triangle of [J | r] and the cost at theta (inf where not finite)."""
        R = self._pass(theta, wide=False)
        cost = squared_length(R)
        return R, cost if math.isfinite(cost) else math.inf

    def wide_triangle(self, alpha: list[float]) -> Array:
        """Return the triangle of [phi | derivatives | y - f0] at the nonlinear parameters alpha."""
        return self._pass(alpha, wide=True)

    @property
    def rows(self) -> Callable[[list[float]], Rows]:
        """The same triangle as rows of floats."""
        return lambda theta: self.triangle(theta)[0].tolist()

    @property
    def projected_rows(self) -> Callable[[list[float]], Rows | None]:
        """The wide triangle as rows of floats where each alpha has one derivative."""
        if self.pattern is None or not self.pattern.diagonal:
            return lambda alpha: None
        return lambda alpha: self.wide_triangle(alpha).tolist()

    def _pass(self, parameters: list[float], *, wide: bool) -> Array:
        self.passes += 1
        total = _NOTHING
        work = Work(self.model, self.read, tuple(parameters), wide)
        for done, parts in enumerate(self.run(work, range(self.pieces)), 1):
            for part in parts:
                total = _merged(total, part)
            if self.progress is not None:
                self.progress(self.passes, done)
        self.total = total
        return total.triangle


def _merged(a: Part, b: Part) -> Part:
    """Return what both stretches say together. Source of the moments: Chan, Golub and LeVeque (1979)."""
    left_out = {
        reason: a.left_out.get(reason, 0) + b.left_out.get(reason, 0)
        for reason in {**a.left_out, **b.left_out}
    }
    if not a.rows or not b.rows:
        return (a if a.rows else b)._replace(left_out=left_out)
    weight = a.weight + b.weight
    apart = b.mean - a.mean
    return Part(
        merge(a.triangle, b.triangle),
        a.rows + b.rows,
        left_out,
        weight,
        a.mean + apart * b.weight / weight,
        a.squares + b.squares + apart * apart * a.weight * b.weight / weight,
        a.log_weights + b.log_weights,
    )
