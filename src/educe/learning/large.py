"""Training by first-order methods and L-BFGS: a validation split, early stopping, several starts in turn."""

from __future__ import annotations

import importlib.util
import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.descent.batches import steps_per_epoch
from educe.descent.epochs import Epochs, FirstOrder
from educe.descent.lbfgs import LBFGS
from educe.descent.rules import rule_named
from educe.descent.schedules import schedule_named
from educe.descent.stopping import Limits, Reason
from educe.descent.training import State, train
from educe.engines.network_gradient import NetworkGradient
from educe.errors import FitError, ParameterError
from educe.learning.checkpoint import Progress, fingerprint, save, take_up
from educe.learning.folds import fold_of
from educe.learning.found import Found, Unseen
from educe.learning.watching import Pace, Stand, Watching
from educe.network.architecture import Architecture
from educe.network.forward import forward_in_blocks
from educe.network.initialise import initialise
from educe.network.losses import loss_named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from educe.engines.network_compiled import CompiledEpochs
    from educe.learning.settings import Settings

Array = NDArray[np.float64]
Scaled = tuple[Array, Array, Array]

PARTS = 7  # one of them is held out
MANY = 2000  # rows beyond which mini-batches are the default
COMPILED = 5.0  # seconds of plain NumPy beyond which compiling pays
SAVED_EVERY = 1.0  # seconds between two checkpoints


def train_large(rows: Scaled, settings: Settings, hidden: tuple[int, ...], watching: Watching) -> Found:
    """Return the network of lowest validation loss among the starts.

    One row in seven, or the share asked for, is held out: training stops when its loss no longer falls, and its errors
    give the intervals.
    Raises FitError where the loss is no number however small the step.
    """
    x, t, weights = rows
    architecture = Architecture((len(x), *hidden, len(t)), settings.activation, settings.output)
    n = len(weights)
    held = fold_of(n, min(PARTS, n), settings.seed, share=settings.validation) == 0
    seen = ~held
    loss = loss_named(settings.loss, bend=settings.bend or 1.0)
    penalty = settings.penalty or 0.0
    total = float(weights[seen].sum())
    gradient = NetworkGradient(
        architecture,
        loss,
        np.ascontiguousarray(x[:, seen]),
        t[:, seen],
        weights[seen] * (seen.sum() / total),
        penalty / total,
    )
    check = NetworkGradient(architecture, loss, np.ascontiguousarray(x[:, held]), t[:, held], weights[held])
    epochs, engine, limits = _epochs(gradient, settings)
    begin = [
        initialise(architecture, np.random.default_rng((settings.seed, s)), rule=settings.initialisation)[0]
        for s in range(settings.starts or 1)
    ]
    mark = fingerprint(rows, (settings, architecture, engine))
    states, reason = all_starts(epochs, begin, limits, check.mean_loss, watching, mark)
    best = min(states, key=lambda state: state.best_loss)
    if not np.isfinite(best.best_loss):
        if reason is Reason.INTERRUPTED:
            raise KeyboardInterrupt  # before the first check: there is no network to keep
        raise FitError("the loss is not a number, however small the step; check the data for extreme values.")
    index = np.flatnonzero(held)
    unseen = Unseen(
        index,
        np.zeros(len(index), dtype=np.intp),
        forward_in_blocks(architecture, best.best, x[:, held]),
        best.best[None],
    )
    return Found(
        architecture, best.best, penalty, settings.optimizer or "l-bfgs", engine, best.epoch, reason.value,
        tuple(gradient.mean_loss(state.best) / len(t) for state in states),
        tuple(v / len(t) for v in best.losses), unseen, (), best.notes,
    )  # fmt: skip


