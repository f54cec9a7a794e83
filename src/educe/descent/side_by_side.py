r"""Levenberg-Marquardt from many starts side by side, damped with the identity.

Each start s has its own damping and its own end; the arithmetic of all is one batch. The step solves

.. math:: (A_s + \lambda_s I)\,\delta_s = g_s, \qquad A = J^T J, \quad g = J^T r

Networks want the identity, not Marquardt's column lengths: a node that has gone flat has a short column, and
scaling by it sends that node away for good. Far from a minimum A may come from a sample of the rows: cost and g
are of all, so every step taken lowers the cost of all.
Sources: Levenberg (1944); damping rule: Nielsen (1999); sampled curvature: Byrd et al. (2011).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

if TYPE_CHECKING:
    from collections.abc import Callable

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Flags = NDArray[np.bool_]

NEAR = 1e-4  # of the cost: from steps that lower it by less, the curvature is wanted of all rows
ONE_BY_ONE = 40  # parameters from which a Cholesky of each is faster than one LU of the batch


class Problem(Protocol):
    """Sums of squares of many starts. `which` says which starts the rows of alpha belong to."""

    def evaluate(self, alpha: Array, which: Index) -> tuple[Array, Array]:
        """Return the cost (s,) at alpha (s, p), and what else was solved for there, (s, q)."""

    def linearise(
        self, alpha: Array, solved: Array, which: Index, *, near: Flags, turn: int
    ) -> tuple[Array, Array]:
        """Return J'J (s, p, p) and J'r (s, p) at alpha.

        near : (s,) whether a minimum is near; where it is not, J'J may be estimated from a sample of the rows
        turn : number of steps before this one; a sample should not be that of the step before
        """


class Ends(NamedTuple):
    """Where each start ended.

    alpha : (S, p);  solved : (S, q);  cost : (S,);  iterations : (S,)
    """

    alpha: Array
    solved: Array
    cost: Array
    iterations: Index


class Standing(NamedTuple):
    """Where a descent stands after a step: all that is needed to go on, to the last bit.

    ends : of all starts so far;  active : (s,) which of them still go;  A, g : their normal equations
    lam, growth, slow : (s,) their damping, its growth, and how many steps running were small
    """

    ends: Ends
    active: Index
    A: Array
    g: Array
    lam: Array
    growth: Array
    slow: Index


def descend(
    problem: Problem,
    alpha: Array,
    *,
    iterations: int = 100,
    damping: float = 0.1,
    tolerance: float = 1e-7,
    since: Standing | None = None,
    look: Callable[[int, Standing], None] | None = None,
) -> Ends:
    """Return where Levenberg-Marquardt leads from each start.

    alpha : (S, p) starts;  iterations : at most, for each
    damping : lambda at the start, relative to the mean of diag(J'J)
    tolerance : a start has ended when three accepted steps running each lower its cost by less than this share,
        or its damping exceeds 1e10
    since : where to go on from, None for the starts;  look : told the iteration and the standing after each
    """
    standing = _begun(problem, alpha, damping) if since is None else since
    done = int(standing.ends.iterations.max(initial=0))
    for k in range(done, iterations):
        if not len(standing.active):
            break
        standing = _advanced(problem, standing, tolerance)
        if look is not None:
            look(k + 1, standing)
    return standing.ends


def _begun(problem: Problem, alpha: Array, damping: float) -> Standing:
    S = len(alpha)
    cost, solved = problem.evaluate(alpha, np.arange(S))
    active = np.flatnonzero(np.isfinite(cost)) if alpha.shape[1] else np.empty(0, dtype=np.intp)
    ends = Ends(alpha.copy(), solved, cost, np.zeros(S, dtype=np.intp))
    p = alpha.shape[1]
    A, g = np.empty((0, p, p)), np.empty((0, p))
    if len(active):
        A, g = problem.linearise(
            alpha[active], solved[active], active, near=np.zeros(len(active), np.bool_), turn=0
        )
    lam = damping * np.maximum(np.einsum("sii->s", A) / max(p, 1), 1e-12)
    return Standing(ends, active, A, g, lam, np.full(len(active), 2.0), np.zeros(len(active), dtype=np.intp))


def _advanced(problem: Problem, standing: Standing, tolerance: float) -> Standing:
    """Return where all active starts stand after one step each; nothing of the old standing is changed."""
    (alpha, solved, cost, used), active, A, g, lam, growth, slow = standing
    delta, promised = damped_steps(A, g, lam)
    trial = alpha[active] + delta
    trial_cost, trial_solved = problem.evaluate(trial, active)
    fall = cost[active] - trial_cost
    good = fall > 0.0  # False where the cost is not finite
    gain = np.where(good, fall / np.maximum(promised, 1e-300), 0.0)
    slow = np.where(good, np.where(fall <= tolerance * cost[active], slow + 1, 0), slow)
    going_on = promised > 1e-15 * cost[active]
    alpha, solved, cost, used = alpha.copy(), solved.copy(), cost.copy(), used.copy()
    used[active] += 1
    taken = active[good]
    alpha[taken], solved[taken], cost[taken] = trial[good], trial_solved[good], trial_cost[good]
    lam = np.where(
        good, lam * np.maximum(1.0 / 3.0, 1.0 - (2.0 * np.minimum(gain, 1.0) - 1.0) ** 3), lam * growth
    )
    growth = np.where(good, 2.0, 2.0 * growth)
    going = (slow < 3) & (lam < 1e10) & going_on
    fresh = good & going
    if fresh.any():
        A, g = A.copy(), g.copy()
        on = active[fresh]
        near = fall[fresh] <= NEAR * cost[on]
        turn = int(used[on].max())
        A[fresh], g[fresh] = problem.linearise(alpha[on], solved[on], on, near=near, turn=turn)
    if not going.all():
        active, slow = active[going], slow[going]
        A, g, lam, growth = (v[going] for v in (A, g, lam, growth))
    return Standing(Ends(alpha, solved, cost, used), active, A, g, lam, growth, slow)


def damped_steps(A: Array, g: Array, lam: Array) -> tuple[Array, Array]:
    """Return the steps (S, p) and the reductions of the cost that their models promise, (S,).

    >>> damped_steps(np.array([[[1.0]]]), np.array([[2.0]]), np.array([1.0]))
    (array([[1.]]), array([3.]))
    """
    p = A.shape[-1]
    damped = A.copy()
    np.einsum("sii->si", damped)[:] += lam[:, None]
    if p < ONE_BY_ONE:
        delta = np.asarray(np.linalg.solve(damped, g[..., None])[..., 0], dtype=np.float64)
    else:
        delta = _one_by_one(damped, g)
    promised: Array = np.einsum("sp,sp->s", delta, g + lam[:, None] * delta)
    return delta, promised


def _one_by_one(damped: Array, g: Array) -> Array:
    """Return the solutions (S, p) of positive definite systems, by Cholesky; by LU where rounding left none."""
    delta = np.empty_like(g)
    for s, (matrix, right) in enumerate(zip(damped, g, strict=True)):
        # the transpose of a C array is what LAPACK reads without a copy
        factor, failed = lapack.dpotrf(matrix.T, clean=0)
        delta[s] = np.linalg.solve(matrix, right) if failed else lapack.dpotrs(factor, right)[0]
    return delta
