"""What a training found, told in measured units: one target at a time."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.learning.checked import checked_rows, kept_rows
from educe.learning.conformal import held_out, measured_coverage
from educe.learning.result import Learned
from educe.network.forward import forward_in_blocks
from educe.network.network import Network
from educe.uncertainty.region import region_of

if TYPE_CHECKING:
    from educe.learning.found import Found
    from educe.learning.rows import Rows, Scales
    from educe.learning.settings import Settings

Array = NDArray[np.float64]

LEVELS = (0.8, 0.95)  # at which the coverage of intervals is measured


def measured(
    rows: Rows, k: int, scales: Scales, scaled: tuple[Array, Array, Array], settings: Settings, found: Found
) -> Learned:
    """Return what was learned of target k: of several, the network's own row of the last layer.

    rows : as measured, distinct;  scaled : the same as the network sees them
    """
    architecture, theta = found.architecture.one_output(found.theta, k)
    link = "exp" if settings.loss == "poisson" else "identity"
    y, unseen, unit = rows.y[:, k], found.unseen, 1.0 if link == "exp" else scales.unit
    told = _told(scales, link, unseen.values[k])
    residuals = told - y[unseen.index]
    squares = settings.loss == "mse"
    return Learned(
        inputs=tuple(f"x{i}" for i in range(rows.X.shape[1])),
        target="y",
        source="",
        scaled=Network(architecture, theta),
        scales=scales,
        link=link,
        n=rows.n,
        left_out={},
        loss=settings.loss,
        optimizer=found.optimizer,
        penalty=found.penalty,
        seed=settings.seed,
        engine=found.engine,
        train_rmse=_rmse(
            _told(scales, link, forward_in_blocks(architecture, theta, scaled[0])[0]) - y, rows.weights
        ),
        validation_rmse=_rmse(residuals, rows.weights[unseen.index]),
        epochs=found.epochs,
        reason=found.reason,
        starts=tuple(unit * math.sqrt(v) if squares else v for v in found.starts),
        history=tuple(unit * unit * v if squares else v for v in found.history),
        members=found.architecture.one_output(unseen.members, k)[1],
        held_out=held_out(unseen.fold, residuals, settings.seed),
        coverage={level: measured_coverage(residuals, level, settings.seed) for level in LEVELS},
        tried=tuple(replace(t, rmse=unit * t.rmse) for t in found.tried),
        region=region_of(rows.X),
        checked=checked_rows(rows.X[unseen.index], y[unseen.index], told, settings.seed),
        notes=found.notes,
        rows=kept_rows(rows.X, y, rows.weights, settings.seed),
        outputs=found.architecture.layers[-1],
        bend=settings.bend * unit if settings.loss == "huber" and settings.bend else None,
    )


def _told(scales: Scales, link: str, t: Array) -> Array:
    values = scales.middle + scales.unit * t
    return np.exp(values) if link == "exp" else values


def _rmse(residuals: Array, weights: Array) -> float:
    return float(np.sqrt(np.average(np.square(residuals), weights=weights)))
