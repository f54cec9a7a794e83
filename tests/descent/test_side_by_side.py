"""Levenberg-Marquardt of many starts: against SciPy, by variable projection and without, on the text's surface."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from educe.descent.side_by_side import descend
from educe.engines.network_rows import RIDGE, NetworkRows
from educe.network import Architecture, forward, initialise


def surface(seed, n=500):
    random = np.random.default_rng(seed)
    x = random.uniform(-3, 3, (2, n))
    z = 2 * np.sin(x[0]) + 0.5 * np.cos(x[1])
    y = z + 0.05 * z.std() * random.normal(size=n)
    return x / x.std(axis=1, keepdims=True), (y - y.mean()) / y.std()


def problem(seed=0, layers=(2, 3, 1), starts=8, output="identity", penalty=1e-3, n=200):
    x, y = surface(seed, n)
    a = Architecture(layers, "tanh", output)
    rows = NetworkRows(a, x, y, np.ones(n), np.full(starts, penalty))
    return rows, initialise(a, seed, starts=starts)[:, : rows.searched]


@pytest.mark.parametrize("layers", [(2, 3, 1), (2, 3, 2, 1)])
@pytest.mark.parametrize("output", ["identity", "tanh"])
def test_no_start_ends_above_scipys_end_from_there(layers, output):
    rows, starts = problem(layers=layers, output=output)
    ends = descend(rows, starts, iterations=3000, tolerance=1e-10)
    a = rows.architecture

    def residuals(theta):
        f = forward(a, theta, rows.x)[0]
        slight = np.sqrt(RIDGE * rows.x.shape[1]) * theta[-a.outer :] * rows.projects
        return np.concatenate((rows.y - f, np.sqrt(1e-3) * theta[a.is_weight], slight))

    better = least_squares(residuals, rows.full(ends.alpha, ends.solved)[0], xtol=1e-12, ftol=1e-12).cost * 2
    assert ends.cost[0] <= better * (1 + 1e-5)


def test_the_projected_gradient_is_that_of_the_projected_cost():
    rows, alpha = problem(starts=1)
    alpha, which = alpha[:1], np.array([0])
    _, c = rows.evaluate(alpha, which)
    g = rows.linearise(alpha, c, which, near=np.array([True]), turn=0)[1][0]
    for k in range(alpha.shape[1]):
        h = np.zeros_like(alpha)
        h[0, k] = 1e-5
        slope = (rows.evaluate(alpha + h, which)[0] - rows.evaluate(alpha - h, which)[0])[0] / 2e-5
        assert -2 * g[k] == pytest.approx(slope, rel=1e-5, abs=1e-5)


def test_side_by_side_is_one_by_one():
    rows, starts = problem(starts=4)
    together = descend(rows, starts)
    for s in range(4):
        alone = descend(rows, starts[s : s + 1])
        assert together.cost[s] == pytest.approx(alone.cost[0], rel=1e-9)


def test_rows_of_weight_zero_are_not_seen():
    rows, starts = problem(starts=2)
    half = np.where(np.arange(200) < 100, 1.0, 0.0)
    seen = NetworkRows(rows.architecture, rows.x, rows.y, np.stack([half, half]), rows.penalty)
    only = NetworkRows(rows.architecture, rows.x[:, :100], rows.y[:100], np.ones(100), rows.penalty)
    assert descend(seen, starts).cost == pytest.approx(descend(only, starts).cost, rel=1e-6)


def test_blocks_of_rows_change_nothing(monkeypatch):
    rows, starts = problem(starts=2, n=1000)
    whole = descend(rows, starts, iterations=20).cost
    monkeypatch.setattr("educe.engines.network_rows.ROOM", 1)
    assert descend(rows, starts, iterations=20).cost == pytest.approx(whole, rel=1e-8)


def test_the_texts_network_reaches_the_best_known_error_in_every_of_20_seeds():
    for seed in range(20):
        x, y = surface(seed)
        a = Architecture((2, 3, 1), "sigmoid")
        rows = NetworkRows(a, x, y, np.ones(500), np.full(24, 1e-6))
        ends = descend(rows, initialise(a, seed, starts=24)[:, : rows.searched])
        many = descend(rows, initialise(a, 1000 + seed, starts=24)[:, : rows.searched])
        assert ends.cost.min() <= 1.1 * many.cost.min()
        assert ends.cost.min() / 500 < 1.1 * 0.0031