def all_starts(
    epochs: Epochs,
    begin: Sequence[Array | State],
    limits: Limits,
    validate: Callable[[Array], float],
    watching: Watching,
    mark: str,
    *,
    parts: int = 1,
) -> tuple[list[State], Reason]:
    """Return the end of every start, and why the last one stopped; taken up from a checkpoint where asked.

    parts : of the rows, where one epoch of the training is one part of them
    """
    path = watching.checkpoint
    progress = take_up(path, mark) if path is not None and watching.resume else Progress()
    finished, reason, last = list(progress.finished), Reason.EPOCHS, time.monotonic()
    pace = Pace()

    def look(state: State) -> None:
        nonlocal last
        if path is not None and time.monotonic() - last > SAVED_EVERY:
            save(path, Progress(tuple(finished), state), mark)
            last = time.monotonic()
        if watching.watch is not None:
            watching.tell(_stand(state, limits, pace, (len(finished), len(begin)), parts))

    for s in range(len(finished), len(begin)):
        start = progress.current if s == len(progress.finished) and progress.current else begin[s]
        end = train(epochs, start, limits=limits, validate=validate, watch=look)
        reason = end.reason
        interrupted = reason is Reason.INTERRUPTED
        if path is not None:
            done = Progress(tuple(finished), end.state) if interrupted else Progress((*finished, end.state))
            save(path, done, mark)
        finished.append(end.state)
        if interrupted:
            break
    return finished, reason


def _stand(state: State, limits: Limits, pace: Pace, of: tuple[int, int], parts: int) -> Stand:
    """Return where the training stands, for whoever watches. of : starts done, and all of them."""
    finished, starts = of
    done = (finished + state.epoch / limits.epochs) / starts
    if pace.first == 0.0:
        pace.first = done  # the first look may have compiled, or taken up what was done before
        pace.began = time.monotonic()
    words = "" if starts == 1 else f"start {finished + 1} of {starts}, "
    if parts == 1:
        words += "epoch"
    else:
        passes, part = divmod(state.epoch - 1, parts)
        words += f"pass {passes + 1} of {limits.epochs // parts}, {100 * (part + 1) / parts:.0f} %"
    return Stand(words, state.epoch, limits.epochs, state.losses[-1], state.checks[-1][1], pace.left(done))


def _epochs(gradient: NetworkGradient, settings: Settings) -> tuple[Epochs, str, Limits]:
    """Return what runs the epochs, the name of its engine, and when to look and stop."""
    name = settings.optimizer or "l-bfgs"
    if name == "l-bfgs":
        return LBFGS(gradient), "numpy", Limits(settings.epochs or 500, check=5)
    batch = settings.batch or (256 if gradient.n > MANY and name.startswith("adam") else None)
    epochs = settings.epochs or (300 if batch else 5000 if name.startswith("adam") else 20_000)
    limits = Limits(epochs, check=max(1, min(50, epochs // 50)))
    return *first_order(gradient, settings, epochs, batch), limits


def first_order(
    gradient: NetworkGradient, settings: Settings, epochs: int, batch: int | None
) -> tuple[CompiledEpochs | FirstOrder, str]:
    """Return what runs the epochs of a first-order method, and the name of its engine."""
    name = settings.optimizer or "adam"
    rule, rate = rule_named(name)
    plain = not name.startswith("adam")
    # the slope of squares grows with the spread of the target, and a bounded output leaves a small one
    size = float(np.var(gradient.y)) if plain and settings.loss == "mse" else 1.0
    rate = settings.rate or rate / (size or 1.0)
    plan = (rule, rate, schedule_named(settings.schedule), epochs, batch, settings.seed)
    if _compiles(gradient, settings, epochs * steps_per_epoch(gradient.n, batch), batch or gradient.n):
        from educe.engines.network_compiled import CompiledEpochs

        return CompiledEpochs(gradient, *plan, precision=settings.precision), "jax"
    return FirstOrder(gradient, gradient.n, *plan), "numpy"


def _compiles(gradient: NetworkGradient, settings: Settings, steps: int, rows: int) -> bool:
    """Tell whether compiling pays: asked for, or JAX is there and plain NumPy would take long."""
    if settings.engine != "auto" or settings.precision == "float32":
        if settings.engine != "numpy" and importlib.util.find_spec("jax") is None:
            raise ParameterError(
                "the engine jax, and float32, need the package jax: pip install 'educe[compiled]'; or take numpy."
            )
        return settings.engine != "numpy"
    seconds = steps * (
        3e-5 * gradient.architecture.depth + 6.0 * rows * gradient.architecture.parameters / 3e9
    )
    return seconds > COMPILED and importlib.util.find_spec("jax") is not None
