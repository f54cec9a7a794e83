"""How large the smoothers' statistics become when the law is right: the fit repeated on noise.

The noise of the fit, each residual divided by the deviation that the fit has left to it, is dealt out anew among
the rows, or, where its size may change from row to row, stays in its row with a sign by chance; the law is fitted to
it to first order (`Units.through`); and the smoothers look at what is left. The statistics of all smoothers are
brought to one scale and the largest counts, so that the stated level is that of the whole search. Neither needs
normal noise or many rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.comparison.check_smoothers import Smoother, smoothers, standardised

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.comparison.check_smoothers import Wave, Window
    from educe.comparison.check_units import Units

Floats = NDArray[np.float64]

IN_THE_LAW = 0.1  # a feature of which the law leaves less than this share of its length is the law's own
FEWEST_REPEATS = 4  # rows beyond the first of equal inputs
LEVERAGE = 1.0 - 1e-6  # above it, a row has no residual


@dataclass(frozen=True, eq=False)
class Calibrated:
    """The statistics of the residuals among those of noise.

    p_value : of the whole search;  p_values : {smoother: its own};  leading : the smoother that stands out most
    windows, z, excess : of all windows, their scores, and how far above the critical value of the search each is
    wave : the strongest oscillation
    """

    p_value: float
    p_values: dict[str, float]
    leading: str
    windows: tuple[Window, ...]
    z: Floats
    excess: Floats
    wave: Wave | None


def permuted_noise(units: Units, size: Floats, replicates: int, seed: int) -> Floats:
    """Return draws of the noise, (n, B), standardised: the residuals, dealt out anew.

    size : (n,) relative size of the noise of each unit
    """
    eta = _standardised(units, size)
    eta = eta - eta.mean()
    random = np.random.default_rng((seed, 1))
    dealt = random.permuted(np.tile(eta, (replicates, 1)), axis=1).T
    # what is dealt out always has the mean 0, noise has not: a law without a constant leaves it
    return np.ascontiguousarray(dealt + eta.std() / np.sqrt(len(eta)) * random.standard_normal(replicates))


def flipped_noise(units: Units, size: Floats, replicates: int, seed: int) -> Floats:
    """Return draws of the noise, (n, B), standardised: the residuals, each in its row, their signs drawn.

    size : (n,) relative size of the noise of each unit

    Whatever the size of the noise is from row to row, the draws have it too.
    Sources: Wu (1986), section 7; Davidson and Flachaire (2008) for the two signs.
    """
    eta = _standardised(units, size)
    signs = np.random.default_rng((seed, 1)).choice([-1.0, 1.0], (len(eta), replicates))
    return np.asarray(eta[:, None] * signs)


def _standardised(units: Units, size: Floats) -> Floats:
    left = units.left
    known = left > 1.0 - LEVERAGE
    return np.where(known, units.r / (size * np.sqrt(np.where(known, left, 1.0))), 0.0)


def calibrate(
    units: Units,
    size: Floats,
    noise: Floats,
    *,
    level: float,
    seed: int,
    told: Callable[[str], None] = lambda _: None,
) -> Calibrated:
    """Return how the residuals stand out among draws of noise.

    size : (n,) relative size of the noise;  noise : (n, B) of `permuted_noise` or `flipped_noise`
    told : of each smoother's name
    """
    refitted = units.through(size[:, None] * noise)
    T = np.column_stack((units.r, refitted)) / size[:, None]  # (n, 1 + B), the residuals first
    T /= np.sqrt(np.square(T).sum(axis=0) / units.dof)
    statistics: dict[str, Floats] = {}
    windows: tuple[Window, ...] = ()
    z = raised = np.empty(0)
    wave: Wave | None = None
    for smoother in smoothers(units, seed):
        told(smoother.name)
        scores = scores_of(smoother, units, size, T)
        statistics[smoother.name] = smoother.statistic(scores)
        if smoother.windows:
            windows, z = smoother.windows, scores[:, 0]
            raised = np.abs(z) - smoother.penalties
        if smoother.waves:
            wave = _strongest(smoother, scores[:, 0])
    if (repeats := _repeats(units, T)) is not None:
        statistics["repeats"] = repeats
    together = standardised(np.array(list(statistics.values())))
    largest = together.max(axis=0)
    bump = statistics.get("bump", np.zeros(1))
    excess = (raised - bump.mean()) / (bump.std() or 1.0) - float(np.quantile(largest, 1.0 - level))
    return Calibrated(
        _p_value(largest),
        {name: _p_value(values) for name, values in statistics.items()},
        list(statistics)[int(np.argmax(together[:, 0]))],
        windows,
        z,
        excess,
        wave,
    )


def scores_of(smoother: Smoother, units: Units, size: Floats, T: Floats) -> Floats:
    """Return the scores of each feature, (m, 1 + B), of variance 1 for noise to which the law was fitted.

    T : (n, 1 + B) standardised residuals. A feature that the law itself can follow scores 0.
    """
    features = smoother.features * (units.weight * np.sqrt(units.size) / size)[:, None]
    features /= np.linalg.norm(features, axis=0)
    seen = size[:, None] * units.through(features / size[:, None])  # what the law leaves of them
    for block in smoother.blocks:
        features[:, block], seen[:, block] = _orthogonal(features[:, block], seen[:, block])
    lengths = np.linalg.norm(seen, axis=0)
    own = lengths < IN_THE_LAW
    scores = features.T @ T / np.where(own, 1.0, lengths)[:, None]
    scores[own] = 0.0
    return np.asarray(scores)


def _orthogonal(features: Floats, seen: Floats) -> tuple[Floats, Floats]:
    """Return combinations of features of which what is seen is orthogonal, each with those before it."""
    Q, R = np.linalg.qr(seen)
    good = np.abs(np.diag(R)) >= IN_THE_LAW
    Q, R = np.linalg.qr(seen[:, good])
    combined, images = np.zeros_like(features), np.zeros_like(seen)
    combined[:, good] = np.linalg.solve(R.T, features[:, good].T).T
    images[:, good] = Q
    return combined, images


def _repeats(units: Units, T: Floats) -> Floats | None:
    """Return the ratio of what means over equal inputs and what single rows come to; None without repeats.

    Source: Draper and Smith (1998), section 2.1, lack of fit against pure error.
    """
    if units.gathered:
        return None
    _, where = np.unique(np.column_stack(list(units.inputs.values())), axis=0, return_inverse=True)
    count = np.bincount(where.ravel())
    if len(T) - len(count) < FEWEST_REPEATS or len(count) - (len(T) - units.dof) < 1:
        return None
    order = np.argsort(where.ravel(), kind="stable")
    begins = np.cumsum([0, *count[:-1]])
    between = (np.square(np.add.reduceat(T[order], begins, axis=0)) / count[:, None]).sum(axis=0)
    within = np.square(T).sum(axis=0) - between
    return np.asarray(0.5 * np.log(between / np.maximum(within, 1e-12 * between)))


def _strongest(smoother: Smoother, z: Floats) -> Wave:
    power = np.square(z).reshape(-1, 2).sum(axis=1)
    k = int(np.argmax(power))
    return replace(smoother.waves[k], z=math.sqrt(float(power[k])))


def _p_value(statistic: Floats) -> float:
    """Return the share of all draws, the observed one among them, that are at least as large as it."""
    return float(np.mean(statistic >= statistic[0] - 1e-9 * abs(statistic[0])))
