"""A law as a scikit-learn estimator."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from educe.errors import ParameterError, listing
from educe.fitting.fit import fit
from educe.fitting.plan import LawLike, read_law
from educe.formula import Law, symbol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.fitting.opaque_law import OpaqueLaw
    from educe.least_squares.triangle import Array
    from educe.uncertainty.prediction import Prediction


class LawRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A regressor whose prediction is a law; its constants are found by least squares.

    law : text, Law or NumPy function, as for `educe.fit`. Its variables are the columns of X: by name where X is a
        data frame, and by place as x0, x1, ...; what stands on the left side is y, whatever its name
    start, bounds, fixed, ties : by parameter, as for `educe.fit`
    loss, loss_scale : "linear", "soft-l1", "huber", "cauchy" or "tukey", and the residual at which it bends
    iterations : limit of steps
    search, seed : whether starting values that are not given are searched for, and the seed of that search

    After fitting: `fit_` (the whole `Fit`), `params_` and `stderr_` ({name: float}), `n_features_in_` and, for data
    frames, `feature_names_in_`.

    >>> import numpy as np
    >>> X = np.linspace(0.0, 3.0, 8).reshape(-1, 1)
    >>> decay = LawRegressor("y = a*exp(-k*x0)", start={"k": 1.0}).fit(X, 5.0 * np.exp(-0.7 * X[:, 0]))
    >>> round(decay.params_["k"], 12)
    0.7
    """

    def __init__(
        self,
        law: LawLike = "y = a*x0 + b",
        *,
        start: Mapping[str, float] | None = None,
        bounds: Mapping[str, tuple[float, float]] | None = None,
        fixed: Mapping[str, float] | None = None,
        ties: Mapping[str, str] | None = None,
        loss: str = "linear",
        loss_scale: float | None = None,
        iterations: int = 500,
        search: bool = True,
        seed: int = 0,
    ) -> None:
        self.law = law
        self.start = start
        self.bounds = bounds
        self.fixed = fixed
        self.ties = ties
        self.loss = loss
        self.loss_scale = loss_scale
        self.iterations = iterations
        self.search = search
        self.seed = seed

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LawRegressor:
        """Find the law's constants from measurements.

        X : (n, k);  y : (n,);  sample_weight : (n,) >= 0, proportional to 1/variance, or None

        Raises FormulaError, ParameterError or TableError (all ValueError) for what cannot be used, FitError where
        the law is not finite.
        """
        X, y = validate_data(self, X, y, y_numeric=True, ensure_min_samples=2, dtype=np.float64)
        sigma = None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
            used = weights > 0.0
            X, y, sigma = X[used], y[used], weights[used] ** -0.5
        law = read_law(self.law)
        columns = self._columns(X, law)
        law = _with_response(law, columns)
        if not set(columns) & set(law.names):
            raise ParameterError(
                f"{law.text} uses no column of X: they are {listing(columns)}, and every other name is a parameter."
            )
        self.fit_ = fit(
            law,
            {**columns, str(law.target): np.asarray(y, dtype=np.float64)},
            start=self.start,
            bounds=self.bounds,
            fixed=self.fixed,
            ties=self.ties,
            sigma=sigma,
            loss=self.loss,
            loss_scale=self.loss_scale,
            iterations=self.iterations,
            search=self.search,
            seed=self.seed,
        )
        self.params_: dict[str, float] = self.fit_.params
        self.stderr_: dict[str, float] = self.fit_.stderr
        return self

    def predict(self, X: Any, return_std: bool = False) -> Array | tuple[Array, Array]:
        """Return the law's values, (m,); with return_std also the standard deviation of a new measurement, (m,).

        X : (m, k), columns as in `fit`
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        columns = self._columns(X, self.fit_.law)
        if return_std:
            prediction = cast("Prediction", self.fit_.predict(columns, interval="prediction"))
            return prediction.values, prediction.stderr
        with np.errstate(all="ignore"):
            values = self.fit_.law.evaluate({**columns, **self.params_})
        return np.array(np.broadcast_to(values, (len(X),)), dtype=np.float64)

    def _columns(self, X: Array, law: Law | OpaqueLaw) -> dict[str, Array]:
        """Return the columns by name, and those that the law calls by place as x0, x1, ..."""
        names = [str(name) for name in getattr(self, "feature_names_in_", ())]
        columns = {name: X[:, k] for k, name in enumerate(names)}
        for k in range(X.shape[1]):
            if not names or f"x{k}" in law.names:
                columns.setdefault(f"x{k}", X[:, k])
        return {name: np.ascontiguousarray(column) for name, column in columns.items()}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # the law decides which columns matter, not the data
        return tags

    def __getstate__(self) -> dict[str, Any]:
        """Return the state with the fit as plain data: compiled code is not stored."""
        state: dict[str, Any] = dict(super().__getstate__())
        if "fit_" in state:
            from educe.fitting.saved import to_saved

            state["fit_"] = to_saved(state["fit_"])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "fit_" in state:
            from educe.fitting.loaded import from_saved

            state = {**state, "fit_": from_saved(state["fit_"])}
        super().__setstate__(state)


def _with_response(law: Law | OpaqueLaw, columns: Mapping[str, Array]) -> Law | OpaqueLaw:
    """Return the law with a response that is no column of X and no name of the law.

    Raises ParameterError if the left side is more than a name: predictions would not be those of y.
    """
    if isinstance(law, Law) and law.response is not None and law.response.operation != "symbol":
        raise ParameterError(
            f"the left side of {law.text} must be a name, so that the law predicts y itself, not {law.target}."
        )
    taken = {*columns, *law.names}
    candidates = [law.target, "y", "target", *(f"y{k}" for k in range(len(taken)))]
    name = next(name for name in candidates if name and name not in taken)
    if isinstance(law, Law):
        return replace(law, response=symbol(name))
    return replace(law, target=name)
