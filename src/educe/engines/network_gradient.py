"""Where rows meet the gradient of a network: loss and gradient of all rows, or of one batch of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.engines.kept_memory import keep_memory
from educe.network.forward import forward_in_blocks
from educe.network.gradient import loss_and_gradient
from educe.network.losses import penalty_and_gradient

if TYPE_CHECKING:
    from educe.network.architecture import Architecture
    from educe.network.losses import Loss

Array = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class NetworkGradient:
    """L = mean of the loss over the rows + penalty * (sum of squared weights).

    x : (inputs, n);  y : (n,) or (outputs, n);  weights : (n,), mean 1, or None;  penalty : float >= 0

    >>> from educe.network import Architecture, loss_named
    >>> g = NetworkGradient(Architecture((1, 1)), loss_named("mse"), np.array([[1.0, 2.0]]), np.zeros(2))
    >>> g(np.array([1.0, 0.0]), None)
    (2.5, array([5., 3.]))
    """

    architecture: Architecture
    loss: Loss
    x: Array
    y: Array
    weights: Array | None = None
    penalty: float = 0.0

    def __post_init__(self) -> None:
        """Keep the memory of a step for the next one."""
        keep_memory()

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.x.shape[1])

    @cached_property
    def _is_weight(self) -> NDArray[np.bool_]:
        return self.architecture.is_weight

    def __call__(self, theta: Array, rows: Rows | None) -> tuple[float, Array]:
        """Return L and its gradient (P,), over all rows (None) or those given."""
        x, y, w = self.x, self.y, self.weights
        if rows is not None:
            x, y, w = x[:, rows], y[..., rows], None if w is None else w[rows]
        L, g = loss_and_gradient(self.architecture, theta, x, y, self.loss, weights=w)
        if self.penalty:
            more, slope = penalty_and_gradient(theta, self._is_weight, self.penalty)
            return float(L + more), g + slope
        return float(L), g

    def mean_loss(self, theta: Array) -> float:
        """Return the mean loss over the rows, without penalty."""
        f = forward_in_blocks(self.architecture, theta, self.x)
        each = self.loss.value(f, self.y)
        return float((each if self.weights is None else each * self.weights).sum() / self.n)
