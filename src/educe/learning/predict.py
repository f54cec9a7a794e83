"""Values and intervals of a learned function at new inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from educe.errors import TableError
from educe.network.forward import BLOCK, forward
from educe.table import as_table
from educe.table.moments import counted_since
from educe.uncertainty.prediction import Prediction

if TYPE_CHECKING:
    from educe.learning.result import Learned

Array = NDArray[np.float64]


def predict(learned: Learned, data: Any, interval: str | None, level: float) -> Array | Prediction:
    """Return values (m,), or a Prediction: see `Learned.predict`."""
    X = input_rows(learned, data)
    values = _values(learned, X, learned.scaled.theta)
    if interval is None:
        return values
    members = np.stack([_values(learned, X, theta) for theta in learned.members])
    lower, upper = learned.held_out.limits(np.where(np.isnan(members), 0.0, members), level)
    missing = np.isnan(values)
    lower, upper = np.where(missing, np.nan, lower), np.where(missing, np.nan, upper)
    spread = members.std(axis=0, ddof=1) if len(members) > 1 else np.full(len(values), np.nan)
    with np.errstate(over="ignore", invalid="ignore"):  # of an input without bounds: beyond the region it is
        outside = learned.region.outside(X)
    return Prediction(values, lower, upper, spread, outside, interval, level)


def input_rows(learned: Learned, data: Any) -> Array:
    """Return the inputs as (m, d)."""
    if isinstance(data, np.ndarray) and data.dtype.names is None:
        X = np.asarray(data, dtype=np.float64)
        if X.ndim != 2 or X.shape[1] != len(learned.inputs):
            raise TableError(
                f"an array of inputs must have {len(learned.inputs)} columns ({', '.join(learned.inputs)}), "
                f"not shape {X.shape}."
            )
        return X
    table = counted_since(as_table(data, names=learned.inputs).select(learned.inputs), learned.units)
    return np.column_stack(list(table.columns.values()))


def _values(learned: Learned, X: Array, theta: Array) -> Array:
    s = learned.scales
    out = np.empty(len(X))
    with np.errstate(invalid="ignore", over="ignore"):
        for begin in range(0, len(X), BLOCK):
            block = slice(begin, begin + BLOCK)
            f = forward(learned.scaled.architecture, theta, s.inputs(X[block]))[0]
            out[block] = s.middle + s.unit * f
        return np.exp(out) if learned.link == "exp" else out
