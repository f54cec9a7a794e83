"""From what the user has to data sets one after the other: rows grouped by a key, or arrays of shape (fits, points)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.engines.condition import rows_where
from educe.errors import TableError, listing, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from educe.least_squares.triangle import Array
    from educe.table import Table

    Integers = NDArray[np.int64]

DENSE = 4  # keys up to this many times the rows are sorted by counting


@dataclass(frozen=True, eq=False)
class DataSets:
    """B data sets, their rows one after the other.

    columns : {name: (n,)}, or (m,) of those that all data sets share;  shared : whether any is
    offsets : (B+1,);  by, keys : name of the key and its value for each data set, (B,)
    source, left_out : where the rows came from, and {reason: rows} that could not be used
    """

    columns: Mapping[str, Array]
    offsets: Integers
    by: str
    keys: Array
    source: str
    left_out: Mapping[str, int]
    shared: bool = False

    @property
    def count(self) -> int:
        """Number of data sets."""
        return len(self.keys)

    def rows_of(self, number: int) -> dict[str, Array]:
        """Return the columns of one data set."""
        rows = slice(int(self.offsets[number]), int(self.offsets[number + 1]))
        n = rows.stop - rows.start
        return {
            name: column if self.shared and len(column) == n else column[rows]
            for name, column in self.columns.items()
        }


def grouped(table: Table, by: str, names: Sequence[str], where: str | None) -> DataSets:
    """Return the data sets of a table in which a column tells which one each row belongs to.

    by : the key, numbers;  names : the other columns that are needed;  where : condition on the rows

    Raises TableError for a missing column, or where no row is left.
    """
    table = rows_where(table, where).complete([*names, by])
    order, keys, offsets = sorted_by(table[by])
    columns = {name: table[name] if order is None else table[name][order] for name in names}
    return DataSets(columns, offsets, by, keys, table.source, table.left_out)


def sorted_by(key: Array) -> tuple[Integers | None, Array, Integers]:
    """Return the stable order that sorts rows by key (None if they are sorted), the keys, and where each begins."""
    if (key[1:] >= key[:-1]).all():
        order, ranked = None, key
    else:
        order = _order(key)
        ranked = key[order]
    begins = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    return order, ranked[begins], np.concatenate([begins, [len(key)]]).astype(np.int64)


def _order(key: Array) -> Integers:
    low, high = float(key.min()), float(key.max())
    whole = high - low < DENSE * len(key) and bool((key == np.floor(key)).all())
    if not whole or len(key) < 1_000_000:
        return np.argsort(key, kind="stable")
    from educe.engines.loops import counting_order

    order: Integers = counting_order((key - low).astype(np.int64), int(high - low) + 1)
    return order


def stacked(data: Mapping[str, Any], names: Sequence[str], measured: Sequence[str]) -> DataSets:
    """Return the data sets of arrays of shape (fits, points); columns of the law may be (points,), shared by all.

    names : all columns that are needed;  measured : those of the response

    Raises TableError for shapes that do not go together.
    """
    missing = [name for name in names if name not in data]
    if missing:
        known = [str(name) for name in data]
        raise TableError(
            f"there is no array '{missing[0]}'; there are {listing(known)}.{nearest(missing[0], known)}"
        )
    arrays = {name: np.asarray(data[name], dtype=np.float64) for name in names}
    shapes = {arrays[name].shape for name in measured}
    shape = next(iter(shapes))
    if len(shapes) != 1 or len(shape) != 2:
        raise TableError(
            f"{listing(measured)} should be of shape (fits, points), not {listing(map(str, shapes))}."
        )
    for name, array in arrays.items():
        if array.shape not in (shape, shape[1:]):
            raise TableError(f"{name} has shape {array.shape}; {shape} or {shape[1:]} was expected.")
    shared = any(array.ndim == 1 for array in arrays.values())
    if shared and not all(array.ndim == 1 for name, array in arrays.items() if name not in measured):
        arrays = {name: np.broadcast_to(array, shape) for name, array in arrays.items()}
        shared = False
    keys = np.arange(shape[0], dtype=np.float64)
    offsets = np.arange(shape[0] + 1, dtype=np.int64) * shape[1]
    columns = {name: array.reshape(-1) for name, array in arrays.items()}
    return _finite(DataSets(columns, offsets, "fit", keys, "arrays", {}, shared), shape)


def _finite(sets: DataSets, shape: tuple[int, ...]) -> DataSets:
    """Return the data sets without points that are missing or infinite, counted."""
    if all(np.isfinite(column).all() for column in sets.columns.values()):
        return sets
    whole = {
        name: np.broadcast_to(c.reshape((-1, shape[1])), shape).reshape(-1)
        for name, c in sets.columns.items()
    }
    good = np.logical_and.reduce([np.isfinite(column) for column in whole.values()])
    if not good.any():
        raise TableError("no point is finite in all of the arrays.")
    offsets = np.concatenate([[0], np.cumsum(good.reshape(shape).sum(1))]).astype(np.int64)
    columns = {name: column[good] for name, column in whole.items()}
    left_out = {"missing or infinite value": int(good.size - good.sum())}
    return DataSets(columns, offsets, sets.by, sets.keys, sets.source, left_out)
