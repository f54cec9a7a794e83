"""A problem in fewer variables: those that enter linearly always follow the others, save one that may be kept."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from educe.least_squares.separable import OFFSET, Pattern, eliminate
from educe.least_squares.triangle import squared_length, triangularise, upper
from educe.least_squares.uneliminated import Uneliminated

if TYPE_CHECKING:
    from educe.least_squares.bounds import Box
    from educe.least_squares.solve import Problem
    from educe.least_squares.triangle import Array


class Reduced(Uneliminated):
    """A `least_squares.Problem` over the nonlinear parameters and, before them, the linear one that is kept.

    problem : whose pattern says what is linear;  kept : index of a linear parameter, or None

    The minimum over the parameters that are left out is exact, so profiles of the others are those of the whole.
    """

    pattern = None

    def __init__(self, problem: Problem, kept: int | None) -> None:
        assert problem.pattern is not None
        self.problem = problem
        self.whole = problem.pattern
        self.kept = kept
        self.magnitude = problem.magnitude

    @cached_property
    def places(self) -> list[int]:
        """Where each variable stands in theta."""
        m, q = self.whole.linear, self.whole.nonlinear
        return [*([] if self.kept is None else [self.kept]), *range(m, m + q)]

    @cached_property
    def left(self) -> Pattern:
        """How the other linear parameters are eliminated once one is kept: its terms belong to the offset."""
        others = [k for k in range(self.whole.linear) if k != self.kept]
        columns = [
            (OFFSET if k in (OFFSET, self.kept) else others.index(k), j + 1) for k, j in self.whole.columns
        ]
        return Pattern(len(others), self.whole.nonlinear + 1, ((OFFSET, 0), *columns))

    def variables(self, theta: list[float]) -> list[float]:
        """Return the variables among theta."""
        return [theta[place] for place in self.places]

    def theta(self, variables: list[float]) -> list[float]:
        """Return all parameters, those left out at their best."""
        c, _ = self._eliminated(variables)
        if self.kept is None:
            return [*c, *variables]
        return [*c[: self.kept], variables[0], *c[self.kept :], *variables[1:]]

    def box(self, box: Box | None) -> Box | None:
        """Return the bounds of the variables."""
        if box is None:
            return None
        return type(box)(box.lower[self.places], box.upper[self.places])

    def triangle(self, variables: list[float]) -> tuple[Array, float]:
        """Return the triangle of [J | r] in the variables, and the cost."""
        R = self._eliminated(variables)[1]
        cost = squared_length(R)
        return R, cost if math.isfinite(cost) else math.inf

    def _eliminated(self, variables: list[float]) -> tuple[list[float], Array]:
        alpha = variables if self.kept is None else variables[1:]
        wide = self.problem.wide_triangle(alpha)
        if self.kept is None or not np.isfinite(wide).all():
            pattern = self.whole if self.kept is None else self.left
            if not np.isfinite(wide).all():
                return [math.nan] * pattern.linear, np.full((pattern.nonlinear + 1,) * 2, np.nan)
        else:
            pattern, wide = self.left, self._with_kept(wide, variables[0])
        c, R = eliminate(wide, pattern)
        return c, upper(R) if isinstance(R, list) else R

    def _with_kept(self, wide: Array, value: float) -> Array:
        """Return the wide triangle with the kept parameter's column after the others' and its value put in."""
        m, kept = self.whole.linear, self.kept
        order = [k for k in range(m) if k != kept]
        matrix = np.asfortranarray(wide[:, [*order, kept, *range(m, len(wide))]])
        for place, (k, _) in enumerate(self.whole.columns):
            if k == kept:
                matrix[:, m + place] *= value
        matrix[:, -1] -= value * wide[:, kept]
        return triangularise(matrix, overwrite=True)
