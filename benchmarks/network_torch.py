"""PyTorch on the networks of `network_speed`, one thread, at its best; nothing where it is not installed.

Eager and `torch.compile`, with functional gradients and with autograd and its own optimisers: the fastest is told.
"""

from __future__ import annotations

import importlib.metadata
import os
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from educe.engines.network_gradient import NetworkGradient

os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")

UNROLLED = 10  # steps in one compiled call


def installed() -> bool:
    return find_spec("torch") is not None


def version() -> str:
    if not installed():
        return "PyTorch is not installed here."
    return f"PyTorch {importlib.metadata.version('torch')}, scikit-learn {importlib.metadata.version('scikit-learn')}."


def full_batch(x: np.ndarray, t: np.ndarray, steps: int) -> dict[str, float]:
    """Return steps per CPU second of gradient descent on 2-3-1, sigmoid, all rows, float64."""
    if not installed():
        return {}
    import torch

    torch.set_num_threads(1)
    X, y = torch.tensor(x), torch.tensor(t)

    def loss(w0, b0, w1, b1):
        return ((w1 @ torch.sigmoid(w0 @ X + b0) + b1 - y) ** 2).mean()

    slope = torch.func.grad(loss, argnums=(0, 1, 2, 3))

    def step(p):
        return tuple(w - 0.2 * g for w, g in zip(p, slope(*p), strict=True))

    def unrolled(p):
        for _ in range(UNROLLED):
            p = step(p)
        return p

    random = np.random.default_rng(0)
    begin = tuple(torch.tensor(random.normal(size=shape)) for shape in ((3, 2), (3, 1), (1, 3), (1, 1)))
    leaves = [w.clone().requires_grad_() for w in begin]
    optimiser = torch.optim.SGD(leaves, lr=0.2)

    def autograd(_):
        optimiser.zero_grad()
        loss(*leaves).backward()
        optimiser.step()

    found = {"PyTorch, eager": _rate(autograd, None, steps)}
    found["PyTorch, torch.compile"] = _rate(torch.compile(step), begin, steps)
    found["PyTorch, torch.compile of ten steps"] = UNROLLED * _rate(
        torch.compile(unrolled), begin, steps // UNROLLED
    )
    return found


def mini_batches(x: np.ndarray, t: np.ndarray, steps: int) -> dict[str, float]:
    """Return steps per CPU second of Adam on 2-64-64-1, tanh, batches of 256."""
    if not installed():
        return {}
    import torch

    torch.set_num_threads(1)
    found = {}
    for kind, words in ((torch.float64, ""), (torch.float32, ", float32")):
        X, y = torch.tensor(x.T.copy(), dtype=kind), torch.tensor(t[:, None], dtype=kind)
        for compiles, name in ((False, "eager"), (True, "torch.compile")):
            found[f"PyTorch, {name}{words}"] = _adam(X, y, steps, compiles)
    return found


def _adam(X: torch.Tensor, y: torch.Tensor, steps: int, compiles: bool) -> float:
    import torch

    def layer(i, o):
        return torch.nn.Linear(i, o, dtype=X.dtype)

    net = torch.nn.Sequential(layer(2, 64), torch.nn.Tanh(), layer(64, 64), torch.nn.Tanh(), layer(64, 1))
    optimiser = torch.optim.Adam(net.parameters(), lr=0.001, fused=True)

    def loss(inputs, targets):
        return torch.nn.functional.mse_loss(net(inputs), targets)

    called = torch.compile(loss) if compiles else loss

    def epoch(_):
        order = torch.randperm(len(X))
        shuffled, targets = X[order], y[order]
        for k in range(steps):
            optimiser.zero_grad()
            called(shuffled[256 * k : 256 * (k + 1)], targets[256 * k : 256 * (k + 1)]).backward()
            optimiser.step()

    return steps * _rate(epoch, None, 1)


def _rate(run: Callable, state: object, count: int) -> float:
    """Return calls per CPU second, after a first one that compiles and warms."""
    state = run(state)
    began = time.process_time()
    for _ in range(count):
        state = run(state)
    return count / (time.process_time() - began)


def lbfgs(
    g: NetworkGradient, theta: np.ndarray, target: float, reached: type[Exception], late: Callable[[], bool]
) -> None:
    """Run L-BFGS of PyTorch from theta until the loss is at the target (raises `reached`) or it is late."""
    import torch

    torch.set_num_threads(1)
    X, y = torch.tensor(g.x), torch.tensor(np.atleast_2d(g.y))
    leaves = [
        torch.tensor(part).requires_grad_()
        for W, b in g.architecture.unflatten(theta)
        for part in (W, b[:, None])
    ]
    optimiser = torch.optim.LBFGS(
        leaves,
        max_iter=100,
        history_size=20,
        tolerance_grad=0,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )

    def closure():
        optimiser.zero_grad()
        A = X
        for k in range(0, len(leaves), 2):
            A = leaves[k] @ A + leaves[k + 1]
            if k + 2 < len(leaves):
                A = torch.tanh(A)
        loss = ((A - y) ** 2).mean()
        if loss.item() <= target:
            raise reached
        loss.backward()
        return loss

    while not late():
        before = [leaf.detach().clone() for leaf in leaves]
        optimiser.step(closure)
        if all(torch.equal(a, b) for a, b in zip(before, leaves, strict=True)):
            return  # no step lowers the loss any more
