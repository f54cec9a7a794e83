"""Where to measure next, from the Jacobian of the law at the fit."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.orthogonal import OrthogonalModel
from educe.errors import FitError, ParameterError, check_whole, listing, nearest
from educe.fitting.identifiability import triangle_at
from educe.formula import constant, evaluate, gradient, parse_expression, substitute
from educe.least_squares.triangle import triangularise
from educe.uncertainty.covariance import standard_errors
from educe.uncertainty.design import CRITERIA, UNDETERMINED, Information, best_rows
from educe.uncertainty.prediction import mean_standard_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from educe.fitting.result import Fit
    from educe.least_squares.triangle import Array

GRID = {1: 201, 2: 31, 3: 13}  # candidates along each of so many inputs
DRAWN = 3000  # candidates where there are more inputs
ZOOMS, AROUND = 6, 9  # how often, and on how many places, a point is moved along each input
MOST_POINTS = 200
STEEPEST = 1e50  # slope, in errors of a parameter alone, beyond which squares are no numbers
DECADES = 100.0  # ratio of the ends of a range from which candidates are also spread over its logarithm


@dataclass(frozen=True, eq=False)
class NextPoints:
    """Where to measure next, and what it will bring.

    points : {input: value} for each point, with its data set under "data_set" of several;  repeats : times each
    criterion : "D", "A" or "c";  target : what "c" is for, else ""
    before, after : {name: standard error} of every free parameter, and of the target, now and expected
    even : the same for as many points spread evenly over the ranges
    ranges : {input: (low, high)} in which points were looked for;  noise : standard deviation supposed of each
    """

    points: tuple[dict[str, Any], ...]
    repeats: tuple[int, ...]
    criterion: str
    target: str
    before: Mapping[str, float]
    after: Mapping[str, float]
    even: Mapping[str, float]
    ranges: Mapping[str, tuple[float, float]]
    noise: float

    def to_dict(self) -> dict[str, Any]:
        """Return the points as plain data."""
        return {
            "criterion": self.criterion,
            "target": self.target or None,
            "points": [{**point, "repeats": n} for point, n in zip(self.points, self.repeats, strict=True)],
            "before": dict(self.before),
            "after": dict(self.after),
            "even": dict(self.even),
            "ranges": {name: list(ends) for name, ends in self.ranges.items()},
            "noise": self.noise,
        }


def next_points(
    fit: Fit,
    points: int,
    ranges: Mapping[str, tuple[float, float]] | None,
    *,
    criterion: str | None,
    target: str | None,
    data_set: str | None,
    seed: int,
) -> NextPoints:
    """Return where to measure next: see `Fit.next_points`."""
    inputs = fit.law_variables
    _check(fit, points, inputs)
    check_whole("seed", seed, 0)
    chosen = criterion or ("c" if target else "D")
    if chosen not in CRITERIA:
        raise ParameterError(
            f"criterion '{chosen}' is not one of {', '.join(CRITERIA)}.{nearest(chosen, CRITERIA)}"
        )
    if (chosen == "c") != (target is not None):
        raise ParameterError(
            f"criterion c shrinks the error of one quantity: say which; the parameters are {listing(fit.names)}."
            if chosen == "c"
            else f"criterion {chosen} is for all parameters; it takes no single one: leave {target} out, or choose c."
        )
    within = _ranges(fit, inputs, ranges)
    slope = None if target is None else _slope(fit, target)
    room = _Room(fit, inputs, within, _sets(fit, data_set))
    places, J = room.candidates(seed)
    R = _triangle(fit)
    information = Information(R, chosen, slope, candidates=J)
    found = [places[k] for k in best_rows(information, J, points, seed=seed)]
    found = room.polished(information, found)
    even = room.even(points)
    counted = Counter(tuple(place) for place in found)
    ordered = sorted(counted)
    quantities = {**{name: name for name in fit.names}, **({target: target} if target else {})}

    def errors(rows: Array) -> dict[str, float]:
        return _errors(fit, R, rows, tuple(quantities), slope)

    after = errors(room.rows(np.array(found)))
    if target is not None and not math.isfinite(after[target]):
        raise FitError(
            f"no measurement of {fit.stated.text} in these ranges determines {target}: "
            f"{'; '.join(map(str, fit.undetermined)) or 'give wider ranges or more points'}."
        )
    return NextPoints(
        tuple(room.named(np.array(place)) for place in ordered),
        tuple(counted[place] for place in ordered),
        chosen,
        target or "",
        errors(np.empty((0, fit.p))),
        after,
        errors(room.rows(np.array(even))),
        within,
        room.noise,
    )


def _check(fit: Fit, points: int, inputs: Sequence[str]) -> None:
    if not inputs:
        raise ParameterError(f"{fit.law.text} has no inputs: every measurement tells the same, so take any.")
    if not 1 <= points <= MOST_POINTS:
        raise ParameterError(f"points must be 1 to {MOST_POINTS}, not {points}.")
    if fit.dof <= 0 and fit.convention.sigma != "absolute":
        raise ParameterError(
            "there are as many parameters as rows: nothing tells the noise, so no error can be expected; give sigma, "
            "absolute, or one row more."
        )


def _ranges(
    fit: Fit, inputs: Sequence[str], given: Mapping[str, tuple[float, float]] | None
) -> dict[str, tuple[float, float]]:
    """Return in which range each input may be set: as given, else as measured."""
    for name, ends in (given or {}).items():
        if name not in inputs:
            raise ParameterError(
                f"{name} is not an input of the law; its inputs are {listing(inputs)}.{nearest(name, inputs)}"
            )
        if len(ends) != 2 or not all(math.isfinite(end) for end in ends) or not ends[0] < ends[1]:
            raise ParameterError(f"{name}: a range is two finite numbers, the lower first, not {ends!r}.")
    measured = {
        name: (float(fit.rows.columns[name].min()), float(fit.rows.columns[name].max())) for name in inputs
    }
    return {name: tuple(map(float, (given or {}).get(name, measured[name]))) for name in inputs}  # type: ignore[misc]


def _sets(fit: Fit, data_set: str | None) -> tuple[str, ...]:
    """Return the data sets to which a point may belong; one without a name where there is one."""
    if fit.sets is None:
        if data_set is not None:
            raise ParameterError(f"the fit is of one data set; there is no data set '{data_set}' to choose.")
        return ("",)
    return fit.sets.names if data_set is None else (fit.sets.find(data_set),)


def _slope(fit: Fit, target: str) -> Array:
    """Return the derivatives of the target, a parameter or a formula of parameters, (p,)."""
    expression = parse_expression(fit.derive.get(target, target))
    unknown = sorted(expression.free_names - fit.params.keys())
    if unknown:
        raise ParameterError(
            f"{unknown[0]} is not a parameter of the law; its parameters are {listing(fit.params)}."
            f"{nearest(unknown[0], fit.params)}"
        )
    fixed = {name: constant(value) for name, value in fit.plan.fixed.items()}
    free = substitute(expression, {**fixed, **fit.plan.tied})
    at = dict(zip(fit.names, fit.theta.tolist(), strict=True))
    slope = np.array([float(evaluate(entry, at)) for entry in gradient(free, fit.names)])
    if not slope.any():
        raise ParameterError(f"{target} is known exactly: no measurement can tell more about it.")
    return slope


def _triangle(fit: Fit) -> Array:
    """Return the triangle of the rows; where they leave directions open, at the very theta of the law's slopes."""
    if fit.directions.rank == fit.p or fit.rows.thinned:
        return fit.triangle
    return triangle_at(fit, fit.theta)


