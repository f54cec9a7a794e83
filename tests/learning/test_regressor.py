"""scikit-learn's own checks, and life in pipelines."""

import inspect
from dataclasses import fields

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from educe.errors import ParameterError, TableError
from educe.learning.learn import learn
from educe.learning.regressor import NetworkRegressor
from educe.learning.settings import Settings


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


def test_the_options_are_those_of_learn_with_the_same_defaults():
    """Settings is the one list of options; learn and the estimator spell it out for Python and scikit-learn."""
    listed = {field.name: field.default for field in fields(Settings)}
    python = {name: p.default for name, p in inspect.signature(learn).parameters.items()}
    estimator = {name: p.default for name, p in inspect.signature(NetworkRegressor).parameters.items()}
    assert {name: python[name] for name in listed} == listed
    assert estimator.pop("random_state") is None
    assert estimator == {name: default for name, default in listed.items() if name != "seed"}


@pytest.mark.parametrize(
    "option",
    [
        {"activation": "sin"},
        {"output": "sigmoid"},
        {"loss": "huber", "bend": 0.4},
        {"penalty": 0.5},
        {"optimizer": "adam", "epochs": 20, "batch": 8, "rate": 0.03, "schedule": "cosine"},
        {"initialisation": "siren"},
        {"starts": 2},
        {"folds": 3},
        {"validation": 0.3},
        {"random_state": 5},
    ],
    ids=str,
)
def test_every_option_reaches_the_network(option):
    random = np.random.default_rng(4)
    X, e = random.uniform(-2, 2, (50, 1)), 0.1 * random.normal(size=50)
    y = np.sin(X[:, 0]) + e
    given = {"hidden": (3,), "starts": 3} | option
    net = NetworkRegressor(**given).fit(X, y)
    same = {("seed" if name == "random_state" else name): value for name, value in given.items()}
    judge = learn({"x": X[:, 0], "y": y}, "y", **same)
    assert np.array_equal(net.learned_.scaled.theta, judge.scaled.theta)
    assert net.learned_.validation_rmse == judge.validation_rmse
    assert clone(net).get_params() == net.get_params()


def test_wrong_options_are_refused_when_it_is_fitted():
    X = np.arange(12.0).reshape(6, 2)
    with pytest.raises(ParameterError, match="Did you mean 'tanh'"):
        NetworkRegressor(activation="tan").fit(X, X[:, 0])
    with pytest.raises(ParameterError, match="seed must be a whole number"):
        NetworkRegressor(random_state=-3).fit(X, X[:, 0])
    with pytest.raises(TableError, match="column 0 of y has values up to 1e\\+201"):
        NetworkRegressor().fit(X, X[:, 0] * 1e200)


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_frames_go_in_and_come_out(kind):
    """A pipeline whose steps hand frames on, as set_output asks."""
    frames = pytest.importorskip(kind)
    random = np.random.default_rng(0)
    frame = frames.DataFrame({"a": random.normal(size=60), "b": random.normal(size=60)})
    y = np.tanh(frame["a"].to_numpy())
    pipe = make_pipeline(StandardScaler(), NetworkRegressor(hidden=(3,), penalty=0.01, starts=3))
    pipe.set_output(transform=kind)
    assert pipe.fit(frame, y).score(frame, y) > 0.9
    assert list(pipe[-1].feature_names_in_) == ["a", "b"]
    assert np.isfinite(cross_val_score(pipe, frame, y, cv=2)).all()


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
