"""Very many small data sets under one law, fitted side by side by compiled loops."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from educe.engines.threaded import processors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from educe.engines.model import FormulaModel
    from educe.least_squares.triangle import Array

    Integers = NDArray[np.int64]

SHARE = 2048  # data sets that a thread takes at a time
TOLERANCE = 1e-8  # of the relative fall of the cost that the next step promises, and of its length


class Ends(NamedTuple):
    """Where the fits of B data sets ended.

    theta, stderr : (B, p), in the solver's order; stderr for noise of variance 1, nan where it is not known
    cost : (B,), sum of squares or deviance;  status : (B,), a code of `compiled_fits`;  steps : (B,)
    """

    theta: Array
    stderr: Array
    cost: Array
    status: Integers
    steps: Integers


@dataclass(frozen=True, eq=False)
class ManyRows:
    """Rows of B data sets.

    model : the law;  columns : one array for each of model.variables, (n,) of all data sets one after the other, or
        (m,), the same for all of them, where `shared`; the response always has all rows
    offsets : (B+1,) -- data set b has rows offsets[b] to offsets[b+1]
    weights : (n,) or None;  poisson : whether the response counts events
    """

    model: FormulaModel
    columns: Sequence[Array]
    response: Array
    offsets: Integers
    weights: Array | None = None
    shared: bool = False
    poisson: bool = False

    @property
    def own(self) -> tuple[str, ...]:
        """Columns of which every data set has its own rows, even where it shares the inputs."""
        return tuple(name for name in self.model.variables if name not in self.model.inputs)

    def _columns(self, rows: slice | Integers) -> list[Array]:
        pairs = zip(self.model.variables, self.columns, strict=True)
        return [column if self.shared and name not in self.own else column[rows] for name, column in pairs]

    @property
    def count(self) -> int:
        """Number of data sets."""
        return len(self.offsets) - 1

    def part(self, first: int, last: int) -> ManyRows:
        """Return data sets first to last, the last left out."""
        rows = slice(int(self.offsets[first]), int(self.offsets[last]))
        return ManyRows(
            self.model,
            self._columns(rows),
            self.response[rows],
            self.offsets[first : last + 1] - self.offsets[first],
            None if self.weights is None else self.weights[rows],
            self.shared,
            self.poisson,
        )

    def chosen(self, numbers: Integers) -> ManyRows:
        """Return these data sets only."""
        begin, end = self.offsets[numbers], self.offsets[numbers + 1]
        sizes = end - begin
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        rows = np.arange(offsets[-1]) + np.repeat(begin - offsets[:-1], sizes)
        return ManyRows(
            self.model,
            self._columns(rows),
            self.response[rows],
            offsets,
            None if self.weights is None else self.weights[rows],
            self.shared,
            self.poisson,
        )

    def fitted(self, starts: Array, lower: Array, upper: Array, *, own: bool, steps: int) -> Ends:
        """Return the end of every fit.

        starts : (C, p) candidates, of which each data set takes the best, or (B, p) if own;  lower, upper : (p,)
        steps : at most, of each fit
        """
        from educe.engines.compiled import contiguous
        from educe.engines.compiled_fits import fits_kernel

        data, (stage,), _ = self.model.whole_program.made_from
        kernel = fits_kernel(data, stage.arguments, stage.outputs, self.own)
        B, p = self.count, len(self.model.names)
        ends = Ends(
            np.empty((B, p)), np.empty((B, p)), np.empty(B), np.empty(B, np.int64), np.empty(B, np.int64)
        )
        pattern = self.model.pattern
        weights = np.empty(0) if self.weights is None else self.weights
        arguments = (
            np.ascontiguousarray(self.offsets, dtype=np.int64),
            *contiguous(self.columns),
            *contiguous([self.response, weights]),
            self.shared,
            np.ascontiguousarray(starts, dtype=np.float64),
            own,
            pattern.linear if pattern else 0,
            lower,
            upper,
            np.array([float(self.poisson), TOLERANCE, float(steps)]),
            *ends,
        )

        def run(first: int) -> None:
            kernel(first, min(first + SHARE, B), *arguments)

        with ThreadPoolExecutor(processors()) as pool:
            list(pool.map(run, range(0, B, SHARE)))
        return ends
