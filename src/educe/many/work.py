"""What is done with one part of very many data sets, here or in another process."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.many import COMPILED_FROM, ManyRows
from educe.errors import ParameterError
from educe.fitting.fit import fit
from educe.many.starting import Limits, improved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from educe.engines.many import Ends
    from educe.engines.model import FormulaModel
    from educe.formula import Law
    from educe.least_squares.triangle import Array
    from educe.many.data_sets import DataSets


@dataclass(frozen=True)
class Single:
    """How one data set is fitted on its own, starting values searched for: see `fit`."""

    law: Law
    start: Mapping[str, float] | None
    bounds: Mapping[str, tuple[float, float]] | None
    fixed: Mapping[str, float] | None
    sigma: str | None
    search_seconds: float
    seed: int

    def __call__(self, sets: DataSets, number: int) -> dict[str, float]:
        """Return the parameters of one of the data sets; raises EduceError where it cannot be fitted."""
        one = fit(
            self.law,
            sets.rows_of(number),
            start=self.start,
            bounds=self.bounds,
            fixed=self.fixed,
            sigma=self.sigma,
            search_seconds=self.search_seconds,
            seed=self.seed,
        )
        return one.params


@dataclass(frozen=True, eq=False)
class Work:
    """All that is asked of a part.

    model : the law, its linear parameters first, none eliminated;  sigma : column of standard deviations, or None
    limits : of parameters and steps;  single : the fit of one data set
    starts : (C, p), of which each data set takes the best;  searches : share of data sets that is searched at most
    compiled : whether by compiled loops: decided by all the rows, not by those of a part
    """

    model: FormulaModel
    sigma: str | None
    poisson: bool
    limits: Limits
    single: Single
    starts: Array
    searches: float
    compiled: bool

    def rows(self, sets: DataSets) -> ManyRows:
        """Return the data sets as the engine takes them."""
        return many_rows(sets, self.model, self.sigma, poisson=self.poisson)

    def __call__(self, sets: DataSets) -> Ends:
        """Return where the fits of these data sets end."""
        rows = self.rows(sets)
        ends = rows.fitted(
            self.starts,
            self.limits.lower,
            self.limits.upper,
            own=False,
            steps=self.limits.steps,
            compiled=self.compiled,
        )
        most = max(FEWEST, int(np.ceil(self.searches * sets.count)))
        fit_one = partial(self.single, sets)
        improved(rows, ends, self.starts, self.limits, fit_one, most=most, compiled=self.compiled)
        return ends


FEWEST = 4  # data sets of a part that are searched on their own if need be


def compiling_pays(points: int) -> bool:
    """Whether so many points are worth the time of the compiler."""
    return points >= COMPILED_FROM and importlib.util.find_spec("numba") is not None


def many_rows(sets: DataSets, model: FormulaModel, sigma: str | None, *, poisson: bool) -> ManyRows:
    """Return the data sets as the engine takes them."""
    columns = [sets.columns[name] for name in model.variables]
    response = model.response(_own_rows(sets, model))
    weights = None if sigma is None else 1.0 / sets.columns[sigma]
    return ManyRows(model, columns, response, sets.offsets, weights, sets.shared, poisson)


def check_values(
    columns: Mapping[str, Array], model: FormulaModel, sigma: str | None, *, poisson: bool
) -> None:
    """Raise ParameterError for counts below 0 and standard deviations that are not above 0."""
    if poisson:
        response = model.response(_whole(columns, model))
        if response.min(initial=0.0) < 0.0:
            raise ParameterError(
                f"loss 'poisson' is for counts; the response is {response.min():g} somewhere, which is below 0."
            )
    if sigma is not None and not columns[sigma].min(initial=np.inf) > 0.0:
        raise ParameterError(f"sigma must be above 0; {sigma} is {columns[sigma].min():g} somewhere.")


def _own_rows(sets: DataSets, model: FormulaModel) -> list[Array]:
    """Return the columns for the response, which uses none that is shared."""
    return _whole(sets.columns, model)


def _whole(columns: Mapping[str, Array], model: FormulaModel) -> list[Array]:
    n = max(len(columns[name]) for name in model.variables)
    return [
        column if len(column) == n else np.broadcast_to(0.0, (n,))
        for column in (columns[name] for name in model.variables)
    ]


def carried_out(work: Work, piece: Any) -> Ends:
    """Return where the fits of one part end; the whole of a task."""
    return work(piece())
