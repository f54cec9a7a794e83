"""What the chapters about a network share: its rows, its numbers in measured units and as it was trained, its loss."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.engines.network_gradient import NetworkGradient
from educe.formula.latex import latex_name
from educe.network.forward import forward, layer_values
from educe.network.losses import Loss, loss_named
from educe.report.blocks import Number, Typed, number
from educe.report.sentences import label, unit

if TYPE_CHECKING:
    from educe.learning.result import Learned
    from educe.network.architecture import Architecture
    from educe.network.network import Network

Array = NDArray[np.float64]

MOST_ROWS = 2_000  # that the explanation computes with
SMALL = 6  # widths of layers up to which matrices are written out


@dataclass(frozen=True, eq=False)
class Reading:
    """A learned function as its explanation reads it."""

    learned: Learned

    # --- rows -----------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> tuple[Array, Array, Array]:
        """Inputs (n, d), target (n,) and weights (n,) of the rows computed with, in measured units."""
        kept = self.learned.rows
        if kept is None:  # a file of an earlier version: rows that it was judged by
            checked = self.learned.checked
            X, y, w = checked.X, checked.y, np.ones(len(checked.y))
        else:
            X, y, w = kept.X, kept.y, kept.weights
        if len(y) > MOST_ROWS:
            some = np.sort(
                np.random.default_rng((self.learned.seed, 8)).choice(len(y), MOST_ROWS, replace=False)
            )
            X, y, w = X[some], y[some], w[some]
        return X, y, w

    @property
    def x(self) -> Array:
        """Inputs of the rows computed with, (n, d)."""
        return self.rows[0]

    @property
    def y(self) -> Array:
        """Target of the rows computed with, (n,)."""
        return self.rows[1]

    @property
    def thinned(self) -> bool:
        """Whether fewer rows are computed with than were learned from."""
        return len(self.y) < self.learned.n and len(self.y) == MOST_ROWS

    # --- the network in measured units ----------------------------------------------------------

    @cached_property
    def network(self) -> Network:
        """The network with the scaling folded in."""
        return self.learned.network

    @property
    def architecture(self) -> Architecture:
        """Its shape."""
        return self.network.architecture

    @property
    def theta(self) -> Array:
        """Its parameters, (P,)."""
        return self.network.theta

    @property
    def stretched(self) -> bool:
        """Whether the output of the last activation is stretched onto the target: shift + scale f."""
        return self.network.scale != 1.0 or self.network.shift != 0.0

    @property
    def counts(self) -> bool:
        """Whether the network is the logarithm of an expected count."""
        return self.learned.link == "exp"

    @cached_property
    def loss(self) -> Loss:
        """The loss of one row, in measured units."""
        return loss_named(self.learned.loss, bend=self.learned.bend or 1.0)

    def values(self, X: Array, theta: Array | None = None) -> tuple[list[Array], list[Array]]:
        """Return sums Z_k and values A_k of every layer at inputs (n, d)."""
        return layer_values(self.architecture, self.theta if theta is None else theta, X.T)

    def output(self, X: Array, theta: Array | None = None) -> Array:
        """Return shift + scale f(x) at inputs (n, d), (..., n): of counts the logarithm."""
        f = forward(self.architecture, self.theta if theta is None else theta, X.T)[..., 0, :]
        stretched: Array = self.network.shift + self.network.scale * f
        return stretched

    def predicted(self, X: Array) -> Array:
        """Return what is predicted at inputs (n, d), from the network as it was trained: no digit is lost."""
        found = self.learned.predict(X)
        return np.asarray(found, dtype=np.float64)

    @cached_property
    def residuals(self) -> Array:
        """Measured less predicted, (n,)."""
        return self.y - self.predicted(self.x)

    # --- the network as it was trained ----------------------------------------------------------

    @cached_property
    def trained(self) -> NetworkGradient:
        """The loss that training lowered, of scaled rows: mean loss and penalty, with its gradient.

        Of a network that is the average of several, the loss of one of them.
        """
        s, (X, y, w) = self.learned.scales, self.rows
        t = s.target(y)
        bend = (self.learned.bend or 1.0) / s.unit
        return NetworkGradient(
            self.one,
            loss_named(self.learned.loss, bend=bend),
            s.inputs(X),
            t,
            w / w.mean(),
            self.penalty,
        )

    @property
    def averaged(self) -> int:
        """How many networks of one shape the learned one is the average of."""
        return self.learned.averaged

    @cached_property
    def one(self) -> Architecture:
        """The shape of one network of an average; of a single network its own."""
        a = self.learned.scaled.architecture
        first, *hidden, last = a.layers
        return replace(a, layers=(first, *(width // self.averaged for width in hidden), last))

    def mean_loss(self) -> float:
        """Return the mean loss of the learned network on the scaled rows, without penalty."""
        f = forward(self.learned.scaled.architecture, self.learned.scaled.theta, self.trained.x)[0]
        each, w = self.trained.loss.value(f, self.trained.y), self.trained.weights
        return float(np.mean(each if w is None else each * w))

    @cached_property
    def penalty(self) -> float:
        """What the squared weights weigh beside the mean loss, as it was trained."""
        s, (_, y, w) = self.learned.scales, self.rows
        share = 1.0
        if self.learned.optimizer == "levenberg-marquardt":
            # a penalty is told for a standardised target, whatever room the output left for it
            t = s.target(y)
            share = float(np.average(np.square(t - np.average(t, weights=w)), weights=w)) or 1.0
        return self.learned.penalty * share / (float(w.mean()) * max(self.learned.n, len(y)))

    # --- names and numbers ----------------------------------------------------------------------

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the columns that it predicts from."""
        return self.learned.inputs

    @property
    def target_tex(self) -> str:
        """The name of what is predicted, in LaTeX."""
        return latex_name(self.learned.target)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the inputs with their units, for axes."""
        return tuple(label(self.learned, name) for name in self.inputs)

    @property
    def target(self) -> str:
        """The name of what is predicted with its unit, for an axis."""
        return label(self.learned, self.learned.target)

    @property
    def unit(self) -> str:
        """The unit of what is predicted with a space before it, or nothing."""
        return unit(self.learned, self.learned.target)

    def column(self, name: str) -> Typed:
        """Return the name of a column with its unit."""
        return Typed(label(self.learned, name))

    def parameter(self, j: int, digits: int = 4) -> Number:
        """Return parameter j in measured units."""
        return number(f"theta.{j}", float(self.theta[j]), digits)

    @property
    def widest(self) -> int:
        """The width of the widest layer."""
        return max(self.architecture.layers)
