"""Many rows in memory: compiled loops, the spans of rows shared among threads and merged in their order."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from educe.engines.in_memory import BLOCK, SPAN, InMemory
from educe.engines.model import FormulaModel
from educe.errors import FormulaError
from educe.least_squares.triangle import Array, merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.engines.compiled import Kernel
    from educe.engines.model import Model
    from educe.formula import Program

COMPILED_FROM = (
    4_000_000  # rows from which loops are compiled; only the first fit of a law waits, the code is kept
)
ROWS_OF_SPAN = SPAN * BLOCK


def rows_under(model: Model, columns: Sequence[Array], weights: Array | None = None) -> InMemory:
    """Return the rows under a model: compiled where they are many and the law has a compiled form."""
    if len(columns[0]) < COMPILED_FROM or not isinstance(model, FormulaModel):
        return InMemory(model, columns, weights)
    try:
        return Threaded(model, columns, weights)
    except FormulaError:  # an operation without a compiled form
        return InMemory(model, columns, weights)


class Threaded(InMemory):
    """Rows whose triangles come from compiled loops; the answer does not depend on the number of threads.

    model : FormulaModel;  columns, weights : as for InMemory
    threads : how many; None: one for each processor that this process may use

    Raises FormulaError if the law has an operation without a compiled form.
    """

    def __init__(
        self,
        model: FormulaModel,
        columns: Sequence[Array],
        weights: Array | None = None,
        *,
        threads: int | None = None,
    ) -> None:
        from educe.engines.compiled import contiguous

        super().__init__(model, columns, weights)
        self.threads = threads or processors()
        self._read = contiguous(columns)
        self._weights = np.empty(0) if weights is None else contiguous([weights])[0]
        self._kernels = {False: kernel_of(model.whole_program)}
        if model.wide_program is not None:
            self._kernels[True] = kernel_of(model.wide_program)

    def _fold(self, parameters: list[float], *, wide: bool) -> Array:
        p, kernel = np.array(parameters, dtype=np.float64), self._kernels[wide]
        width = self._width(wide=wide)

        def span(start: int) -> Array:
            rows = slice(start, min(start + ROWS_OF_SPAN, self.n))
            R = np.zeros((width, width))
            kernel(p, *[column[rows] for column in self._read], self._weights[rows], R)
            return R

        starts = range(0, self.n, ROWS_OF_SPAN)
        if self.threads == 1 or len(starts) == 1:
            spans = [span(start) for start in starts]
        else:
            with ThreadPoolExecutor(self.threads) as pool:
                spans = list(pool.map(span, starts))
        R = np.asfortranarray(spans[0])
        for part in spans[1:]:
            R = merge(R, np.asfortranarray(part))
        return R

    def moments(self) -> tuple[float, float]:
        """Return the mean of the response, unweighted, and the sum of squares about it."""
        from educe.engines.loops import moments

        mean, squares = moments(np.ascontiguousarray(self.response, dtype=np.float64))
        return mean, squares

    def _width(self, *, wide: bool) -> int:
        pattern = self.model.pattern
        if wide and pattern is not None:
            return pattern.linear + len(pattern.columns) + 1
        return len(self.model.names) + 1


def kernel_of(program: Program) -> Kernel:
    """Return the compiled triangle of a program of one stage."""
    from educe.engines.compiled import triangle_kernel

    data, (stage,), _ = program.made_from
    return triangle_kernel(data, stage.arguments, stage.outputs)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
