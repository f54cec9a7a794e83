"""Rows in memory: block by block into one triangle, in the order of the blocks."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from educe.least_squares.triangle import Array, merge, squared_length, triangle_rows, triangularise
from educe.least_squares.written_out import elimination

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from educe.engines.model import Fill, Model
    from educe.least_squares.losses import Loss
    from educe.least_squares.separable import Pattern
    from educe.least_squares.written_out import Rows

BLOCK = 16_384
ToRows = Callable[[list[float]], "Rows | None"]
SPAN = 64  # blocks folded one after the other; spans are merged in their order


class InMemory:
    """The rows of a table under a model: a `least_squares.Problem`.

    model : Model
    columns : arrays (n,) float64, one for each of model.variables
    weights : (n,) > 0 or None -- each row of [J | r] is multiplied by its weight, 1/sigma
    loss, loss_scale : robust loss and the weighted residual at which it bends, or None
    """

    def __init__(
        self,
        model: Model,
        columns: Sequence[Array],
        weights: Array | None = None,
        *,
        loss: Loss | None = None,
        loss_scale: float = 1.0,
    ) -> None:
        self.model = model
        self.columns = columns
        self.weights = weights
        self.loss = loss
        self.loss_scale = loss_scale
        self.n = len(columns[0])
        self._response: Array | None = (
            None  # cached_property takes a lock, which lasts as long as a small fill
        )
        self._magnitude: float | None = None
        self._bound: dict[bool, tuple[Fill, Array, list[Array]]] = {}

    @property
    def pattern(self) -> Pattern | None:
        """How the linear parameters are eliminated, or None: a robust loss leaves nothing linear."""
        return None if self.loss else self.model.pattern

    @property
    def response(self) -> Array:
        """The measured response, (n,), unweighted."""
        if self._response is None:
            self._response = self.model.response(self.columns)
        return self._response

    @property
    def magnitude(self) -> float:
        """|w y|, or 1 where every measurement is zero."""
        if self._magnitude is None:
            self._magnitude = self._length()
        return self._magnitude

    def _length(self) -> float:
        y = self.response
        if self.weights is not None:
            with np.errstate(over="ignore"):  # infinite: that is for the caller to refuse
                y = y * self.weights
        # einsum, not dot: a library's dot shares long columns among threads that then wait for each other
        return math.sqrt(float(np.einsum("i,i->", y, y))) or 1.0

    def moments(self) -> tuple[float, float]:
        """Return the mean of the response, unweighted, and the sum of squares about it."""
        mean = float(self.response.mean())
        about = self.response - mean
        return mean, float(np.einsum("i,i->", about, about))

    def with_loss(self, loss: Loss, loss_scale: float) -> InMemory:
        """Return the same rows under a robust loss."""
        return InMemory(self.model, self.columns, self.weights, loss=loss, loss_scale=loss_scale)

    def drawn(self, count: int) -> InMemory:
        """Return `count` rows from all over, in their order, under the same model."""
        places = spread(self.n, count)
        weights = None if self.weights is None else self.weights[places]
        return InMemory(self.model, [column[places] for column in self.columns], weights)

    def triangle(self, theta: list[float]) -> tuple[Array, float]:
        """Return the triangle of [J | r], each row weighted, and the cost at theta (inf where not finite)."""
        if self.loss is None:
            R = self._fold(theta, wide=False)
            cost = squared_length(R)
            return R, cost if math.isfinite(cost) else math.inf
        return self._robust(theta, self.loss)

    def wide_triangle(self, alpha: list[float]) -> Array:
        """Return the triangle of [phi | derivatives | y - f0] at the nonlinear parameters alpha."""
        return self._fold(alpha, wide=True)

    @cached_property
    def rows(self) -> ToRows:
        """The function of theta that gives the triangle of [J | r] as rows of floats; None under a loss."""
        return self._to_rows(wide=False) if self.loss is None else _no_rows

    @cached_property
    def projected_rows(self) -> ToRows:
        """The function of alpha that gives the wide triangle as rows of floats, nothing meant below the diagonal.

        Where an alpha has several derivative columns, they are summed for the best linear parameters; None where
        those are not unique, or rows are more than one block.
        """
        assert self.model.pattern is not None
        if self.model.pattern.diagonal:
            return self._to_rows(wide=True)
        return self._to_summed_rows(self.model.pattern.linear) if self.n <= BLOCK else _no_rows

    def _to_rows(self, *, wide: bool) -> ToRows:
        if self.n > BLOCK:
            return lambda parameters: self._fold(parameters, wide=wide).tolist()
        fill, width = self._filler(self.columns, wide=wide)
        matrix = np.empty((self.n, width), order="F")
        out = list(matrix.T)
        weights = None if self.weights is None else self.weights[:, None]

        def rows(parameters: list[float]) -> Rows:
            fill(*parameters, out)
            if weights is not None:
                np.multiply(matrix, weights, matrix)
            return triangle_rows(matrix)

        return rows

    def _to_summed_rows(self, m: int) -> ToRows:
        """Return the function that factorises [phi | y - f0], then [phi | df/dalpha at the best c | y - f0]."""
        fills = self.model.summed(self.columns)
        assert fills is not None
        fill_basis, fill_slopes = fills
        k = len(self.model.names)
        solved = elimination(m, ())
        basis, matrix = np.empty((self.n, m + 1), order="F"), np.empty((self.n, k + 1), order="F")
        phi, y, slopes = matrix[:, :m], matrix[:, k], matrix[:, m:k]
        basis_out, slopes_out = list(basis.T), list(slopes.T)
        weights = None if self.weights is None else self.weights[:, None]

        def rows(alpha: list[float]) -> Rows | None:
            fill_basis(*alpha, basis_out)
            if weights is not None:
                np.multiply(basis, weights, basis)
            phi[...] = basis[:, :m]
            y[...] = basis[:, m]
            found = solved(triangle_rows(basis))
            if found is None:
                return None
            fill_slopes(*found[0], slopes_out)
            if weights is not None:
                np.multiply(slopes, weights, slopes)
            return triangle_rows(matrix)

        return rows

    def blocks(self, theta: list[float]) -> Iterator[tuple[slice, Array]]:
        """Yield each block of rows with its weighted [J | r], (m, p+1), valid until the next one."""
        for rows, matrix, top in self._filled(theta, wide=False):
            yield rows, matrix[top:]

    def residuals(self, theta: list[float]) -> Array:
        """Return the weighted residuals w (y - f), (n,)."""
        if self.n <= BLOCK:
            return self._single(theta, wide=False)[:, -1].copy()
        r = np.empty(self.n)
        for rows, matrix in self.blocks(theta):
            r[rows] = matrix[:, -1]
        return r

    def _fold(self, parameters: list[float], *, wide: bool) -> Array:
        if self.n <= BLOCK:
            return triangularise(self._single(parameters, wide=wide), overwrite=True)
        spans: list[Array] = []
        for number, (_, matrix, top) in enumerate(self._filled(parameters, wide=wide)):
            matrix[:top] = spans.pop() if number % SPAN else 0.0
            spans.append(triangularise(matrix, overwrite=True))
        R = spans[0]
        for span in spans[1:]:
            R = merge(R, span)
        return R

    def _single(self, parameters: list[float], *, wide: bool) -> Array:
        """Return the filled matrix of rows that are one block: bound once, filled in place at each call."""
        if wide not in self._bound:
            fill, width = self._filler(self.columns, wide=wide)
            matrix = np.empty((self.n, width), order="F")
            self._bound[wide] = fill, matrix, [matrix[:, k] for k in range(width)]
        fill, matrix, out = self._bound[wide]
        fill(*parameters, out)
        if self.weights is not None:
            matrix *= self.weights[:, None]
        return matrix

    def _filled(self, parameters: list[float], *, wide: bool) -> Iterator[tuple[slice, Array, int]]:
        """Yield for each block its rows, its filled matrix, and how many rows on top are left for a triangle."""
        if self.n <= BLOCK:
            yield slice(0, self.n), self._single(parameters, wide=wide), 0
            return
        buffer: Array | None = None
        for start in range(0, self.n, BLOCK):
            rows = slice(start, min(start + BLOCK, self.n))
            fill, width = self._filler([c[rows] for c in self.columns], wide=wide)
            m = rows.stop - start
            if buffer is None or m < BLOCK:
                buffer = np.empty((width + m, width), order="F")
            fill(*parameters, [buffer[width:, k] for k in range(width)])
            if self.weights is not None:
                buffer[width:] *= self.weights[rows, None]
            yield rows, buffer, width

    def _filler(self, columns: Sequence[Array], *, wide: bool) -> tuple[Fill, int]:
        if wide:
            assert self.model.pattern is not None
            return self.model.wide(columns), self.model.pattern.linear + len(self.model.pattern.columns) + 1
        return self.model.whole(columns), len(self.model.names) + 1

    def _robust(self, theta: list[float], loss: Loss) -> tuple[Array, float]:
        """Return the triangle of the reweighted problem and the robust cost s^2 sum rho((r/s)^2).

        Each row is multiplied by sqrt(rho'): the quadratic model then touches the cost and lies above it.
        """
        scale = self.loss_scale
        cost, R = 0.0, None
        for _, block in self.blocks(theta):
            z = np.square(block[:, -1] / scale)
            cost += scale * scale * float(np.sum(loss.rho(z)))
            part = triangularise(block * np.sqrt(loss.weight(z))[:, None])
            R = part if R is None else merge(R, part)
        assert R is not None
        return R, cost if math.isfinite(cost) else math.inf


def spread(n: int, count: int) -> NDArray[np.intp]:
    """Return `count` places among n, ascending, one in each of as many equal stretches.

    Within its stretch a place is pseudo-random: rows that repeat regularly are not always met at the same point.

    >>> spread(9, 3)
    array([2, 3, 7])
    """
    edges = np.linspace(0, n, count + 1).astype(np.intp)
    inside = np.random.default_rng(n).random(count) * np.diff(edges)
    places: NDArray[np.intp] = edges[:-1] + inside.astype(np.intp)
    return places


def _no_rows(parameters: list[float]) -> None:
    """Return nothing: what these rows say is not few floats."""
