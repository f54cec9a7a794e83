"""How fast networks train: steps a second, and time to the noise: `python benchmarks/network_speed.py`.

All in CPU seconds of one process, warm: compiled once before the clock starts. "Reached" is a training mean square of
at most 1.05 times the noise's own mean square.
"""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from educe.descent.epochs import FirstOrder
from educe.descent.rules import rule_named
from educe.descent.schedules import constant
from educe.descent.side_by_side import descend
from educe.engines.network_compiled import CompiledEpochs
from educe.engines.network_gradient import NetworkGradient
from educe.engines.network_rows import NetworkRows
from educe.network import Architecture, initialise, loss_named

if TYPE_CHECKING:
    from collections.abc import Callable

CAP = 20.0  # CPU seconds after which a start counts as not reached
STARTS = 5
OPTIONS = {"maxiter": 100_000, "maxfun": 100_000, "ftol": 0, "gtol": 0}


class Reached(Exception):  # noqa: N818 - no error
    """Raised inside a training as soon as its loss is low enough."""


def rows(surface: Callable, n: int, noise: float, seed: int = 0):
    """Return standardised inputs (2, n) and target (n,), and the mean square of the noise in it."""
    random = np.random.default_rng(seed)
    x, y = random.uniform(-3, 3, (2, n))
    clean = surface(x, y)
    disturbed = noise * clean.std() * random.normal(size=n)
    z = clean + disturbed
    return np.stack([x, y]) / np.sqrt(3.0), (z - z.mean()) / z.std(), float(np.mean(disturbed**2) / z.var())


def steps_per_second() -> None:
    """Print steps a second of 2-3-1 on full batch, and of 2-64-64-1 with Adam and batches of 256."""
    x, t, _ = rows(lambda x, y: 2 * np.sin(x) + 0.5 * np.cos(y), 1000, 0.05)
    g = NetworkGradient(Architecture((2, 3, 1), "sigmoid"), loss_named("mse"), x, t)
    plan = (rule_named("gradient-descent")[0], 0.2, constant, 100_000)
    print("2-3-1, 1,000 points, full batch, float64, steps per CPU second")
    for name, epochs, count in (
        ("plain NumPy", FirstOrder(g, 1000, *plan), 2000),
        ("compiled", CompiledEpochs(g, *plan), 20_000),
    ):
        print(f"  {name:<24} {count / epoch_seconds(epochs, g, count):10,.0f}")
    mlp = MLPRegressor(
        hidden_layer_sizes=(3,),
        activation="logistic",
        solver="sgd",
        batch_size=1000,
        max_iter=1000,
        tol=0,
        momentum=0,
        n_iter_no_change=10_000,
        learning_rate_init=0.2,
    )
    print(f"  {'sklearn MLPRegressor':<24} {1000 / cpu(lambda: mlp.fit(x.T, t)):10,.0f}")
    x, t, _ = rows(lambda x, y: np.sin(x * y), 100_000, 0.05)
    g = NetworkGradient(Architecture((2, 64, 64, 1)), loss_named("mse"), x, t)
    plan = (rule_named("adam")[0], 0.001, constant, 100, 256)
    print("2-64-64-1, 100,000 points, batch 256, Adam, steps per CPU second")
    for name, epochs in (
        ("plain NumPy, float64", FirstOrder(g, 100_000, *plan)),
        ("compiled, float64", CompiledEpochs(g, *plan)),
        ("compiled, float32", CompiledEpochs(g, *plan, precision="float32")),
    ):
        print(f"  {name:<24} {2 * 390 / epoch_seconds(epochs, g, 2):10,.0f}")
    mlp = MLPRegressor(hidden_layer_sizes=(64, 64), activation="tanh", batch_size=256, max_iter=2, tol=0)
    print(f"  {'sklearn MLPRegressor':<24} {2 * 391 / cpu(lambda: mlp.fit(x.T, t)):10,.0f}")