def _errors(fit: Fit, R: Array, rows: Array, names: tuple[str, ...], slope: Array | None) -> dict[str, float]:
    """Return the standard errors with more rows, the noise as it is now and the same in every row."""
    if not np.isfinite(rows).all():
        return dict.fromkeys(names, math.nan)
    scale = fit.scale if fit.convention.errors == "model" else fit.noise**2
    more = np.column_stack([rows, np.zeros(len(rows))])
    R = triangularise(np.asfortranarray(np.vstack([R, more])))
    tolerance = fit.discernible if fit.directions.rank == fit.p else UNDETERMINED
    found = dict(zip(fit.names, standard_errors(R, scale, tolerance=tolerance).tolist(), strict=True))
    for name in names:
        if name not in found and slope is not None:
            found[name] = float(mean_standard_error(slope[None], R, scale, tolerance=tolerance)[0])
    return found


class _Room:
    """Where points may be: their inputs, and the rows of the Jacobian there.

    A place is the values of the inputs, then the number of the data set.
    """

    def __init__(
        self,
        fit: Fit,
        inputs: Sequence[str],
        ranges: Mapping[str, tuple[float, float]],
        sets: tuple[str, ...],
    ) -> None:
        self.fit, self.inputs, self.ranges, self.sets = fit, inputs, ranges, sets
        sigma = fit.rows.sigma
        self.typical = 1.0 if sigma is None else float(np.mean(sigma**-2.0)) ** -0.5
        self.noise = self.typical if fit.convention.sigma == "absolute" else self.typical * fit.noise

    def named(self, place: Array) -> dict[str, Any]:
        """Return a place as {input: value}."""
        values: dict[str, Any] = dict(zip(self.inputs, place[:-1].tolist(), strict=True))
        return values if self.fit.sets is None else {**values, "data_set": self.sets[int(place[-1])]}

    def rows(self, places: Array) -> Array:
        """Return the weighted rows of the Jacobian at places, (m, p) of (m, d + 1); nan where it has no use."""
        from educe.fitting.predict import with_gradients

        m = len(places)
        columns = {name: np.ascontiguousarray(places[:, k]) for k, name in enumerate(self.inputs)}
        if self.fit.sets is not None:
            from educe.fitting.sets import member

            chosen = [self.sets[int(number)] for number in places[:, -1]]
            for name in self.fit.sets.names:
                columns[member(name)] = np.array([float(one == name) for one in chosen])
        J: Array = with_gradients(self.fit, columns, m)[1] / self.typical
        model = self.fit.plan.model
        if isinstance(model, OrthogonalModel):
            noise = (self.fit.rows.columns[name] for name in model.ratios)
            tau = [float(np.sqrt(np.mean(np.square(column)))) for column in noise]
            theta = self.fit._solver_theta
            J /= model.widening([columns[name] for name in model.inputs], tau, theta)[:, None]
        J[~(np.abs(J) < STEEPEST / self.fit.directions.alone).all(axis=1)] = np.nan
        return J

    def candidates(self, seed: int) -> tuple[Array, Array]:
        """Return places all over the ranges where the law has a slope, (m, d + 1), with their rows."""
        axes = [_spread(ends, GRID.get(len(self.inputs), 2)) for ends in self.ranges.values()]
        places = np.array(list(itertools.product(*axes))) if len(axes) <= max(GRID) else self._drawn(seed)
        every = np.vstack([np.column_stack([places, np.full(len(places), k)]) for k in range(len(self.sets))])
        rows = self.rows(every)
        usable = np.isfinite(rows).all(axis=1)
        if not usable.any():
            raise ParameterError("the law has no usable slope anywhere in these ranges; give others.")
        return every[usable], rows[usable]

    def _drawn(self, seed: int) -> Array:
        """Return random places and the corners, of many inputs."""
        rng = np.random.default_rng(seed)
        low, high = np.array(list(self.ranges.values())).T
        corners = np.array(list(itertools.product((0.0, 1.0), repeat=min(len(low), 10))))
        sides = np.hstack([corners, rng.integers(2, size=(len(corners), len(low) - corners.shape[1]))])
        drawn: Array = low + (high - low) * np.vstack([rng.uniform(size=(DRAWN, len(low))), sides])
        return drawn

    def even(self, points: int) -> Array:
        """Return as many places, spread evenly over the ranges and over the data sets."""
        d = len(self.inputs)
        low, high = np.array(list(self.ranges.values())).T
        if d == 1:
            unit = np.linspace(0.0, 1.0, points)[:, None] if points > 1 else np.array([[0.5]])
        else:  # the sequence of Halton (1960)
            unit = np.array([[_radical(k + 1, base) for base in _primes(d)] for k in range(points)])
        numbers = np.arange(points) % len(self.sets)
        return np.column_stack([low + (high - low) * unit, numbers])

    def polished(self, information: Information, found: Sequence[Array]) -> list[Array]:
        """Return the points after each was moved along each input to where the criterion is lowest."""
        places = [np.array(place) for place in found]
        width = {
            name: (high - low) / 2.0 / GRID.get(len(self.inputs), 8)
            for name, (low, high) in self.ranges.items()
        }
        for _ in range(ZOOMS):
            for k, (j, name) in itertools.product(range(len(places)), enumerate(self.inputs)):
                low, high = self.ranges[name]
                around = places[k][j] + width[name] * 2.0 * np.linspace(-1.0, 1.0, AROUND)
                trial = np.repeat(places[k][None], AROUND, axis=0)
                trial[:, j] = np.clip(around, low, high)
                others = np.array(places[:k] + places[k + 1 :]).reshape(-1, len(places[k]))
                C = information.with_rows(self.rows(others) / information.lengths)
                gains = information.gains(C, self.rows(trial) / information.lengths)
                best = int(np.argmax(gains))
                if gains[best] > gains[AROUND // 2] * (1.0 + 1e-12):
                    places[k] = trial[best]
            width = {name: size / 3.0 for name, size in width.items()}
        return self._gathered(places)

    def _gathered(self, places: list[Array]) -> list[Array]:
        """Return the points rounded to what can be set, so that repeated ones are the same."""
        steps = [1e-3 * (high - low) for low, high in self.ranges.values()]
        settable = []
        for place in places:
            near = place.copy()
            for j, (step, (low, high)) in enumerate(zip(steps, self.ranges.values(), strict=True)):
                near[j] = min(high, max(low, round(float(place[j]), -math.floor(math.log10(step)))))
            settable.append(near if np.isfinite(self.rows(near[None])).all() else place)
        return settable


def _spread(ends: tuple[float, float], count: int) -> Array:
    """Return candidates between two ends: evenly, and over the logarithm where they are decades apart."""
    low, high = ends
    even = np.linspace(low, high, count)
    return np.union1d(even, np.geomspace(low, high, count)) if 0.0 < low * DECADES <= high else even


def _radical(number: int, base: int) -> float:
    """Return the digits of a number mirrored at the point: van der Corput's sequence."""
    value, share = 0.0, 1.0 / base
    while number:
        number, digit = divmod(number, base)
        value += digit * share
        share /= base
    return value


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found
