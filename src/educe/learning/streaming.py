"""Networks for files larger than memory: laid out by chance, chosen on a sample, trained in passes over all rows."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from educe.descent.rules import RULES
from educe.descent.stopping import Limits, Reason
from educe.descent.training import State
from educe.engines.network_gradient import NetworkGradient
from educe.errors import FileError, FitError, ParameterError, TableError, listing
from educe.learning.beginning import Begin, begin_with
from educe.learning.checked import kept_rows
from educe.learning.checkpoint import fingerprint
from educe.learning.found import Found, Unseen
from educe.learning.laid_out import check_memory, laid_out, memory_needed, wanted_of
from educe.learning.large import all_starts
from educe.learning.measured import measured
from educe.learning.memory import of_descent
from educe.learning.passes import Parts, Passes
from educe.learning.rows import Rows
from educe.learning.settings import SMALL
from educe.learning.training import neighbour_noise
from educe.learning.warnings import warnings_of
from educe.network.architecture import Architecture
from educe.network.forward import forward_in_blocks
from educe.network.losses import loss_named
from educe.table.blocks import blocks, stamps
from educe.table.reading import is_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from educe.learning.laid_out import LaidOut, Wanted
    from educe.learning.result import Learned
    from educe.learning.settings import Settings
    from educe.learning.watching import Watching
    from educe.table.blocks import Blocks

Array = NDArray[np.float64]
Scaled = tuple[Array, Array, Array]  # x (d, m), t (targets, m), weights (m,)

BATCH = 256
SAMPLE = 20_000  # rows that a small network is first trained on, by squares
VISITS = 1e8  # rows that a training sees in all, where the passes are not told
SETTLED = 1e7  # the same from where a sample led
LEAST_PASSES, MOST_PASSES = 3, 300
LOOKS = 16  # parts between two looks, at most
LOOKING = 4  # rows trained on for each that is looked at, at least
NEAR = 1e-3  # learning rate from where the sample led
KEPT = 20_000


class Asked(NamedTuple):
    """What is to be learned from a file, as the arguments of `learn` name it."""

    target: str | Sequence[str]
    inputs: Sequence[str] | None
    sigma: str | None
    where: str | None
    memory: str | float | None


def learn_streamed(path: Any, asked: Asked, settings: Settings, watching: Watching) -> tuple[Learned, ...]:
    """Return what was learned of each target from all rows of a file, or of all files of a folder: see `learn`.

    Raises ParameterError for data that are no file, options that need all rows in memory or a budget that is too
    small, TableError or FileError for the file, FitError where the loss is no number.
    """
    _check(path, settings)
    before = stamps(path)
    rows = blocks(path)
    wanted = wanted_of(rows, asked.target, inputs=asked.inputs, sigma=asked.sigma, where=asked.where)
    check_memory(asked.memory, _need(rows, wanted, settings), rows.source, len(wanted.read))
    laid = laid_out(rows, wanted, share=settings.validation, seed=settings.seed, watching=watching)
    if stamps(path) != before:
        raise FileError(f"{rows.source} was changed while it was read; begin again when it is complete.")
    counts = settings.loss == "poisson"
    _refuse_negative(laid, counts)
    parts = Parts(laid, laid.scales(settings.output, keep_target=counts), settings.seed)
    settings = _with_bend(settings, parts)
    sample, held = (parts.scaled(some) for some in (parts.some(SAMPLE), parts.held_out()[:SAMPLE]))
    begin = begin_with(sample, held, settings, parts.spread, watching)
    found = _trained(parts, begin, settings, watching)
    return tuple(_told(parts, k, settings, found) for k in range(len(wanted.targets)))


def _need(rows: Blocks, wanted: Wanted, settings: Settings) -> float:
    """Return the bytes that the whole training takes, beside the programs themselves."""
    compiles = settings.engine != "numpy" and importlib.util.find_spec("jax") is not None
    need = memory_needed(rows, wanted, compiles=compiles)
    if settings.hidden is None:
        return need
    network = Architecture((len(wanted.inputs), *settings.hidden, len(wanted.targets)))
    return need + of_descent(network, 0, settings.batch or BATCH)


def _check(path: Any, settings: Settings) -> None:
    """Raise ParameterError for data that are no file, and for what needs all rows at once."""
    if not is_path(path):
        raise ParameterError("memory is for a file, or all files of a folder; give data as a path.")
    if settings.optimizer not in (None, *RULES):
        raise ParameterError(
            f"{settings.optimizer} needs all rows in memory; a file read a part at a time is trained by "
            f"{listing(RULES)}."
        )


def _refuse_negative(laid: LaidOut, counts: bool) -> None:
    low = laid.low[len(laid.wanted.inputs) :]
    if counts and low.min() < 0.0:
        name = laid.wanted.targets[int(np.argmin(low))]
        raise TableError(f"{laid.source}: the poisson loss needs counts; {name} has {low.min():g}.")


def _with_bend(settings: Settings, parts: Parts) -> Settings:
    """Return the settings with the bend of the huber loss as the network sees the target."""
    if settings.loss != "huber":
        return settings
    if len(parts.scales) > 1:
        raise ParameterError(
            "the huber loss bends at one residual and so takes one target; for several take mae or mse."
        )
    if settings.bend is not None:
        return replace(settings, bend=settings.bend / parts.scales[0].unit)
    x, t, _ = parts.scaled(parts.some(SAMPLE))
    return replace(settings, bend=1.345 * neighbour_noise(x, t[0]))


def _trained(parts: Parts, begin: Begin, settings: Settings, watching: Watching) -> Found:
    """Return the network of lowest loss on the rows held out that the passes come by, the first one included."""
    if settings.optimizer is None:
        rate = NEAR if begin.settled else None
        settings = replace(settings, optimizer="adam", schedule="cosine", rate=rate)
    loss = loss_named(settings.loss, bend=settings.bend or 1.0)
    check, seen = (
        NetworkGradient(begin.architecture, loss, *parts.scaled(rows))
        for rows in (parts.held_out(), parts.some(KEPT))
    )
    trained = parts.laid.n - check.n
    visits = SETTLED if begin.settled else VISITS
    passes = settings.epochs or int(np.clip(round(visits / trained), LEAST_PASSES, MOST_PASSES))
    penalty = begin.penalty * (parts.spread if begin.settled else 1.0) / trained
    total, batch = passes * parts.count, settings.batch or min(BATCH, parts.size)
    with Passes(parts, begin.architecture, loss, settings, total, batch, penalty) as epochs:
        starts = [
            State(0, theta, epochs.begin(theta), 1.0, theta, check.mean_loss(theta)) for theta in begin.thetas
        ]
        mark = fingerprint(
            tuple(begin.thetas), (parts.laid.rows.digest, settings, begin.architecture, epochs.engine)
        )
        states, reason = starts, Reason.INTERRUPTED
        if not begin.interrupted:
            limits = _limits(total, parts, settings)
            states, reason = all_starts(
                epochs, starts, limits, check.mean_loss, watching, mark, parts=parts.count
            )
    best = min(states, key=lambda state: state.best_loss)
    if not np.isfinite(best.best_loss):
        raise FitError("the loss is not a number, however small the step; check the data for extreme values.")
    outputs, done = len(check.y), math.ceil(best.epoch / parts.count)
    index = np.arange(check.n)
    values = forward_in_blocks(begin.architecture, best.best, check.x)
    return Found(
        begin.architecture,
        best.best,
        begin.penalty,
        settings.optimizer or "adam",
        epochs.engine,
        done,
        reason.value,
        tuple(seen.mean_loss(state.best) / outputs for state in states),
        tuple(float(np.mean(best.losses[k * parts.count :][: parts.count])) / outputs for k in range(done)),
        Unseen(index, np.zeros(check.n, dtype=np.intp), values, best.best[None]),
        begin.tried,
        (*_how(parts, begin, best, batch), *best.notes),
    )


def _limits(total: int, parts: Parts, settings: Settings) -> Limits:
    """Return when to look and to stop: a falling rate needs all its passes, a constant one may stop early."""
    held, count = parts.laid.rows.sizes[0], parts.count
    seldom = math.ceil(LOOKING * held / parts.size)  # looking at rows held out is to take little of the time
    check = int(np.clip(max(count // 4, seldom), 1, LOOKS))
    patience = total if settings.schedule != "constant" else max(25, 2 * count // check)
    return Limits(total, check=check, patience=patience)


def _how(parts: Parts, begin: Begin, best: State, batch: int) -> Iterator[str]:
    """Yield in words how the rows were read."""
    laid, held = parts.laid, parts.laid.rows.sizes[0]
    steps = best.epoch * (parts.size // batch)
    yield (
        f"{laid.read:,} rows were read from the file and laid out by chance; {laid.n - held:,} were trained on in "
        f"{best.epoch / parts.count:.3g} passes, {steps:,} mini-batches of {batch} rows, and {held:,} were held out"
    )
    if begin.settled:
        yield f"the passes began where {SMALL} led on a sample of {min(SAMPLE, laid.n - held):,} rows"


def _told(parts: Parts, k: int, settings: Settings, found: Found) -> Learned:
    """Return what was learned of target k, measured on rows held out and on a sample of the others."""
    laid, wanted = parts.laid, parts.laid.wanted
    some = parts.some(KEPT)
    both = np.concatenate((parts.held_out(), some))
    learned = measured(Rows(*laid.split(both)), k, parts.scales[k], parts.scaled(both), settings, found)
    X, Y, weights = laid.split(some)
    squares = np.square(np.asarray(learned.predict(X)) - Y[:, k])
    d, ends = len(wanted.inputs), np.stack((laid.low, laid.high))
    learned = replace(
        learned,
        inputs=wanted.inputs,
        target=wanted.targets[k],
        source=laid.source,
        n=laid.n,
        left_out=laid.left_out,
        units={name: laid.units.get(name, "") for name in (*wanted.inputs, wanted.targets[k])},
        train_rmse=float(np.sqrt(np.average(squares, weights=weights))),
        region=replace(learned.region, low=laid.low[:d], high=laid.high[:d]),
        rows=kept_rows(X, Y[:, k], weights, settings.seed),
    )
    return replace(learned, warnings=warnings_of(learned, wanted.inputs, ends[:, :d], wanted.targets[k]))
