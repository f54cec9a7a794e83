"""Training small networks: choose by cross-validation, many starts side by side, the best one polished."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from educe.descent.stopping import Reason
from educe.engines.network_rows import NetworkRows
from educe.learning import mixing
from educe.learning.checkpoint import fingerprint
from educe.learning.choosing import FEW_ROWS, HIDDEN, MEMBERS, PENALTIES, Choice, choose
from educe.learning.folds import cross_validate, fold_of, seconds_of, shares_of, starts_for
from educe.learning.found import Found, Unseen
from educe.learning.journal import Journal
from educe.learning.settings import SMALL
from educe.learning.watching import Watching
from educe.network.averaging import average, widened
from educe.network.forward import forward_in_blocks
from educe.network.initialise import initialise

if TYPE_CHECKING:
    from collections.abc import Sequence

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
LONGER = 400  # of networks that are averaged, without last steps on the triangle; few rows need fewer
FINISHING = 50  # iterations on all rows, from where the first rows led


def train_small(rows: Scaled, settings: Settings, watching: Watching = Watching()) -> Found:  # noqa: B008 - frozen
    """Return the network of lowest regularised cost among many starts, with its networks of each fold.

    Width, depth and penalty are chosen by cross-validation where they are not given, and then the average of several
    starts predicts. The error on rows held out is measured anew, on folds that the choice did not use.
    """
    # a penalty means the same whatever room the output leaves for the target
    share = _variance(rows)
    journal = Journal(watching, fingerprint(rows, (settings, SMALL)))
    choice = _choice(rows, settings, share, journal)
    architecture, penalty, averaged = choice.best.architecture, choice.best.penalty, choice.best.averaged
    unseen, members = _unseen(rows, choice, settings), choice.best.thetas.shape[1]
    try:
        if choice.interrupted:
            raise KeyboardInterrupt
        count = settings.starts or _starts(len(rows[2]), architecture, settings, averaged)
        parts = _parts(choice, count)
        count = count if len(parts.penalties) == 1 else parts.members
        unseen = judged_anew(rows, architecture, parts, settings, journal=journal)
        members = parts.members
        journal.stage(f"training {count} starts")
        ends = _descended(rows, architecture, parts, count=count, settings=settings, journal=journal)
        if members > 1:
            end = _joined(architecture, ends, parts, _iterations(len(rows[2]), averaged))
        else:
            journal.stage("last steps")
            end = _polished(architecture, ends[0], rows, penalty, settings.epochs or FINISHING, journal)
    except KeyboardInterrupt:
        journal.close()
        return _interrupted(
            rows, choice, None if choice.interrupted else journal.best, unseen, members, share
        )
    journal.close()
    return Found(
        widened(architecture, members),
        end.theta,
        penalty / share,
        SMALL,
        "numpy",
        end.steps,
        end.reason.value,
        end.losses,
        (),
        unseen,
        _told(choice, share, members),
        _averaged(architecture, parts, share),
    )


class Parts(NamedTuple):
    """The penalties of an average, their shares, of sum 1, and how many networks each has; 1, 1 and 1 if single."""

    penalties: tuple[float, ...]
    shares: tuple[float, ...]
    each: int

    @property
    def members(self) -> int:
        """How many networks there are."""
        return self.each * len(self.penalties)


def _parts(choice: Choice, count: int) -> Parts:
    """Return which penalties take part of some starts: so many that each has enough networks."""
    most = min(count, mixing.MEMBERS) if choice.best.averaged else 1
    chosen = mixing.fewer(choice.mixed, most // mixing.EACH)
    members = min(most, MEMBERS) if len(chosen) == 1 else most
    return Parts(tuple(j.penalty for j, _ in chosen), tuple(s for _, s in chosen), members // len(chosen))


class Ends(NamedTuple):
    """Where the starts ended, lowest cost first.

    thetas : (S, P);  cost : (S,);  losses : mean training loss of every start;  steps : of the best
    """

    thetas: Array
    cost: Array
    losses: tuple[float, ...]
    steps: int


class End(NamedTuple):
    """The parameters to keep, the steps that led there, why there were no more, and the loss of every start."""

    theta: Array
    steps: int
    reason: Reason
    losses: tuple[float, ...]


def _polished(
    architecture: Architecture, ends: Ends, rows: Scaled, penalty: float, iterations: int, journal: Journal
) -> End:
    """Return the lowest end after its last steps."""
    last = journal.polish(architecture, ends.thetas[0], rows, penalty, iterations=iterations)
    losses = (mean_loss(architecture, last.theta, rows), *ends.losses[1:])
    return End(last.theta, last.iterations + ends.steps, last.reason, losses)


def _joined(architecture: Architecture, groups: Sequence[Ends], parts: Parts, iterations: int) -> End:
    """Return the average of the lowest ends of every penalty, as one network."""
    picked = [(ends, *shares_of(ends.cost, parts.each)) for ends in groups]
    thetas = np.concatenate([ends.thetas[which] for ends, which, _ in picked])
    shares = np.concatenate([share * s for share, (*_, s) in zip(parts.shares, picked, strict=True)])
    steps = max(ends.steps for ends in groups)
    reason = Reason.GAIN if steps < iterations else Reason.ITERATIONS
    losses = tuple(loss for ends in groups for loss in ends.losses)
    return End(average(architecture, thetas, shares), steps, reason, losses)


def _averaged(architecture: Architecture, parts: Parts, share: float) -> tuple[str, ...]:
    members = parts.members
    if members == 1:
        return ()
    one, whole = ("-".join(map(str, a.layers)) for a in (architecture, widened(architecture, members)))
    penalties = sorted(penalty / share for penalty in parts.penalties)
    mixed = f", with {len(penalties)} penalties from {penalties[0]:.3g} to {penalties[-1]:.3g}"
    return (
        f"the average of {members} networks {one}, from starts that ended about equally well"
        f"{mixed if len(penalties) > 1 else ''}: side by side they are the one network {whole}",
    )


def _variance(rows: Scaled) -> float:
    """Return the mean variance of the targets as the network sees them, 1 where they are constant."""
    _, t, weights = rows
    middle = np.average(t, axis=1, weights=weights)[:, None]
    return float(np.average(np.square(t - middle).mean(axis=0), weights=weights)) or 1.0


def _told(choice: Choice, share: float, members: int) -> tuple[Tried, ...]:
    return tuple(
        replace(t, penalty=t.penalty / share, networks=members if t.networks > 1 else 1) for t in choice.tried
    )


def _choice(rows: Scaled, settings: Settings, share: float, journal: Journal) -> Choice:
    hidden = HIDDEN if settings.hidden is None else (settings.hidden,)
    penalties = PENALTIES if settings.penalty is None else (settings.penalty,)
    return choose(
        rows,
        hidden=hidden,
        penalties=[share * penalty for penalty in penalties],
        activations=(settings.activation, settings.output),
        average=settings.hidden is None and settings.output == "identity",
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
    j = choice.best
    return Unseen(choice.rows[held], fold[held], values[:, held], average(j.architecture, j.thetas, j.shares))


def judged_anew(
    rows: Scaled, architecture: Architecture, parts: Parts, settings: Settings, *, journal: Journal
) -> Unseen:
    """Return predictions of rows by networks that did not see them, on fresh folds."""
    x, t, weights = rows
    n, seed = len(weights), settings.seed + 1
    index = np.arange(n)
    if n > JUDGED_ROWS:
        index = np.sort(np.random.default_rng((seed, 4)).choice(n, JUDGED_ROWS, replace=False))
    fold = fold_of(len(index), min(settings.folds, len(index)), seed, share=settings.validation)
    journal.stage("measuring its error")
    part = (np.ascontiguousarray(x[:, index]), t[:, index], weights[index])
    judged = [
        cross_validate(
            architecture,
            [penalty],
            rows=part,
            fold=fold,
            starts=max(2 * starts_for(architecture) // len(parts.penalties), parts.each),
            seed=seed + k,
            members=parts.each,
            iterations=ITERATIONS,
            descend=journal.descend,
        )[0]
        for k, penalty in enumerate(parts.penalties)
    ]
    residuals = sum(share * j.residuals for share, j in zip(parts.shares, judged, strict=True))
    held, values = fold >= 0, residuals + t[:, index]
    # an average of one network is that network
    shares = np.concatenate([share * j.shares for share, j in zip(parts.shares, judged, strict=True)], axis=1)
    thetas = average(architecture, np.concatenate([j.thetas for j in judged], axis=1), shares)
    return Unseen(index[held], fold[held], values[:, held], thetas)


def _starts(n: int, architecture: Architecture, settings: Settings, averaged: bool) -> int:
    """Return as many starts as the budget of operations allows, between 4, or those of an average, and STARTS."""
    if architecture.depth == 1:
        return 1
    one = seconds_of(min(n, FIRST_ROWS), architecture, networks=1, iterations=_iterations(n, averaged))
    return int(np.clip(settings.budget / one, MEMBERS if averaged else 4, STARTS))


def _iterations(n: int, averaged: bool) -> int:
    """Return how many iterations a start may take."""
    return LONGER if averaged and n >= FEW_ROWS else ITERATIONS


def _descended(
    rows: Scaled,
    architecture: Architecture,
    parts: Parts,
    *,
    count: int,
    settings: Settings,
    journal: Journal,
) -> list[Ends]:
    """Return the ends of all starts, by penalty, each with starts of its own."""
    begin = initialise(architecture, settings.seed, rule=settings.initialisation, starts=count)
    each, iterations = count // len(parts.penalties), _iterations(len(rows[2]), parts.members > 1)
    return [
        _led(
            rows,
            architecture,
            penalty,
            begin[k * each : (k + 1) * each],
            members=parts.each,
            seed=settings.seed,
            iterations=iterations,
            journal=journal,
        )
        for k, penalty in enumerate(parts.penalties)
    ]


def _led(
    rows: Scaled,
    architecture: Architecture,
    penalty: float,
    begin: Array,
    *,
    members: int,
    seed: int,
    iterations: int,
    journal: Journal,
) -> Ends:
    """Return the ends of some starts; of many rows, the best go on from where the first rows led them."""
    if len(rows[2]) <= 2 * FIRST_ROWS:
        return _run(rows, architecture, penalty, begin, journal, iterations)
    rows_first = _thinned(rows, seed)
    first = _run(
        rows_first, architecture, penalty * len(rows_first[2]) / len(rows[2]), begin, journal, iterations
    )
    kept = min(max(FINALISTS, members), len(begin))
    last = _run(rows, architecture, penalty, first.thetas[:kept], journal, FINISHING)
    others = tuple(mean_loss(architecture, theta, rows) for theta in first.thetas[kept:])
    return Ends(last.thetas, last.cost, last.losses + others, first.steps + last.steps)


def _run(
    rows: Scaled,
    architecture: Architecture,
    penalty: float,
    begin: Array,
    journal: Journal,
    iterations: int,
) -> Ends:
    """Return all ends, lowest cost first, and how many steps the first one took."""
    problem = NetworkRows(architecture, *rows, np.full(len(begin), penalty))
    ends = journal.descend(problem, begin[:, : problem.searched], iterations=iterations)
    order = np.argsort(ends.cost, kind="stable")
    thetas = problem.full(ends.alpha, ends.solved)[order]
    losses = tuple(mean_loss(architecture, theta, rows) for theta in thetas)
    return Ends(thetas, ends.cost[order], losses, int(ends.iterations[order[0]]))


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


def _interrupted(
    rows: Scaled, choice: Choice, reached: Array | None, unseen: Unseen, members: int, share: float
) -> Found:
    """Return the best network so far, where the user stopped: of the cross-validation, or of the training itself."""
    architecture, penalty = choice.best.architecture, choice.best.penalty
    candidates = [*choice.best.thetas[:, 0]]
    if reached is not None and len(reached) == architecture.parameters:
        candidates.append(reached)
    losses = [mean_loss(architecture, theta, rows) for theta in candidates]
    best = int(np.nanargmin(losses))
    # as wide as the networks of the folds, its copies without a share
    theta = average(architecture, np.tile(candidates[best], (members, 1)), np.eye(members)[0])
    return Found(
        widened(architecture, members), theta, penalty / share, SMALL, "numpy", 0, Reason.INTERRUPTED.value,
        (losses[best],), (), unseen, _told(choice, share, members),
    )  # fmt: skip
