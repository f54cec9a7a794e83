"""A law as an estimator over columns known by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin

from educe.errors import FormulaError, ParameterError, listing, nearest
from educe.fitting.fit import fit
from educe.fitting.plan import LawLike, read_law
from educe.formula import Law, symbol

if TYPE_CHECKING:
    from educe.fitting.opaque_law import OpaqueLaw
    from educe.uncertainty.prediction import Prediction

Array = NDArray[np.float64]

SEARCH_SECONDS = 5.0


class LawOnColumns(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A law whose variables are columns of X by name; fitted by `educe.fit`, starts searched for anew each time.

    law : as `checked` returns it;  columns : names of X's columns;  seed : of the search

    After fitting: `fit_`, and `parameters_`, the number of its free parameters.
    """

    def __init__(
        self, law: Law | OpaqueLaw | None = None, columns: tuple[str, ...] = (), *, seed: int = 0
    ) -> None:
        self.law = law
        self.columns = columns
        self.seed = seed

    def fit(self, X: Any, y: Any) -> LawOnColumns:
        """Find the law's constants; FitError or TableError where that cannot be."""
        law = cast("Law | OpaqueLaw", self.law)
        data = {**self._named(X), str(law.target): np.asarray(y, dtype=np.float64)}
        self.fit_ = fit(law, data, search_seconds=SEARCH_SECONDS, seed=self.seed)
        self.parameters_ = float(len(self.fit_.names))
        return self

    def predict(self, X: Any) -> Array:
        """Return the law's values, (m,)."""
        return np.asarray(self.fit_.predict(self._named(X)), dtype=np.float64)

    def predict_interval(self, X: Any, level: float = 0.95) -> tuple[Array, Array]:
        """Return the limits of the interval for a new measurement."""
        found = cast("Prediction", self.fit_.predict(self._named(X), interval="prediction", level=level))
        return found.lower, found.upper

    def _named(self, X: Any) -> dict[str, Array]:
        X = np.asarray(X, dtype=np.float64)
        return {name: np.ascontiguousarray(X[:, k]) for k, name in enumerate(self.columns)}


def checked(
    law: LawLike, columns: tuple[str, ...], target: str, others: tuple[str, ...] = ()
) -> Law | OpaqueLaw:
    """Return a law that predicts the target itself from the inputs.

    others : columns that are no inputs. FormulaError or ParameterError for a law of these, or of another target.
    """
    read = read_law(law)
    if not isinstance(read, Law):
        return read
    if read.response is not None and read.response.operation != "symbol":
        raise FormulaError(
            f"the law {read.text} predicts {read.target}; contenders are compared on {target} itself, so solve the law "
            f"for {target}."
        )
    if read.target is None:
        read = _with_response(read, target)
    if read.target != target:
        raise ParameterError(
            f"the law {read.text} predicts {read.target}, and the target is {target}."
            f"{nearest(str(read.target), [target])}"
        )
    if target in read.names:
        raise ParameterError(f"the law {read.text} uses {target}, the column that is to be predicted.")
    stray = [name for name in read.names if name in others]
    if stray:
        raise ParameterError(
            f"the law {read.text} uses the column {stray[0]}, which is no input; the inputs are {listing(columns)}."
        )
    roles = read.roles((*columns, target))
    if not roles.variables:
        raise FormulaError(
            f"the law {read.text} uses none of the inputs {listing(columns)}: it is a constant, which the mean is too."
        )
    if not roles.parameters:
        raise FormulaError(
            f"{read.text} has no parameters: there is nothing to find from {listing(columns)}."
        )
    return read


def _with_response(law: Law, target: str) -> Law:
    from dataclasses import replace

    return replace(law, response=symbol(target))
