"""Rows that no noise explains: found together, so that they cannot hide one another, and left out only when asked.

A robust fit, which far rows hardly move, gives a first clean set. Then, until the set no longer changes: fit the clean
rows by least squares, and test every row against that fit, those outside it as new readings. A row is an outlier
where so large a deviation, among all rows, has a probability below the significance.

Source: Hadi and Simonoff (1993), for the tests from a clean set; Bonferroni's inequality for the number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from educe.engines.in_memory import InMemory
from educe.errors import ParameterError
from educe.fitting.found import in_law_order
from educe.fitting.solving import Solving, box_of
from educe.least_squares.losses import LOSSES
from educe.least_squares.robust import solve_robust
from educe.least_squares.solve import solve
from educe.least_squares.triangle import triangularise
from educe.uncertainty.influence import influence, outlier_probability
from educe.uncertainty.leverage import deleted, leverage, studentised

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from educe.fitting.result import Fit
    from educe.least_squares.triangle import Array
    from educe.uncertainty.influence import Influence

    Rows = NDArray[np.bool_]

FIRST_CUT = 3.0  # robust standard deviations within which a row belongs to the first clean set
ROUNDS = 30


@dataclass(frozen=True)
class Outlier:
    """A row that no noise explains.

    place : of the row in the fit, from 0;  number : at its source, from 1;  data_set : of several, else ""
    residual : from the fit of the other rows, in the unit of the response
    t : the same in units of its standard deviation;  p_value : of one so large among all rows
    """

    place: int
    number: int
    data_set: str
    residual: float
    t: float
    p_value: float


@dataclass(frozen=True)
class Outliers:
    """Rows that no noise explains, the farthest first, and the rule by which they were found.

    found : the rows;  n : rows tested;  significance : probability of any in a right fit
    """

    found: tuple[Outlier, ...]
    n: int
    significance: float

    @property
    def rule(self) -> str:
        """The rule in words."""
        return (
            f"t test of each row against the fit of the rows that pass it, from a robust fit; {self.n:,} rows at "
            f"{100 * self.significance:g} % in all (Bonferroni)"
        )

    @property
    def places(self) -> tuple[int, ...]:
        """Places of the rows in the fit, from 0."""
        return tuple(one.place for one in self.found)

    def to_dict(self) -> dict[str, Any]:
        """Return the outliers as plain data."""
        rows = [
            {
                "row": one.number,
                **({"data_set": one.data_set} if one.data_set else {}),
                "residual": one.residual,
                "t": one.t,
                "p_value": one.p_value,
            }
            for one in self.found
        ]
        return {"rule": self.rule, "significance": self.significance, "n": self.n, "rows": rows}

    @classmethod
    def from_dict(cls, item: Mapping[str, Any]) -> Outliers:
        """Return the outliers that `to_dict` described; their places in the fit are not known any more."""
        rows = (
            Outlier(
                -1,
                int(row["row"]),
                str(row.get("data_set", "")),
                float(row["residual"]),
                float(row["t"]),
                float(row["p_value"]),
            )
            for row in item["rows"]
        )
        return cls(tuple(rows), int(item["n"]), float(item["significance"]))


class _Judged(NamedTuple):
    """What a fit of clean rows says of all: residuals, their t, their probability, (n,) each."""

    residuals: Array
    t: Array
    p_value: Array


def influence_of(fit: Fit) -> Influence:
    """Return what each row does to a fit; see `uncertainty.influence`."""
    known = fit.convention.sigma == "absolute" and fit.convention.loss == "linear"
    noise = 1.0 if known else fit.noise**2
    dof = np.inf if known or fit.convention.loss != "linear" else fit.dof
    return influence(
        fit.names,
        fit.weighted_jacobian,
        fit.weighted_residuals,
        fit.triangle,
        noise=noise,
        dof=dof,
        tolerance=fit.discernible,
    )


def outliers_of(fit: Fit, significance: float) -> Outliers:
    """Return the rows that no noise explains: see `Fit.outliers`."""
    if not 0.0 < significance < 1.0:
        raise ParameterError(f"significance must lie between 0 and 1, such as 0.05, not {significance:g}.")
    if fit.rows.thinned:
        raise ParameterError(
            f"outliers are looked for among all rows, but of {fit.n:,} only {len(fit.rows.response):,} are in the "
            "file; fit the measurements again."
        )
    if fit.dof < 3:
        return Outliers((), fit.n, significance)
    with np.errstate(all="ignore"):
        judged, clean = _judged(fit, significance)
    sigma = np.ones(fit.n) if fit.rows.sigma is None else fit.rows.sigma
    far = sorted(np.flatnonzero(~clean), key=lambda row: -abs(judged.t[row]))
    found = (
        Outlier(
            int(row),
            *_named(fit, int(row)),
            float(judged.residuals[row] * sigma[row]),
            float(judged.t[row]),
            float(judged.p_value[row]),
        )
        for row in far
    )
    return Outliers(tuple(found), fit.n, significance)


def _named(fit: Fit, row: int) -> tuple[int, str]:
    """Return the number of a row at its source, and the data set it belongs to, of several."""
    number = fit.rows.number(row)
    if fit.sets is None:
        return number, ""
    name, place = fit.sets.place(number - 1)
    return place + 1, name


def _judged(fit: Fit, significance: float) -> tuple[_Judged, Rows]:
    """Return what the last clean set says of all rows, and that set, (n,) bool."""
    box = box_of(fit.plan, {p.name: p for p in fit.parameters})
    robust = solve_robust(fit.problem, fit._solver_theta, loss=LOSSES["tukey"], box=box)
    theta, noise = robust.solution.theta, robust.loss_scale / LOSSES["tukey"].tuning
    distance = np.abs(fit.problem.residuals(theta)) / noise
    if not np.isfinite(distance).all():
        theta, distance = fit._solver_theta, np.abs(fit.weighted_residuals) / (fit.noise or 1.0)
    enough = max((fit.n + fit.p + 1) // 2, fit.p + 3)
    clean = distance <= max(FIRST_CUT, float(np.partition(distance, enough - 1)[enough - 1]))
    seen: set[bytes] = set()
    for _ in range(ROUNDS):
        found = solve(_only(fit, clean), theta, box=box)
        if np.isfinite(found.cost):
            theta = found.theta
        judged = _against(fit, theta, clean)
        passed = judged.p_value >= significance
        if np.array_equal(passed, clean) or np.count_nonzero(passed) < enough or passed.tobytes() in seen:
            break
        seen.add(passed.tobytes())
        clean = passed
    return judged, clean if np.count_nonzero(passed) < enough else passed


def _only(fit: Fit, rows: Rows) -> InMemory:
    """Return some of the rows under the law."""
    weights = None if fit.problem.weights is None else fit.problem.weights[rows]
    return InMemory(fit.plan.model, [column[rows] for column in fit.problem.columns], weights)


def _against(fit: Fit, theta: list[float], clean: Rows) -> _Judged:
    """Return how far every row is from the fit of the clean ones: those as its rows, the others as new ones."""
    matrix = np.empty((fit.n, fit.p + 1))
    for rows, block in fit.problem.blocks(theta):
        matrix[rows] = block
    J, r = matrix[:, :-1], matrix[:, -1]
    R = triangularise(np.asfortranarray(matrix[clean]))
    dof = int(np.count_nonzero(clean)) - fit.p
    known = fit.convention.sigma == "absolute"
    noise = 1.0 if known else float(np.square(r[clean]).sum()) / dof
    h = leverage(J[clean], R, tolerance=fit.discernible)
    e = studentised(r[clean], h, noise)
    t = np.empty(fit.n)
    t[clean] = e if known else deleted(e, dof)
    root = np.linalg.lstsq(R[:-1, :-1].T, J[~clean].T, rcond=None)[0]
    t[~clean] = r[~clean] / np.sqrt(noise * (1.0 + np.square(root).sum(axis=0)))
    each = np.full(fit.n, np.inf) if known else np.where(clean, dof - 1.0, float(dof))
    return _Judged(r, t, outlier_probability(t, each, fit.n))


def without(fit: Fit, outliers: Outliers) -> Fit:
    """Return the fit of the other rows: see `Fit.without`."""
    if not outliers.found:
        return fit
    if min(outliers.places) < 0 or max(outliers.places) >= fit.n or outliers.n != fit.n:
        raise ParameterError("these outliers were found in another fit; ask this one for its own.")
    kept = np.ones(fit.n, dtype=np.bool_)
    kept[list(outliers.places)] = False
    how = Solving(fit.method, fit.convention.loss, None, 500, None)
    box = box_of(fit.plan, {p.name: p for p in fit.parameters})
    solved = how.descended(fit.plan, _only(fit, kept), [fit._solver_theta], box)
    rows = fit.rows
    numbers = np.arange(fit.n) if rows.kept is None else rows.kept
    count = len(outliers.found)
    less = replace(
        fit,
        found=in_law_order(fit.plan, solved.solution, solved.triangle),
        rows=replace(
            rows,
            columns={name: column[kept] for name, column in rows.columns.items()},
            response=rows.response[kept],
            sigma=None if rows.sigma is None else rows.sigma[kept],
            total=0,
            kept=numbers[kept],
        ),
        left_out={**fit.left_out, "outlier": fit.left_out.get("outlier", 0) + count},
        convention=replace(fit.convention, loss_scale=solved.loss_scale),
        excluded=outliers,
    )
    return (
        less if fit.sets is None else replace(less, sets=fit.sets.counted(less.rows, less.weighted_residuals))
    )
