"""The estimator: scikit-learn's own checks, and what they do not check."""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import educe
from educe.errors import ParameterError
from educe.fitting.regressor import LawRegressor

X = np.linspace(0.0, 3.0, 30).reshape(-1, 1)
DECAY = 5.0 * np.exp(-0.7 * X[:, 0])
NOISE = 0.05 * np.random.default_rng(3).normal(size=30)


@parametrize_with_checks([LawRegressor()])
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def test_finds_what_fit_finds() -> None:
    regressor = LawRegressor("z = a*exp(-k*x0)").fit(X, DECAY + NOISE)
    fit = educe.fit("z = a*exp(-k*x)", {"x": X[:, 0], "z": DECAY + NOISE})
    assert regressor.params_ == pytest.approx(fit.params, rel=1e-12)
    assert regressor.stderr_ == pytest.approx(fit.stderr, rel=1e-9)
    assert regressor.score(X, DECAY + NOISE) == pytest.approx(fit.r_squared, rel=1e-12)


def test_columns_of_a_data_frame_are_known_by_name() -> None:
    frame = pd.DataFrame({"T": X[:, 0], "p": X[:, 0] ** 2})
    regressor = LawRegressor("rate = a*exp(-k*T) + c*p").fit(frame, DECAY + 2.0 * frame["p"])
    assert regressor.params_ == pytest.approx({"a": 5.0, "k": 0.7, "c": 2.0}, rel=1e-9)
    assert list(regressor.feature_names_in_) == ["T", "p"]


@pytest.mark.parametrize("law", ["x0 = m*x0 + b", "m*x0 + b", "m = m*x0 + b"])
def test_the_name_on_the_left_side_does_not_matter(law: str) -> None:
    regressor = LawRegressor(law).fit(X, 2.0 * X[:, 0] + 1.0)
    assert regressor.params_ == pytest.approx({"m": 2.0, "b": 1.0}, rel=1e-12)


def test_a_transformed_left_side_is_refused() -> None:
    with pytest.raises(educe.ParameterError, match=r"must be a name.*not log\(y\)"):
        LawRegressor("log(y) = a*x0 + b").fit(X, DECAY)


def test_weights_count_rows() -> None:
    weights = np.arange(30) % 3
    weighted = LawRegressor().fit(X, DECAY, sample_weight=weights)
    repeated = LawRegressor().fit(np.repeat(X, weights, axis=0), np.repeat(DECAY, weights))
    assert weighted.params_ == pytest.approx(repeated.params_, rel=1e-12)


def test_the_standard_deviation_is_that_of_a_new_measurement() -> None:
    regressor = LawRegressor("y = a*exp(-k*x0)").fit(X, DECAY + NOISE)
    values, std = regressor.predict(X, return_std=True)
    assert values == pytest.approx(regressor.predict(X), rel=1e-12)
    band = regressor.fit_.predict({"x0": X[:, 0]}, interval="confidence")
    assert std == pytest.approx(np.hypot(band.stderr, regressor.fit_.residual_standard_error), rel=1e-9)


def test_a_law_is_chosen_by_cross_validation() -> None:
    laws = ["y = a*x0 + b", "y = a*exp(-k*x0)"]
    search = GridSearchCV(LawRegressor(), {"law": laws}, cv=3).fit(
        X[::-1][np.r_[0:30:2, 1:30:2]], DECAY[::-1][np.r_[0:30:2, 1:30:2]]
    )
    assert search.best_params_ == {"law": laws[1]}


def test_works_in_a_pipeline() -> None:
    pipeline = make_pipeline(StandardScaler(), LawRegressor("y = a*exp(-k*x0) + c"))
    assert cross_val_score(pipeline, X, DECAY, cv=3, scoring="neg_mean_squared_error").min() > -1e-9


def test_is_stored_as_data_and_cloned_unfitted() -> None:
    regressor = LawRegressor("y = a*exp(-k*x0)", bounds={"k": (0.0, 2.0)}).fit(X, DECAY + NOISE)
    again = pickle.loads(pickle.dumps(regressor))  # noqa: S301 - our own
    assert np.array_equal(again.predict(X), regressor.predict(X))
    assert again.fit_.stderr == regressor.fit_.stderr
    assert not hasattr(clone(regressor), "fit_")


def test_a_law_that_uses_no_column_of_x():
    with pytest.raises(ParameterError, match="uses no column of X: they are x0, and every other name"):
        LawRegressor("y = a*x + b").fit(np.arange(9.0).reshape(-1, 1), np.arange(9.0))
