r"""Levenberg-Marquardt from many starts side by side, damped with the identity.

Each start s has its own damping and its own end; the arithmetic of all is one batch. The step solves

.. math:: (A_s + \lambda_s I)\,\delta_s = g_s, \qquad A = J^T J, \quad g = J^T r

Networks want the identity, not Marquardt's column lengths: a node that has gone flat has a short column, and
scaling by it sends that node away for good. Sources: Levenberg (1944); damping rule: Nielsen (1999).
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]


class Problem(Protocol):
    """Sums of squares of many starts. `which` says which starts the rows of alpha belong to."""

    def evaluate(self, alpha: Array, which: Index) -> tuple[Array, Array]:
        """Return the cost (s,) at alpha (s, p), and what else was solved for there, (s, q)."""

    def linearise(self, alpha: Array, solved: Array, which: Index) -> tuple[Array, Array]:
        """Return J'J (s, p, p) and J'r (s, p) at alpha."""


class Ends(NamedTuple):
    """Where each start ended.

    alpha : (S, p);  solved : (S, q);  cost : (S,);  iterations : (S,)
    """

    alpha: Array
    solved: Array
    cost: Array
    iterations: Index


def descend(
    problem: Problem, alpha: Array, *, iterations: int = 100, damping: float = 0.1, tolerance: float = 1e-7
) -> Ends:
    """Return where Levenberg-Marquardt leads from each start.

    alpha : (S, p) starts;  iterations : at most, for each
    damping : lambda at the start, relative to the mean of diag(J'J)
    tolerance : a start has ended when three accepted steps running each lower its cost by less than this share,
        or its damping exceeds 1e10
    """
    S = len(alpha)
    alpha = alpha.copy()
    everyone = np.arange(S)
    cost, solved = problem.evaluate(alpha, everyone)
    used = np.zeros(S, dtype=np.intp)
    active = np.flatnonzero(np.isfinite(cost))
    if not alpha.shape[1] or not len(active):
        return Ends(alpha, solved, cost, used)
    A, g = problem.linearise(alpha[active], solved[active], active)
    lam = damping * np.maximum(np.einsum("sii->s", A) / alpha.shape[1], 1e-12)
    growth = np.full(len(active), 2.0)
    slow = np.zeros(len(active), dtype=np.intp)
    for _ in range(iterations):
        delta, promised = damped_steps(A, g, lam)
        trial = alpha[active] + delta
        trial_cost, trial_solved = problem.evaluate(trial, active)
        fall = cost[active] - trial_cost
        good = fall > 0.0  # False where the cost is not finite
        gain = np.where(good, fall / np.maximum(promised, 1e-300), 0.0)
        slow = np.where(good, np.where(fall <= tolerance * cost[active], slow + 1, 0), slow)
        used[active] += 1
        taken = active[good]
        alpha[taken], solved[taken], cost[taken] = trial[good], trial_solved[good], trial_cost[good]
        lam = np.where(
            good, lam * np.maximum(1.0 / 3.0, 1.0 - (2.0 * np.minimum(gain, 1.0) - 1.0) ** 3), lam * growth
        )
        growth = np.where(good, 2.0, 2.0 * growth)
        going = (slow < 3) & (lam < 1e10) & (promised > 1e-15 * cost[active])
        fresh = good & going
        if fresh.any():
            A[fresh], g[fresh] = problem.linearise(alpha[active[fresh]], solved[active[fresh]], active[fresh])
        if not going.all():
            active, A, g, lam, growth, slow = (v[going] for v in (active, A, g, lam, growth, slow))
        if not len(active):
            break
    return Ends(alpha, solved, cost, used)


def damped_steps(A: Array, g: Array, lam: Array) -> tuple[Array, Array]:
    """Return the steps (S, p) and the reductions of the cost that their models promise, (S,).

    >>> damped_steps(np.array([[[1.0]]]), np.array([[2.0]]), np.array([1.0]))
    (array([[1.]]), array([3.]))
    """
    p = A.shape[-1]
    damped = A + lam[:, None, None] * np.eye(p)
    delta = np.asarray(np.linalg.solve(damped, g[..., None])[..., 0], dtype=np.float64)
    promised: Array = np.einsum("sp,sp->s", delta, g + lam[:, None] * delta)
    return delta, promised