def epoch_seconds(epochs, gradient: NetworkGradient, count: int) -> float:
    theta = initialise(gradient.architecture, 0)[0]
    memory = epochs.begin(theta)
    epochs.run(theta, memory, 0, count, 1.0)
    return cpu(lambda: epochs.run(theta, memory, 0, count, 1.0))


def cpu(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def lm(g: NetworkGradient, theta: np.ndarray, target: float) -> None:
    """Levenberg-Marquardt with variable projection, one start."""

    class Watched(NetworkRows):
        def evaluate(self, alpha, which):
            cost, c = super().evaluate(alpha, which)
            if cost[0] / g.n <= target:
                raise Reached
            return cost, c

    problem = Watched(g.architecture, g.x, g.y, np.ones(g.n), np.full(1, 1e-8))
    descend(problem, theta[None, : problem.searched], iterations=5000, tolerance=0.0)


def scipy_lbfgs(g: NetworkGradient, theta: np.ndarray, target: float) -> None:
    """L-BFGS of SciPy on the gradient by the chain rule."""

    def f(p):
        loss, slope = g(p, None)
        if loss <= target:
            raise Reached
        return loss, slope

    minimize(f, theta, jac=True, method="L-BFGS-B", options=OPTIONS)


def adam(g: NetworkGradient, theta: np.ndarray, target: float) -> None:
    """Adam, compiled, full batch, rate 0.02."""
    epochs = COMPILED[id(g)]
    memory = epochs.begin(theta)
    for first in range(0, 200_000, 100):
        theta, memory, losses = epochs.run(theta, memory, first, 100, 1.0)
        if losses.min() <= target:
            raise Reached
        if time.process_time() - BEGAN[0] > CAP:
            return


COMPILED: dict[int, CompiledEpochs] = {}
BEGAN = [0.0]


def time_to_the_noise() -> None:
    """Print the CPU seconds to 1.05 times the noise, on three surfaces, for 13 and 337 parameters."""
    small = {
        "2 sin x + cos(y)/2": lambda x, y: 2 * np.sin(x) + 0.5 * np.cos(y),
        "tanh(x + y) - tanh(2x)": lambda x, y: np.tanh(x + y) - np.tanh(2 * x),
        "step 1/(1+exp(-3x+y))": lambda x, y: 1 / (1 + np.exp(-3 * x + y)) + 0.2 * y,
    }
    large = {
        "3x exp(-(x^2+y^2)/2)": lambda x, y: 3 * x * np.exp(-(x * x + y * y) / 2),
        "sin(2x) cos(y)": lambda x, y: np.sin(2 * x) * np.cos(y),
        "sin(x y)": lambda x, y: np.sin(x * y / 1.5),
    }
    for surfaces, layers, n, noise in ((small, (2, 3, 1), 1000, 0.15), (large, (2, 16, 16, 1), 5000, 0.1)):
        a = Architecture(layers)
        print(f"{'-'.join(map(str, layers))} ({a.parameters} parameters), {n} points, {noise:.0%} noise:"
              f" median CPU s of {STARTS} starts (reached)")  # fmt: skip
        for name, surface in surfaces.items():
            x, t, floor = rows(surface, n, noise)
            g = NetworkGradient(a, loss_named("mse"), x, t)
            COMPILED[id(g)] = CompiledEpochs(g, rule_named("adam")[0], 0.02, constant, 1_000_000)
            epoch_seconds(COMPILED[id(g)], g, 100)
            told = [
                f"{method.__name__} {summary(method, g, 1.05 * floor)}" for method in (lm, scipy_lbfgs, adam)
            ]
            print(f"  {name:<24} {'   '.join(told)}", flush=True)


def summary(method: Callable, g: NetworkGradient, target: float) -> str:
    times = []
    for theta in initialise(g.architecture, 1, starts=STARTS):
        BEGAN[0] = time.process_time()
        try:
            method(g, theta, target)
        except Reached:
            times.append(time.process_time() - BEGAN[0])
    return f"{np.median(times):.3f} ({len(times)}/{STARTS})" if times else f"- (0/{STARTS})"


if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)
    steps_per_second()
    time_to_the_noise()
