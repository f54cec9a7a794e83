"""Where data sets come from, and the parts into which they are cut: the same parts wherever the rows lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from educe.errors import TableError
from educe.many.data_sets import DataSets, grouped, stacked, usable
from educe.table.key_columns import key_columns
from educe.table.keys import Keys, coding_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from educe.table import Table

    Integers = NDArray[np.int64]

PART_SETS = 250_000  # data sets between two words of progress, and between two parts of a checkpoint, at most
PART_ROWS = 1 << 21  # their rows, unless one data set has more


class Piece(Protocol):
    """Some data sets that can be had, here or in another process."""

    def __call__(self) -> DataSets: ...


class Source(Protocol):
    """B data sets in ascending order of their keys, in parts.

    words, left_out : where the rows came from, and {reason: rows} that could not be used
    offsets : (B+1,), rows before each data set;  edges : the first data set of each part, and B
    """

    @property
    def keys(self) -> Keys: ...
    @property
    def words(self) -> str: ...
    @property
    def left_out(self) -> Mapping[str, int]: ...
    @property
    def offsets(self) -> Integers: ...
    @property
    def edges(self) -> list[int]: ...

    def piece(self, number: int) -> Piece:
        """Return one part."""


def cut(offsets: Integers) -> list[int]:
    """Return the edges of parts of at most PART_SETS data sets and PART_ROWS rows, but one data set at least.

    They follow from the sizes alone: neighbours help each other within a part, so the answer depends on its edges.
    """
    edges, count = [0], len(offsets) - 1
    while edges[-1] < count:
        first = edges[-1]
        full = int(np.searchsorted(offsets, offsets[first] + PART_ROWS, side="right")) - 1
        edges.append(max(first + 1, min(full, first + PART_SETS, count)))
    return edges


@dataclass(frozen=True, eq=False)
class Ready:
    """A part that is in memory."""

    sets: DataSets

    def __call__(self) -> DataSets:
        """Return it."""
        return self.sets


@dataclass(frozen=True, eq=False)
class Held:
    """Data sets in memory: a Source."""

    sets: DataSets
    keys: Keys
    words: str
    left_out: Mapping[str, int]
    edges: list[int]

    @property
    def offsets(self) -> Integers:
        """Rows before each data set."""
        return self.sets.offsets

    def piece(self, number: int) -> Ready:
        """Return one part."""
        return Ready(self.sets.part(self.edges[number], self.edges[number + 1]))


def held(data: Any, table: Table, by: Sequence[str], *, needed: Sequence[str], where: str | None) -> Held:
    """Return the data sets of a table in which columns tell which one each row belongs to.

    data : what the table was read from;  by : the columns of the key;  needed : the others;  where : condition on rows

    Raises TableError for a column that is missing or is no key, or where no row is left.
    """
    key = key_columns(data, by, table.n)
    coding = coding_of(key)
    codes, rows, left_out = usable(table, key, coding, needed, where)
    if rows is None:
        raise nothing_left(table.source, left_out)
    sets, found = grouped(codes, {name: rows[name] for name in needed})
    return Held(sets, coding.keys(found), table.source, left_out, cut(sets.offsets))


def held_arrays(data: Mapping[str, Any], needed: Sequence[str], measured: Sequence[str]) -> Held:
    """Return the data sets of arrays of shape (fits, points), with their number as key: see `stacked`."""
    sets, left_out = stacked(data, needed, measured)
    return Held(sets, Keys({"fit": np.arange(sets.count)}), "arrays", left_out, cut(sets.offsets))


def nothing_left(source: str, left_out: Mapping[str, int]) -> TableError:
    """Return the refusal where no row can be used."""
    told = ", ".join(f"{count:,} left out: {reason}" for reason, count in left_out.items())
    return TableError(f"{source}: no row is left; {told}.")
