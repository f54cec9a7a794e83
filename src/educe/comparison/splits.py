"""The parts of the rows that are held out: folds, on several draws, and the ends of the measured region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.comparison.outside import outer_regions
from educe.errors import TableError

if TYPE_CHECKING:
    from educe.comparison.scoring import Split

Array = NDArray[np.float64]

FEW, SOME = 60, 200  # rows below which three repeats are worth their time, and two


@dataclass(frozen=True, eq=False)
class Splits:
    """Every split: `repeats` times `folds` of them, then the outer regions; fold : (repeats, n)."""

    folds: int
    repeats: int
    fold: NDArray[np.intp]
    parts: tuple[Split, ...]

    @property
    def regions(self) -> int:
        """Number of outer regions."""
        return len(self.parts) - self.folds * self.repeats


def splits_of(X: Array, y: Array, *, folds: int, repeats: int | None, regions: bool, seed: int) -> Splits:
    """Return the splits; copies of a row stay together, so that none is learned from and judged by at once."""
    if len(y) < 2 * folds:
        raise TableError(f"{len(y)} usable rows are too few: {folds} folds need at least {2 * folds}.")
    if repeats is None:
        repeats = 3 if len(y) < FEW else 2 if len(y) < SOME else 1
    _, place = np.unique(np.column_stack((X, y)), axis=0, return_inverse=True)
    place = place.ravel()
    distinct = int(place.max()) + 1
    draw = np.random.default_rng((seed, len(y), 11))
    fold = np.stack([draw.permutation(np.arange(distinct) % folds)[place] for _ in range(repeats)])
    if distinct < 2 * folds:
        raise TableError(
            f"only {distinct} rows differ from each other; {folds} folds need at least {2 * folds}."
        )
    splits = [(np.flatnonzero(f != k), np.flatnonzero(f == k)) for f in fold for k in range(folds)]
    outer = outer_regions(X) if regions else []
    return Splits(folds, repeats, fold, (*splits, *outer))
