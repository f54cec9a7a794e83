"""`NetworkRegressor`: a learned network as a scikit-learn estimator."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from educe.learning.rows import merged
from educe.learning.settings import Settings, widths_of
from educe.learning.together import LearnedTogether
from educe.learning.training import learn_rows
from educe.learning.usable import check_size
from educe.uncertainty.prediction import Prediction

if TYPE_CHECKING:
    from educe.learning.result import Learned

Array = NDArray[np.float64]


class NetworkRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A network that predicts one number, or several, from others; width, depth and penalty are chosen by itself.

    hidden : widths of the hidden layers, as in (16, 16), or None to choose by cross-validation
    random_state : seed, a whole number, or None for 0: the same data give the same network
    All other options are those of `educe.learn`, with the same defaults.

    After `fit`: learned_ (a `Learned`, or a `LearnedTogether` where y has several columns), n_features_in_,
    n_outputs_, feature_names_in_ where columns had names.

    >>> X = np.linspace(-3, 3, 60)[:, None]
    >>> net = NetworkRegressor(hidden=(4,), penalty=1e-6).fit(X, np.sin(X[:, 0]))
    >>> bool(abs(net.predict([[0.5]])[0] - np.sin(0.5)) < 0.01)
    True
    """

    # scikit-learn reads the options from this signature; a test holds names and defaults to those of Settings
    def __init__(
        self,
        hidden: tuple[int, ...] | None = None,
        *,
        activation: str = "tanh",
        output: str = "identity",
        loss: str = "mse",
        bend: float | None = None,
        penalty: float | None = None,
        optimizer: str | None = None,
        initialisation: str | None = None,
        starts: int | None = None,
        epochs: int | None = None,
        batch: int | None = None,
        rate: float | None = None,
        schedule: str = "constant",
        folds: int = 5,
        validation: float | None = None,
        budget: float = 20.0,
        engine: str = "auto",
        precision: str = "float64",
        random_state: int | None = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.output = output
        self.loss = loss
        self.bend = bend
        self.penalty = penalty
        self.optimizer = optimizer
        self.initialisation = initialisation
        self.starts = starts
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.schedule = schedule
        self.folds = folds
        self.validation = validation
        self.budget = budget
        self.engine = engine
        self.precision = precision
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> NetworkRegressor:
        """Learn from rows X (n, d) and targets y (n,) or (n, targets); a row of weight 2 counts as two rows."""
        X, y = validate_data(
            self, X, y, dtype=np.float64, y_numeric=True, multi_output=True, ensure_min_samples=2
        )
        Y = np.asarray(y, dtype=np.float64)
        for k, column in enumerate(X.T):
            check_size(column, f"column {k} of X", "fit")
        for k, column in enumerate(Y.reshape(len(Y), -1).T):
            check_size(column, f"column {k} of y", "fit")
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X, dtype=np.float64)
        found = learn_rows(merged(X, Y, weights), self._settings())
        self.n_outputs_ = len(found)
        self._single = Y.ndim == 1
        self.learned_: Learned | LearnedTogether = found[0] if len(found) == 1 else together(found)
        return self

    def predict(self, X: Any) -> Array:
        """Return the predicted targets, (m,) or (m, targets)."""
        values = self._learned(X).predict(self._inputs(X))
        assert isinstance(values, np.ndarray)
        return values if self._single else values.reshape(len(values), -1)

    def predict_interval(self, X: Any, level: float = 0.95) -> tuple[Array, Array]:
        """Return lower and upper limits, of the shape of `predict`, of the interval for new measurements."""
        found = self._learned(X).predict(self._inputs(X), interval="prediction", level=level)
        assert isinstance(found, Prediction)
        return found.lower, found.upper

    def _learned(self, X: Any) -> Learned | LearnedTogether:
        check_is_fitted(self)
        return self.learned_

    def _inputs(self, X: Any) -> Array:
        return np.asarray(validate_data(self, X, dtype=np.float64, reset=False))

    def _settings(self) -> Settings:
        seed = 0 if self.random_state is None else self.random_state
        own: dict[str, Any] = {"hidden": widths_of(self.hidden), "seed": seed}
        names = [field.name for field in fields(Settings) if field.name not in own]
        return Settings(**own, **{name: getattr(self, name) for name in names})

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def together(found: tuple[Learned, ...]) -> LearnedTogether:
    """Return what was learned of several columns of y, named y0, y1, ..."""
    from dataclasses import replace

    return LearnedTogether(tuple(replace(learned, target=f"y{k}") for k, learned in enumerate(found)))
