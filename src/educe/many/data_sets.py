"""From what the user has to data sets one after the other: rows grouped by a key, or arrays of shape (fits, points)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from educe.engines.condition import rows_where
from educe.errors import TableError, listing, nearest
from educe.table.distinct import begins_of, distances
from educe.table.keys import NO_KEY
from educe.table.table import NoRowLeftError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from educe.least_squares.triangle import Array
    from educe.table import Table
    from educe.table.key_columns import KeyColumn
    from educe.table.keys import Coding

    Integers = NDArray[np.int64]
    Numbers = NDArray[Any]

DENSE = 4  # keys up to this many times the rows are sorted by counting


@dataclass(frozen=True, eq=False)
class DataSets:
    """B data sets, their rows one after the other.

    columns : {name: (n,)}, or (m,) of those that all data sets share;  shared : whether any is
    offsets : (B+1,)
    """

    columns: Mapping[str, Array]
    offsets: Integers
    shared: bool = False

    @property
    def count(self) -> int:
        """Number of data sets."""
        return len(self.offsets) - 1

    def rows_of(self, number: int) -> dict[str, Array]:
        """Return the columns of one data set."""
        rows = slice(int(self.offsets[number]), int(self.offsets[number + 1]))
        return {name: c if self._is_shared(c) else c[rows] for name, c in self.columns.items()}

    def part(self, first: int, last: int) -> DataSets:
        """Return data sets first to last, the last left out."""
        rows = slice(int(self.offsets[first]), int(self.offsets[last]))
        columns = {name: c if self._is_shared(c) else c[rows] for name, c in self.columns.items()}
        return DataSets(columns, self.offsets[first : last + 1] - self.offsets[first], self.shared)

    def chosen(self, numbers: Integers) -> DataSets:
        """Return copies of these data sets."""
        begin, sizes = self.offsets[numbers], np.diff(self.offsets)[numbers]
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        rows = np.arange(offsets[-1]) + np.repeat(begin - offsets[:-1], sizes)
        columns = {name: c if self._is_shared(c) else c[rows] for name, c in self.columns.items()}
        return DataSets(columns, offsets, self.shared)

    def _is_shared(self, column: Array) -> bool:
        return self.shared and len(column) != self.offsets[-1]


class Usable(NamedTuple):
    """Rows that can be used: their codes and columns (None if there is none), and {reason: rows} of the others."""

    codes: Numbers
    table: Table | None
    left_out: Mapping[str, int]


def usable(
    table: Table, key: Sequence[KeyColumn], coding: Coding, needed: Sequence[str], where: str | None
) -> Usable:
    """Return the rows that meet the condition, have a key and a number in every column that is needed.

    Raises TableError for a missing column.
    """
    codes, missing = coding.codes(key)
    try:
        rows = rows_where(replace(table, kept=None), where)
        if missing is not None:
            rows = rows.filter(~(missing if rows.kept is None else missing[rows.kept]), NO_KEY)
        rows = rows.complete(needed)
    except NoRowLeftError as none:
        return Usable(codes[:0], None, none.left_out)
    return Usable(codes if rows.kept is None else codes[rows.kept], rows, rows.left_out)


def grouped(codes: Numbers, columns: Mapping[str, Array]) -> tuple[DataSets, Numbers]:
    """Return the data sets of rows with these codes, in ascending order, and the code of each."""
    order, ascending, offsets = sorted_by(codes)
    sets = {name: column if order is None else column[order] for name, column in columns.items()}
    return DataSets(sets, offsets), ascending


def sorted_by(codes: Numbers) -> tuple[Integers | None, Numbers, Integers]:
    """Return the stable order that sorts rows by code (None if they are sorted), the codes, where each begins."""
    if (codes[1:] >= codes[:-1]).all():
        order, ranked = None, codes
    else:
        order = _order(codes)
        ranked = codes[order]
    begins = begins_of(ranked)
    return order, ranked[begins], np.concatenate([begins, [len(codes)]]).astype(np.int64)


def _order(codes: Numbers) -> Integers:
    whole = _whole(codes) if len(codes) >= 1_000_000 else None
    if whole is None:
        return np.argsort(codes, kind="stable")
    low, high = whole.min(), whole.max()
    if int(high) - int(low) >= DENSE * len(codes):
        return np.argsort(codes, kind="stable")
    from educe.engines.loops import counting_order

    order: Integers = counting_order(distances(whole, low), int(high) - int(low) + 1)
    return order


def _whole(codes: Numbers) -> Numbers | None:
    """Return codes as whole numbers, None if some are not."""
    if codes.dtype.kind in "iu":
        return codes
    if not (codes == np.floor(codes)).all() or np.abs(codes).max() >= 2.0**53:
        return None
    return codes.astype(np.int64)


def stacked(
    data: Mapping[str, Any], names: Sequence[str], measured: Sequence[str]
) -> tuple[DataSets, dict[str, int]]:
    """Return the data sets of arrays of shape (fits, points), and {reason: points} of those that cannot be used.

    names : all columns that are needed;  measured : those of the response; others may be (points,), shared by all

    Raises TableError for shapes that do not go together.
    """
    missing = [name for name in names if name not in data]
    if missing:
        known = [str(name) for name in data]
        raise TableError(
            f"there is no array '{missing[0]}'; there are {listing(known)}.{nearest(missing[0], known)}"
        )
    arrays = {name: _array(name, data[name]) for name in names}
    shapes = {arrays[name].shape for name in measured}
    shape = next(iter(shapes))
    if len(shapes) != 1 or len(shape) != 2:
        raise TableError(
            f"{listing(measured)} should be of shape (fits, points), not {listing(map(str, shapes))}."
        )
    if 0 in shape:
        raise TableError(f"{listing(measured)} has shape {shape}: there is nothing to fit.")
    for name, array in arrays.items():
        if array.shape not in (shape, shape[1:]):
            raise TableError(f"{name} has shape {array.shape}; {shape} or {shape[1:]} was expected.")
    shared = any(array.ndim == 1 for array in arrays.values())
    if shared and not all(array.ndim == 1 for name, array in arrays.items() if name not in measured):
        arrays = {name: np.broadcast_to(array, shape) for name, array in arrays.items()}
        shared = False
    offsets = np.arange(shape[0] + 1, dtype=np.int64) * shape[1]
    columns = {name: array.reshape(-1) for name, array in arrays.items()}
    return _finite(DataSets(columns, offsets, shared), shape)


def _array(name: str, values: Any) -> Array:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise TableError(f"the array '{name}' does not hold numbers, or its rows differ in length.") from None


def _finite(sets: DataSets, shape: tuple[int, ...]) -> tuple[DataSets, dict[str, int]]:
    """Return the data sets without points that are missing or infinite, counted."""
    if all(np.isfinite(column).all() for column in sets.columns.values()):
        return sets, {}
    whole = {
        name: np.broadcast_to(c.reshape((-1, shape[1])), shape).reshape(-1)
        for name, c in sets.columns.items()
    }
    good = np.logical_and.reduce([np.isfinite(column) for column in whole.values()])
    if not good.any():
        raise TableError("no point is finite in all of the arrays.")
    offsets = np.concatenate([[0], np.cumsum(good.reshape(shape).sum(1))]).astype(np.int64)
    columns = {name: column[good] for name, column in whole.items()}
    return DataSets(columns, offsets), {"missing or infinite value": int(good.size - good.sum())}
