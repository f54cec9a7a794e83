"""What a user should know before believing a learned function, as plain sentences, gravest first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from educe.learning.result import Learned

SELDOM = 0.1


def warnings_of(
    learned: Learned, names: tuple[str, ...], X: NDArray[np.float64], target: str
) -> tuple[str, ...]:
    """Return the warnings on a result. X : (n, d) the rows as measured."""
    return tuple(_warnings(learned, names, X, target))


def _warnings(learned: Learned, names: tuple[str, ...], X: NDArray[np.float64], target: str) -> Iterator[str]:
    weights = learned.parameters_count // learned.averaged  # of one network; an average has no more freedom
    if weights >= learned.n:
        yield (
            f"{weights} weights and {learned.n} distinct rows: only the penalty keeps this network "
            "from passing through every point; look at the held-out error."
        )
    for k, name in enumerate(names):
        if X[:, k].min() == X[:, k].max():
            yield f"Column {name} is constant ({X[0, k]:g}): nothing can be learned about how {target} depends on it."
    if learned.train_rmse > 0.0 and learned.validation_rmse > 3.0 * learned.train_rmse:
        yield (
            f"Rows not seen are predicted {learned.validation_rmse / learned.train_rmse:.1f} times worse than those "
            "trained on; more rows, fewer nodes or a larger penalty would help."
        )
    S = len(learned.starts)
    # an average wants starts that end in different minima
    if learned.averaged == 1 and S >= 10 and learned.reached / S < SELDOM:
        yield f"Only {learned.reached} of {S} starts reached the best loss; more starts may find a better one."
    if any(math.isnan(share) for share in learned.coverage.values()):
        yield "There are too few rows to measure how often the intervals hold."
