"""Every method on this network's loss, from the same start: where it went, how fast, and the plane that shows it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from educe.descent.epochs import FirstOrder
from educe.descent.lbfgs import LBFGS
from educe.descent.rules import rule_named
from educe.descent.schedules import constant
from educe.descent.side_by_side import damped_steps
from educe.network.forward import forward
from educe.network.initialise import initialise
from educe.network.jacobian import jacobian

if TYPE_CHECKING:
    from educe.descent.epochs import Epochs
    from educe.engines.network_gradient import NetworkGradient
    from educe.explanation.network_reading import Array, Reading

SQUARED = "levenberg-marquardt"
FIRST = ("gradient-descent", "momentum", "adam")
MOST_SQUARED = 500  # parameters up to which Levenberg-Marquardt is carried out
FEWEST, MOST = 200, 2000  # steps of a first-order rule
OPERATIONS = 3e8  # rows times parameters times steps of each
NEWTON_STEPS = 80
FRAMES = 60  # places of a path that are kept
STARTS = 6  # starts that Levenberg-Marquardt is led from, to find one that ends where the training did
PLANE = 61  # points along each side of the plane
PLANE_ROWS = 400  # rows that the plane is computed from


@dataclass(frozen=True, eq=False)
class Path:
    """Where a method went.

    name : of the method;  rate : of its steps, None where it needs none
    losses : (steps + 1,), the start first;  steps, places : (frames,) and (frames, P), some of the steps
    seconds : of all steps;  exploded : whether the loss was no number in the end
    """

    name: str
    rate: float | None
    losses: Array
    steps: Array
    places: Array
    seconds: float

    @property
    def exploded(self) -> bool:
        """Whether the loss left all bounds."""
        return not bool(np.isfinite(self.losses).all())


@dataclass(frozen=True, eq=False)
class Plane:
    """The loss on the plane through the end and two directions.

    u, v : (m,) along each direction;  loss : (m, m), rows along v
    paths : {name: (frames, 2)}, projected upright onto the plane;  rows : that it was computed from
    """

    u: Array
    v: Array
    loss: Array
    paths: dict[str, Array]
    rows: int


@dataclass(frozen=True, eq=False)
class Descents:
    """Every method from one start, in the scaled units of the training."""

    reading: Reading

    @property
    def loss(self) -> NetworkGradient:
        """The loss that all of them lower."""
        return self.reading.trained

    @cached_property
    def budget(self) -> int:
        """How many steps each first-order rule takes."""
        size = self.loss.n * self.loss.architecture.parameters
        return int(np.clip(OPERATIONS / size, FEWEST, MOST))

    @cached_property
    def _led(self) -> tuple[Array, Path | None]:
        """Return the start that all methods share, and Levenberg-Marquardt from it, where that is possible.

        Of a few starts drawn as in training, the one that leads lowest.
        """
        architecture, seed = self.loss.architecture, self.reading.learned.seed
        steps = NEWTON_STEPS * self.loss.n * architecture.parameters**2
        count = int(np.clip(6e8 / steps, 1, STARTS))
        begin = initialise(architecture, seed, starts=STARTS)
        if self.reading.learned.loss != "mse" or architecture.parameters > MOST_SQUARED:
            return begin[0], None
        led = [marquardt(self.loss, theta) for theta in begin[:count]]
        best = min(range(count), key=lambda k: float(led[k].losses[-1]))
        return begin[best], led[best]

    @property
    def start(self) -> Array:
        """Where all begin, (P,)."""
        return self._led[0]

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The path of each method."""
        found = []
        for name in FIRST:
            rule, rate = rule_named(name)
            epochs = FirstOrder(self.loss, self.loss.n, rule, rate, constant, self.budget)
            found.append(walked(name, rate, epochs, self.start, self.budget))
        found.append(walked("l-bfgs", None, LBFGS(self.loss), self.start, min(self.budget, 200)))
        newton = self._led[1]
        return (*found, newton) if newton is not None else tuple(found)

    @property
    def end(self) -> Array:
        """A minimum: the learned network, or of an average one network like those in it."""
        if self.reading.averaged > 1:
            end: Array = self.shown.places[-1]
            return end
        return self.reading.learned.scaled.theta

    @property
    def shown(self) -> Path:
        """The path that the replay shows: Levenberg-Marquardt, or L-BFGS where that cannot be."""
        return self.paths[-1]

    @cached_property
    def plane(self) -> Plane:
        """The loss about the end of the shown path, with all paths in it."""
        return _plane(self)


def walked(name: str, rate: float | None, epochs: Epochs, theta: Array, steps: int) -> Path:
    """Return the path of a rule of `descent`, some of its places kept."""
    kept = np.unique(np.concatenate(([0], np.round(np.geomspace(1, steps, FRAMES)).astype(np.intp))))
    places, losses = [theta], []
    spent = 0.0
    with np.errstate(all="ignore"):
        memory = epochs.begin(theta)
        for first, last in pairwise(kept.tolist()):
            began = time.process_time()
            theta, memory, each = epochs.run(theta, memory, first, last - first, 1.0)
            spent += time.process_time() - began
            losses.append(each)
            places.append(theta)
    every = np.concatenate(losses)
    # a first-order rule tells the loss before each step, L-BFGS after it
    whole = np.append(np.nan, every) if rate is None else np.append(every, np.nan)
    return Path(name, rate, whole, kept, np.stack(places), spent)


