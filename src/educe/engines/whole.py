"""Rows that are taken all at once: under a full covariance, or from a function that must not be given blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from educe.least_squares.triangle import Array, squared_length, triangularise

if TYPE_CHECKING:
    from educe.least_squares.losses import Loss
    from educe.least_squares.separable import Pattern
    from educe.least_squares.written_out import Rows

Matrix = Callable[[list[float]], Array]


@dataclass(frozen=True, eq=False)
class Whole:
    """Rows as one weighted matrix: a `least_squares.Problem`.

    response : (n,) weighted measurements
    matrix : from theta to the weighted [J | r], (n, p+1)
    wide, pattern : from the nonlinear parameters to the weighted [phi | derivatives | y - f0], or None
    loss, loss_scale : robust loss and the weighted residual at which it bends, or None
    """

    response: Array
    matrix: Matrix
    wide: Matrix | None = None
    pattern: Pattern | None = None
    loss: Loss | None = None
    loss_scale: float = 1.0

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.response)

    @cached_property
    def magnitude(self) -> float:
        """|w y|, or 1 where every measurement is zero."""
        return math.sqrt(self.response.dot(self.response)) or 1.0

    def with_loss(self, loss: Loss, loss_scale: float) -> Whole:
        """Return the same rows under a robust loss, which leaves nothing linear."""
        return replace(self, wide=None, pattern=None, loss=loss, loss_scale=loss_scale)

    def triangle(self, theta: list[float]) -> tuple[Array, float]:
        """Return the triangle of [J | r] and the cost at theta (inf where not finite)."""
        matrix = self.matrix(theta)
        if self.loss is None:
            R = triangularise(matrix)
            cost = squared_length(R)
        else:
            z = np.square(matrix[:, -1] / self.loss_scale)
            cost = self.loss_scale**2 * float(np.sum(self.loss.rho(z)))
            R = triangularise(matrix * np.sqrt(self.loss.weight(z))[:, None])
        return R, cost if math.isfinite(cost) else math.inf

    def wide_triangle(self, alpha: list[float]) -> Array:
        """Return the triangle of [phi | derivatives | y - f0] at the nonlinear parameters alpha."""
        assert self.wide is not None
        return triangularise(self.wide(alpha))

    def rows(self, theta: list[float]) -> Rows | None:
        """Return the triangle of [J | r] as rows of floats; None under a loss."""
        if self.loss is not None:
            return None
        rows: Rows = triangularise(self.matrix(theta)).tolist()
        return rows

    def projected_rows(self, alpha: list[float]) -> Rows | None:
        """Return the wide triangle as rows of floats, None where an alpha has several derivative columns."""
        if self.pattern is None or not self.pattern.diagonal:
            return None
        rows: Rows = self.wide_triangle(alpha).tolist()
        return rows

    def residuals(self, theta: list[float]) -> Array:
        """Return the weighted residuals, (n,)."""
        return self.matrix(theta)[:, -1]

    def blocks(self, theta: list[float]) -> Iterator[tuple[slice, Array]]:
        """Yield all rows with their weighted [J | r]: a single block."""
        yield slice(0, self.n), self.matrix(theta)
