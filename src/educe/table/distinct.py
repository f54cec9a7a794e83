"""The different values of a column that is seen a stretch at a time, ascending, with how often each occurs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

STRETCH = 1 << 20  # values at a time
DENSE = 4  # whole numbers over a range of so many times their count are told apart by counting


class Distinct:
    """Different values, collected.

    What comes in is kept aside, and merged with what is known when it has become as much: n log n in all.
    """

    def __init__(self, text: bool = False) -> None:
        self._text = text
        self._values: Numbers = np.empty(0)
        self._counts: NDArray[np.int64] = np.empty(0, np.int64)
        self._aside: list[tuple[Numbers, NDArray[np.int64]]] = []
        self._size = 0
        self._texts: list[Any] = []
        self._known = 0

    def add(self, values: Numbers) -> None:
        """Take in numbers."""
        for start in range(0, len(values), STRETCH):
            found = counted(values[start : start + STRETCH])
            self._aside.append(found)
            self._size += len(found[0])
            if self._size > max(len(self._values), STRETCH):
                self._merge()

    def add_texts(self, column: Any) -> None:
        """Take in text, a chunked Arrow array with dictionaries."""
        import pyarrow
        from pyarrow import compute

        for chunk in column.chunks:
            used = compute.drop_null(compute.unique(chunk.indices))
            self._texts.append(as_text(chunk.dictionary.take(used)))
            self._size += len(used)
        if self._size > 2 * max(self._known, STRETCH):
            self._texts = [compute.unique(pyarrow.chunked_array(self._texts))]
            self._size = self._known = len(self._texts[0])

    def values(self) -> Numbers:
        """Return the different numbers, ascending."""
        self._merge()
        return self._values

    def counts(self) -> NDArray[np.int64]:
        """Return how often each occurs."""
        self._merge()
        return self._counts

    def texts(self) -> Any:
        """Return the different texts, ascending, as an Arrow array."""
        import pyarrow
        from pyarrow import compute

        if not self._texts:
            return pyarrow.array([], pyarrow.large_string())
        found = compute.unique(pyarrow.chunked_array(self._texts))
        return found.take(compute.array_sort_indices(found))

    def _merge(self) -> None:
        if not self._aside:
            return
        values = np.concatenate(
            [*([self._values] if len(self._values) else []), *(v for v, _ in self._aside)]
        )
        counts = np.concatenate([self._counts, *(c for _, c in self._aside)])
        self._aside, self._size = [], 0
        order = np.argsort(values, kind="stable")
        values, counts = values[order], counts[order]
        begins = begins_of(values)
        self._values, self._counts = values[begins], np.add.reduceat(counts, begins)


def begins_of(ascending: Numbers) -> NDArray[np.intp]:
    """Return where each different value begins."""
    return np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1]]))


def counted(values: Numbers) -> tuple[Numbers, NDArray[np.int64]]:
    """Return the different values, ascending, and how often each occurs."""
    if not len(values):
        return values, np.empty(0, np.int64)
    if not (values[1:] >= values[:-1]).all():
        low, high = values.min(), values.max()
        if values.dtype.kind in "iu" and int(high) - int(low) < DENSE * len(values):
            often = np.bincount(distances(values, low))
            found = np.flatnonzero(often)
            return found.astype(values.dtype) + values.dtype.type(low), often[found]
        values = np.sort(values)
    begins = begins_of(values)
    return values[begins], np.diff(np.append(begins, len(values)))


def ranks_in(ascending: Numbers, values: Numbers) -> NDArray[np.int64]:
    """Return the place of each value among different ones that ascend, -1 for one that is not there."""
    if not len(ascending):
        return np.full(len(values), -1)
    low, high = ascending[0], ascending[-1]
    if ascending.dtype.kind in "iu" and int(high) - int(low) < DENSE * len(ascending):
        table = np.full(int(high) - int(low) + 1, -1)
        table[distances(ascending, low)] = np.arange(len(ascending))
        inside = (values >= low) & (values <= high)
        ranks = table[distances(np.where(inside, values, low).astype(ascending.dtype), low)]
        ranks[~inside] = -1
        return ranks
    ranks = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    return np.where(ascending[ranks] == values, ranks, -1)


def distances(values: Numbers, low: Any) -> NDArray[np.intp]:
    """Return how far whole numbers are above the least; narrow kinds of them would overflow."""
    wide = values if values.dtype.kind == "u" else values.astype(np.int64)
    return (wide - wide.dtype.type(low)).astype(np.intp)


def as_text(values: Any) -> Any:
    """Return an Arrow array of text with offsets that any amount of it fits."""
    import pyarrow

    return values.cast(pyarrow.large_string())
