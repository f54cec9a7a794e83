"""From distinct rows to what was learned: scale, train by the method that suits, measure."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.errors import ParameterError, TableError
from educe.learning.choosing import choose
from educe.learning.journal import Journal
from educe.learning.large import train_large
from educe.learning.measured import measured
from educe.learning.memory import refuse_if_too_large
from educe.learning.rows import Rows, scales_of
from educe.learning.settings import MOST_SQUARED, SMALL, Settings, usual_optimizer
from educe.learning.small import train_small
from educe.learning.watching import Watching
from educe.network.architecture import Architecture

if TYPE_CHECKING:
    from educe.learning.choosing import Tried
    from educe.learning.found import Found
    from educe.learning.result import Learned

Array = NDArray[np.float64]
Scaled = tuple[Array, Array, Array]  # x (d, n), t (targets, n), weights (n,)


def learn_rows(rows: Rows, settings: Settings, watching: Watching = Watching()) -> tuple[Learned, ...]:  # noqa: B008 - frozen
    """Return what was learned from distinct rows, for each target: see `learn`."""
    if settings.loss == "poisson" and rows.y.min() < 0.0:
        raise TableError(f"the poisson loss needs counts of 0 or more; the target has {rows.y.min():g}.")
    scales = scales_of(rows, settings.output, keep_target=settings.loss == "poisson")
    x = scales[0].inputs(rows.X)
    scaled = (x, np.stack([s.target(y) for s, y in zip(scales, rows.y.T, strict=True)]), rows.weights)
    if settings.loss == "huber":
        if len(scales) > 1:
            raise ParameterError(
                "the huber loss bends at one residual and so takes one target; for several take mae or mse."
            )
        bend = settings.bend or 1.345 * neighbour_noise(x, rows.y[:, 0])
        settings = replace(settings, bend=bend / scales[0].unit)
    refuse_if_too_large(x.shape, len(scales), settings)
    found = _trained(scaled, settings, watching)
    return tuple(measured(rows, k, scale, scaled, settings, found) for k, scale in enumerate(scales))


def _trained(scaled: Scaled, settings: Settings, watching: Watching) -> Found:
    x, t, weights = scaled
    if settings.squares:
        given = settings.hidden
        small = given is None or Architecture((len(x), *given, len(t))).parameters <= MOST_SQUARED
        if small or settings.optimizer == SMALL:
            return train_small(scaled, settings, watching)
    hidden = settings.hidden
    tried: tuple[Tried, ...] = ()
    if hidden is None:
        # the width is chosen for squares, by the fastest method there is, and serves the other losses too
        activations = (settings.activation, "identity")
        journal = Journal(Watching(watching.watch))
        choice = choose(
            scaled, activations=activations, budget=settings.budget, seed=settings.seed, journal=journal
        )
        if choice.interrupted:
            raise KeyboardInterrupt  # nothing has been trained yet by the loss and the method asked for
        hidden, tried = choice.best.architecture.layers[1:-1], choice.tried
    P = Architecture((len(x), *hidden, len(t))).parameters
    optimizer = settings.optimizer or usual_optimizer(len(weights), P)
    starts = settings.starts or (4 if optimizer == "l-bfgs" else 1)
    found = train_large(scaled, replace(settings, optimizer=optimizer, starts=starts), hidden, watching)
    return replace(found, tried=tried)


def neighbour_noise(x: Array, y: Array) -> float:
    """Return a robust standard deviation of the noise, from differences between nearest neighbours.

    x : (d, n) scaled inputs;  y : (n,). 1.4826 median |y_i - y_near| / sqrt(2), or a thousandth of the
    deviation of y where that is 0. Source: Rice (1984), with the median for the mean.
    """
    from scipy.spatial import cKDTree

    _, near = cKDTree(x.T).query(x.T, k=2)
    spread = float(np.median(np.abs(y - y[np.asarray(near)[:, 1]])))
    return 1.4826 * spread / math.sqrt(2.0) or 1e-3 * float(y.std())
