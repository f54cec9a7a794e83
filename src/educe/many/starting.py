"""Starting values for very many fits: a few data sets are searched, the others begin where those ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from educe.errors import EduceError, FitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from educe.engines.many import Ends, ManyRows
    from educe.engines.model import FormulaModel
    from educe.least_squares.triangle import Array
    from educe.many.data_sets import DataSets
    from educe.many.sources import Source

    Integers = NDArray[np.int64]
    FitOne = Callable[[DataSets, int], dict[str, float]]
    Descend = Callable[[DataSets, Array], Ends]

SEARCHED = 6  # data sets that are searched first
DRAWN, DRAWN_FROM = 2000, 4  # data sets, and parts, among which these are chosen
AGAIN = 24  # at most, data sets that are searched because nothing else led to a good fit
SUSPECT = 4.0  # a fit whose noise variance is that many times the median of its neighbours' is tried again
TOGETHER = 32  # neighbours
SAME, TINY = 1e-6, 1e-300  # costs that differ by less, relative and absolute, are those of one minimum


class Limits(NamedTuple):
    """What bounds the fits: (p,) lower and upper, and the most steps of each."""

    lower: Array
    upper: Array
    steps: int


def candidates(source: Source, model: FormulaModel, single: FitOne, descend: Descend, *, seed: int) -> Array:
    """Return the ends of a few data sets as starts for all, (C, p).

    single : from data sets and the number of one to its parameters, searched for; raises EduceError where it fails
    descend : from data sets and a start for each, (B, p), to the ends

    Raises FitError if none of them can be fitted.
    """
    found: list[Array] = []
    refusal: EduceError | None = None
    drawn = _drawn(source, len(model.names), seed)
    chosen = _spread(drawn, model, seed)
    for sets, number in chosen:
        try:
            theta = single(sets, number)
        except EduceError as error:
            refusal = error
            continue
        found.append(_alike(sets, number, np.array([theta[name] for name in model.names]), found, descend))
    if not found:
        raise FitError(f"none of {len(chosen)} data sets that were tried could be fitted: {refusal}")
    return np.array(found)


def _alike(sets: DataSets, number: int, theta: Array, before: list[Array], descend: Descend) -> Array:
    """Return the same minimum of a data set where a start found before leads to, else theta.

    A law may give one curve with several sets of values: two terms that change places. All data sets should tell
    them apart in the same way.
    """
    starts = np.array([*before, theta])
    ends = descend(sets.chosen(np.full(len(starts), number)), starts)
    as_good = (ends.status <= 1) & (ends.cost <= ends.cost[-1] * (1.0 + SAME) + TINY)
    places = np.flatnonzero(as_good[:-1])
    return ends.theta[places[0]] if len(places) else theta


def _drawn(source: Source, p: int, seed: int) -> list[tuple[DataSets, int]]:
    """Return data sets of some size, all or drawn at random from parts that lie evenly: (part, number in it)."""
    sizes = np.diff(source.offsets)
    able = np.flatnonzero(sizes > p) if (sizes > p).any() else np.flatnonzero(sizes >= p)
    edges = np.array(source.edges)
    part_of = np.searchsorted(edges, able, side="right") - 1
    parts = np.unique(part_of)
    parts = parts[np.unique(np.linspace(0, len(parts) - 1, DRAWN_FROM).astype(int))]
    rng = np.random.default_rng(seed)
    drawn: list[tuple[DataSets, int]] = []
    for part in parts:
        here = able[part_of == part] - edges[part]
        if len(here) > DRAWN // len(parts):
            here = np.sort(rng.choice(here, DRAWN // len(parts), replace=False))
        sets = source.piece(int(part))().chosen(here)
        drawn += [(sets, number) for number in range(len(here))]
    return drawn


def _spread(drawn: list[tuple[DataSets, int]], model: FormulaModel, seed: int) -> list[tuple[DataSets, int]]:
    """Return data sets that differ: at even places in the order of the size of their response, and one at random."""
    if len(drawn) <= SEARCHED:
        return drawn
    size = [np.ptp(model.response(list(_own(sets, number, model)))) for sets, number in drawn]
    places = np.linspace(0.03, 0.97, SEARCHED - 1) * (len(drawn) - 1)
    even = np.argsort(size, kind="stable")[places.astype(int)]
    rng = np.random.default_rng(seed)
    return [drawn[k] for k in np.unique(np.append(even, rng.integers(len(drawn))))]


def _own(sets: DataSets, number: int, model: FormulaModel) -> Iterator[Array]:
    rows = sets.rows_of(number)
    return (rows[name] for name in model.variables)


def improved(
    sets: ManyRows,
    ends: Ends,
    starts: Array,
    limits: Limits,
    fit_one: Callable[[int], dict[str, float]],
    *,
    most: int,
    compiled: bool,
) -> None:
    """Try again, in place, the fits that failed or stand out: from their neighbours' ends, then by a search.

    fit_one : from the number of a data set to its parameters;  most : data sets that are searched
    compiled : as all of them are fitted

    A new end is kept only where it is better.
    """
    for shift in (1, -1):
        again = suspects(sets, ends)
        if not len(again):
            return
        _keep_better(sets, ends, again, _from_neighbours(ends, again, starts, shift), limits, compiled)
    again = suspects(sets, ends)[:most]
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
        _keep_better(sets, ends, np.array(found), np.array(theta), limits, compiled)


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


def _keep_better(
    sets: ManyRows, ends: Ends, again: Integers, starts: Array, limits: Limits, compiled: bool
) -> None:
    bounds = limits.lower, limits.upper
    new = sets.chosen(again).fitted(starts, *bounds, own=True, steps=limits.steps, compiled=compiled)
    old_bad = ends.status[again] > 1
    better = ((new.status <= 1) & old_bad) | ((new.status <= 1) & (new.cost < ends.cost[again] * (1 - 1e-9)))
    for whole, part in zip(ends, new, strict=True):
        whole[again[better]] = part[better]
