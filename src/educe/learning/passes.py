"""Passes over rows that lie on the disk: a part of them at a time goes through the epoch of rows in memory.

One epoch of the training, as `descent.training` counts, is one part here; so it is looked at, kept in a file and taken
up again after any part. In each pass the parts come in a new order, and the rows of each in new batches.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from educe.engines.network_gradient import NetworkGradient
from educe.learning.large import first_order

if TYPE_CHECKING:
    from types import TracebackType

    from educe.descent.rules import Memory
    from educe.learning.laid_out import LaidOut
    from educe.learning.rows import Scales
    from educe.learning.settings import Settings
    from educe.network.architecture import Architecture
    from educe.network.losses import Loss

Array = NDArray[np.float64]
Scaled = tuple[Array, Array, Array]  # x (d, m), t (targets, m), weights (m,)


@dataclass(frozen=True)
class Parts:
    """The rows of each part as the network sees them; part 0 is never trained on."""

    laid: LaidOut
    scales: tuple[Scales, ...]
    seed: int

    @property
    def count(self) -> int:
        """Parts that are trained on."""
        return len(self.laid.rows.sizes) - 1

    @property
    def size(self) -> int:
        """Rows of a part that one pass trains on, the same for all; the others sit out, others the next time."""
        return min(self.laid.rows.sizes[1:])

    @property
    def spread(self) -> float:
        """The mean variance of the targets as the network sees them."""
        d = len(self.laid.wanted.inputs)
        units = np.array([s.unit for s in self.scales])
        return float(np.square(self.laid.deviation[d:] / units).mean()) or 1.0

    def scaled(self, rows: Array) -> Scaled:
        """Return rows as the network sees them."""
        X, Y, weights = self.laid.split(rows)
        t = np.stack([s.target(y) for s, y in zip(self.scales, Y.T, strict=True)])
        return self.scales[0].inputs(X), t, weights

    def held_out(self) -> Array:
        """Return the rows that are held out."""
        return self.laid.rows.part(0)

    def some(self, most: int) -> Array:
        """Return some rows that are trained on, a fair sample of all."""
        sizes = np.cumsum(self.laid.rows.sizes[1:])
        parts = 1 + int(np.searchsorted(sizes, min(most, int(sizes[-1]))))
        return np.concatenate([self.laid.rows.part(1 + k) for k in range(parts)])[:most]

    def at(self, k: int) -> Scaled:
        """Return the rows of step k of the training, counted through all passes."""
        passes, place = divmod(k, self.count)
        order = np.random.default_rng((self.seed, 8, passes)).permutation(self.count)
        rows = self.laid.rows.part(1 + int(order[place]))
        first = int(np.random.default_rng((self.seed, 9, k)).integers(len(rows)))
        around = (first + np.arange(self.size)) % len(rows)
        return self.scaled(rows[around])


@dataclass
class Passes:
    """Epochs as `descent.epochs.Epochs`, each over one part, while a thread reads the next.

    total : parts of all passes;  batch : rows of a mini-batch;  penalty : beside the mean of the loss
    """

    parts: Parts
    architecture: Architecture
    loss: Loss
    settings: Settings
    total: int
    batch: int
    penalty: float
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1), repr=False)
    _coming: tuple[int, Future[Scaled]] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Choose the engine by the size of a part."""
        gradient = self._gradient(self.parts.at(0))
        self._engine, self.engine = first_order(gradient, self.settings, self.total, self.batch)

    def __enter__(self) -> Passes:
        """Return this; the reading thread ends with the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the reading thread."""
        self._thread.shutdown(cancel_futures=True)

    def begin(self, theta: Array) -> Memory:
        """Return the rule's memory before the first step."""
        return self._engine.begin(theta)

    def run(
        self, theta: Array, memory: Memory, first: int, count: int, factor: float
    ) -> tuple[Array, Memory, Array]:
        """Return theta, memory and the (count,) losses of the parts first .. first + count - 1."""
        losses = np.empty(count)
        for i, k in enumerate(range(first, first + count)):
            engine: Any = replace(self._engine, gradient=self._gradient(self._taken(k)))
            theta, memory, losses[i : i + 1] = engine.run(theta, memory, k, 1, factor)
        return theta, memory, losses

    def _taken(self, k: int) -> Scaled:
        """Return the rows of step k, and let the thread read those of the next one."""
        coming = self._coming
        if coming is None or coming[0] != k:
            coming = (k, self._thread.submit(self.parts.at, k))
        rows = coming[1].result()
        self._coming = (k + 1, self._thread.submit(self.parts.at, k + 1)) if k + 1 < self.total else None
        return rows

    def _gradient(self, rows: Scaled) -> NetworkGradient:
        return NetworkGradient(self.architecture, self.loss, *rows, self.penalty)
