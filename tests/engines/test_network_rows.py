"""Sums of products of networks: curvature from samples of the rows against that of all, and memory that stays."""

import platform
import resource

import numpy as np
import pytest

from educe.descent.side_by_side import damped_steps, descend
from educe.engines import network_rows
from educe.engines.network_gradient import NetworkGradient
from educe.engines.network_rows import NetworkRows
from educe.network import Architecture, initialise, loss_named

P = 512  # rows of a sample of a small network


def problem(n, *, output="tanh", layers=(2, 4, 1), weights=None, starts=2, seed=0):
    random = np.random.default_rng(seed)
    x = random.uniform(-2, 2, (2, n))
    y = np.stack([np.sin(2 * x[0]) * x[1] + 0.1 * random.normal(size=n)] * layers[-1])
    rows = NetworkRows(
        Architecture(layers, "tanh", output),
        x,
        y,
        np.ones(n) if weights is None else weights,
        np.full(starts, 1e-3),
    )
    return rows, initialise(rows.architecture, seed, starts=starts)[:, : rows.searched]


def linearised(rows, alpha, near, turn=0):
    which = np.arange(len(alpha))
    solved = rows.evaluate(alpha, which)[1]
    return rows.linearise(alpha, solved, which, near=np.array(near), turn=turn)


@pytest.mark.parametrize("layers", [(2, 4, 1), (2, 3, 2)])
def test_samples_are_right_on_average_and_their_gradient_is_that_of_all_rows(layers):
    rows, alpha = problem(4 * P, layers=layers)
    A, g = linearised(rows, alpha, [True, True])
    sampled = [linearised(rows, alpha, [False, False], turn) for turn in range(4)]
    assert np.mean([a for a, _ in sampled], axis=0) == pytest.approx(A, rel=1e-11)
    for a, slope in sampled:
        assert slope == pytest.approx(g, rel=1e-10)
        assert np.abs(a - A).max() > 1e-3 * np.abs(A).max()
    again = linearised(rows, alpha, [False, False], 4)
    assert (again[0] == sampled[0][0]).all()  # after the last sample the first one comes again


def test_a_solved_last_layer_leaves_the_gradient_of_a_sampled_step_exact():
    rows, alpha = problem(4 * P, output="identity")
    of_all, sampled = (linearised(rows, alpha, [near, near]) for near in (True, False))
    assert sampled[1] == pytest.approx(of_all[1], rel=1e-8)


def test_networks_far_and_near_are_each_treated_as_alone():
    rows, alpha = problem(4 * P, output="identity")
    A, g = linearised(rows, alpha, [True, False], turn=2)
    for s, near in enumerate([True, False]):
        alone = linearised(rows, alpha, [near, near], turn=2)
        assert A[s] == pytest.approx(alone[0][s], rel=1e-10)
        assert g[s] == pytest.approx(alone[1][s], rel=1e-8)


def test_rows_that_a_network_does_not_see_leave_its_sample_right_on_average():
    seen = np.stack([np.arange(4 * P) % 5 != k for k in range(2)]).astype(float)
    rows, alpha = problem(4 * P, weights=seen)
    A, g = linearised(rows, alpha, [True, True])
    samples = [linearised(rows, alpha, [False, False], turn) for turn in range(4)]
    mean = np.mean([a for a, _ in samples], axis=0)
    assert np.linalg.norm(mean - A) < 0.02 * np.linalg.norm(A)
    assert samples[0][1] == pytest.approx(g, rel=1e-10)


@pytest.mark.parametrize(
    "weights", [np.append(np.full(3 * P, 1e-4), np.ones(P)), np.append(1.0, np.zeros(4 * P - 1))]
)
def test_rows_of_very_different_weight_are_all_taken(weights):
    rows, alpha = problem(4 * P, weights=weights)
    assert (linearised(rows, alpha, [False, False])[0] == linearised(rows, alpha, [True, True])[0]).all()


def test_few_rows_are_all_taken():
    rows, alpha = problem(2 * P - 1)
    assert (linearised(rows, alpha, [False, False])[0] == linearised(rows, alpha, [True, True])[0]).all()


def test_samples_lead_as_low_as_all_rows(monkeypatch):
    rows, alpha = problem(6 * P, output="identity", layers=(2, 8, 1), starts=8)
    sampled = descend(rows, alpha, iterations=300)
    monkeypatch.setattr(network_rows, "GAINS", np.inf)
    whole = descend(problem(6 * P, output="identity", layers=(2, 8, 1), starts=8)[0], alpha, iterations=300)
    # single starts end in different minima, the lowest of them about equally low
    assert sampled.cost.min() <= whole.cost.min() * 1.01
    assert np.median(sampled.cost) <= np.median(whole.cost) * 1.05


def test_large_systems_are_solved_as_small_ones_and_indefinite_ones_too():
    random = np.random.default_rng(0)
    J = random.normal(size=(3, 50, 70))
    A, g, lam = J @ J.swapaxes(-1, -2), random.normal(size=(3, 50)), np.array([1e-3, 1.0, 10.0])
    A[2] -= 100.0 * np.eye(50)
    delta, promised = damped_steps(A, g, lam)
    for s in range(3):
        expected = np.linalg.solve(A[s] + lam[s] * np.eye(50), g[s])
        assert delta[s] == pytest.approx(expected, rel=1e-8)
        assert promised[s] == pytest.approx(expected @ (g[s] + lam[s] * expected), rel=1e-8)


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries keep memory in their own ways"
)
def test_a_gradient_asks_the_system_for_no_memory():
    x = np.random.default_rng(0).normal(size=(2, 20_000))
    a = Architecture((2, 16, 16, 1))
    gradient, theta = NetworkGradient(a, loss_named("mse"), x, x[0]), initialise(a, 0)[0]
    for _ in range(3):
        gradient(theta, None)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        gradient(theta, None)
    # a page is 4 KiB, one array of this gradient 2.6 MB
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 1000
