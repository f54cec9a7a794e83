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


PARENTS = 64


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
        self.samples = 0
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

    def screened(self, effort: Effort, starts: int, rng: np.random.Generator) -> Array:
        """Return the best `starts` candidates of a round, all different."""
        count = effort.draws(len(self.nonlinear)) if self.nonlinear else 1
        alpha = self.draw(count, rng)
        cost = self.projection.cost(alpha)
        self.samples += count
        for _ in range(effort.generations if len(self.nonlinear) > 1 else 0):
            parents = diverse(alpha, cost, PARENTS, gap=0.005)
            if len(parents) < 4:
                break
            children = crossed(alpha[parents], max(count // 4, 2 * PARENTS), rng)
            children = self.sampler.inside(children, self.axes)
            alpha = np.concatenate([alpha, children])
            cost = np.concatenate([cost, self.projection.cost(children)])
            self.samples += len(children)
        return alpha[diverse(alpha, cost, starts)]

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
        sizes = [1, 2] if 2 < q <= 5 else [1] if q > 1 else []
        groups = [group for size in sizes for group in itertools.combinations(range(q), size)]
        starts = [self._redrawn(base, list(group), effort.atoms, rng) for group in groups]
        return np.concatenate(starts) if starts else np.empty((0, q))

    def jumped(self, base: Array) -> Array:
        """Return starts in which one jump of a minimum (q,) stands at its best place between two rows."""
        values = dict(zip(self.nonlinear, base.tolist(), strict=True))
        starts = []
        for k, name in enumerate(self.nonlinear):
            places = self.sampler.jumps(name, values[name], {p: v for p, v in values.items() if p != name})
            if len(places):
                candidates = np.tile(base, (len(places), 1))
                candidates[:, k] = places
                starts.append(candidates[np.argsort(self.projection.cost(candidates), kind="stable")[:3]])
        return np.concatenate(starts) if starts else np.empty((0, len(base)))

    def _redrawn(self, base: Array, group: list[int], count: int, rng: np.random.Generator) -> Array:
        held = {name: np.full(count, base[k]) for k, name in enumerate(self.nonlinear) if k not in group}
        candidates = np.tile(base, (count, 1))
        candidates[:, group] = self.sampler.draw(count, rng, held)[:, self.axes][:, group]
        return candidates[diverse(candidates, self.projection.cost(candidates), 2, gap=0.03)]


def crossed(parents: Array, count: int, rng: np.random.Generator) -> Array:
    """Return children (count, q) that mix the coordinates of good candidates (K, q), slightly changed.

    Source: differential evolution, Storn and Price (1997).
    """
    K, q = parents.shape
    favoured = np.minimum(rng.integers(K, size=count), rng.integers(K, size=count))  # the list is by cost
    children = parents[favoured]
    mate = parents[rng.integers(K, size=count)]
    taken = rng.random((count, q)) < 0.3
    children = np.where(taken, mate, children)
    apart = parents[rng.integers(K, size=count)] - parents[rng.integers(K, size=count)]
    step = 10.0 ** rng.uniform(-3.0, 0.0, (count, 1))
    moved = rng.random((count, q)) < 0.6
    mixed: Array = children + np.where(moved, step * rng.normal(0.0, 1.0, (count, q)) * apart, 0.0)
    return mixed
