"""What very many fits found: a table with a row for each data set, and a status in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import ParameterError, nearest

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from educe.least_squares.triangle import Array
    from educe.table.keys import Keys

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


def names_taken(parameters: Sequence[str]) -> set[str]:
    """Return the columns of the table beside the key."""
    errors = {f"{name}_stderr" for name in parameters}
    return {*parameters, *errors, "rss", "dof", "steps", "status"}


@dataclass(frozen=True, eq=False)
class Many:
    """One law fitted to B data sets.

    law : its text;  keys : what tells the data sets apart: keys["pixel"] is one column of it, (B,)
    names : of the free parameters, in the law's order
    theta, stderr : (B, p);  rss : (B,), sum of squared weighted residuals, or the deviance of counts
    dof : (B,), points less free parameters;  status : (B,) int8, places in `STATUS`;  steps : (B,)
    source, n, left_out : where the rows came from, how many were used, {reason: rows}
    fixed : {name: value};  seconds : of all the work
    """

    law: str
    keys: Keys
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

    @property
    def by(self) -> tuple[str, ...]:
        """Names of the columns of the key."""
        return self.keys.names

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

    def of(self, *key: Any) -> dict[str, float]:
        """Return the parameters found for one key, a value for each of its columns.

        Raises ParameterError if there is no such data set.
        """
        if len(key) != len(self.by):
            raise ParameterError(
                f"a key here is {len(self.by)} value(s), of {', '.join(self.by)}; not {len(key)}."
            )
        place = self.keys.places(key)
        if not len(place):
            told = ", ".join(f"{name} = {value}" for name, value in zip(self.by, key, strict=True))
            near = nearest(", ".join(str(value) for value in key), self.keys.some())
            raise ParameterError(f"there is no data set with {told}.{near}")
        return dict(zip(self.names, self.theta[place[0]].tolist(), strict=True))

    def to_columns(self) -> dict[str, Any]:
        """Return the table: key, parameters, standard errors, rss, dof, steps, status, each (B,)."""
        columns: dict[str, Any] = {name: self.keys[name] for name in self.by}
        columns |= self.params
        columns |= {f"{name}_stderr": error for name, error in self.errors.items()}
        columns |= {"rss": self.rss, "dof": self.dof, "steps": self.steps, "status": self.status}
        return columns

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table as .parquet, .arrow, .feather, .csv or .tsv, whole or not at all."""
        from educe.table.writing import write

        write(path, {**self.to_columns(), **self.keys.stored})

    def to_dict(self) -> dict[str, Any]:
        """Return the object of `educe fit --by --json`: counts, and the spread of each parameter."""
        good = self.converged
        return {
            "formula": self.law,
            "source": self.source,
            "by": list(self.by),
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
