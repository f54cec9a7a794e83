"""Choosing width, depth and penalty by cross-validation, within a budget of work, and saying what was tried."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.learning.folds import Judged, cross_validate, fold_of, seconds_of, starts_for
from educe.learning.journal import Journal
from educe.learning.mixing import mixed
from educe.network.architecture import Architecture

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[np.float64]
Scaled = tuple[Array, Array, Array]  # x (d, n), t (targets, n), weights (n,)

PENALTIES = (1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
HIDDEN: tuple[tuple[int, ...], ...] = (
    (), (2,), (4,), (8,), (14,), (6, 6), (10, 10), (8, 8, 8), (16, 16), (12, 12, 12), (40,),
)  # fmt: skip
MEMBERS = 8  # networks in an average
MOST_ROWS = 800  # a choice does not need more; the network chosen is then trained on all
TIE = 1.0  # standard errors of the difference in squared error: candidates this near the best count as equal
LEAST = (
    2.0 / 3.0
)  # of the squared error: on few rows smaller penalties are not believed, see `Judge.believed`
PATIENCE = 3  # architectures without a lower error before the search ends
MOST_PER_ROW = 3.0  # parameters: larger networks are not tried
FEW_ROWS = 200  # below, one split into folds says too little, and no split enough to tell shares
ALL_PENALTIES = 4  # architectures that are judged with every penalty
FINALISTS = 3
COARSE = 0.7  # share of the budget for the first look at every architecture


@dataclass(frozen=True)
class Tried:
    """One candidate: widths of the hidden layers, penalty, and root mean square error on rows held out.

    networks : how many of this shape are averaged
    """

    hidden: tuple[int, ...]
    penalty: float
    rmse: float
    networks: int = 1


@dataclass(frozen=True, eq=False)
class Choice:
    """The candidates that predict together, of one shape, and all that were tried, in order."""

    mixed: tuple[tuple[Judged, float], ...]  # with their shares, of sum 1, the largest first
    tried: tuple[Tried, ...]
    skipped: tuple[tuple[int, ...], ...]
    rows: NDArray[np.intp]  # which rows it was made with, (k,)
    interrupted: bool = False

    @property
    def best(self) -> Judged:
        """The candidate of the largest share."""
        return self.mixed[0][0]


def choose(
    rows: Scaled,
    *,
    hidden: Sequence[tuple[int, ...]] = HIDDEN,
    penalties: Sequence[float] = PENALTIES,
    activations: tuple[str, str] = ("tanh", "identity"),
    average: bool = False,
    folds: int = 5,
    budget: float = 20.0,
    seed: int = 0,
    share: float | None = None,
    journal: Journal | None = None,
) -> Choice:
    """Return the hidden layers and penalties that predict rows held out best.

    Every architecture is judged once with every second penalty; the best three then compete with the penalties
    between, on several splits into folds.

    average : judge the mean of several starts, not the best one, and mix penalties if the rows are not few
    rows : x (d, n), t (targets, n), weights (n,), scaled;  hidden : candidates, from small to large
    budget : seconds of one core, by count of operations: the same on every machine, whatever its load
    share : of the rows, held out once in place of the folds;  journal : where every descent is written down
    """
    some = _sample(len(rows[2]), seed)
    sample = rows if len(some) == len(rows[2]) else (rows[0][:, some], rows[1][:, some], rows[2][some])
    journal = journal or Journal()
    journal.stage("choosing a network", work=budget if len(hidden) > 1 else None)
    judge = Judge(sample, activations, folds, seed, share, journal, MEMBERS if average else 1)
    first: list[Judged] = []
    last: list[Judged] = []
    finalists: list[tuple[int, ...]] = list(hidden)
    try:
        if len(hidden) > 1:
            _first_look(judge, hidden, penalties[::2], COARSE * budget, first)
            finalists, penalties = _finalists(judge.believed(first), penalties)
        _final(judge, finalists, penalties, (1.0 - COARSE) * budget, last)
    except KeyboardInterrupt:
        if not first and not last:
            raise
        journal.interrupted = True
    tried = tuple(
        Tried(j.architecture.layers[1:-1], j.penalty, j.rmse, MEMBERS if j.averaged else 1)
        for j in first + last
    )
    seen = {t.hidden for t in tried}
    skipped = tuple(widths for widths in hidden if widths not in seen)
    judged = last or first
    mix = average and judge.n >= FEW_ROWS
    chosen = mixed(judged, sample[2], seed=seed) if mix else ((judge.winner(judged), 1.0),)
    return Choice(chosen, tried, skipped, some, journal.interrupted)


@dataclass(frozen=True, eq=False)
class Judge:
    """Rows, folds and seed of one choice; how many networks may predict together."""

    rows: Scaled
    activations: tuple[str, str]
    folds: int
    seed: int
    share: float | None
    journal: Journal
    members: int = 1

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
                    members=self.members if widths else 1,
                    descend=self.journal.trial,
                )
            )
            if self.journal.interrupted:
                break
        found = [_averaged(same) for same in zip(*repeats, strict=True)]
        self.journal.judged(min(j.rmse for j in found))
        return found

    def winner(self, judged: Sequence[Judged]) -> Judged:
        """Return the candidate of largest penalty among those of the best architecture that err hardly more."""
        judged = self.believed(judged)
        best = min(judged, key=lambda j: j.rmse)
        near = [j for j in judged if j.architecture == best.architecture and self._equal(j, best)]
        return max(near, key=lambda j: j.penalty)

    def believed(self, judged: Sequence[Judged]) -> Sequence[Judged]:
        """Return, on few rows, the candidates whose penalty is not far below their squared error; all, if none is.

        A penalty on the sum of squares is the variance of the noise over that of the weights (MacKay 1992). Inputs and
        target have deviation 1 and weights are of order 1, so it is of the order of the squared error: where a smaller
        one seems to predict better, on few rows, that is luck.
        """
        few = self.n < FEW_ROWS
        return [j for j in judged if few and j.penalty >= LEAST * j.rmse**2] or judged

    def _equal(self, one: Judged, best: Judged) -> bool:
        """Tell whether the mean of the paired differences lies within TIE standard errors of 0."""
        d = self.rows[2] * (one.squares - best.squares)
        return bool(d.mean() <= TIE * d.std() / math.sqrt(self.n))


def _first_look(
    judge: Judge,
    hidden: Sequence[tuple[int, ...]],
    penalties: Sequence[float],
    budget: float,
    found: list[Judged],
) -> None:
    """Add to `found` every architecture that the rows and the budget allow.

    The first ones are judged with every penalty, the later ones with those about the best so far.
    """
    least, waited = math.inf, 0
    once = sum(judge.seconds(widths, len(penalties)) for widths in hidden[:ALL_PENALTIES])
    splits = range(2 if judge.n < FEW_ROWS and 4.0 * once < budget else 1)
    for k, widths in enumerate(hidden):
        near = penalties if k < ALL_PENALTIES else _about(found, penalties)
        seconds = len(splits) * judge.seconds(widths, len(near))
        too_large = judge.architecture(widths).parameters > MOST_PER_ROW * judge.n
        if found and (seconds > budget or waited >= PATIENCE or too_large):
            continue
        budget -= seconds
        now = judge.judged(widths, near, splits)
        rmse = min(j.rmse for j in now)
        waited = 0 if rmse < 0.99 * least else waited + 1
        least = min(least, rmse)
        found += now
        judge.journal.check()


def _about(found: Sequence[Judged], penalties: Sequence[float]) -> Sequence[float]:
    """Return the penalty of the best so far, and its neighbours."""
    at = list(penalties).index(min(found, key=lambda j: j.rmse).penalty)
    return penalties[max(0, at - 1) : at + 2]


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
    wanted = 3 if judge.n < FEW_ROWS else 2 if judge.n < 600 else 1
    splits = range(max(1, min(wanted, int(budget / once))))
    for widths in finalists:
        found += judge.judged(widths, penalties, splits)
        judge.journal.check()


def _averaged(repeats: tuple[Judged, ...]) -> Judged:
    """Return the judgement of the first split with the errors of all."""
    return replace(
        repeats[0],
        rmse=math.sqrt(sum(j.rmse**2 for j in repeats) / len(repeats)),
        errors=np.concatenate([j.errors for j in repeats]),
    )


def _sample(n: int, seed: int) -> NDArray[np.intp]:
    """Return which rows a choice is made with, in order: all, or MOST_ROWS at random."""
    if n <= MOST_ROWS:
        return np.arange(n)
    return np.sort(np.random.default_rng((seed, 1)).choice(n, MOST_ROWS, replace=False))
