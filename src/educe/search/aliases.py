"""Frequencies that evenly spaced rows cannot tell apart.

Rows at x0, x0 + d, x0 + 2 d, ... see sin(w x) at whole steps only: w + 2 pi m / d and its mirror image
2 pi m / d - w give the same values with another phase or sign. The lowest is the answer; the next are named.
Source: Nyquist (1928).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.formula import evaluate
from educe.search.batch import Descents, descend
from educe.search.inversion import solve_effect
from educe.search.roles import is_frequency, moving_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from educe.formula import Expression
    from educe.search.problem import Problem
    from educe.search.roles import Role

Array = NDArray[np.float64]

NAMED = 3  # aliases named for each frequency
SAME = 1e-6  # relative difference of cost below which two fits are the same
OFF = 1e-3  # of a spacing: rows further from their step are not evenly spaced
FINEST = 8  # the common spacing may be so many times smaller than the smallest gap, or than the usual one
TURNS = 32  # phases tried for each alias
CLOSER = 25  # steps of the descent that follows


@dataclass(frozen=True)
class Frequency:
    """A parameter that is a frequency of evenly spaced data.

    name : of the parameter;  role : what it does;  turn : 2 pi / d, the distance of aliases
    data : words for what it multiplies;  spacing : d of the data in these words
    """

    name: str
    role: Role
    turn: float
    data: str
    spacing: float

    def sentence(self, value: float, others: Sequence[float], *, lowest: bool) -> str:
        """Return its aliases in words."""
        words = [f"{other:.6g}" for other in others]
        listed = " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
        given = "; the lowest frequency is given" if lowest else ""
        return (
            f"{self.data} has steps of {self.spacing:.6g}, so {self.name} = {listed} would fit as well as "
            f"{self.name} = {value:.6g}{given}."
        )


def frequencies(problem: Problem, columns: Mapping[str, Array]) -> list[Frequency]:
    """Return the frequencies that have aliases.

    columns : {name: (n,)} of the whole table: its spacing counts, not that of the rows searched
    """
    found: dict[tuple[Expression, Expression], Frequency] = {}
    variables = set(problem.sampler.variables)
    played = [(name, role) for name in problem.nonlinear for role in problem.sampler.roles[name]]
    for name, role in played:
        data = moving_part(role.partner, variables)
        alone = bool(data.free_names) and data.free_names <= variables
        if not is_frequency(role) or not alone or (role.effect, data) in found:
            continue
        spacing = common_spacing(np.asarray(evaluate(data, columns), float).reshape(-1))
        if spacing is not None:
            words = _in_words(data, spacing, columns)
            found[role.effect, data] = Frequency(name, role, 2 * np.pi / spacing, *words)
    return list(found.values())


def _in_words(data: Expression, spacing: float, columns: Mapping[str, Array]) -> tuple[str, float]:
    """Return what comes in steps, the column where it is one, and how large the steps are."""
    if len(data.free_names) == 1:
        (column,) = data.free_names
        own = common_spacing(columns[column])
        if own is not None:
            return column, own
    return str(data), spacing


def lowered(problem: Problem, alpha: Array, among: Sequence[Frequency], *, floor: float) -> Array:
    """Return a minimum (q,) with the lowest frequencies that fit as well; floor : cost that is rounding."""
    for frequency in among:
        alpha = _Neighbours(problem, alpha, frequency, floor).lowered()
    return alpha


def named(problem: Problem, alpha: Array, among: Sequence[Frequency], *, floor: float) -> tuple[str, ...]:
    """Return the next frequencies that fit as well as those of a minimum (q,), in words."""
    near = (_Neighbours(problem, alpha, frequency, floor) for frequency in among)
    return tuple(sentence for one in near for sentence in one.named())


class _Neighbours:
    """The aliases of one frequency of one minimum, tried on the rows."""

    def __init__(self, problem: Problem, alpha: Array, frequency: Frequency, floor: float) -> None:
        self.problem, self.alpha, self.frequency = problem, alpha, frequency
        self.name, self.role, self.turn = frequency.name, frequency.role, frequency.turn
        self.place = problem.searched.index(self.name)
        self.values = dict(zip(problem.searched, alpha.tolist(), strict=True))
        self.size = float(evaluate(self.role.effect, self.values))
        self.allowed = float(problem.descending.cost(alpha[None])[0]) * (1.0 + SAME) + floor
        self.base = abs(float(np.remainder(self.size + self.turn / 2, self.turn) - self.turn / 2))

    def others(self) -> list[float]:
        """Return the next frequencies that evenly spaced rows confuse with this one, the lowest first."""
        steps = np.arange(NAMED + 1) * self.turn
        sizes = np.unique(np.concatenate([steps + self.base, steps[1:] - self.base]))
        apart = np.abs(sizes - abs(self.size)) > 1e-6 * self.turn
        return [size for size in sizes[apart][:NAMED].tolist() if size > 0.0]

    def lowered(self) -> Array:
        """Return the minimum with the lowest frequency that fits as well."""
        below = [size for size in self.others() if size < abs(self.size)]
        for size, point in self.fitting(below)[:1]:
            self.alpha, self.size = point, size
        return self.alpha

    def named(self) -> Iterator[str]:
        """Yield the aliases in words, if there are any."""
        points = self.fitting([size for size in self.others() if size > abs(self.size)])
        if points:
            others = [float(point[self.place]) for _, point in points]
            lowest = abs(self.size) <= self.base + 1e-6 * self.turn
            yield self.frequency.sentence(float(self.alpha[self.place]), others, lowest=lowest)

    def fitting(self, sizes: list[float]) -> list[tuple[float, Array]]:
        """Return those of the frequencies that fit as well, each with its minimum."""
        starts = [(size, start) for size in sizes for start in self.start(size)]
        if not starts:
            return []
        projection, box = self.problem.descending, self.problem.box
        state = Descents.begin(projection, np.array([start for _, start in starts]))
        descend(projection, state, iterations=CLOSER, box=box)
        return [
            (size, point)
            for (size, start), point, cost in zip(starts, state.alpha, state.cost.tolist(), strict=True)
            if cost <= self.allowed and abs(point[self.place] / start[self.place] - 1.0) < 1e-2
        ]

    def start(self, size: float) -> list[Array]:
        """Return the best start with this frequency, phases tried all round; none outside the bounds."""
        begun = np.tile(self.alpha, (TURNS, 1))
        begun[:, self.place] = self.solved(self.role, self.name, np.array([np.copysign(size, self.size)]))
        lower, upper = self.problem.bounds.get(self.name, (-np.inf, np.inf))
        if not lower <= begun[0, self.place] <= upper:
            return []
        for column, around in self.phases(size):
            begun[:, column] = around
        cost = self.problem.descending.cost(begun)
        return [begun[int(np.argmin(cost))]] if np.isfinite(cost).any() else []

    def phases(self, size: float) -> Iterator[tuple[int, Array]]:
        """Yield each phase beside this frequency, or position within it, with values (TURNS,) all round."""
        parts = np.arange(TURNS) / TURNS
        roles = self.problem.sampler.roles
        for name in self.problem.nonlinear:
            if name in self.role.partner.free_names:
                at = self.values[name] + parts * 2 * np.pi / size
                yield self.problem.searched.index(name), at
            for role in roles[name] if name != self.name else ():
                turning = role.kind == "location" and role.place.setting == "periodic"
                if turning and self.name in role.partner.free_names:
                    now = float(evaluate(role.effect, self.values))
                    yield self.problem.searched.index(name), self.solved(role, name, now + 2 * np.pi * parts)

    def solved(self, role: Role, name: str, size: Array) -> Array:
        """Return the values of a parameter that give an effect these sizes."""
        values = {p: np.array([[value]]) for p, value in self.values.items()}
        return solve_effect(role.effect, name, size, values, size)


def common_spacing(x: Array) -> float | None:
    """Return d such that all of x lie at x0 + k d, k whole; None where there is none worth naming.

    >>> common_spacing(np.array([0.0, 0.2, 0.5, 0.7, 0.9]))
    0.1
    >>> common_spacing(np.array([0.0, 0.213, 0.5, 0.77, 0.91])) is None
    True
    """
    values = np.unique(x)
    if len(values) < 3 or not np.isfinite(values).all():
        return None
    gaps = np.diff(values)
    gaps = gaps[gaps > 1e-9 * (values[-1] - values[0])]
    smallest, usual = float(gaps.min()), float(np.median(gaps))
    for finer in range(1, FINEST + 1):
        guess = smallest / finer
        if guess * FINEST < usual:
            return None
        steps = np.cumsum(np.concatenate([[0.0], np.round(np.diff(values) / guess)]))
        spacing = float(values[-1] - values[0]) / float(steps[-1])
        if (np.abs(values - values[0] - steps * spacing) <= OFF * spacing).all():
            return float(f"{spacing:.12g}")
    return None
