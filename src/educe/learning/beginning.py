"""Where the training on a large file begins: its network, chosen on a sample, and the first parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from educe.engines.network_rows import NetworkRows
from educe.learning.choosing import HIDDEN, choose
from educe.learning.folds import seconds_of
from educe.learning.journal import Journal
from educe.learning.settings import MOST_SQUARED
from educe.learning.watching import Watching
from educe.network.architecture import Architecture
from educe.network.initialise import initialise

if TYPE_CHECKING:
    from educe.learning.choosing import Choice, Tried
    from educe.learning.settings import Settings

Array = NDArray[np.float64]
Scaled = tuple[Array, Array, Array]  # x (d, n), t (targets, n), weights (n,)

PENALTIES = (1e-6, 1e-4, 1e-2, 1.0)  # many rows leave little to a penalty
FIRST_ROWS = 1500  # starts are sorted out on these; the best goes on with all of the sample
ITERATIONS = 60


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


def begin_with(sample: Scaled, settings: Settings, spread: float, watching: Watching) -> Begin:
    """Return the network and where its passes begin: a small one for squares where a sample leads it.

    sample : rows of the file;  spread : mean variance of the targets as the network sees them
    """
    journal = Journal(Watching(watching.watch))
    given = None if settings.hidden is None else _architecture(sample, settings.hidden, settings)
    small = settings.squares and (given is None or given.parameters <= MOST_SQUARED)
    if given is not None and not small:
        return Begin(given, _drawn(given, settings), settings.penalty or 0.0)
    choice = _chosen(sample, settings, spread, journal)
    tried = choice.tried if given is None else ()
    if not small:
        if choice.interrupted:
            raise KeyboardInterrupt  # nothing has been trained yet by the loss and the method asked for
        architecture = _architecture(sample, choice.best.architecture.layers[1:-1], settings)
        return Begin(architecture, _drawn(architecture, settings), settings.penalty or 0.0, tried)
    architecture, penalty, theta = choice.best.architecture, choice.best.penalty, choice.best.thetas[0, 0]
    interrupted = choice.interrupted
    if not interrupted:
        try:
            theta = _settled(sample, architecture, penalty, settings, journal)
        except KeyboardInterrupt:
            interrupted = True
            best = journal.best
            theta = theta if best is None else best
    return Begin(architecture, [theta], penalty / spread, tried, settled=True, interrupted=interrupted)


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
        budget=settings.budget,
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
    count = settings.starts or int(np.clip(settings.budget / 4.0 / one, 4, 24))
    journal.stage(f"training {count} starts on a sample")
    begin = initialise(architecture, settings.seed, rule=settings.initialisation, starts=count)
    problem = NetworkRows(architecture, few[0], few[1], few[2], np.full(count, penalty * rows / n))
    ends = journal.descend(problem, begin[:, : problem.searched], iterations=ITERATIONS)
    best = ends.alpha[[int(np.argmin(ends.cost))]]
    whole = NetworkRows(architecture, *sample, np.full(1, penalty))
    end = journal.descend(whole, best, iterations=ITERATIONS)
    found: Array = whole.full(end.alpha, end.solved)[0]
    return found
