"""Whole epochs of a first-order rule in one compiled call, by JAX: on a CPU, or on a GPU where there is one.

The step is `descent.rules`, the batches are `descent.batches`: what is compiled here is the same recipe as the plain
`descent.epochs.FirstOrder`, and a test holds them together. Imported only when asked for: `pip install jax`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from educe.descent.batches import batch_rows, steps_per_epoch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from educe.descent.rules import Memory, Rule
    from educe.descent.schedules import Schedule
    from educe.engines.network_gradient import NetworkGradient
    from educe.network.architecture import Architecture

    Array = NDArray[np.float64]

_ACTIVATIONS: dict[str, Any] = {
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "softplus": jax.nn.softplus,
    "gelu": lambda z: jax.nn.gelu(z, approximate=False),
    "sin": jnp.sin,
    "identity": lambda z: z,
}


@dataclass(frozen=True, eq=False)
class CompiledEpochs:
    """Epochs as `descent.epochs.FirstOrder` runs them, compiled.

    gradient : rows, loss and penalty;  rule, rate, schedule, epochs, batch, seed : as there
    precision : "float64" or "float32", of the arithmetic inside; arrays come back as float64
    """

    gradient: NetworkGradient
    rule: Rule
    rate: float
    schedule: Schedule
    epochs: int
    batch: int | None = None
    seed: int = 0
    precision: str = "float64"

    def begin(self, theta: Array) -> Memory:
        """Return the rule's memory before the first step."""
        return self.rule.begin(theta)

    def run(
        self, theta: Array, memory: Memory, first: int, count: int, factor: float
    ) -> tuple[Array, Memory, Array]:
        """Return theta, memory and the (count,) losses: see `descent.epochs.Epochs`."""
        rates = [factor * self.rate * self.schedule(e, self.epochs) for e in range(first, first + count)]
        n = self.gradient.n
        order = None
        if self.batch is not None:
            order = np.stack([batch_rows(n, self.batch, self.seed, e) for e in range(first, first + count)])
        with jax.enable_x64(self.precision == "float64"):
            kind = jnp.dtype(self.precision)
            t = first * steps_per_epoch(n, self.batch) + 1
            carry = (
                jnp.asarray(theta, kind),
                tuple(jnp.asarray(m, kind) for m in memory),
                jnp.asarray(t, kind),
            )
            g = self.gradient
            compiled = _epochs_of(g.architecture, g.loss.name, g.loss.bend, self.rule)
            penalty = jnp.asarray(g.penalty, kind)
            found, losses = compiled(carry, jnp.asarray(rates, kind), order, penalty, self._rows)
            new = np.asarray(found[0], np.float64)
            kept = tuple(np.asarray(m, np.float64) for m in found[1])
            return new, kept, np.asarray(losses, np.float64)

    @cached_property
    def _rows(self) -> tuple[Any, ...]:
        kind, g = jnp.dtype(self.precision), self.gradient
        weights = np.ones(g.n) if g.weights is None else g.weights
        return jnp.asarray(g.x, kind), jnp.asarray(np.atleast_2d(g.y), kind), jnp.asarray(weights, kind)


@lru_cache(maxsize=16)  # one compilation for all trainings of a kind, whatever their rows
def _epochs_of(architecture: Architecture, name: str, bend: float, rule: Rule) -> Any:
    """Return the compiled epochs of a network under a loss and a rule."""

    def loss(theta: Any, x: Any, y: Any, w: Any, penalty: Any) -> Any:
        blocks, A = architecture.unflatten(theta), x
        for k, (W, b) in enumerate(blocks):
            A = _ACTIVATIONS[architecture.activation(k).name](W @ A + b[:, None])
        each = _loss_of_points(name, bend, A, y) * w
        return each.sum(axis=0).mean() + penalty * sum(jnp.square(W).sum() for W, _ in blocks)

    slope = jax.value_and_grad(loss)

    def epochs(carry: Any, rates: Any, order: Any, penalty: Any, given: tuple[Any, Any, Any]) -> Any:
        x, y, w = given

        def step(carry: Any, rows: Any, rate: Any) -> Any:
            theta, memory, t = carry
            part = (x, y, w) if rows is None else (x[:, rows], y[:, rows], w[rows])
            loss, g = slope(theta, *part, penalty)
            theta, memory = rule.step(theta, memory, g, rate, t)
            return (theta, memory, t + 1), loss

        def full(carry: Any, rate: Any) -> Any:
            return step(carry, None, rate)

        def in_batches(carry: Any, item: Any) -> Any:
            rate, batches = item
            carry, losses = jax.lax.scan(lambda c, rows: step(c, rows, rate), carry, batches)
            return carry, losses.mean()

        if order is None:
            return jax.lax.scan(full, carry, rates)
        return jax.lax.scan(in_batches, carry, (rates, order))

    return jax.jit(epochs)


def _loss_of_points(name: str, bend: float, f: Any, y: Any) -> Any:
    r = f - y
    if name == "mse":
        return r * r
    if name == "mae":
        return jnp.abs(r)
    if name == "poisson":
        return jnp.exp(f) - y * f
    return jnp.where(jnp.abs(r) <= bend, r * r, 2.0 * bend * jnp.abs(r) - bend * bend)
