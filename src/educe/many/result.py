"""What very many fits found: a table with a row for each data set, and a status in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import ParameterError, nearest

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from educe.least_squares.triangle import Array

STATUS = (
    "converged",
    "converged at a bound",
    "the data cannot tell the parameters apart",
    "the limit of steps was reached",
    "no step lowers the sum of squares",
    "the law is not finite at any start",
    "fewer points than parameters",
)
"""What became of a fit, by its code."""


@dataclass(frozen=True, eq=False)
class Many:
    """One law fitted to B data sets.

    law : its text;  by, keys : name of the key and its values, (B,)
    names : of the free parameters, in the law's order
    theta, stderr : (B, p);  rss : (B,), sum of squared weighted residuals, or the deviance of counts
    dof : (B,), points less free parameters;  status : (B,) int8, places in `STATUS`;  steps : (B,)
    source, n, left_out : where the rows came from, how many were used, {reason: rows}
    fixed : {name: value};  seconds : of all the work
    """

    law: str
    by: str
    keys: Array
    names: tuple[str, ...]
    theta: Array
    stderr: Array
    rss: Array
    dof: NDArray[np.int64]
    status: NDArray[np.int8]
    steps: NDArray[np.int64]
    source: str
    n: int
    left_out: Mapping[str, int]
    fixed: Mapping[str, float]
    seconds: float

    def __len__(self) -> int:
        """Return the number of data sets."""
        return len(self.keys)

    @cached_property
    def params(self) -> dict[str, Array]:
        """{name: (B,)} of the free parameters."""
        return {name: self.theta[:, k] for k, name in enumerate(self.names)}

    @cached_property
    def errors(self) -> dict[str, Array]:
        """{name: (B,)} of their standard errors."""
        return {name: self.stderr[:, k] for k, name in enumerate(self.names)}

    @property
    def converged(self) -> NDArray[np.bool_]:
        """Which fits reached a minimum, (B,)."""
        return self.status <= 1

    @property
    def counts(self) -> dict[str, int]:
        """{status in words: data sets}, of those that occur."""
        number = np.bincount(self.status, minlength=len(STATUS))
        return {words: int(count) for words, count in zip(STATUS, number, strict=True) if count}

    def of(self, key: float) -> dict[str, float]:
        """Return the parameters found for one key. ParameterError if there is no such data set."""
        place = np.flatnonzero(self.keys == key)
        if not len(place):
            known = [f"{k:g}" for k in self.keys[:50]]
            raise ParameterError(
                f"there is no data set with {self.by} = {key:g}.{nearest(f'{key:g}', known)}"
            )
        return dict(zip(self.names, self.theta[place[0]].tolist(), strict=True))

    def to_columns(self) -> dict[str, Any]:
        """Return the table: key, parameters, standard errors, rss, dof, steps, status, each (B,)."""
        whole = bool((self.keys == np.floor(self.keys)).all()) and np.abs(self.keys).max(initial=0.0) < 2**53
        columns: dict[str, Any] = {self.by: self.keys.astype(np.int64) if whole else self.keys}
        columns |= self.params
        columns |= {f"{name}_stderr": error for name, error in self.errors.items()}
        columns |= {"rss": self.rss, "dof": self.dof, "steps": self.steps, "status": self.status}
        return columns

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table as .parquet, .arrow, .feather, .csv or .tsv, whole or not at all."""
        from educe.table.writing import write

        write(path, self.to_columns())

    def to_dict(self) -> dict[str, Any]:
        """Return the object of `educe fit --by --json`: counts, and the spread of each parameter."""
        good = self.converged
        return {
            "formula": self.law,
            "source": self.source,
            "by": self.by,
            "fits": len(self),
            "n": self.n,
            "left_out": dict(self.left_out),
            "converged": int(good.sum()),
            "status": self.counts,
            "parameters": {
                name: {
                    "median": float(np.median(values[good])) if good.any() else None,
                    "lower": float(np.quantile(values[good], 0.05)) if good.any() else None,
                    "upper": float(np.quantile(values[good], 0.95)) if good.any() else None,
                    "median_stderr": float(np.nanmedian(self.errors[name][good])) if good.any() else None,
                }
                for name, values in self.params.items()
            },
            "seconds": self.seconds,
        }

    def __str__(self) -> str:
        """Return the counts and the spread of each parameter as text."""
        from educe.many.text import render

        return render(self)
