"""scikit-learn's own checks, and life in pipelines."""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from educe.learning.regressor import NetworkRegressor


@parametrize_with_checks([NetworkRegressor(hidden=(4,), penalty=0.1, starts=4)])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_pipelines_grids_and_cross_validation():
    random = np.random.default_rng(0)
    X = random.uniform(-3, 3, (150, 2))
    y = 2 * np.sin(X[:, 0]) + 0.5 * np.cos(X[:, 1])
    pipe = make_pipeline(StandardScaler(), NetworkRegressor(budget=0.5))
    assert cross_val_score(pipe, X, y, cv=3).min() > 0.95
    grid = GridSearchCV(NetworkRegressor(starts=4), {"hidden": [(), (4,)], "penalty": [0.01]}, cv=2).fit(X, y)
    assert grid.best_params_["hidden"] == (4,)


def test_weights_are_copies():
    random = np.random.default_rng(1)
    X = random.normal(size=(60, 1))
    y = np.sin(X[:, 0]) + 0.1 * random.normal(size=60)
    w = random.integers(0, 3, 60)
    net = NetworkRegressor(hidden=(4,), penalty=0.1, starts=4)
    a = net.fit(X, y, sample_weight=w).predict(X)
    b = net.fit(np.repeat(X, w, axis=0), np.repeat(y, w)).predict(X)
    assert a == pytest.approx(b, rel=1e-10)


def test_frames_keep_their_names():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": np.linspace(-1, 1, 40), "b": np.linspace(0, 1, 40) ** 2})
    net = NetworkRegressor(hidden=(2,), penalty=0.1, starts=4).fit(frame, frame["a"] * 2)
    assert list(net.feature_names_in_) == ["a", "b"]
    lower, upper = net.predict_interval(frame, level=0.8)
    assert (lower <= upper).all()
