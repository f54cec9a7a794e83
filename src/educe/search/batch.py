"""Many descents at once: Levenberg-Marquardt on the projected problem, with a leading axis for the starts.

Each start keeps its own damping and stops on its own; those that have stopped are no longer computed.

Source: Levenberg (1944), Marquardt (1963); scaling by the largest column lengths seen, Moré (1978);
damping by the gain ratio, Nielsen (1999); projection of the step on the bounds, Kanzow, Yamashita and
Fukushima (2004).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.search.screening import distinct

if TYPE_CHECKING:
    from educe.search.effort import Effort
    from educe.search.projection import Projection

Array = NDArray[np.float64]

TOLERANCE = 1e-13  # relative reduction of the cost below which a step counts as none
SAME = 1e-6  # costs that differ less (relative) belong to one minimum
LIGHTEST = 1e-12  # damping that keeps every system regular
PATIENCE = 3  # such steps before a descent stops


@dataclass
class Descents:
    """The state of S descents.

    alpha : (S, q);  cost, damping, growth : (S,)
    normal : (S, q, q) J'J;  slope : (S, q) J'r;  scale : (S, q) largest diagonal of J'J seen
    small : (S,) -- steps in a row that changed nothing;  active : (S,) bool
    merged : (S,) -- starts that each descent stands for
    """

    alpha: Array
    cost: Array
    normal: Array
    slope: Array
    scale: Array
    damping: Array
    growth: Array
    small: NDArray[np.intp]
    active: NDArray[np.bool_]
    merged: NDArray[np.intp]

    @classmethod
    def begin(cls, projection: Projection, alpha: Array) -> Descents:
        """Return descents that stand at their starts, (S, q)."""
        S, q = alpha.shape
        state = cls(
            alpha.copy(), np.full(S, np.inf), np.zeros((S, q, q)), np.zeros((S, q)), np.zeros((S, q)),
            np.full(S, 1e-2), np.full(S, 2.0), np.zeros(S, dtype=np.intp), np.ones(S, dtype=bool),
            np.ones(S, dtype=np.intp),
        )  # fmt: skip
        for block in projection.blocks(S, breadth=q + len(projection.linear) + 1):
            state.move(projection, np.arange(S)[block], alpha[block])
        state.active = np.isfinite(state.cost)
        return state

    def keep(self, chosen: NDArray[np.intp], twin: NDArray[np.intp]) -> Descents:
        """Return the chosen descents, ready to go on.

        chosen : (K,) indices
        twin : (S,) -- the place in `chosen` of the descent that stands for each, or -1
        """
        parts = [array[chosen] for array in vars(self).values()]
        kept = Descents(*parts)
        mine = twin >= 0
        merged = np.bincount(twin[mine], weights=self.merged[mine], minlength=len(chosen))
        kept.merged = merged.astype(np.intp)
        kept.active = np.isfinite(kept.cost)
        kept.small[:] = 0
        return kept

    def move(self, projection: Projection, rows: NDArray[np.intp], trial: Array) -> Array:
        """Go to the trial points that lower the cost; return the cost (K,) at all of them."""
        at = projection.project(trial)
        better = at.cost < self.cost[rows]
        accepted = rows[better]
        if len(accepted):
            normal, slope = projection.normal(trial[better], type(at)(*[part[better] for part in at]))
            usable = np.isfinite(normal).all(axis=(1, 2)) & np.isfinite(slope).all(axis=1)
            accepted, normal, slope = accepted[usable], normal[usable], slope[usable]
            self.alpha[accepted] = trial[better][usable]
            self.cost[accepted] = at.cost[better][usable]
            self.normal[accepted], self.slope[accepted] = normal, slope
            size = np.einsum("sjj->sj", normal)
            self.scale[accepted] = np.maximum(0.5 * self.scale[accepted], size)
        return at.cost


def descend(
    projection: Projection,
    state: Descents,
    *,
    iterations: int,
    box: tuple[Array, Array] | None = None,
    deadline: float = np.inf,
) -> Descents:
    """Take up to `iterations` steps in each descent; the state is changed in place and returned.

    box : lower and upper bounds, (q,) each;  deadline : as time.perf_counter() counts
    """
    if not state.alpha.shape[1]:
        return state
    breadth = state.alpha.shape[1] + len(projection.linear) + 1
    for _ in range(iterations):
        running = np.flatnonzero(state.active)
        if not len(running) or time.perf_counter() > deadline:
            break
        for block in projection.blocks(len(running), breadth=breadth):
            _step(projection, state, running[block], box)
    return state


def descents(
    projection: Projection,
    starts: Array,
    effort: Effort,
    *,
    box: tuple[Array, Array] | None = None,
    deadline: float = np.inf,
) -> Descents:
    """Let starts (S, q) descend, the better ones further; ends of equal cost are counted once."""
    state = Descents.begin(projection, starts)
    for kept, iterations in ((None, 12), (effort.kept, 30), (effort.finalists, 150)):
        if kept is not None:
            state = state.keep(*distinct(state.cost, kept))
        descend(projection, state, iterations=iterations, box=box, deadline=deadline)
    return state.keep(*distinct(state.cost, effort.finalists, within=SAME))


def _step(
    projection: Projection, state: Descents, rows: NDArray[np.intp], box: tuple[Array, Array] | None
) -> None:
    before = state.cost[rows].copy()
    delta, promised = damped_steps(state, rows, box)
    cost = state.move(projection, rows, state.alpha[rows] + delta)
    gained = before - state.cost[rows]
    accepted = gained > 0
    _adapt(state, rows, accepted, np.where(promised > 0, gained / np.where(promised > 0, promised, 1.0), 0.0))
    still = accepted & (gained < TOLERANCE * before)
    stuck = ~accepted & ((state.damping[rows] > 1e12) | (promised < 1e-2 * TOLERANCE * before))
    stuck |= np.isfinite(cost) & (cost == before) & ~accepted & (promised < 1e-10 * before)
    state.small[rows] = np.where(still | stuck, state.small[rows] + 1, 0)
    state.active[rows] = state.small[rows] < PATIENCE


def damped_steps(
    state: Descents, rows: NDArray[np.intp], box: tuple[Array, Array] | None
) -> tuple[Array, Array]:
    """Return the steps (K, q) of (J'J + lambda D) delta = J'r and the reductions (K,) they promise."""
    q = state.alpha.shape[1]
    normal, slope = state.normal[rows], state.slope[rows]
    if box is not None:
        at = state.alpha[rows]
        pressed = ((at <= box[0]) & (slope < 0)) | ((at >= box[1]) & (slope > 0))
        slope = np.where(pressed, 0.0, slope)
        normal = np.where(pressed[:, :, None] | pressed[:, None, :], 0.0, normal)
    unit = 1.0 / np.sqrt(np.maximum(state.scale[rows], 1e-300))
    damping = np.maximum(state.damping[rows], LIGHTEST)
    matrix = normal * unit[:, :, None] * unit[:, None, :] + damping[:, None, None] * np.eye(q)
    scaled = np.linalg.solve(matrix, (slope * unit)[:, :, None])[:, :, 0]
    promised = np.einsum("sj,sj->s", scaled, damping[:, None] * scaled + slope * unit)
    delta = scaled * unit
    if box is not None:
        delta = np.clip(state.alpha[rows] + delta, *box) - state.alpha[rows]
    return delta, promised


def _adapt(state: Descents, rows: NDArray[np.intp], accepted: NDArray[np.bool_], gain: Array) -> None:
    lighter = np.maximum(0.1, 1.0 - (2.0 * np.clip(gain, -1.0, 1.0) - 1.0) ** 3)
    growth = state.growth[rows]
    state.damping[rows] *= np.where(accepted, lighter, growth)
    state.growth[rows] = np.where(accepted, 2.0, np.minimum(2.0 * growth, 1e6))
