"""Epochs of a first-order rule in plain NumPy: the readable reference for every compiled engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from educe.descent.batches import batch_rows, steps_per_epoch

if TYPE_CHECKING:
    from educe.descent.rules import Memory, Rule
    from educe.descent.schedules import Schedule

Array = NDArray[np.float64]
Gradient = Callable[[Array, "NDArray[np.intp] | None"], tuple[float, Array]]
"""(theta, rows or None for all) -> (loss, gradient)."""


class Epochs(Protocol):
    """What the epoch loop needs: some epochs from here, in one call."""

    def begin(self, theta: Array) -> Memory:
        """Return the memory before the first epoch."""

    def run(
        self, theta: Array, memory: Memory, first: int, count: int, factor: float
    ) -> tuple[Array, Memory, Array]:
        """Return theta, memory and the (count,) losses after epochs first .. first + count - 1.

        factor : multiplies every learning rate
        """


@dataclass(frozen=True)
class FirstOrder:
    """Gradient descent and its kin, one step for each batch.

    gradient : (theta, rows) -> (loss, gradient);  n : rows;  batch : rows of a batch, None for all
    rule, rate, schedule : how a step follows from a gradient;  epochs : all of them, which schedules need
    """

    gradient: Gradient
    n: int
    rule: Rule
    rate: float
    schedule: Schedule
    epochs: int
    batch: int | None = None
    seed: int = 0

    def begin(self, theta: Array) -> Memory:
        """Return the rule's memory before the first step."""
        return self.rule.begin(theta)

    def run(
        self, theta: Array, memory: Memory, first: int, count: int, factor: float
    ) -> tuple[Array, Memory, Array]:
        """Return theta, memory and the mean loss of each epoch, before its steps."""
        losses = np.empty(count)
        per_epoch = steps_per_epoch(self.n, self.batch)
        for k, epoch in enumerate(range(first, first + count)):
            rate = factor * self.rate * self.schedule(epoch, self.epochs)
            rows = [None] if self.batch is None else batch_rows(self.n, self.batch, self.seed, epoch)
            total = 0.0
            for i, batch in enumerate(rows):
                loss, gradient = self.gradient(theta, batch)
                theta, memory = self.rule.step(theta, memory, gradient, rate, epoch * per_epoch + i + 1)
                total += loss
            losses[k] = total / per_epoch
        return theta, memory, losses
