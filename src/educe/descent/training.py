"""The epoch loop: run some epochs, look, keep the best, halve an exploding step, stop for a named reason."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.descent.stopping import Limits, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from educe.descent.epochs import Epochs
    from educe.descent.rules import Memory

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class State:
    """Where a training stands; all that is needed to take it up again, to the last bit.

    epoch : epochs done;  theta, memory : of the optimiser;  factor : of the learning rate, after halvings
    best, best_loss, best_epoch : the lowest validation loss (training loss where nothing is held out)
    losses : training loss of every epoch;  checks : (epoch, validation loss) of every look
    notes : sentences on steps that were halved
    """

    epoch: int
    theta: Array
    memory: Memory
    factor: float
    best: Array
    best_loss: float
    best_epoch: int = 0
    losses: tuple[float, ...] = ()
    checks: tuple[tuple[int, float], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Trained:
    """The end of a training: its last state and why it stopped."""

    state: State
    reason: Reason


def train(
    epochs: Epochs,
    start: Array | State,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    validate: Callable[[Array], float] | None = None,
    watch: Callable[[State], None] | None = None,
) -> Trained:
    """Train from a start, or take up a training where its state stands.

    epochs : runs epochs;  start : (P,) or a State
    validate : theta -> loss of rows held out, or None;  watch : told the state at every check

    Ctrl-C ends the training with the state of the last check. A loss that explodes sends the training back to
    the last check with the learning rate halved, and a note says so.
    """
    state = start if isinstance(start, State) else _begun(epochs, start)
    reason = _reason_to_stop(state, limits, validate is not None)
    try:
        while reason is None:
            count = min(limits.check - state.epoch % limits.check, limits.epochs - state.epoch)
            with np.errstate(over="ignore", invalid="ignore"):
                theta, memory, losses = epochs.run(
                    state.theta, state.memory, state.epoch, count, state.factor
                )
            if _exploded(theta, losses, state, limits):
                state = _halved(state, losses)
            else:
                state = _advanced(state, theta, memory, losses, validate)
                if watch is not None:
                    watch(state)
            reason = _reason_to_stop(state, limits, validate is not None)
    except KeyboardInterrupt:
        reason = Reason.INTERRUPTED
    return Trained(state, reason)


def _begun(epochs: Epochs, theta: Array) -> State:
    return State(0, theta, epochs.begin(theta), 1.0, theta, math.inf)


def _exploded(theta: Array, losses: Array, state: State, limits: Limits) -> bool:
    """Tell whether a loss is not finite, or has risen far above both the first and the lowest one."""
    if not (np.isfinite(losses).all() and np.isfinite(theta).all()):
        return True
    earlier = state.losses or (float(losses[0]),)
    return bool(abs(losses[-1]) > limits.explosion * max(abs(earlier[0]), abs(min(earlier))) > 0.0)


def _halved(state: State, losses: Array) -> State:
    factor = 0.5 * state.factor
    bad = losses[~np.isfinite(losses)]
    worst = "is no longer a number" if len(bad) else f"rose to {losses[-1]:.3g}"
    note = (
        f"epoch {state.epoch + len(losses)}: the loss {worst}; "
        f"back to epoch {state.epoch} with {factor:g} of the step"
    )
    return replace(state, factor=factor, notes=(*state.notes, note))


def _advanced(
    state: State, theta: Array, memory: Memory, losses: Array, validate: Callable[[Array], float] | None
) -> State:
    epoch = state.epoch + len(losses)
    level = float(losses[-1]) if validate is None else validate(theta)
    state = replace(
        state,
        epoch=epoch,
        theta=theta,
        memory=memory,
        losses=state.losses + tuple(losses.tolist()),
        checks=(*state.checks, (epoch, level)),
    )
    if level < state.best_loss:
        state = replace(state, best=theta, best_loss=level, best_epoch=epoch)
    return state


def _reason_to_stop(state: State, limits: Limits, validated: bool) -> Reason | None:
    if state.factor < 0.5**limits.halvings:
        return Reason.EXPLODED
    if len(state.checks) >= 2:
        step = state.checks[-1][0] - state.checks[-2][0]
        before, now = state.losses[-1 - step], state.losses[-1]
        if abs(before - now) <= limits.tolerance * abs(before):
            return Reason.FLAT
    waited = sum(epoch > state.best_epoch for epoch, _ in state.checks)
    if validated and waited >= limits.patience:
        return Reason.PATIENCE
    return Reason.EPOCHS if state.epoch >= limits.epochs else None
