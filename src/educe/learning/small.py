"""Training small networks: choose by cross-validation, many starts side by side, the best one polished."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.descent.stopping import Reason
from educe.engines.network_rows import NetworkRows
from educe.learning.checkpoint import fingerprint
from educe.learning.choosing import HIDDEN, PENALTIES, Choice, choose
from educe.learning.folds import cross_validate, fold_of, seconds_of, starts_for
from educe.learning.found import Found, Unseen
from educe.learning.journal import Journal
from educe.learning.settings import SMALL
from educe.learning.watching import Watching
from educe.network.forward import forward_in_blocks
from educe.network.initialise import initialise

if TYPE_CHECKING:
    from educe.learning.choosing import Tried
    from educe.learning.settings import Settings
    from educe.network.architecture import Architecture

Array = NDArray[np.float64]
Scaled = tuple[Array, Array, Array]  # x (d, n), t (targets, n), weights (n,)

STARTS = 24
FIRST_ROWS = 1500  # starts are sorted out on these; the best go on with all
JUDGED_ROWS = 1500  # enough for the intervals
FINALISTS = 2
ITERATIONS = 150
FINISHING = 50  # iterations on all rows, from where the first rows led


def train_small(rows: Scaled, settings: Settings, watching: Watching = Watching()) -> Found:  # noqa: B008 - frozen
    """Return the network of lowest regularised cost among many starts, with its networks of each fold.

    Width, depth and penalty are chosen by cross-validation where they are not given; the error on rows held
    out is then measured anew, on folds that the choice did not use.
    """
    # a penalty means the same whatever room the output leaves for the target
    share = _variance(rows)
    journal = Journal(watching, fingerprint(rows, (settings, SMALL)))
    choice = _choice(rows, settings, share, journal)
    architecture, penalty = choice.best.architecture, choice.best.penalty
    unseen = _unseen(rows, choice, settings)
    try:
        if choice.interrupted:
            raise KeyboardInterrupt
        unseen = judged_anew(rows, architecture, penalty, settings, journal)
        count = settings.starts or _starts(len(rows[2]), architecture, settings)
        journal.stage(f"training from {count} starts")
        alpha, costs, steps = _descended(rows, architecture, penalty, count, settings, journal)
        journal.stage("training, last steps")
        iterations = settings.epochs or FINISHING
        end = journal.polish(architecture, alpha, rows, penalty, iterations=iterations)
    except KeyboardInterrupt:
        journal.close()
        return _interrupted(rows, choice, None if choice.interrupted else journal.best, unseen, share)
    journal.close()
    return Found(
        architecture,
        end.theta,
        penalty / share,
        SMALL,
        "numpy",
        end.iterations + steps,
        end.reason.value,
        (mean_loss(architecture, end.theta, rows), *costs[1:]),
        (),
        unseen,
        _told(choice, share),
    )


def _variance(rows: Scaled) -> float:
    """Return the mean variance of the targets as the network sees them, 1 where they are constant."""
    _, t, weights = rows
    middle = np.average(t, axis=1, weights=weights)[:, None]
    return float(np.average(np.square(t - middle).mean(axis=0), weights=weights)) or 1.0


def _told(choice: Choice, share: float) -> tuple[Tried, ...]:
    return tuple(replace(t, penalty=t.penalty / share) for t in choice.tried)


def _choice(rows: Scaled, settings: Settings, share: float, journal: Journal) -> Choice:
    hidden = HIDDEN if settings.hidden is None else (settings.hidden,)
    penalties = PENALTIES if settings.penalty is None else (settings.penalty,)
    return choose(
        rows,
        hidden=hidden,
        penalties=[share * penalty for penalty in penalties],
        activations=(settings.activation, settings.output),
        folds=settings.folds,
        budget=settings.budget,
        seed=settings.seed,
        share=settings.validation,
        journal=journal,
    )


def _unseen(rows: Scaled, choice: Choice, settings: Settings) -> Unseen:
    """Return what the choice itself says of rows not seen: for a training that is stopped before it is judged anew."""
    n = len(choice.rows)
    fold = fold_of(n, min(settings.folds, n), settings.seed, share=settings.validation)
    values = choice.best.residuals + rows[1][:, choice.rows]
    held = fold >= 0
    return Unseen(choice.rows[held], fold[held], values[:, held], choice.best.thetas)


def judged_anew(
    rows: Scaled, architecture: Architecture, penalty: float, settings: Settings, journal: Journal
) -> Unseen:
    """Return predictions of rows by networks that did not see them, on fresh folds."""
    x, t, weights = rows
    n, seed = len(weights), settings.seed + 1
    index = np.arange(n)
    if n > JUDGED_ROWS:
        index = np.sort(np.random.default_rng((seed, 4)).choice(n, JUDGED_ROWS, replace=False))
    fold = fold_of(len(index), min(settings.folds, len(index)), seed, share=settings.validation)
    journal.stage("measuring the error on rows held out")
    part = (np.ascontiguousarray(x[:, index]), t[:, index], weights[index])
    (judged,) = cross_validate(
        architecture,
        [penalty],
        rows=part,
        fold=fold,
        starts=2 * starts_for(architecture),
        seed=seed,
        iterations=ITERATIONS,
        descend=journal.descend,
    )
    held, values = fold >= 0, judged.residuals + t[:, index]
    return Unseen(index[held], fold[held], values[:, held], judged.thetas)


def _starts(n: int, architecture: Architecture, settings: Settings) -> int:
    """Return as many starts as the budget of operations allows, between 4 and STARTS."""
    if architecture.depth == 1:
        return 1
    one = seconds_of(min(n, FIRST_ROWS), architecture, networks=1, iterations=ITERATIONS)
    return int(np.clip(settings.budget / one, 4, STARTS))


def _descended(
    rows: Scaled,
    architecture: Architecture,
    penalty: float,
    count: int,
    settings: Settings,
    journal: Journal,
) -> tuple[Array, tuple[float, ...], int]:
    """Return the best end, (P,), the mean training loss of every start, the best first, and its steps."""
    begin = initialise(architecture, settings.seed, rule=settings.initialisation, starts=count)
    if len(rows[2]) > 2 * FIRST_ROWS:
        rows_first = _thinned(rows, settings.seed)
        first = _run(rows_first, architecture, penalty * len(rows_first[2]) / len(rows[2]), begin, journal)
        begin = first[0][: min(FINALISTS, count)]
        thetas, steps = _run(rows, architecture, penalty, begin, journal, FINISHING)
        others = tuple(mean_loss(architecture, theta, rows) for theta in first[0][len(begin) :])
        return (
            thetas[0],
            tuple(mean_loss(architecture, theta, rows) for theta in thetas) + others,
            first[1] + steps,
        )
    thetas, steps = _run(rows, architecture, penalty, begin, journal)
    return thetas[0], tuple(mean_loss(architecture, theta, rows) for theta in thetas), steps


def _run(
    rows: Scaled,
    architecture: Architecture,
    penalty: float,
    begin: Array,
    journal: Journal,
    iterations: int = ITERATIONS,
) -> tuple[Array, int]:
    """Return all ends, (S, P), lowest cost first, and how many steps the first one took."""
    problem = NetworkRows(architecture, *rows, np.full(len(begin), penalty))
    ends = journal.descend(problem, begin[:, : problem.searched], iterations=iterations)
    order = np.argsort(ends.cost, kind="stable")
    return problem.full(ends.alpha, ends.solved)[order], int(ends.iterations[order[0]])


def _thinned(rows: Scaled, seed: int) -> Scaled:
    x, t, weights = rows
    some = np.sort(np.random.default_rng((seed, 5)).choice(len(weights), FIRST_ROWS, replace=False))
    return np.ascontiguousarray(x[:, some]), t[:, some], weights[some]


def mean_loss(architecture: Architecture, theta: Array, rows: Scaled) -> float:
    """Return the weighted mean square of the residuals, of all targets."""
    x, t, weights = rows
    return float(
        np.average(np.square(forward_in_blocks(architecture, theta, x) - t).mean(axis=0), weights=weights)
    )


def _interrupted(rows: Scaled, choice: Choice, reached: Array | None, unseen: Unseen, share: float) -> Found:
    """Return the best network so far, where the user stopped: of the cross-validation, or of the training itself."""
    architecture, penalty = choice.best.architecture, choice.best.penalty
    candidates = [*choice.best.thetas]
    if reached is not None and len(reached) == architecture.parameters:
        candidates.append(reached)
    losses = [mean_loss(architecture, theta, rows) for theta in candidates]
    best = int(np.nanargmin(losses))
    return Found(
        architecture, candidates[best], penalty / share, SMALL, "numpy", 0, Reason.INTERRUPTED.value,
        (losses[best],), (), unseen, _told(choice, share),
    )  # fmt: skip