def closed(path: Path, loss: NetworkGradient) -> Path:
    """Return the path with the losses at its two ends filled in."""
    losses = path.losses.copy()
    for end in (0, -1):
        if np.isnan(losses[end]):
            with np.errstate(all="ignore"):
                losses[end] = loss(path.places[end], None)[0]
    return Path(path.name, path.rate, losses, path.steps, path.places, path.seconds)


def curvature(loss: NetworkGradient, theta: Array) -> Array:
    """Return the Gauss-Newton matrix of L at theta, (P, P): (1/N) sum w loss''(f) g g^T, and the penalty's part.

    g = df/dtheta of each row. Source: Bjorck (1996), section 9.1; loss'' is 2 of squares, e^f of counts.
    """
    f, J = jacobian(loss.architecture, theta, loss.x)
    weights = np.ones(loss.n) if loss.weights is None else loss.weights
    bent = weights * _second(loss, f) / loss.n
    H: Array = (J * bent) @ J.T + 2.0 * loss.penalty * np.diag(loss.architecture.is_weight.astype(np.float64))
    return H


def _second(loss: NetworkGradient, f: Array) -> Array:
    name = loss.loss.name
    if name == "poisson":
        return np.asarray(np.exp(f), dtype=np.float64)
    if name == "huber":
        return np.asarray(2.0 * (np.abs(f - loss.y) <= loss.loss.bend), dtype=np.float64)
    return np.full(len(f), 0.0 if name == "mae" else 2.0)


def marquardt(loss: NetworkGradient, theta: Array, steps: int = NEWTON_STEPS) -> Path:
    """Return the path of Levenberg-Marquardt on the loss of squares, damped with the identity.

    (H + lambda I) delta = -grad L with H the Gauss-Newton matrix; damping rule: Nielsen (1999).
    """
    began = time.process_time()
    L, g = loss(theta, None)
    H = curvature(loss, theta)
    damping, growth = 0.1 * float(np.trace(H)) / len(theta), 2.0
    losses, kept, places = [L], [0], [theta]
    for k in range(1, steps + 1):
        step, promised = damped_steps(H[None] / 2.0, -g[None] / 2.0, np.array([damping / 2.0]))
        if not promised[0] > 1e-12 * L:
            break
        trial = theta + step[0]
        with np.errstate(all="ignore"):
            fallen = L - loss(trial, None)[0]
        gain = fallen / float(promised[0])
        if gain > 0.0:
            theta, growth = trial, 2.0
            L, g = loss(theta, None)
            H = curvature(loss, theta)
            damping *= max(1.0 / 3.0, 1.0 - (2.0 * min(gain, 1.0) - 1.0) ** 3)
        else:
            damping, growth = damping * growth, 2.0 * growth
        losses.append(L)
        kept.append(k)
        places.append(theta)
    spent = time.process_time() - began
    return Path(SQUARED, None, np.array(losses), np.array(kept), np.stack(places), spent)


def _plane(descents: Descents) -> Plane:
    """Return the plane through both ends of the shown path, and where the others stray furthest from that line."""
    shown = descents.shown
    end = shown.places[-1]
    first = _unit(shown.places[0] - end)
    sound = [path for path in descents.paths if np.isfinite(path.places).all()]
    away = np.concatenate([path.places for path in sound]) - end
    rest = away - np.outer(away @ first, first)
    second = _unit(np.linalg.svd(rest, full_matrices=False)[2][0]) if len(end) > 1 else first
    second = _unit(second - first * (first @ second)) if len(end) > 1 else first
    directions = np.stack((first, second))
    paths = {path.name: (path.places - end) @ directions.T for path in sound}
    everything = np.concatenate(list(paths.values()))
    u, v = (_side(everything[:, i]) for i in (0, 1))
    loss, rows = _on_plane(descents.loss, end, directions, u, v)
    return Plane(u, v, loss, paths, rows)


def _side(places: Array) -> Array:
    low, high = float(places.min()), float(places.max())
    room = 0.15 * (high - low) or 1.0
    return np.linspace(low - room, high + room, PLANE)


def _unit(v: Array) -> Array:
    size = float(np.linalg.norm(v))
    if size == 0.0:
        v = np.zeros_like(v)
        v[0] = size = 1.0
    return np.asarray(v / size)


def _on_plane(loss: NetworkGradient, end: Array, directions: Array, u: Array, v: Array) -> tuple[Array, int]:
    """Return the loss, penalty included, at every point of the plane, from some of the rows."""
    rows = (
        np.arange(loss.n) if loss.n <= PLANE_ROWS else np.linspace(0, loss.n - 1, PLANE_ROWS).astype(np.intp)
    )
    x, y = loss.x[:, rows], loss.y[rows]
    w = np.ones(len(rows)) if loss.weights is None else loss.weights[rows]
    found = np.empty((len(v), len(u)))
    for k, height in enumerate(v):
        thetas = end + np.outer(u, directions[0]) + height * directions[1]
        with np.errstate(all="ignore"):
            f = forward(loss.architecture, thetas, x)[:, 0, :]
            each = (loss.loss.value(f, y) * w).mean(axis=1)
        found[k] = each + loss.penalty * np.square(thetas[:, loss.architecture.is_weight]).sum(axis=1)
    return found, len(rows)
