"""Choosing width, depth and penalty by cross-validation, within a budget of work, and saying what was tried."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.learning.folds import Judged, cross_validate, fold_of, seconds_of, starts_for
from educe.learning.journal import Journal
from educe.network.architecture import Architecture

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[np.float64]
Scaled = tuple[Array, Array, Array]  # x (d, n), t (targets, n), weights (n,)

PENALTIES = (1e-6, 1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
HIDDEN: tuple[tuple[int, ...], ...] = ((), (2,), (4,), (8,), (14,), (6, 6), (24,), (10, 10), (16, 16), (40,))
MOST_ROWS = 800  # a choice does not need more; the network chosen is then trained on all
TIE = 0.25  # of 1/sqrt(n): candidates this near in error, relative, count as equal; some third of its standard error
PATIENCE = 3  # architectures without a lower error before the search ends
FINALISTS = 3
COARSE = 0.7  # share of the budget for the first look at every architecture


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
    rows: NDArray[np.intp]  # which rows it was made with, (k,)
    interrupted: bool = False


def choose(
    rows: Scaled,
    *,
    hidden: Sequence[tuple[int, ...]] = HIDDEN,
    penalties: Sequence[float] = PENALTIES,
    activations: tuple[str, str] = ("tanh", "identity"),
    folds: int = 5,
    budget: float = 20.0,
    seed: int = 0,
    share: float | None = None,
    journal: Journal | None = None,
) -> Choice:
    """Return the hidden layers and penalty that predict rows held out best.

    Every architecture is judged once with every second penalty; the best three then compete with the penalties
    between, on several splits into folds.

    rows : x (d, n), t (targets, n), weights (n,), scaled;  hidden : candidates, from small to large
    budget : seconds of one core, by count of operations: the same on every machine, whatever its load
    share : of the rows, held out once in place of the folds;  journal : where every descent is written down
    """
    some = _sample(len(rows[2]), seed)
    sample = rows if len(some) == len(rows[2]) else (rows[0][:, some], rows[1][:, some], rows[2][some])
    journal = journal or Journal()
    journal.stage("choosing a network", work=budget if len(hidden) > 1 else None)
    judge = Judge(sample, activations, folds, seed, share, journal)
    first: list[Judged] = []
    last: list[Judged] = []
    finalists: list[tuple[int, ...]] = list(hidden)
    try:
        if len(hidden) > 1:
            _first_look(judge, hidden, penalties[::2], COARSE * budget, first)
            finalists, penalties = _finalists(first, penalties)
        _final(judge, finalists, penalties, (1.0 - COARSE) * budget, last)
    except KeyboardInterrupt:
        if not first and not last:
            raise
        journal.interrupted = True
    tried = tuple(Tried(j.architecture.layers[1:-1], j.penalty, j.rmse) for j in first + last)
    seen = {t.hidden for t in tried}
    skipped = tuple(widths for widths in hidden if widths not in seen)
    return Choice(judge.winner(last or first), tried, skipped, some, journal.interrupted)


@dataclass(frozen=True, eq=False)
class Judge:
    """Rows, folds and seed of one choice."""

    rows: Scaled
    activations: tuple[str, str]
    folds: int
    seed: int
    share: float | None
    journal: Journal

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.rows[2])

    def architecture(self, widths: tuple[int, ...]) -> Architecture:
        """Return the network of these hidden layers."""
        return Architecture((len(self.rows[0]), *widths, len(self.rows[1])), *self.activations)

    def seconds(self, widths: tuple[int, ...], penalties: int) -> float:
        """Return the estimated time to judge one architecture once."""
        architecture = self.architecture(widths)
        networks = min(self.folds, self.n) * penalties * starts_for(architecture)
        return seconds_of(self.n, architecture, networks=networks, iterations=60)

    def judged(
        self, widths: tuple[int, ...], penalties: Sequence[float], splits: Sequence[int]
    ) -> list[Judged]:
        """Return each penalty with its error over all these splits into folds."""
        architecture = self.architecture(widths)
        repeats: list[list[Judged]] = []
        for k in splits:
            fold = fold_of(self.n, min(self.folds, self.n), self.seed + 1000 * k, share=self.share)
            repeats.append(
                cross_validate(
                    architecture,
                    penalties,
                    rows=self.rows,
                    fold=fold,
                    starts=starts_for(architecture),
                    seed=self.seed + k,
                    descend=self.journal.trial,
                )
            )
            if self.journal.interrupted:
                break
        found = [_averaged(same) for same in zip(*repeats, strict=True)]
        self.journal.judged(min(j.rmse for j in found))
        return found

    def winner(self, judged: Sequence[Judged]) -> Judged:
        """Return the candidate of largest penalty among those whose error is least, or nearly."""
        least = min(j.rmse for j in judged) * (1.0 + TIE / math.sqrt(self.n))
        architecture = min(judged, key=lambda j: j.rmse).architecture
        return max(
            (j for j in judged if j.rmse <= least and j.architecture == architecture), key=lambda j: j.penalty
        )


def _first_look(
    judge: Judge,
    hidden: Sequence[tuple[int, ...]],
    penalties: Sequence[float],
    budget: float,
    found: list[Judged],
) -> None:
    """Add to `found` every architecture that the budget allows, with every penalty."""
    least, waited = math.inf, 0
    for widths in hidden:
        seconds = judge.seconds(widths, len(penalties))
        if found and (seconds > budget or waited >= PATIENCE):
            continue
        budget -= seconds
        now = judge.judged(widths, penalties, [0])
        rmse = min(j.rmse for j in now)
        waited = 0 if rmse < 0.99 * least else waited + 1
        least = min(least, rmse)
        found += now
        judge.journal.check()


def _finalists(
    first: Sequence[Judged], penalties: Sequence[float]
) -> tuple[list[tuple[int, ...]], Sequence[float]]:
    """Return the architectures of lowest error, and the penalties around theirs."""
    best: dict[tuple[int, ...], Judged] = {}
    for j in sorted(first, key=lambda j: j.rmse):
        best.setdefault(j.architecture.layers[1:-1], j)
    leading = list(best.values())[:FINALISTS]
    at = [list(penalties).index(j.penalty) for j in leading]
    return [j.architecture.layers[1:-1] for j in leading], penalties[max(0, min(at) - 1) : max(at) + 2]


def _final(
    judge: Judge,
    finalists: Sequence[tuple[int, ...]],
    penalties: Sequence[float],
    budget: float,
    found: list[Judged],
) -> None:
    """Add to `found` the finalists judged on as many splits as few rows want and the budget allows."""
    once = sum(judge.seconds(widths, len(penalties)) for widths in finalists)
    wanted = 4 if judge.n < 200 else 3 if judge.n < 600 else 1
    splits = range(max(1, min(wanted, int(budget / once))))
    for widths in finalists:
        found += judge.judged(widths, penalties, splits)
        judge.journal.check()


def _averaged(repeats: tuple[Judged, ...]) -> Judged:
    """Return the judgement of the first split with the error of all."""
    return replace(repeats[0], rmse=math.sqrt(sum(j.rmse**2 for j in repeats) / len(repeats)))


def _sample(n: int, seed: int) -> NDArray[np.intp]:
    """Return which rows a choice is made with, in order: all, or MOST_ROWS at random."""
    if n <= MOST_ROWS:
        return np.arange(n)
    return np.sort(np.random.default_rng((seed, 1)).choice(n, MOST_ROWS, replace=False))
