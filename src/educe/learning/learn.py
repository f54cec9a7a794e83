"""`learn`: measurements in, a function out."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from educe.errors import ParameterError, TableError
from educe.learning.checked import checked_rows
from educe.learning.choosing import choose
from educe.learning.conformal import held_out, measured_coverage
from educe.learning.large import Watching, train_large
from educe.learning.memory import refuse_if_too_large
from educe.learning.result import Learned
from educe.learning.rows import Rows, Scales, merged, scales_of
from educe.learning.settings import MOST_SQUARED, SMALL, Settings
from educe.learning.small import train_small
from educe.learning.warnings import warnings_of
from educe.network.architecture import Architecture
from educe.network.forward import forward
from educe.network.network import Network
from educe.table import as_table
from educe.uncertainty.region import region_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from educe.descent.training import State
    from educe.learning.choosing import Tried
    from educe.learning.found import Found
    from educe.table import Table

Array = NDArray[np.float64]

LEVELS = (0.8, 0.95)  # at which the coverage of intervals is measured


def learn(
    data: Any,
    target: str,
    *,
    inputs: Sequence[str] | None = None,
    hidden: int | Sequence[int] | None = None,
    activation: str = "tanh",
    output: str = "identity",
    loss: str = "mse",
    bend: float | None = None,
    sigma: str | None = None,
    penalty: float | None = None,
    optimizer: str | None = None,
    initialisation: str | None = None,
    starts: int | None = None,
    epochs: int | None = None,
    batch: int | None = None,
    rate: float | None = None,
    schedule: str = "constant",
    folds: int = 5,
    budget: float = 20.0,
    seed: int = 0,
    engine: str = "auto",
    precision: str = "float64",
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    watch: Callable[[State], None] | None = None,
) -> Learned:
    """Learn a function from measurements with a neural network.

    With no options, width, depth and penalty are chosen by cross-validation, and the result says what was tried.

    data : path of a text, Parquet or Arrow file; pandas, polars, Arrow, xarray; dict of arrays
    target : column to be predicted;  inputs : columns to predict it from; None: all other columns of numbers
    hidden : widths of the hidden layers, as in (3,) or (16, 16); 3 is (3,), and () is a linear law
    activation, output : of hidden layers and output: sigmoid, tanh, relu, softplus, gelu, sin, identity
    loss : mse, huber, mae or poisson (counts; the network is then the logarithm of the expected count)
    bend : of huber, in the target's unit; None takes 1.345 robust standard deviations of neighbours' differences
    sigma : column of standard deviations; rows then weigh 1/sigma^2
    penalty : on the sum of squared weights, beside the sum of squared residuals of a standardised target
    optimizer : levenberg-marquardt (the default up to 500 parameters), l-bfgs, gradient-descent, momentum,
        nesterov, adam, adamw;  rate, schedule, batch : of the latter five
    starts : random starts, the best is kept;  epochs : at most;  folds : of the cross-validation
    budget : of the choice, in seconds of one modest core, counted in operations so that the same seed gives the
        same numbers on every machine
    engine : numpy, jax, or auto: jax where it is installed and the training is long;  precision : of jax
    checkpoint : file that a long training writes now and then;  resume : go on from there, to the same bits
    watch : told the state of a long training at every check

    Returns a Learned. Raises TableError for data that cannot be learned from, ParameterError for options that
    cannot hold, FileError for a checkpoint of another training, FitError where the loss is no number.

    >>> x = np.linspace(-3, 3, 60)
    >>> net = learn({"x": x, "z": np.sin(x)}, "z", hidden=4, penalty=1e-6, starts=4)
    >>> bool(abs(net.predict({"x": [0.5]})[0] - np.sin(0.5)) < 0.01)
    True
    """
    began = time.perf_counter()
    table, names = _usable(data, target, inputs, sigma)
    y = table[target]
    X = np.column_stack([table[name] for name in names])
    weights = _weights(table, sigma)
    layers = None if hidden is None else (hidden,) if isinstance(hidden, int) else tuple(hidden)
    settings = Settings(
        layers, activation, output, loss, bend, penalty, optimizer, initialisation, starts, epochs, batch, rate,
        schedule, folds, budget, seed, engine, precision,
    )  # fmt: skip
    if loss == "poisson" and y.min() < 0.0:
        raise TableError(f"{table.source}: the poisson loss needs counts; {target} has {y.min():g}.")
    from threadpoolctl import threadpool_limits

    # the matrices are small: threads would spend their time waiting for each other
    with threadpool_limits(limits=1, user_api="blas"):
        learned = learn_rows(merged(X, y, weights), settings, Watching(watch, checkpoint, resume))
    left_out = {reason: rows for reason, rows in table.left_out.items() if rows}
    return replace(
        learned,
        inputs=names,
        target=target,
        source=table.source,
        n=table.n,
        left_out=left_out,
        warnings=warnings_of(learned, names, X, target),
        seconds=time.perf_counter() - began,
    )


def learn_rows(rows: Rows, settings: Settings, watching: Watching = Watching()) -> Learned:  # noqa: B008 - frozen
    """Return what was learned from distinct rows: see `learn`."""
    link = "exp" if settings.loss == "poisson" else "identity"
    scales = scales_of(rows, settings.output, keep_target=link == "exp")
    scaled = (scales.inputs(rows.X), scales.target(rows.y), rows.weights)
    if settings.loss == "huber":
        bend = settings.bend or 1.345 * neighbour_noise(scaled[0], rows.y)
        settings = replace(settings, bend=bend / scales.unit)
    refuse_if_too_large(scaled[0].shape, settings)
    found = _trained(scaled, settings, watching)
    return _result(rows, scales, scaled, settings, found)


def _trained(scaled: tuple[Array, Array, Array], settings: Settings, watching: Watching) -> Found:
    if settings.loss == "mse" and settings.optimizer in (None, SMALL):
        given = settings.hidden
        small = given is None or Architecture((len(scaled[0]), *given, 1)).parameters <= MOST_SQUARED
        if small or settings.optimizer == SMALL:
            return train_small(scaled, settings)
    hidden = settings.hidden
    tried: tuple[Tried, ...] = ()
    if hidden is None:
        # the width is chosen for squares, by the fastest method there is, and serves the other losses too
        activations = (settings.activation, "identity")
        choice = choose(scaled, activations=activations, budget=settings.budget, seed=settings.seed)
        hidden, tried = choice.best.architecture.layers[1:-1], choice.tried
    many = len(scaled[1]) * Architecture((len(scaled[0]), *hidden, 1)).parameters > 2e7
    optimizer = settings.optimizer or ("adam" if many else "l-bfgs")
    starts = settings.starts or (4 if optimizer == "l-bfgs" else 1)
    found = train_large(scaled, replace(settings, optimizer=optimizer, starts=starts), hidden, watching)
    return replace(found, tried=tried)


def _result(
    rows: Rows, scales: Scales, scaled: tuple[Array, Array, Array], settings: Settings, found: Found
) -> Learned:
    link = "exp" if settings.loss == "poisson" else "identity"

    def measured(t: Array) -> Array:
        values = scales.middle + scales.unit * t
        return np.exp(values) if link == "exp" else values

    f = measured(forward(found.architecture, found.theta, scaled[0])[0])
    unseen = found.unseen
    residuals = measured(unseen.values) - rows.y[unseen.index]
    unit = 1.0 if link == "exp" else scales.unit
    squares = settings.loss == "mse"
    return Learned(
        inputs=tuple(f"x{k}" for k in range(rows.X.shape[1])),
        target="y",
        source="",
        scaled=Network(found.architecture, found.theta),
        scales=scales,
        link=link,
        n=rows.n,
        left_out={},
        loss=settings.loss,
        optimizer=found.optimizer,
        penalty=found.penalty,
        seed=settings.seed,
        engine=found.engine,
        train_rmse=_rmse(f - rows.y, rows.weights),
        validation_rmse=_rmse(residuals, rows.weights[unseen.index]),
        epochs=found.epochs,
        reason=found.reason,
        starts=tuple(unit * math.sqrt(v) if squares else v for v in found.starts),
        history=tuple(unit * unit * v if squares else v for v in found.history),
        members=found.unseen.members,
        held_out=held_out(unseen.fold, residuals, settings.seed),
        coverage={level: measured_coverage(residuals, level, settings.seed) for level in LEVELS},
        tried=tuple(replace(t, rmse=unit * t.rmse) for t in found.tried),
        region=region_of(rows.X),
        checked=checked_rows(
            rows.X[unseen.index], rows.y[unseen.index], measured(unseen.values), settings.seed
        ),
        notes=found.notes,
    )


def _rmse(residuals: Array, weights: Array) -> float:
    return float(np.sqrt(np.average(np.square(residuals), weights=weights)))


def _usable(
    data: Any, target: str, inputs: Sequence[str] | None, sigma: str | None
) -> tuple[Table, tuple[str, ...]]:
    """Return the complete rows, and the names of the inputs."""
    table = as_table(data)
    table[target]  # refuses what is no column, or no numbers
    if inputs is None:
        names = tuple(
            name for name in table.columns if name not in (target, sigma) and name not in table.unusable
        )
    else:
        names = tuple([inputs] if isinstance(inputs, str) else inputs)
    if target in names:
        raise ParameterError(f"{target} is the target; it cannot be an input too.")
    if not names:
        raise TableError(f"{table.source} has no column of numbers beside {target} to learn it from.")
    table = table.complete((*names, target, *([sigma] if sigma else [])))
    if table.n < 2:
        raise TableError(
            f"{table.source} has {table.n} usable row; nothing can be learned from fewer than 2."
        )
    y = table[target]
    if y.min() == y.max():
        raise TableError(f"{table.source}: {target} is {y[0]:g} in every row; there is nothing to learn.")
    return table, names


def _weights(table: Table, sigma: str | None) -> Array | None:
    """Return 1/sigma^2 with mean 1, or None."""
    if sigma is None:
        return None
    s = table[sigma]
    if not s.min() > 0.0:
        raise TableError(f"{table.source}: sigma must be above 0; {sigma} is {s.min():g} in one row.")
    w = (s.min() / s) ** 2
    return np.asarray(w / w.mean(), dtype=np.float64)


def neighbour_noise(x: Array, y: Array) -> float:
    """Return a robust standard deviation of the noise, from differences between nearest neighbours.

    x : (d, n) scaled inputs;  y : (n,). 1.4826 median |y_i - y_near| / sqrt(2), or a thousandth of the
    deviation of y where that is 0. Source: Rice (1984), with the median for the mean.
    """
    from scipy.spatial import cKDTree

    _, near = cKDTree(x.T).query(x.T, k=2)
    spread = float(np.median(np.abs(y - y[np.asarray(near)[:, 1]])))
    return 1.4826 * spread / math.sqrt(2.0) or 1e-3 * float(y.std())
