"""The error to expect of the one taken: Burman's correction, against simulation, and where it does not hold."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor

from educe.comparison.compare import compare
from educe.comparison.contenders import Contender
from educe.comparison.expected import Expected, corrected, expected_error
from educe.comparison.scoring import score
from educe.comparison.splits import splits_of

FOLDS = 5


def squares(
    make: Callable[[], Any], X: np.ndarray, y: np.ndarray, fold: np.ndarray
) -> tuple[float, float, float]:
    """Return CV, D of the fit to all rows and of those to folds, from the definitions alone."""
    whole = float(np.mean((y - make().fit(X, y).predict(X)) ** 2))
    held_out = of_folds = 0.0
    for k in range(int(fold.max()) + 1):
        errors = (y - make().fit(X[fold != k], y[fold != k]).predict(X)) ** 2
        held_out += float(errors[fold == k].sum()) / len(y)
        of_folds += float(errors.mean()) * np.count_nonzero(fold == k) / len(y)
    return held_out, whole, of_folds


def expected(
    estimator: Any, X: np.ndarray, y: np.ndarray, kind: str = "law", *, repeats: int = 1, late: bool = False
) -> Expected:
    contender = Contender("it", kind, estimator)
    splits = splits_of(X, y, folds=FOLDS, repeats=repeats, regions=False, seed=0)
    found = score([contender], X, y, splits.parts)
    return expected_error(contender, X, y, splits, found, repeats=repeats, late=late)


def line(n: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 3))
    return X, X @ np.array([1.0, -1.0, 0.5]) + rng.standard_normal(n)


def test_of_linear_laws_the_bias_of_folds_is_taken_off() -> None:
    """2000 data sets; the error on new rows, inputs standard normal, is 1 + |beta found - beta|^2, exactly."""
    rng, n, p = np.random.default_rng(0), 60, 8
    fold = np.arange(n) % FOLDS
    told, plain, true = np.empty((3, 2000))
    for run in range(len(true)):
        X = rng.standard_normal((n, p))
        y = rng.standard_normal(n)

        def found(rows: np.ndarray, X: np.ndarray = X, y: np.ndarray = y) -> np.ndarray:
            return np.linalg.solve(X[rows].T @ X[rows], X[rows].T @ y[rows])

        parts = [(y - X @ found(fold != k)) ** 2 for k in range(FOLDS)]
        plain[run] = np.mean([e[fold == k].mean() for k, e in enumerate(parts)])
        beta = found(fold >= 0)
        told[run] = corrected(plain[run], float(np.mean((y - X @ beta) ** 2)), float(np.mean(parts)))
        true[run] = 1.0 + beta @ beta
    bias = p / (0.8 * n - p - 1.0) - p / (
        n - p - 1.0
    )  # expected |beta found - beta|^2 of a fit to m rows: p / (m-p-1)
    error = true.std(ddof=1) + told.std(ddof=1)
    assert bias > 0.04
    assert abs(plain.mean() - true.mean() - bias) < 3.0 * error / math.sqrt(len(true))
    assert abs(told.mean() - true.mean()) < 3.0 * error / math.sqrt(len(true))
    # the correction itself hardly scatters; what it leaves is of the order of bias * p / n
    assert (plain - told).mean() == pytest.approx(bias, rel=2.0 * p / n)
    assert told.std() < plain.std()


def test_of_a_line_through_the_origin_it_is_exact_algebra() -> None:
    """y = b x on two folds, by hand: x = 1 everywhere, so b is the mean of the rows seen."""
    y = np.array([0.0, 1.0, 2.0, 5.0])
    X, fold = np.ones((4, 1)), np.array([0, 0, 1, 1])
    found = squares(lambda: LinearRegression(fit_intercept=False), X, y, fold)
    # folds: means 3.5 and 0.5; CV = (3.5^2 + 2.5^2 + 1.5^2 + 4.5^2) / 4; D of the folds, their mean over all rows
    assert found == pytest.approx((41.0 / 4.0, 14.0 / 4.0, (41.0 + 4.5 + 0.5) / 8.0))
    assert corrected(*found) == pytest.approx(41.0 / 4.0 + 14.0 / 4.0 - 46.0 / 8.0)


@pytest.mark.parametrize("repeats", [1, 3])
def test_it_is_what_the_definitions_give(repeats: int) -> None:
    X, y = line(43)  # folds of unequal size
    splits = splits_of(X, y, folds=FOLDS, repeats=repeats, regions=False, seed=0)
    each = [corrected(*squares(LinearRegression, X, y, fold)) for fold in splits.fold]
    told = expected(LinearRegression(), X, y, repeats=repeats)
    assert told.corrected
    assert told.rmse == pytest.approx(math.sqrt(np.mean(each)), rel=1e-12)
    assert told.rmse < told.held_out


class Settled(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Learns nothing, so that all fits agree; can say of itself how many numbers it needed, or fail."""

    def __init__(self, *, needed: float = 1.0, of_all: float = 1.0, all_rows: int = 40, fails: bool = False):
        self.needed = needed
        self.of_all = of_all
        self.all_rows = all_rows
        self.fails = fails

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Settled":
        if self.fails and len(y) == self.all_rows:
            raise ValueError("too many for me")
        self.parameters_ = self.of_all if len(y) == self.all_rows else self.needed
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.asarray(X)[:, 0]


