"""One form of the law in which candidates are drawn, compared and let descend."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.search.blocks import Blocks
from educe.search.projection import Projection
from educe.search.pursuit import pursue, redrawn
from educe.search.screening import diverse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.formula import Expression
    from educe.search.effort import Effort
    from educe.search.rows import Rows
    from educe.search.sampling import Sampler

Array = NDArray[np.float64]


class Space:
    """The law itself or its relaxation, over its own nonlinear parameters, all linear ones eliminated.

    nonlinear : names, the axes of every candidate (q,);  blocks : the parts of the law, if it is a sum of such
    """

    def __init__(
        self,
        expression: Expression,
        linear: Sequence[str],
        nonlinear: Sequence[str],
        *,
        rows: Rows,
        sampler: Sampler,
    ) -> None:
        self.nonlinear = tuple(nonlinear)
        self.sampler = sampler
        self.axes = [sampler.nonlinear.index(name) for name in nonlinear]
        self.projection = Projection(
            expression,
            linear,
            nonlinear,
            columns=rows.columns,
            response=rows.response,
            weights=rows.weights,
        )
        self.blocks = Blocks(self.projection, list(rows.columns.values()))

    def draw(self, count: int, rng: np.random.Generator, signal: Array | None = None) -> Array:
        """Return candidates (S, q); frequencies are looked for in the signal, else in the response."""
        self.sampler.listen(self.projection.target if signal is None else signal)
        return self.sampler.draw(count, rng)[:, self.axes]

    def screened(self, count: int, starts: int, rng: np.random.Generator) -> Array:
        """Return the best `starts` of `count` candidates, all different."""
        alpha = self.draw(count, rng)
        return alpha[diverse(alpha, self.projection.cost(alpha), starts)]

    def pursued(self, effort: Effort, rng: np.random.Generator) -> Array:
        """Return starts for a law that is a sum of parts, none for others."""
        if not self.blocks.separable:
            return np.empty((0, len(self.nonlinear)))
        return pursue(self.blocks, lambda count: self.draw(count, rng), effort, rng)

    def moved(self, base: Array, effort: Effort, rng: np.random.Generator) -> Array:
        """Return starts that differ from a minimum (q,) in one part, or in one or two parameters."""
        if self.blocks.separable:
            return redrawn(self.blocks, base, lambda count, left: self.draw(count, rng, left), effort)
        q = len(self.nonlinear)
        groups = [(k,) for k in range(q)] if q > 1 else []
        groups += list(itertools.combinations(range(q), 2)) if 2 < q <= 5 else []
        starts = [self._redrawn(base, list(group), effort.atoms, rng) for group in groups]
        return np.concatenate(starts) if starts else np.empty((0, q))

    def _redrawn(self, base: Array, group: list[int], count: int, rng: np.random.Generator) -> Array:
        held = {name: np.full(count, base[k]) for k, name in enumerate(self.nonlinear) if k not in group}
        candidates = np.tile(base, (count, 1))
        candidates[:, group] = self.sampler.draw(count, rng, held)[:, self.axes][:, group]
        return candidates[diverse(candidates, self.projection.cost(candidates), 2, gap=0.03)]
