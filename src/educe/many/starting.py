"""Starting values for very many fits: a few data sets are searched, the others begin where those ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from educe.errors import EduceError, FitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from educe.engines.many import Ends, ManyRows
    from educe.least_squares.triangle import Array

    Integers = NDArray[np.int64]
    FitOne = Callable[[int], dict[str, float]]

SEARCHED = 6  # data sets that are searched first
AGAIN = 24  # at most, data sets that are searched because nothing else led to a good fit
SUSPECT = 4.0  # a fit whose noise variance is that many times the median of its neighbours' is tried again
TOGETHER = 32  # neighbours


class Limits(NamedTuple):
    """What bounds the fits: (p,) lower and upper, and the most steps of each."""

    lower: Array
    upper: Array
    steps: int


def candidates(sets: ManyRows, fit_one: FitOne, names: tuple[str, ...], seed: int) -> Array:
    """Return the ends of a few data sets as starts for all, (C, p).

    fit_one : from the number of a data set to its parameters, searched for; raises EduceError where it fails

    Raises FitError if none of them can be fitted.
    """
    sizes = np.diff(sets.offsets)
    able = np.flatnonzero(sizes > len(names))
    if not len(able):
        able = np.flatnonzero(sizes >= len(names))
    chosen = _spread(sets, able, seed)
    found: list[list[float]] = []
    refusal: EduceError | None = None
    for number in chosen:
        try:
            theta = fit_one(int(number))
        except EduceError as error:
            refusal = error
            continue
        found.append([theta[name] for name in names])
    if not found:
        raise FitError(f"none of {len(chosen)} data sets that were tried could be fitted: {refusal}")
    return np.array(found)


def _spread(sets: ManyRows, able: Integers, seed: int) -> Integers:
    """Return data sets that differ: at even places in the order of the size of their response, and one at random."""
    if len(able) <= SEARCHED:
        return able
    rng = np.random.default_rng(seed)
    drawn = able if len(able) <= 2000 else np.sort(rng.choice(able, 2000, replace=False))
    size = np.array([np.ptp(sets.response[sets.offsets[b] : sets.offsets[b + 1]]) for b in drawn])
    places = np.linspace(0.03, 0.97, SEARCHED - 1) * (len(drawn) - 1)
    even = drawn[np.argsort(size, kind="stable")[places.astype(int)]]
    return np.unique(np.append(even, rng.choice(drawn)))


def improved(sets: ManyRows, ends: Ends, starts: Array, limits: Limits, fit_one: FitOne | None) -> None:
    """Try again, in place, the fits that failed or stand out: from their neighbours' ends, then by a search.

    A new end is kept only where it is better.
    """
    for shift in (1, -1):
        again = suspects(sets, ends)
        if not len(again):
            return
        _keep_better(sets, ends, again, _from_neighbours(ends, again, starts, shift), limits)
    if fit_one is None:
        return
    again = suspects(sets, ends)[:AGAIN]
    found: list[int] = []
    theta: list[list[float]] = []
    names = sets.model.names
    for number in again:
        try:
            one = fit_one(int(number))
        except EduceError:
            continue
        found.append(int(number))
        theta.append([one[name] for name in names])
    if found:
        _keep_better(sets, ends, np.array(found), np.array(theta), limits)


def suspects(sets: ManyRows, ends: Ends) -> Integers:
    """Return the data sets that did not converge, or whose noise is far above their neighbours', worst first."""
    dof = np.maximum(np.diff(sets.offsets) - len(sets.model.names), 1)
    noise = np.where(ends.status <= 1, ends.cost / dof, np.inf)
    enough = np.diff(sets.offsets) >= len(sets.model.names)
    with np.errstate(invalid="ignore"):
        ratio = noise / np.maximum(_neighbours_median(noise), 1e-300)
    wrong = enough & ((ends.status > 1) | (ratio > SUSPECT))
    found = np.flatnonzero(wrong)
    return found[np.argsort(-np.nan_to_num(ratio[found], posinf=1e300), kind="stable")]


def _neighbours_median(values: Array) -> Array:
    """Return for each value the median of the run of neighbours that it stands in."""
    whole = len(values) // TOGETHER * TOGETHER
    runs = np.median(values[:whole].reshape(-1, TOGETHER), axis=1)
    rest = np.median(values[-TOGETHER:]) if len(values) > whole else 0.0
    return np.append(np.repeat(runs, TOGETHER), np.full(len(values) - whole, rest))


def _from_neighbours(ends: Ends, again: Integers, starts: Array, shift: int) -> Array:
    """Return for each of these data sets the end of the next one, in one direction, that converged."""
    good = np.flatnonzero(ends.status <= 1)
    if not len(good):
        return np.broadcast_to(starts[0], (len(again), starts.shape[1]))
    place = np.searchsorted(good, again, side="left" if shift < 0 else "right")
    nearest = good[np.clip(place - (shift < 0), 0, len(good) - 1)]
    return ends.theta[nearest]


def _keep_better(sets: ManyRows, ends: Ends, again: Integers, starts: Array, limits: Limits) -> None:
    new = sets.chosen(again).fitted(starts, limits.lower, limits.upper, own=True, steps=limits.steps)
    old_bad = ends.status[again] > 1
    better = ((new.status <= 1) & old_bad) | ((new.status <= 1) & (new.cost < ends.cost[again] * (1 - 1e-9)))
    for whole, part in zip(ends, new, strict=True):
        whole[again[better]] = part[better]
