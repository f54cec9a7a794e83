"""The default: an average of several starts, which is one network; chosen, measured, saved and interrupted as such."""

import numpy as np
import pytest

from educe.learning.choosing import Judge
from educe.learning.folds import Judged, cross_validate, fold_of, shares_of
from educe.learning.journal import Journal
from educe.learning.learn import learn
from educe.learning.saved import load
from educe.network import Architecture, forward

A = Architecture((1, 3, 1))


def wave(n=60):
    random = np.random.default_rng(2)
    x = np.sort(random.uniform(-3, 3, n))
    return {"x": x, "y": np.sin(2 * x) + 0.1 * random.normal(size=n)}


def scaled(n=60):
    data = wave(n)
    return data["x"][None], data["y"][None], np.ones(n)


@pytest.fixture(scope="module")
def net():
    return learn(wave(), "y", budget=0.3, starts=5)


def test_it_is_one_network_and_says_of_how_many(net):
    widths = net.layers[1:-1]
    assert all(width % 5 == 0 for width in widths)
    one = "-".join(map(str, (1, *(width // 5 for width in widths), 1)))
    assert f"average of 5 networks {one}" in net.notes[0]
    assert "<- chosen" in str(net)
    assert net.members.shape == (5, net.parameters_count)
    x = np.linspace(-2, 2, 7)
    assert net.network(x[:, None]) == pytest.approx(net.predict({"x": x}), rel=1e-9, abs=1e-9)


def test_it_is_saved_and_loaded(net, tmp_path):
    net.save(tmp_path / "n.json")
    assert str(load(tmp_path / "n.json")) == str(net)


def test_widths_that_are_given_are_kept():
    assert learn(wave(30), "y", hidden=3, penalty=0.1, starts=3).layers == (1, 3, 1)


def test_the_error_judged_is_that_of_the_average():
    x, t, weights = scaled()
    fold = fold_of(60, 5, 0)
    (judged,) = cross_validate(A, [0.1], rows=(x, t, weights), fold=fold, starts=6, seed=0, members=4)
    assert judged.thetas.shape == (5, 4, A.parameters)
    for k in range(5):
        f = np.tensordot(judged.shares[k], forward(A, judged.thetas[k], x[:, fold == k]), axes=1)
        assert judged.residuals[:, fold == k] == pytest.approx(f - t[:, fold == k], abs=1e-12)
    assert judged.rmse == pytest.approx(np.sqrt(judged.squares.mean()))


def test_starts_that_end_far_above_the_lowest_have_no_share():
    which, shares = shares_of(np.array([[9.0, 1.0, 1.2, 2.0], [0.0, 0.0, 1.0, 1.0]]), 3)
    assert which.tolist() == [[1, 2, 3], [0, 1, 2]]
    assert shares.tolist() == [[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]]


@pytest.mark.parametrize(("errors", "penalty"), [(0.9, 1.0), (1.1, 0.1)])
def test_the_largest_penalty_within_one_standard_error_wins(errors, penalty):
    rows = scaled()
    d = np.random.default_rng(0).normal(size=60)
    d = (d - d.mean()) / d.std()  # of the differences: mean 0, deviation 1
    best = 0.05 + np.zeros(60)
    nothing = np.zeros((5, 1, A.parameters)), np.ones((5, 1))

    def judged(penalty, squares, architecture=A):
        return Judged(architecture, penalty, np.sqrt(squares.mean()), np.sqrt(squares)[None, None], *nothing)

    judge = Judge(rows, ("tanh", "identity"), 5, 0, None, Journal())
    other = judged(10.0, 1.1 * best, Architecture((1, 2, 1)))  # of another shape: it does not take part
    candidates = [judged(0.1, best), judged(1.0, best + 0.01 * (d + errors / np.sqrt(60))), other]
    assert judge.winner(candidates).penalty == penalty


@pytest.mark.parametrize(("n", "penalty"), [(60, 0.1), (300, 1e-4)])
def test_on_few_rows_a_penalty_far_below_the_squared_error_is_not_believed(n, penalty):
    rows = scaled(n)

    def judged(penalty, square):
        thetas, shares = np.zeros((5, 1, A.parameters)), np.ones((5, 1))
        return Judged(A, penalty, np.sqrt(square), np.full((1, 1, n), np.sqrt(square)), thetas, shares)

    judge = Judge(rows, ("tanh", "identity"), 5, 0, None, Journal())
    assert judge.winner([judged(1e-4, 0.05), judged(0.1, 0.06), judged(1.0, 0.2)]).penalty == penalty
    assert judge.winner([judged(1e-4, 0.05)]).penalty == 1e-4
