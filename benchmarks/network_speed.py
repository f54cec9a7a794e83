"""How fast networks train: steps a second, and time to the noise: `python benchmarks/run.py network_speed`.

All in CPU seconds of one process, warm: compiled once before the clock starts. "Reached" is a training mean square of
at most 1.05 times the noise's own mean square.
"""

from __future__ import annotations

import os
import time
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING

# one thread, as for every other tool
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

import numpy as np
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

import network_torch
from educe.descent.epochs import FirstOrder
from educe.descent.lbfgs import LBFGS
from educe.descent.rules import rule_named
from educe.descent.schedules import constant
from educe.descent.side_by_side import descend
from educe.engines.network_gradient import NetworkGradient
from educe.engines.network_rows import NetworkRows
from educe.network import Architecture, initialise, loss_named

if find_spec("jax"):
    from educe.engines.network_compiled import CompiledEpochs

if TYPE_CHECKING:
    from collections.abc import Callable

CAP = 5.0  # CPU seconds after which a start counts as not reached
STARTS = 3
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


def steps_per_second(quick: bool) -> str:
    """Return the table of steps a second: 2-3-1 on full batch, and 2-64-64-1 with Adam and batches of 256."""
    few = 10 if quick else 1
    x, t, _ = rows(lambda x, y: 2 * np.sin(x) + 0.5 * np.cos(y), 1000, 0.05)
    g = NetworkGradient(Architecture((2, 3, 1), "sigmoid"), loss_named("mse"), x, t)
    plan = (rule_named("gradient-descent")[0], 0.2, constant, 100_000)
    small = {
        "educe, compiled": 20_000 // few / epoch_seconds(CompiledEpochs(g, *plan), g, 20_000 // few),
        "educe, plain NumPy": 2000 // few / epoch_seconds(FirstOrder(g, 1000, *plan), g, 2000 // few),
        "scikit-learn": 1000 / cpu(lambda: sgd().fit(x.T, t)),
    } | network_torch.full_batch(x, t, 2000 // few)
    x, t, _ = rows(lambda x, y: np.sin(x * y), 100_000, 0.05)
    g = NetworkGradient(Architecture((2, 64, 64, 1)), loss_named("mse"), x, t)
    plan = (rule_named("adam")[0], 0.001, constant, 100, 256)
    mlp = MLPRegressor(hidden_layer_sizes=(64, 64), activation="tanh", batch_size=256, max_iter=1, tol=0)
    single = CompiledEpochs(g, *plan, precision="float32")
    large = {
        "educe, compiled": 390 / epoch_seconds(CompiledEpochs(g, *plan), g, 1),
        "educe, compiled, float32": 390 / epoch_seconds(single, g, 1),
        "educe, plain NumPy": 390 / epoch_seconds(FirstOrder(g, 100_000, *plan), g, 1),
        "scikit-learn": 391 / cpu(lambda: mlp.fit(x.T, t)),
    } | network_torch.mini_batches(x, t, 390)
    names = list(dict.fromkeys([*small, *large]))
    lines = [
        "| steps per CPU second | 2-3-1, 1,000 points, full batch | 2-64-64-1, 100,000 points, batch 256, Adam |",
        "|---|---:|---:|",
        *(f"| {name} | {told(small, name)} | {told(large, name)} |" for name in names),
    ]
    return "\n".join(lines)


def told(found: dict[str, float], name: str) -> str:
    return f"{found[name]:,.0f}" if name in found else ""


def sgd() -> MLPRegressor:
    return MLPRegressor(
        hidden_layer_sizes=(3,), activation="logistic", solver="sgd", batch_size=1000, max_iter=1000, tol=0,
        momentum=0, n_iter_no_change=10_000, learning_rate_init=0.2,
    )  # fmt: skip


def epoch_seconds(epochs, gradient: NetworkGradient, count: int) -> float:
    theta = initialise(gradient.architecture, 0)[0]
    memory = epochs.begin(theta)
    epochs.run(theta, memory, 0, count, 1.0)
    return cpu(lambda: epochs.run(theta, memory, 0, count, 1.0))


def cpu(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


class Late(Exception):  # noqa: N818 - no error
    """Raised inside a training that takes too long."""


def check(loss: float, target: float) -> None:
    if loss <= target:
        raise Reached
    if time.process_time() - BEGAN[0] > CAP:
        raise Late


class Watched(NetworkRows):
    """Sums of squares that stop at TARGET."""

    def evaluate(self, alpha, which):
        cost, c = super().evaluate(alpha, which)
        check(cost[0] / self.x.shape[1], TARGET[0])
        return cost, c


def lm(g: NetworkGradient, theta: np.ndarray, target: float) -> None:
    """Levenberg-Marquardt with variable projection, one start."""
    TARGET[0] = target
    problem = Watched(g.architecture, g.x, g.y, np.ones(g.n), np.full(1, 1e-8))
    descend(problem, theta[None, : problem.searched], iterations=5000, tolerance=0.0)


def scipy_lbfgs(g: NetworkGradient, theta: np.ndarray, target: float) -> None:
    """L-BFGS of SciPy on the gradient by the chain rule."""

    def f(p):
        loss, slope = g(p, None)
        check(loss, target)
        return loss, slope

    minimize(f, theta, jac=True, method="L-BFGS-B", options=OPTIONS)


def own_lbfgs(g: NetworkGradient, theta: np.ndarray, target: float) -> None:
    """L-BFGS of educe on the same gradient."""

    def watched(p, rows):
        loss, slope = g(p, rows)
        check(loss, target)
        return loss, slope

    epochs = LBFGS(watched)
    epochs.run(theta, epochs.begin(theta), 0, 100_000, 1.0)


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


def torch_lbfgs(g: NetworkGradient, theta: np.ndarray, target: float) -> None:
    """L-BFGS of PyTorch with its strong Wolfe search, eager."""
    network_torch.lbfgs(g, theta, target, Reached, lambda: time.process_time() - BEGAN[0] > CAP)


COMPILED: dict[int, CompiledEpochs] = {}
BEGAN, TARGET = [0.0], [0.0]
SMALL = {
    "2 sin x + cos(y)/2": lambda x, y: 2 * np.sin(x) + 0.5 * np.cos(y),
    "tanh(x + y) - tanh(2x)": lambda x, y: np.tanh(x + y) - np.tanh(2 * x),
    "1/(1 + exp(-3x + y)) + y/5": lambda x, y: 1 / (1 + np.exp(-3 * x + y)) + 0.2 * y,
}
LARGE = {
    "3x exp(-(x² + y²)/2)": lambda x, y: 3 * x * np.exp(-(x * x + y * y) / 2),
    "sin(2x) cos(y)": lambda x, y: np.sin(2 * x) * np.cos(y),
    "sin(xy/1.5)": lambda x, y: np.sin(x * y / 1.5),
}
METHODS = {
    "educe": lm,
    "SciPy L-BFGS": scipy_lbfgs,
    "PyTorch L-BFGS": torch_lbfgs,
    "Adam, compiled by educe": adam,
}


SQUARES_OR_NOT = {"educe, Levenberg-Marquardt": lm, "educe, L-BFGS": own_lbfgs, "SciPy L-BFGS": scipy_lbfgs}


def time_to_the_noise(quick: bool) -> str:
    """Return the table of CPU seconds to 1.05 times the noise, on three surfaces, for 13 and 337 parameters."""
    methods = {name: m for name, m in METHODS.items() if m is not torch_lbfgs or network_torch.installed()}
    lines = [f"| to 1.05 times the noise | {' | '.join(methods)} |", f"|---|{'---:|' * len(methods)}"]
    for surfaces, layers, n, noise in ((SMALL, (2, 3, 1), 1000, 0.15), (LARGE, (2, 16, 16, 1), 5000, 0.1)):
        a = Architecture(layers)
        for name, surface in surfaces.items():
            x, t, floor = rows(surface, n, noise)
            g = NetworkGradient(a, loss_named("mse"), x, t)
            COMPILED[id(g)] = CompiledEpochs(g, rule_named("adam")[0], 0.02, constant, 1_000_000)
            epoch_seconds(COMPILED[id(g)], g, 100)
            cells = [summary(method, g, 1.05 * floor, 2 if quick else STARTS) for method in methods.values()]
            lines.append(f"| {a.parameters} parameters, {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def take_over(quick: bool) -> str:
    """Return the table of CPU seconds to 1.05 times the noise, for growing networks: where do squares stop to pay?"""
    lines = [f"| 5,000 points | {' | '.join(SQUARES_OR_NOT)} |", f"|---|{'---:|' * len(SQUARES_OR_NOT)}"]
    for width in (8,) if quick else (8, 16, 24, 32, 40):
        a = Architecture((2, width, width, 1))
        for name, surface in LARGE.items():
            x, t, floor = rows(surface, 5000, 0.1)
            g = NetworkGradient(a, loss_named("mse"), x, t)
            cells = [summary(method, g, 1.05 * floor, 2) for method in SQUARES_OR_NOT.values()]
            lines.append(f"| 2-{width}-{width}-1, {a.parameters} parameters, {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def summary(method: Callable, g: NetworkGradient, target: float, starts: int) -> str:
    times = []
    for theta in initialise(g.architecture, 1, starts=starts):
        BEGAN[0] = time.process_time()
        try:
            method(g, theta, target)
        except Reached:
            times.append(time.process_time() - BEGAN[0])
        except Late:
            pass
    if not times:
        return f"over {CAP:g} s (0/{starts})"
    seconds = float(np.median(times))
    return f"{seconds:.{3 if seconds >= 0.01 else 4}f} s ({len(times)}/{starts})"


def run(*, quick: bool) -> str:
    """Return the section for docs/benchmarks.md."""
    if not find_spec("jax"):
        return "### Networks: speed\n\nNot measured: JAX is not installed here (`pip install jax`)."
    warnings.simplefilter("ignore", ConvergenceWarning)
    return "\n\n".join(
        [
            "### Networks: speed",
            network_torch.version(),
            steps_per_second(quick),
            time_to_the_noise(quick),
            "Median CPU time of the starts that get there, and how many do within "
            f"{CAP:g} s; all methods begin at the same weights. Noise 15 % of 1,000 points at 13 parameters (2-3-1), "
            "10 % of 5,000 at 337 (2-16-16-1). Adam: full batch, rate 0.02.",
            take_over(quick),
        ]
    )


if __name__ == "__main__":
    print(run(quick=False))
