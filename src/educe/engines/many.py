"""Very many small data sets under one law, fitted side by side: in the lanes of a compiled loop, or in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from educe.engines.compiled_fits import LOST
from educe.engines.side_by_side import Search, fit_side_by_side, shared_out
from educe.errors import FormulaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from educe.engines.compiled_fits import Fits
    from educe.engines.model import FormulaModel
    from educe.least_squares.triangle import Array

    Integers = NDArray[np.int64]

SHARE = 1024  # data sets that a thread takes at a time
COMPILED_FROM = 2_500_000  # points from which compiling, once, pays
LONGEST = 32_768  # points of one data set that a compiled loop lays beside those of others
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

    def fitted(
        self,
        starts: Array,
        lower: Array,
        upper: Array,
        *,
        own: bool,
        steps: int,
        compiled: bool = False,
    ) -> Ends:
        """Return the end of every fit; it does not depend on the number of threads.

        starts : (C, p) candidates, of which each data set takes the best, or (B, p) if own;  lower, upper : (p,)
        steps : at most, of each fit
        compiled : whether by a compiled loop, where the law has one, or side by side in NumPy
        """
        search = Search(starts, lower, upper, own, steps, TOLERANCE, exact=False)
        ends = self._empty()
        kernel = self._kernel(search) if compiled else None
        if kernel is None:
            fit_side_by_side(self, search, ends)
        else:
            self._in_lanes(kernel, search, ends)
        lost = np.flatnonzero(ends.status == LOST)
        if len(lost):
            self._by_reflections(lost, search, ends)
        return ends

    def _empty(self) -> Ends:
        B, p = self.count, len(self.model.names)
        integers = np.empty(B, np.int64), np.empty(B, np.int64)
        return Ends(np.empty((B, p)), np.empty((B, p)), np.empty(B), *integers)

    def _kernel(self, search: Search) -> Fits | None:
        """Return the compiled fits; None where the law has no compiled form, or too many parameters for it."""
        from educe.engines.compiled_fits import MOST, Kind, fits_kernel

        if len(self.model.names) > MOST or np.diff(self.offsets).max(initial=0) > LONGEST:
            return None
        weighted = (
            self.weights is not None or not self.shared
        )  # by 0, where a data set is shorter than its company
        bounded = bool(np.isfinite(search.lower).any() or np.isfinite(search.upper).any())
        kind = Kind(self.own if self.shared else self.model.variables, weighted, bounded, self.poisson)
        data, (stage,), _ = self.model.whole_program.made_from
        pattern = self.model.pattern
        factors = pattern.factors if pattern and pattern.diagonal else None
        try:
            return fits_kernel(
                data, stage.arguments, stage.outputs, pattern.linear if pattern else 0, factors, kind
            )
        except FormulaError:  # an operation without a compiled form
            return None

    def _in_lanes(self, kernel: Fits, search: Search, ends: Ends) -> None:
        from educe.engines.compiled import contiguous

        weights = np.empty(0) if self.weights is None else self.weights
        arguments = (
            np.ascontiguousarray(self.offsets, dtype=np.int64),
            *contiguous([*self.columns, self.response, weights, search.starts]),
            search.own,
            search.lower,
            search.upper,
            np.array([search.tolerance, float(search.steps)]),
            *ends,
        )

        def run(first: int) -> None:
            kernel(first, min(first + SHARE, self.count), *arguments)

        shared_out(run, range(0, self.count, SHARE))

    def _by_reflections(self, lost: Integers, search: Search, ends: Ends) -> None:
        """Go on with fits whose normal equations keep too few digits where they stand."""
        rest = self.chosen(lost)
        found = rest._empty()
        again = search._replace(starts=ends.theta[lost], own=True, exact=True)
        fit_side_by_side(rest, again, found)
        found.steps[:] += ends.steps[lost]
        for whole, part in zip(ends, found, strict=True):
            whole[lost] = part
