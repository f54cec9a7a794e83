"""Choosing width, depth and penalty by cross-validation, within a budget of work, and saying what was tried."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.learning.folds import Judged, cross_validate, fold_of, seconds_of, starts_for
from educe.network.architecture import Architecture

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[np.float64]

PENALTIES = (1e-6, 1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
HIDDEN: tuple[tuple[int, ...], ...] = ((), (2,), (4,), (8,), (14,), (6, 6), (24,), (10, 10), (16, 16), (40,))
MOST_ROWS = 1500  # a choice does not need more; the network chosen is then trained on all
TIE = 0.25  # of 1/sqrt(n): candidates this near in error, relative, count as equal; some third of its standard error
PATIENCE = 3  # architectures without a lower error before the search ends


@dataclass(frozen=True)
class Tried:
    """One candidate: widths of the hidden layers, penalty, and root mean square error on rows held out."""

    hidden: tuple[int, ...]
    penalty: float
    rmse: float


@dataclass(frozen=True, eq=False)
class Choice:
    """The candidate of lowest held-out error, and all that were tried, in order."""

    best: Judged
    tried: tuple[Tried, ...]
    skipped: tuple[tuple[int, ...], ...]


def choose(
    rows: tuple[Array, Array, Array],
    *,
    hidden: Sequence[tuple[int, ...]] = HIDDEN,
    penalties: Sequence[float] = PENALTIES,
    activations: tuple[str, str] = ("tanh", "identity"),
    folds: int = 5,
    budget: float = 10.0,
    seed: int = 0,
) -> Choice:
    """Return the hidden layers and penalty that predict rows held out best.

    rows : x (d, n), t (n,), weights (n,), scaled;  hidden : candidates, from small to large
    budget : seconds of one modest core, by count of operations: the same on every machine, whatever its load
    """
    x, t, weights = _sample(rows, seed)
    K = min(folds, len(t))
    middling = Architecture((len(x), 8, 1), *activations)
    once = seconds_of(len(t), middling, networks=K * len(penalties) * starts_for(middling), iterations=60)
    splits = [fold_of(len(t), K, seed + 1000 * k) for k in range(_repeats(len(t), budget / once))]
    best: Judged | None = None
    tried: list[Tried] = []
    skipped: list[tuple[int, ...]] = []
    waited, left = 0, budget
    for widths in hidden:
        architecture = Architecture((len(x), *widths, 1), *activations)
        starts = starts_for(architecture)
        networks = len(splits) * K * len(penalties) * starts
        seconds = seconds_of(len(t), architecture, networks=networks, iterations=60)
        if best is not None and (seconds > left or waited >= PATIENCE):
            skipped.append(widths)
            continue
        left -= seconds
        try:
            judged = [
                cross_validate(architecture, penalties, rows=(x, t, weights), fold=fold, starts=starts, seed=seed + k)
                for k, fold in enumerate(splits)
            ]
        except KeyboardInterrupt:
            if best is None:
                raise
            break
        averaged = [_averaged(repeats) for repeats in zip(*judged, strict=True)]
        tried += [Tried(widths, j.penalty, j.rmse) for j in averaged]
        winner = _winner(averaged, 1.0 + TIE / math.sqrt(len(t)))
        waited = 0 if best is None or winner.rmse < 0.99 * best.rmse else waited + 1
        if best is None or winner.rmse < best.rmse:
            best = winner
    assert best is not None
    return Choice(best, tuple(tried), tuple(skipped))


def _repeats(n: int, affordable: float) -> int:
    """Return how often to split into folds: few rows say little about one another, so they are asked again.

    affordable : how many middling candidates the budget would judge once
    """
    wanted = 3 if n < 200 else 2 if n < 600 else 1
    return max(1, min(wanted, int(affordable / 4.0)))


def _averaged(repeats: tuple[Judged, ...]) -> Judged:
    """Return the judgement of the first split with the error of all."""
    return replace(repeats[0], rmse=math.sqrt(sum(j.rmse**2 for j in repeats) / len(repeats)))


def _winner(judged: list[Judged], tie: float) -> Judged:
    """Return the candidate of largest penalty among those whose error is least, or nearly."""
    least = min(j.rmse for j in judged)
    return max((j for j in judged if j.rmse <= tie * least), key=lambda j: j.penalty)


def _sample(rows: tuple[Array, Array, Array], seed: int) -> tuple[Array, Array, Array]:
    x, t, weights = rows
    if len(t) <= MOST_ROWS:
        return rows
    some = np.sort(np.random.default_rng((seed, 1)).choice(len(t), MOST_ROWS, replace=False))
    return x[:, some], t[some], weights[some]
