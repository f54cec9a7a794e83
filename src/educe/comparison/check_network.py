"""What a network could still explain: the share of the residuals that it predicts on rows it did not see."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from educe.fitting.result import Fit

BUDGET = 1.5  # of the choice, in the seconds of `learn`
STARTS = 6
MOST_ROWS = 2000


@dataclass(frozen=True)
class Explained:
    """What a network learned from the residuals.

    share : 1 - (error on rows not seen)^2 / (mean square of the residuals); below 0 where it does harm
    parameters : of the network;  rows : it learned from
    """

    share: float
    parameters: int
    rows: int


def explained_by_network(fit: Fit, seed: int) -> Explained | None:
    """Return what a network can predict of the residuals; None of a law without inputs."""
    from threadpoolctl import threadpool_limits

    from educe.learning.regressor import NetworkRegressor

    names = fit.law_variables
    if not names:
        return None
    X = np.column_stack([fit.rows.columns[name] for name in names])
    r = fit.residuals
    weights = np.ones(len(r)) if fit.rows.sigma is None else np.square(fit.rows.sigma.min() / fit.rows.sigma)
    if len(r) > MOST_ROWS:
        some = np.random.default_rng((seed, 3)).choice(len(r), MOST_ROWS, replace=False)
        X, r, weights = X[some], r[some], weights[some]
    with threadpool_limits(limits=1, user_api="blas"):
        learned = (
            NetworkRegressor(starts=STARTS, budget=BUDGET, random_state=seed).fit(X, r, weights).learned_
        )
    size = math.sqrt(float(np.average(r * r, weights=weights)))
    error = learned.validation_rmse
    assert isinstance(error, float)  # of one target
    return Explained(1.0 - (error / size) ** 2, learned.parameters_count, len(r))
