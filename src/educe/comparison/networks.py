"""Networks that compete: the textbook's, one that chooses its size, and one that looks at what a law leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin

from educe.comparison.law_estimator import LawOnColumns
from educe.learning.regressor import NetworkRegressor

if TYPE_CHECKING:
    from educe.fitting.opaque_law import OpaqueLaw
    from educe.formula import Law
    from educe.learning.result import Learned

Array = NDArray[np.float64]

CHOICE_ROWS = 400  # rows on which width, depth and penalty are chosen; the network chosen is trained on all
CHOICE_FOLDS = 3
STARTS = 4
LEAST_BUDGET = 0.5


class ChosenNetwork(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A network whose width, depth and penalty are chosen by cross-validation, as `educe.learn` does.

    budget : of the choice from CHOICE_ROWS rows, in seconds of one modest core, counted in operations; of fewer
    rows, their share;  seed : of starts and folds

    After fitting: `learned_`, and `parameters_`, its number of weights and biases.
    """

    def __init__(self, *, budget: float = 2.0, seed: int = 0) -> None:
        self.budget = budget
        self.seed = seed

    def fit(self, X: Any, y: Any) -> ChosenNetwork:
        """Choose on some of the rows, train on all."""
        X, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
        some = np.random.default_rng((self.seed, len(y), 10)).permutation(len(y))[:CHOICE_ROWS]
        whole = len(some) == len(y)
        budget = max(self.budget * len(some) / CHOICE_ROWS, LEAST_BUDGET)
        self.model_ = self._network(budget, folds=CHOICE_FOLDS, starts=STARTS if whole else 1).fit(
            X[some], y[some]
        )
        if not whole:
            chosen = cast("Learned", self.model_.learned_)
            self.model_ = self._network(
                budget, hidden=chosen.layers[1:-1], penalty=chosen.penalty, starts=STARTS
            ).fit(X, y)
        self.learned_ = cast("Learned", self.model_.learned_)
        self.parameters_ = float(self.learned_.parameters_count)
        return self

    def _network(
        self,
        budget: float,
        *,
        starts: int,
        hidden: tuple[int, ...] | None = None,
        penalty: float | None = None,
        folds: int = 5,
    ) -> NetworkRegressor:
        return NetworkRegressor(
            hidden, penalty=penalty, starts=starts, folds=folds, budget=budget, random_state=self.seed
        )

    def predict(self, X: Any) -> Array:
        """Return the predicted values, (m,)."""
        return self.model_.predict(X)

    def predict_interval(self, X: Any, level: float = 0.95) -> tuple[Array, Array]:
        """Return the limits of the cross-conformal interval for a new measurement."""
        return self.model_.predict_interval(X, level)


class TextbookNetwork(NetworkRegressor):
    """A network of one hidden layer of three sigmoids and a sigmoid at its output; its penalty by inner folds."""

    def fit(self, X: Any, y: Any) -> TextbookNetwork:  # type: ignore[override]
        """Train the network."""
        super().fit(X, y)
        self.parameters_ = float(cast("Learned", self.learned_).parameters_count)
        return self


def textbook_network(*, seed: int = 0) -> TextbookNetwork:
    """Return the network d-3-1 with sigmoids in both layers: of two inputs, the one in which a course begins."""
    return TextbookNetwork(
        (3,),
        activation="sigmoid",
        output="sigmoid",
        starts=STARTS,
        folds=CHOICE_FOLDS,
        budget=2.0,
        random_state=seed,
    )


class LawAndNetwork(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A law, and a network that predicts what the law leaves.

    .. math:: f(x) = f_\\text{law}(x; \\hat\\theta) + f_\\text{network}(x), \\qquad
              f_\\text{network}(x_i) \\approx y_i - f_\\text{law}(x_i; \\hat\\theta)

    The network stays only if it predicts residuals, on rows it has not seen, better than 0 does: else the law stands
    alone, and is all that is counted in `parameters_`. Which it was, says `used_network_`.
    """

    def __init__(
        self,
        law: Law | OpaqueLaw | None = None,
        columns: tuple[str, ...] = (),
        *,
        budget: float = 2.0,
        seed: int = 0,
    ) -> None:
        self.law = law
        self.columns = columns
        self.budget = budget
        self.seed = seed

    def fit(self, X: Any, y: Any) -> LawAndNetwork:
        """Find the law's constants, then train the network on its residuals."""
        y = np.asarray(y, dtype=np.float64)
        self.law_ = LawOnColumns(self.law, self.columns, seed=self.seed).fit(X, y)
        self.parameters_ = self.law_.parameters_
        residuals = y - self.law_.predict(X)
        self.used_network_ = False
        size = float(np.abs(y).max())
        if float(np.abs(residuals).max()) > 1e-12 * size and residuals.min() < residuals.max():
            self.network_ = ChosenNetwork(budget=self.budget, seed=self.seed).fit(X, residuals)
            alone = float(np.sqrt(np.mean(np.square(residuals))))
            self.used_network_ = self.network_.learned_.validation_rmse < alone
        if self.used_network_:
            self.parameters_ += self.network_.parameters_
        return self

    def predict(self, X: Any) -> Array:
        """Return the sum of law and network, (m,)."""
        values = self.law_.predict(X)
        return values + self.network_.predict(X) if self.used_network_ else values

    def predict_interval(self, X: Any, level: float = 0.95) -> tuple[Array, Array]:
        """Return the law's values with the limits of the network on its residuals, or the law's own limits."""
        if not self.used_network_:
            return self.law_.predict_interval(X, level)
        values = self.law_.predict(X)
        lower, upper = self.network_.predict_interval(X, level)
        return values + lower, values + upper
