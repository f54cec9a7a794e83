"""Where the training on a large file begins: its network, chosen on a sample, and the first parameters."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from educe.engines.network_rows import NetworkRows
from educe.learning.choosing import HIDDEN, Tried, choose
from educe.learning.folds import seconds_of
from educe.learning.journal import Journal
from educe.learning.settings import MOST_SQUARED
from educe.learning.watching import Watching
from educe.network.architecture import Architecture
from educe.network.forward import forward_in_blocks
from educe.network.initialise import initialise

if TYPE_CHECKING:
    from educe.learning.choosing import Choice
    from educe.learning.settings import Settings

Array = NDArray[np.float64]
Scaled = tuple[Array, Array, Array]  # x (d, n), t (targets, n), weights (n,)

PENALTIES = (1e-6, 1e-4, 1e-2, 1.0)  # many rows leave little to a penalty
FIRST_ROWS = 1500  # starts are sorted out on these; the best goes on with all of the sample
ITERATIONS = 60
GAIN = 0.002  # share of the squared error held out that a larger network must save
PATIENCE = 2  # larger networks without a gain before the search ends


class Begin(NamedTuple):
    """Where the passes begin.

    architecture, thetas : (starts,) of (P,);  penalty : beside the sum of squares;  tried : of the choice
    settled : whether squares on a sample led there;  interrupted : whether the user stopped on the way
    """

    architecture: Architecture
    thetas: list[Array]
    penalty: float
    tried: tuple[Tried, ...] = ()
    settled: bool = False
    interrupted: bool = False


def begin_with(sample: Scaled, held: Scaled, settings: Settings, spread: float, watching: Watching) -> Begin:
    """Return the network and where its passes begin: a small one for squares where a sample leads it.

    sample, held : rows that are trained on, and rows held out;  spread : mean variance of the targets as the network
    sees them
    """
    journal = Journal(Watching(watching.watch))
    given = None if settings.hidden is None else _architecture(sample, settings.hidden, settings)
    small = settings.squares and (given is None or given.parameters <= MOST_SQUARED)
    if given is not None and not small:
        return Begin(given, _drawn(given, settings), settings.penalty or 0.0)
    choice = _chosen(sample, settings, spread, journal)
    best = choice.best
    grown = Grown(best.architecture, best.thetas[0, 0], (), choice.interrupted)
    if not choice.interrupted:
        grown = _grown(sample, held, grown, best.penalty, settings, journal)
    if small:
        tried = tuple(
            replace(t, penalty=t.penalty / spread)
            for t in (grown.tried or choice.tried if given is None else ())
        )
        return Begin(grown.architecture, [grown.theta], best.penalty / spread, tried, True, grown.interrupted)
    if grown.interrupted:
        raise KeyboardInterrupt  # nothing has been trained yet by the loss and the method asked for
    architecture = _architecture(sample, grown.architecture.layers[1:-1], settings)
    return Begin(architecture, _drawn(architecture, settings), settings.penalty or 0.0, grown.tried)


class Grown(NamedTuple):
    """A network trained on the sample, those that were tried, and whether the user stopped on the way."""

    architecture: Architecture
    theta: Array
    tried: tuple[Tried, ...]
    interrupted: bool


def _grown(
    sample: Scaled, held: Scaled, first: Grown, penalty: float, settings: Settings, journal: Journal
) -> Grown:
    """Return the network that the choice took, or a larger one where the many rows make that better.

    A choice is made with few rows, on which large networks lose. Each is trained on the whole sample and judged by rows
    held out; larger ones are tried until PATIENCE in a row gain less than GAIN or the budget is spent.
    """
    found, waited, budget = first, 0, settings.budget
    least: Array | None = None
    for architecture in _larger(first.architecture, settings):
        seconds = seconds_of(len(sample[2]), architecture, networks=2, iterations=ITERATIONS)
        if waited >= PATIENCE or (found.tried and seconds > budget):
            break
        budget -= seconds
        try:
            theta = _settled(sample, architecture, penalty, settings, journal)
        except KeyboardInterrupt:
            reached = journal.best
            if reached is not None and not found.tried and len(reached) == architecture.parameters:
                found = found._replace(theta=reached)
            return found._replace(interrupted=True)
        squares = _squares(architecture, theta, held)
        tried = (*found.tried, Tried(architecture.layers[1:-1], penalty, math.sqrt(squares.mean())))
        better = least is None or _better(least, squares)
        waited = 0 if better else waited + 1
        if better:
            found, least = Grown(architecture, theta, tried, False), squares
        found = found._replace(tried=tried)
    return found


def _squares(architecture: Architecture, theta: Array, rows: Scaled) -> Array:
    """Return the squared residuals of some rows, (n,), of mean over the targets, weighted."""
    x, t, weights = rows
    squares = np.square(forward_in_blocks(architecture, theta, x) - t).mean(axis=0)
    found: Array = squares * (weights / weights.mean())
    return found


def _better(old: Array, new: Array) -> bool:
    """Tell whether squared errors fell by more than chance and by more than GAIN."""
    fall = old - new
    chance = 2.0 * float(fall.std()) / math.sqrt(len(fall))
    return float(fall.mean()) > max(chance, GAIN * float(old.mean()))


def _larger(first: Architecture, settings: Settings) -> list[Architecture]:
    """Return the network itself and, where its size was not given, the larger ones, in the order of their size."""
    if settings.hidden is not None:
        return [first]
    layers = first.layers
    others = [replace(first, layers=(layers[0], *hidden, layers[-1])) for hidden in HIDDEN]
    larger = [a for a in others if first.parameters < a.parameters <= MOST_SQUARED]
    return [first, *sorted(larger, key=lambda a: a.parameters)]


def _architecture(sample: Scaled, hidden: tuple[int, ...], settings: Settings) -> Architecture:
    layers = (len(sample[0]), *hidden, len(sample[1]))
    return Architecture(layers, settings.activation, settings.output)


def _drawn(architecture: Architecture, settings: Settings) -> list[Array]:
    return [
        initialise(architecture, np.random.default_rng((settings.seed, s)), rule=settings.initialisation)[0]
        for s in range(settings.starts or 1)
    ]


def _chosen(sample: Scaled, settings: Settings, spread: float, journal: Journal) -> Choice:
    """Return the width, depth and penalty that cross-validation on a sample prefers."""
    squares = settings.squares
    penalties = PENALTIES if settings.penalty is None or not squares else (settings.penalty,)
    return choose(
        sample,
        hidden=HIDDEN if settings.hidden is None else (settings.hidden,),
        penalties=[spread * penalty for penalty in penalties],
        activations=(settings.activation, settings.output if squares else "identity"),
        folds=settings.folds,
        budget=settings.budget / 4.0,
        seed=settings.seed,
        journal=journal,
    )


def _settled(
    sample: Scaled, architecture: Architecture, penalty: float, settings: Settings, journal: Journal
) -> Array:
    """Return where Levenberg-Marquardt leads on the sample, from the best of several starts on some of it."""
    few = tuple(np.ascontiguousarray(part[..., :FIRST_ROWS]) for part in sample)
    n, rows = len(sample[2]), len(few[-1])
    one = seconds_of(rows, architecture, networks=1, iterations=ITERATIONS)
    count = settings.starts or int(np.clip(settings.budget / 8.0 / one, 4, 24))
    shape = "-".join(map(str, architecture.layers))
    journal.stage(f"training {shape} on a sample, {count} starts")
    begin = initialise(architecture, settings.seed, rule=settings.initialisation, starts=count)
    problem = NetworkRows(architecture, few[0], few[1], few[2], np.full(count, penalty * rows / n))
    ends = journal.descend(problem, begin[:, : problem.searched], iterations=ITERATIONS)
    best = ends.alpha[[int(np.argmin(ends.cost))]]
    whole = NetworkRows(architecture, *sample, np.full(1, penalty))
    end = journal.descend(whole, best, iterations=ITERATIONS)
    found: Array = whole.full(end.alpha, end.solved)[0]
    return found
