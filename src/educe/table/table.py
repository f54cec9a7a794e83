"""Measurements as named columns of float64, and the rows left out of them, counted."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from educe.errors import TableError, listing, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Column = NDArray[np.float64]  # (n,)

MISSING = "missing or infinite value"


class NoRowLeftError(TableError):
    """No row can be used; left_out says why: {reason: rows}."""

    def __init__(self, sentence: str, left_out: dict[str, int]) -> None:
        super().__init__(sentence)
        self.left_out = left_out


@dataclass(frozen=True)
class Summary:
    """What one column holds: extremes of its finite values, how many differ, how many are missing."""

    name: str
    unit: str
    minimum: float
    maximum: float
    distinct: int
    missing: int


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of equal length, with where they come from and what was left out of them.

    columns : name -> (n,) float64; names can stand in a formula
    n : int -- rows
    source : str -- for messages: ``"sensors.csv"``, ``"pandas DataFrame"``
    available : names of all columns at the source, read or not, in its order
    left_out : reason -> rows left out for it
    units : name -> unit, where the header or the object carries one
    labels : name -> the header as it was written, where that differs from the name
    unusable : name -> why that column is not numbers; asking for it raises TableError with this sentence
    kept : (n,) int or None -- position of each row at the source; None: all rows, in order

    >>> t = Table({"x": np.array([1.0, np.nan, 3.0])}, 3, "example")
    >>> t.complete(["x"]).left_out
    {'missing or infinite value': 1}
    """

    columns: dict[str, Column]
    n: int
    source: str
    available: tuple[str, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)
    kept: NDArray[np.intp] | None = None

    def __getitem__(self, name: str) -> Column:
        """Return one column by its name or by its header; TableError if there is none, or no numbers in it.

        >>> Table({"x": np.array([1.0])}, 1, "example")["x"]
        array([1.])
        """
        if name in self.columns:
            return self.columns[name]
        return self.columns[self.find(name)]

    def find(self, name: str) -> str:
        """Return the name under which a column is kept, given that name or the header as written.

        Raises TableError with the nearest name if there is no such column, or if it does not hold numbers.
        """
        if name in self.columns:
            return name
        for kept_as, label in self.labels.items():
            if label == name and kept_as in self.columns:
                return kept_as
        if name in self.unusable:
            raise TableError(f"{self.source}: {self.unusable[name]}")
        names = self.available or tuple(self.columns)
        raise TableError(
            f"{self.source} has no column '{name}'; its columns are {listing(names)}.{nearest(name, names)}"
        )

    def select(self, names: Iterable[str]) -> Table:
        """Return the table of these columns only, in this order; TableError if one is missing."""
        found = [self.find(name) for name in names]
        return replace(self, columns={name: self.columns[name] for name in found})

    def finite(self, names: Iterable[str]) -> NDArray[np.bool_]:
        """Return, for each row, whether all of these columns are finite there: (n,) bool."""
        mask = np.ones(self.n, dtype=np.bool_)
        for name in names:
            mask &= np.isfinite(self[name])
        return mask

    def complete(self, names: Iterable[str]) -> Table:
        """Return the table without the rows where one of these columns is missing or infinite, counted.

        Where nothing is missing, this is the table itself: no copy is made.
        Raises TableError if a column is missing or no row is left.
        """
        incomplete = [name for name in names if not _all_finite(self[name])]
        return self.filter(self.finite(incomplete), MISSING) if incomplete else self

    def filter(self, mask: NDArray[np.bool_], reason: str) -> Table:
        """Return the table of the rows where `mask` holds, the others counted in `left_out` under `reason`.

        mask : (n,) bool. Raises TableError if no row is left.
        """
        mask = np.asarray(mask)
        if mask.dtype != np.bool_ or mask.shape != (self.n,):
            raise TableError(
                f"a mask must be {self.n} truth values, one for each row of {self.source}, "
                f"not {mask.dtype} of shape {mask.shape}."
            )
        left = int(np.count_nonzero(mask))
        if left == self.n:
            return self
        left_out = self.left_out | {reason: self.left_out.get(reason, 0) + self.n - left}
        if left == 0:
            raise NoRowLeftError(f"{self.source}: no row is left; {_told(left_out)}.", left_out)
        rows = np.flatnonzero(mask)
        return replace(
            self,
            columns={name: column[rows] for name, column in self.columns.items()},
            n=left,
            left_out=left_out,
            kept=rows if self.kept is None else self.kept[rows],
        )

    def describe(self, names: Sequence[str] | None = None) -> list[Summary]:
        """Return minimum, maximum, distinct and missing values of each column.

        >>> Table({"x": np.array([1.0, 3.0, 3.0])}, 3, "example").describe()[0].distinct
        2
        """
        return [self._summary(self.find(name)) for name in (self.columns if names is None else names)]

    def _summary(self, name: str) -> Summary:
        column = self.columns[name]
        finite = column[np.isfinite(column)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (math.nan, math.nan)
        missing = self.n - finite.size
        return Summary(name, self.units.get(name, ""), low, high, int(np.unique(finite).size), missing)


def _all_finite(column: Column) -> bool:
    # The cheapest exact test that there is, and one that cannot overflow as a sum may.
    return int(np.count_nonzero(np.isfinite(column))) == len(column)


def _told(left_out: dict[str, int]) -> str:
    return ", ".join(f"{rows} left out: {reason}" for reason, rows in left_out.items())
