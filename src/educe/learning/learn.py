"""`learn`: measurements in, a function out."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from educe.errors import TableError
from educe.learning.rows import merged
from educe.learning.settings import Settings, widths_of
from educe.learning.together import LearnedTogether
from educe.learning.training import learn_rows
from educe.learning.usable import usable
from educe.learning.warnings import warnings_of
from educe.learning.watching import Watching
from educe.table.memory import is_large
from educe.table.reading import is_path

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from educe.learning.result import Learned
    from educe.learning.watching import Stand


# fmt: off
@overload
def learn(
    data: Any, target: str, *, inputs: Sequence[str] | None = ..., where: str | None = ...,
    hidden: int | Sequence[int] | None = ..., activation: str = ..., output: str = ..., loss: str = ...,
    bend: float | None = ..., sigma: str | None = ..., penalty: float | None = ..., optimizer: str | None = ...,
    initialisation: str | None = ..., starts: int | None = ..., epochs: int | None = ..., batch: int | None = ...,
    rate: float | None = ..., schedule: str = ..., folds: int = ..., validation: float | None = ...,
    budget: float = ..., seed: int = ..., engine: str = ..., precision: str = ...,
    checkpoint: str | os.PathLike[str] | None = ..., resume: bool = ..., watch: Callable[[Stand], None] | None = ...,
    memory: str | float | None = ...,
) -> Learned:
    """One target."""
# fmt: on


# fmt: off
@overload
def learn(
    data: Any, target: list[str] | tuple[str, ...], *, inputs: Sequence[str] | None = ..., where: str | None = ...,
    hidden: int | Sequence[int] | None = ..., activation: str = ..., output: str = ..., loss: str = ...,
    bend: float | None = ..., sigma: str | None = ..., penalty: float | None = ..., optimizer: str | None = ...,
    initialisation: str | None = ..., starts: int | None = ..., epochs: int | None = ..., batch: int | None = ...,
    rate: float | None = ..., schedule: str = ..., folds: int = ..., validation: float | None = ...,
    budget: float = ..., seed: int = ..., engine: str = ..., precision: str = ...,
    checkpoint: str | os.PathLike[str] | None = ..., resume: bool = ..., watch: Callable[[Stand], None] | None = ...,
    memory: str | float | None = ...,
) -> LearnedTogether:
    """Several targets."""
# fmt: on


def learn(
    data: Any,
    target: str | list[str] | tuple[str, ...],
    *,
    inputs: Sequence[str] | None = None,
    where: str | None = None,
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
    validation: float | None = None,
    budget: float = 20.0,
    seed: int = 0,
    engine: str = "auto",
    precision: str = "float64",
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    watch: Callable[[Stand], None] | None = None,
    memory: str | float | None = None,
) -> Learned | LearnedTogether:
    """Learn a function from measurements with a neural network.

    With no options, width, depth and penalty are chosen by cross-validation, and the result says what was tried.

    data : path of a text, Parquet or Arrow file; pandas, polars, Arrow, xarray; dict of arrays
    target : column to be predicted, or several, learned by one network;  inputs : columns to predict it from; None:
        all other columns of numbers;  where : condition on the rows, such as ``"x > 0 and y < 5"``
    hidden : widths of the hidden layers, as in (3,) or (16, 16); 3 is (3,), and () is a linear law
    activation, output : of hidden layers and output: sigmoid, tanh, relu, softplus, gelu, sin, identity
    loss : mse, huber, mae or poisson (counts; the network is then the logarithm of the expected count)
    bend : of huber, in the target's unit; None takes 1.345 robust standard deviations of neighbours' differences
    sigma : column of standard deviations; rows then weigh 1/sigma^2
    penalty : on the sum of squared weights, beside the sum of squared residuals of a standardised target
    optimizer : levenberg-marquardt (the default up to 500 parameters), l-bfgs, gradient-descent, momentum,
        nesterov, adam, adamw;  rate, schedule, batch : of the latter five
    starts : random starts, the best is kept;  epochs : at most
    folds : of the cross-validation;  validation : share of the rows held out once, in its place
    budget : of the choice, in seconds of one modest core, counted in operations so that the same seed gives the
        same numbers on every machine
    engine : numpy, jax, or auto: jax where it is installed and the training is long;  precision : of jax
    checkpoint : file in which a training is kept now and then;  resume : go on from there, to the same bits
    watch : told a `Stand` at every look: stage, loss, time left
    memory : bytes, or text such as ``"500MB"``: a file, or all files of a folder, is then read a part at a time within
        that budget, and the network trained in passes over the disk; epochs are then passes. By itself this is done
        where the file is larger than a quarter of the free memory

    Returns a Learned; a LearnedTogether where several targets are named. Raises TableError for data that cannot be
    learned from, ParameterError for options that cannot hold, FileError for a checkpoint of another training,
    FitError where the loss is no number.

    >>> x = np.linspace(-3, 3, 60)
    >>> net = learn({"x": x, "z": np.sin(x)}, "z", hidden=4, penalty=1e-6, starts=4)
    >>> bool(abs(net.predict({"x": [0.5]})[0] - np.sin(0.5)) < 0.01)
    True
    """
    from threadpoolctl import threadpool_limits

    began = time.perf_counter()
    settings = Settings(
        hidden=widths_of(hidden), activation=activation, output=output, loss=loss, bend=bend, penalty=penalty,
        optimizer=optimizer, initialisation=initialisation, starts=starts, epochs=epochs, batch=batch, rate=rate,
        schedule=schedule, folds=folds, validation=validation, budget=budget, seed=seed, engine=engine,
        precision=precision,
    )  # fmt: skip
    watching = Watching(watch, checkpoint, resume)
    if memory is not None or (is_path(data) and is_large(data)):
        from educe.learning.streaming import Asked, learn_streamed

        with threadpool_limits(limits=1, user_api="blas"):
            read = learn_streamed(data, Asked(target, inputs, sigma, where, memory), settings, watching)
        each = tuple(replace(learned, seconds=time.perf_counter() - began) for learned in read)
        return each[0] if isinstance(target, str) else LearnedTogether(each)
    rows = usable(data, target, inputs=inputs, sigma=sigma, where=where)
    if loss == "poisson" and rows.Y.min() < 0.0:
        name = rows.targets[int(np.argmin(rows.Y.min(axis=0)))]
        raise TableError(f"{rows.table.source}: the poisson loss needs counts; {name} has {rows.Y.min():g}.")
    # the matrices are small: threads would spend their time waiting for each other
    with threadpool_limits(limits=1, user_api="blas"):
        found = learn_rows(merged(rows.X, rows.Y, rows.weights), settings, watching)
    named = tuple(
        replace(
            learned,
            inputs=rows.inputs,
            target=name,
            source=rows.table.source,
            n=rows.table.n,
            left_out={reason: k for reason, k in rows.table.left_out.items() if k},
            units={column: rows.table.units.get(column, "") for column in (*rows.inputs, name)},
            warnings=warnings_of(learned, rows.inputs, rows.X, name),
            seconds=time.perf_counter() - began,
        )
        for learned, name in zip(found, rows.targets, strict=True)
    )
    return named[0] if isinstance(target, str) else LearnedTogether(named)