def test_where_all_fits_agree_nothing_is_taken_off() -> None:
    X, y = line()
    told = expected(Settled(), X, y)
    assert told.corrected
    assert told.rmse == pytest.approx(told.held_out, rel=1e-14)
    assert told.held_out == pytest.approx(math.sqrt(np.mean((y - X[:, 0]) ** 2)), rel=1e-14)


def test_what_remembers_rows_would_be_flattered() -> None:
    """The nearest row predicts pure noise with twice its variance, from folds as from all; the formula says 1.6."""
    rng = np.random.default_rng(2)
    X, y = rng.uniform(size=(4000, 1)), rng.standard_normal(4000)
    held_out, whole, of_folds = squares(lambda: KNeighborsRegressor(1), X, y, np.arange(4000) % FOLDS)
    assert held_out == pytest.approx(2.0, abs=0.2)
    assert corrected(held_out, whole, of_folds) == pytest.approx(0.8 * held_out, rel=1e-12)
    told = expected(KNeighborsRegressor(1), X[:200], y[:200], "neighbours")
    assert (told.corrected, told.rmse) == (False, told.held_out)


@pytest.mark.parametrize(
    ("estimator", "kind", "late", "words"),
    [
        (Settled(), "neighbours", False, "grows with the rows"),
        (Settled(), "trees", False, "grows with the rows"),
        (Settled(), "network", False, "another network"),
        (Settled(), "law and network", False, "another network"),
        (Settled(), "added", False, "not known here"),
        (Settled(), "law", True, "ended early"),
        (Settled(of_all=1.6), "law", False, "another size for all rows: 1.6 numbers, and 1 for folds"),
        (Settled(needed=1.6), "law", False, "another size"),
        (Settled(needed=20.0, of_all=21.0), "law", False, "needs 21 numbers for 40 rows"),
        (Settled(needed=math.nan), "law", False, "not known how many numbers"),
        (Settled(fails=True), "law", False, "failed: too many for me"),
    ],
)
def test_where_it_is_not_right_the_error_of_folds_is_told(
    estimator: Settled, kind: str, late: bool, words: str
) -> None:
    told = expected(estimator, *line(), kind, late=late)
    assert words in told.why
    assert (told.corrected, told.rmse) == (False, told.held_out)


class Turncoat(Settled):
    """Fits all rows without error, folds badly: the formula would leave less than nothing."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Turncoat":
        self.parameters_ = 1.0
        self.y_ = y if len(y) == self.all_rows else None
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.y_ if self.y_ is not None else np.full(len(X), 9.0)


def test_a_correction_of_more_than_half_is_not_believed() -> None:
    told = expected(Turncoat(), *line())
    assert "more than half" in told.why
    assert (told.corrected, told.rmse) == (False, told.held_out)


def test_the_board_tells_it() -> None:
    X, y = line(60)
    data = {"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "y": y}
    board = compare(data, "y", only=["linear", "neighbours"], jobs=1, regions=False, repeats=2)
    assert board.winner == "linear"
    assert board.expected.corrected
    assert board.expected.held_out == pytest.approx(board["linear"].rmse_mean, rel=1e-12)
    assert board.expected.rmse < board["linear"].rmse_mean
    assert board.to_dict()["expected"] == {
        "rmse": board.expected.rmse,
        "held_out": board.expected.held_out,
        "corrected": True,
        "why": None,
    }
    words = " ".join(str(board).split())
    assert f"RMSE {board.expected.rmse:.4g} of linear on new rows, fitted to all 60" in words


def test_a_board_cut_short_is_not_corrected() -> None:
    X, y = line(60)

    def told(name: str, total: int) -> None:
        if name == "linear":
            raise KeyboardInterrupt

    data = {"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "y": y}
    board = compare(data, "y", only=["linear"], jobs=1, told=told)
    assert board.ended == "interrupted"
    assert (board.expected.corrected, board.expected.why) == (False, "the comparison ended early")
    assert "not corrected (the comparison ended early)" in " ".join(str(board).split())


class Stopped(Settled):
    """Is interrupted while it is fitted to all rows."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Stopped":
        if len(y) == self.all_rows:
            raise KeyboardInterrupt
        return super().fit(X, y)  # type: ignore[return-value]


def test_ctrl_c_in_the_last_fit_keeps_the_board() -> None:
    told = expected(Stopped(), *line())
    assert (told.corrected, told.why) == (False, "the comparison ended early")
