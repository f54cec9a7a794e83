"""`NetworkRegressor`: a learned network as a scikit-learn estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from educe.learning.learn import learn_rows
from educe.learning.predict import predict
from educe.learning.rows import merged
from educe.learning.settings import Settings
from educe.uncertainty.prediction import Prediction

if TYPE_CHECKING:
    from educe.learning.result import Learned

Array = NDArray[np.float64]


class NetworkRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A network that predicts one number from several; width, depth and penalty chosen by cross-validation.

    hidden : widths of the hidden layers, as in (16, 16), or None to choose
    The other options are those of `educe.learn`.
    random_state : seed, a whole number, or None for 0: the same data give the same network

    After `fit`: learned_ (a `Learned`), n_features_in_, feature_names_in_ where columns had names.

    >>> X = np.linspace(-3, 3, 60)[:, None]
    >>> net = NetworkRegressor(hidden=(4,), penalty=1e-6).fit(X, np.sin(X[:, 0]))
    >>> bool(abs(net.predict([[0.5]])[0] - np.sin(0.5)) < 0.01)
    True
    """

    def __init__(
        self,
        hidden: tuple[int, ...] | None = None,
        *,
        activation: str = "tanh",
        output: str = "identity",
        loss: str = "mse",
        penalty: float | None = None,
        optimizer: str | None = None,
        starts: int | None = None,
        epochs: int | None = None,
        batch: int | None = None,
        rate: float | None = None,
        schedule: str = "constant",
        folds: int = 5,
        budget: float = 20.0,
        random_state: int | None = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.output = output
        self.loss = loss
        self.penalty = penalty
        self.optimizer = optimizer
        self.starts = starts
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.schedule = schedule
        self.folds = folds
        self.budget = budget
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> NetworkRegressor:
        """Learn from rows X (n, d) and targets y (n,); a row of weight 2 counts as two rows."""
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X, dtype=np.float64)
        self.learned_: Learned = learn_rows(
            merged(X, np.asarray(y, dtype=np.float64), weights), self._settings()
        )
        return self

    def predict(self, X: Any) -> Array:
        """Return the predicted targets, (m,)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        values = predict(self.learned_, X, None, 0.95)
        assert isinstance(values, np.ndarray)
        return values

    def predict_interval(self, X: Any, level: float = 0.95) -> tuple[Array, Array]:
        """Return lower and upper limits, (m,) each, of the cross-conformal interval for new measurements."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        found = predict(self.learned_, X, "prediction", level)
        assert isinstance(found, Prediction)
        return found.lower, found.upper

    def _settings(self) -> Settings:
        hidden = (self.hidden,) if isinstance(self.hidden, int) else self.hidden
        return Settings(
            hidden=None if hidden is None else tuple(hidden),
            activation=self.activation,
            output=self.output,
            loss=self.loss,
            penalty=self.penalty,
            optimizer=self.optimizer,
            starts=self.starts,
            epochs=self.epochs,
            batch=self.batch,
            rate=self.rate,
            schedule=self.schedule,
            folds=self.folds,
            budget=self.budget,
            seed=0 if self.random_state is None else int(self.random_state),
        )
