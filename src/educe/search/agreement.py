"""One answer for all parameter values that give the very same curve.

A law may not tell w from -w, one peak from the next, a phase from the same phase a turn later. Such symmetries are
found by trying them on numbers; of all equal answers the one is given with positive nonlinear parameters, phases
within half a turn of zero, places within an oscillation in the first turn of the data, and like parts in the order of
their first parameter (frequencies and rates rising).
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from educe.formula import Expression, evaluate, substitute, symbol
from educe.search.roles import is_frequency

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from educe.search.problem import Problem
    from educe.search.roles import Role

Array = NDArray[np.float64]
Theta = dict[str, float]
Flip = tuple[str, ...]

TRIALS = 4
PROBES = 9
TURN = 2 * math.pi


class Symmetries:
    """What changes of the parameters leave a law as it is."""

    def __init__(self, problem: Problem, theta: Mapping[str, float]) -> None:
        self.problem = problem
        self.law = problem.expression
        n = len(problem.rows.response)
        rows = np.unique(np.linspace(0, n - 1, min(n, PROBES)).astype(int))
        self.columns = {name: x[rows] for name, x in problem.rows.columns.items()}
        spread = np.random.default_rng(1).lognormal(0.0, 0.2, (TRIALS, len(theta)))
        self.trial = {name: value * spread[:, k, None] for k, (name, value) in enumerate(theta.items())}
        self.usual = self.curve(self.trial)
        self.flips = self._flips()
        self.exchanges = list(self._exchanges())
        self.phases = [name for name in problem.nonlinear if self._is_phase(name)]
        self.positions = dict(self._positions())

    def curve(self, values: Mapping[str, Array]) -> Array:
        """Return the law at the rows looked at, for values (TRIALS, 1) of each parameter."""
        return np.asarray(evaluate(self.law, {**values, **self.columns}), float)

    def holds(self, changed: Mapping[str, Array]) -> bool:
        """Whether the law has the same values when these parameters are changed."""
        usual, other = self.usual, self.curve({**self.trial, **changed})
        if not np.isfinite(usual).all() or not np.isfinite(other).all():
            return False
        return bool(np.allclose(other, usual, rtol=1e-8, atol=1e-9 * np.abs(usual).max()))

    def _companions(self, name: str) -> set[str]:
        """Return the parameters that meet this one in some term."""
        found: set[str] = set()
        for c, phi in self.problem.space.projection.moving:
            if name in phi.free_names:
                found |= {c, *phi.free_names}
        offset = set() if found else set(self.problem.parameters)
        return ((found | offset) & set(self.problem.parameters)) - {name}

    def _flips(self) -> list[Flip]:
        found: list[Flip] = []
        for name in self.problem.nonlinear:
            others = [p for p in self.problem.parameters if p in self._companions(name)][:8]
            for size in range(3):
                for more in itertools.combinations(others, size):
                    flip = (name, *more)
                    if any(set(known) <= set(flip) for known in found):
                        continue
                    if self.holds({p: -self.trial[p] for p in flip}):
                        found.append(flip)
        return found

    def _exchanges(self) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Yield pairs of parts of one form, each with all its parameters, the linear ones last."""
        projection = self.problem.space.projection
        for first, second in itertools.combinations(self.problem.space.blocks.parts, 2):
            if first.likeness != second.likeness:
                continue
            here, there = (_columns_of(projection.moving, part.names) for part in (first, second))
            renamed = {name: symbol(other) for name, other in zip(first.names, second.names, strict=True)}
            images = {substitute(phi, renamed): c for c, phi in here}
            matched = [(images[phi], c) for c, phi in there if phi in images]
            if len(matched) == len(here):
                yield (
                    (*first.names, *(c for c, _ in matched)),
                    (*second.names, *(c for _, c in matched)),
                )

    def _is_phase(self, name: str) -> bool:
        """Whether a full turn changes nothing although less than a turn does."""
        role = self._role(name, "location")
        if role is None or role.place.setting != "periodic":
            return False
        turned, short = ({name: self.trial[name] + angle} for angle in (TURN, 1.0))
        return self.holds(turned) and not self.holds(short)

    def _role(self, name: str, kind: str) -> Role | None:
        roles = self.problem.sampler.roles[name]
        return next((role for role in roles if role.kind == kind), None)

    def _positions(self) -> Iterator[tuple[str, Role]]:
        """Yield the places within an oscillation, s in sin(w*(x - s)), with the role of its frequency."""
        played = dict.fromkeys(role for roles in self.problem.sampler.roles.values() for role in roles)
        for role in filter(is_frequency, played):
            for name in self.problem.nonlinear:
                if name in role.partner.free_names:
                    _, turn = self._here(role, name, self.trial)
                    once, less = ({name: self.trial[name] + part * turn} for part in (1.0, 0.3))
                    if self.holds(once) and not self.holds(less):
                        yield name, role

    def _here(self, role: Role, name: str, values: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return how far beyond a place the data begin, and a full turn, both signed, in units of the place."""
        first = {x: column.min() for x, column in self.problem.rows.columns.items()}
        values = {**first, **values}
        here = evaluate(role.partner, values)
        slope = evaluate(role.partner, {**values, name: values[name] + 1.0}) - here
        return -here / slope, -TURN / (np.abs(evaluate(role.effect, values)) * slope)

    def canonical(self, theta: Mapping[str, float]) -> Theta:
        """Return the one of all equal answers that is given, inside the bounds."""
        values = dict(theta)
        for flip in self.flips:
            if values[flip[0]] < 0:
                self._accept(values, {name: -values[name] for name in flip})
        for phase in self.phases:
            self._turn(values, phase)
        for name, role in self.positions.items():
            self._to_first(values, name, role)
        for _ in self.exchanges:
            for first, second in self.exchanges:
                if self._key(first[0], values) > self._key(second[0], values):
                    swap = {a: values[b] for a, b in zip(first, second, strict=True)}
                    swap |= {b: values[a] for a, b in zip(first, second, strict=True)}
                    self._accept(values, swap)
        return values if self._same_curve(theta, values) else dict(theta)

    def _same_curve(self, theta: Mapping[str, float], values: Theta) -> bool:
        """Whether two answers agree on all rows: a term too small to be seen can feign a symmetry."""
        rows = self.problem.rows
        first, second = (
            np.asarray(evaluate(self.law, {**at, **rows.columns}), float) for at in (theta, values)
        )
        allowed = 1e-9 * (np.abs(first) + float(rows.response.std()))
        return bool((np.abs(first - second) <= allowed).all())

    def _turn(self, values: Theta, phase: str) -> None:
        for amplitude in self._companions(phase) & set(self.problem.linear):
            half = {phase: self.trial[phase] + math.pi, amplitude: -self.trial[amplitude]}
            if values[amplitude] < 0 and self.holds(half):
                self._accept(values, {phase: values[phase] + math.pi, amplitude: -values[amplitude]})
                break
        self._accept(values, {phase: math.remainder(values[phase], TURN)})

    def _to_first(self, values: Theta, name: str, role: Role) -> None:
        """Put a place within an oscillation into the first turn of the data, amplitudes positive."""
        beyond, turn = self._here(role, name, values)
        half = {name: self.trial[name] + self._here(role, name, self.trial)[1] / 2}
        for amplitude in self._companions(name) & set(self.problem.linear):
            if values[amplitude] < 0 and self.holds({**half, amplitude: -self.trial[amplitude]}):
                self._accept(values, {name: values[name] + turn / 2, amplitude: -values[amplitude]})
                beyond -= turn / 2
                break
        self._accept(values, {name: float(values[name] + turn * math.ceil(beyond / turn - 1e-9))})

    def _key(self, name: str, values: Theta) -> float:
        role = self._role(name, "scale")
        if role is None or not role.effect.free_names <= {name}:
            return values[name]
        return abs(float(evaluate(role.effect, {name: values[name]})))

    def _accept(self, values: Theta, changed: Theta) -> None:
        bounds = self.problem.bounds
        for name, value in changed.items():
            lower, upper = bounds.get(name, (-math.inf, math.inf))
            if not lower <= value <= upper:
                return
        values.update(changed)

    def sentences(self) -> tuple[str, ...]:
        """Return the symmetries in words."""
        flips = [f"The law is the same with {_and(flip)} of opposite sign." for flip in self.flips]
        parts = [f"{_and(a)} may be exchanged for {_and(b)}." for a, b in self.exchanges]
        turns = [f"{name} may be changed by a full turn, 2 pi." for name in self.phases]
        places = [f"{name} may be changed by a full turn of its oscillation." for name in self.positions]
        return (*flips, *parts, *turns, *places)


def _columns_of(moving: list[tuple[str, Expression]], names: tuple[str, ...]) -> list[tuple[str, Expression]]:
    return [(c, phi) for c, phi in moving if not phi.free_names.isdisjoint(names)]


def _and(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
