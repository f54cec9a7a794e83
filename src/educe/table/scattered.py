"""Rows laid out by chance, on the disk: rows of any number, read back in parts that are each a fair sample of all.

Which part a row falls into, and its place there, follow from its own numbers and a seed, never from its place in the
file. So the parts are the same to the last bit however the file is sorted or cut; and equal rows meet, wherever they
stood, and are merged. What is on the disk has no name there: it goes with this object, also where the process is
killed.
"""

from __future__ import annotations

import hashlib
import math
import shutil
import tempfile
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from educe.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Array = NDArray[np.float64]
Keys = NDArray[np.uint64]

PART = 1 << 17  # rows of a part, about
CELLS = 8  # into which a part is laid out, so that parts can be cut when it is known how many rows differ
FEWEST, MOST = 128, 1024  # cells in all
KEYS = 2.0**64


@dataclass(frozen=True)
class Scattered:
    """Distinct rows in parts.

    columns : numbers of a row, the last of them its weight;  sizes : rows of each part;  digest : of all rows
    """

    columns: int
    sizes: tuple[int, ...]
    digest: str
    _stream: Any = field(repr=False)

    def part(self, k: int) -> Array:
        """Return the rows of part k, (m, columns)."""
        self._stream.seek(8 * self.columns * sum(self.sizes[:k]))
        return _read(self._stream, self.sizes[k], self.columns)


@dataclass
class Scatter:
    """Takes rows as they come and lays them out in parts.

    columns : numbers of a row, without its weight;  n : rows that are to come, about;  seed : of the layout
    """

    columns: int
    n: int
    seed: int
    _runs: list[tuple[int, NDArray[np.int32]]] = field(default_factory=list)
    _rows: int = 0

    def __post_init__(self) -> None:
        """Open the file that the rows are written to in the order of their parts, run by run."""
        self._stream = tempfile.TemporaryFile(prefix="educe")  # noqa: SIM115 - closed by the next line
        weakref.finalize(self, self._stream.close)
        self._cells = int(np.clip(math.ceil(CELLS * self.n / PART), FEWEST, MOST))
        self._edges = (np.arange(1, self._cells) / self._cells * KEYS).astype(np.uint64)

    def add(self, columns: Sequence[Array], weights: Array) -> None:
        """Take some rows: the columns in their order, (m,) each, and the weights of the rows, (m,)."""
        keys = keys_of(columns, self.seed)
        order = np.argsort(keys)
        rows = np.empty((len(keys), self.columns + 1))
        for k, column in enumerate((*columns, weights)):
            rows[:, k] = column[order]
        keys, rows = _merged(keys[order], rows)
        try:
            self._stream.write(rows.tobytes())
        except OSError as error:
            raise _no_room(error) from None
        cuts = np.searchsorted(keys, self._edges)
        self._runs.append((self._rows, np.concatenate(([0], cuts, [len(rows)])).astype(np.int32)))
        self._rows += len(rows)

    def gathered(
        self, first: float, *, most: float = math.inf, progress: Callable[[float], None] | None = None
    ) -> Scattered:
        """Return all rows in parts, each in one place and in the order of its keys.

        first : share of the distinct rows that part 0 gets, in (0, 1), about, and at most `most` rows; the other parts
            are alike
        progress : called with the share that is done
        """
        digest, sizes = hashlib.sha256(), []
        out = tempfile.TemporaryFile(prefix="educe")  # noqa: SIM115 - closed with what is returned
        for k in range(self._cells):
            if progress is not None:
                progress(k / self._cells)
            rows = self._cell(k)
            written = rows.tobytes()
            digest.update(written)
            try:
                out.write(written)
            except OSError as error:
                raise _no_room(error) from None
            sizes.append(len(rows))
        out.flush()
        self._stream.close()
        found = Scattered(self.columns + 1, parts_of(sizes, first, most), digest.hexdigest(), out)
        weakref.finalize(found, out.close)
        return found

    def _cell(self, k: int) -> Array:
        runs = list(self._runs_of(k))
        rows = np.concatenate(runs) if runs else np.empty((0, self.columns + 1))
        keys = keys_of([rows[:, j] for j in range(self.columns)], self.seed)
        order = np.argsort(keys)
        return _merged(keys[order], rows[order])[1]

    def _runs_of(self, k: int) -> Iterator[Array]:
        width = self.columns + 1
        for first, cuts in self._runs:
            self._stream.seek(8 * width * int(first + cuts[k]))
            yield _read(self._stream, int(cuts[k + 1] - cuts[k]), width)


def keys_of(columns: Sequence[Array], seed: int) -> Keys:
    """Return a number for each row that follows from its numbers and the seed, evenly spread over 64 bits, (m,).

    Source of the mixing: Steele, Lea and Flood (2014), SplitMix.

    >>> bool(keys_of([np.array([1.0])], 0)[0] == keys_of([np.array([1.0])], 1)[0])
    False
    """
    keys = np.full(len(columns[0]), (seed + 1) * 0x9E3779B97F4A7C15 % 2**64, dtype=np.uint64)
    for column in columns:
        keys ^= (column + 0.0).view(np.uint64)  # 0.0 and -0.0 are one number
        keys += np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(30)
        keys *= np.uint64(0xBF58476D1CE4E5B9)
        keys ^= keys >> np.uint64(27)
        keys *= np.uint64(0x94D049BB133111EB)
        keys ^= keys >> np.uint64(31)
    return keys


def parts_of(cells: Sequence[int], first: float, most: float = math.inf) -> tuple[int, ...]:
    """Return the rows of the parts that neighbouring cells make: a first one of its share, the others of PART or so.

    >>> parts_of([30_000] * 10, 0.1)
    (30000, 150000, 120000)
    """
    ends = np.cumsum(cells)
    n = int(ends[-1])
    held = 1 + int(np.argmin(np.abs(ends[:-1] - min(first * n, most))))
    rest = np.asarray(cells[held:])
    together = max(1, round(PART * len(cells) / max(n, 1)))
    groups = np.array_split(rest, max(1, len(rest) // together))
    return int(ends[held - 1]), *(int(group.sum()) for group in groups)


def refuse_without_room(rows: int, columns: int) -> None:
    """Raise FileError where the disk has no room for the rows, which are on it twice for a while."""
    need = 2.0 * 8.0 * rows * (columns + 1)
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if need > free:
        raise FileError(
            f"the rows are laid out by chance on the disk, which takes {need / 1e9:.1f} GB in {folder}; "
            f"{free / 1e9:.1f} GB are free. Name a larger folder in the environment variable TMPDIR, or fewer columns."
        )


def _merged(keys: Keys, rows: Array) -> tuple[Keys, Array]:
    """Return the distinct rows, weights of equal ones added; equal rows have equal keys and so stand together."""
    if not (keys[1:] == keys[:-1]).any():
        return keys, rows
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = (rows[1:, :-1] != rows[:-1, :-1]).any(axis=1)
    first = np.flatnonzero(new)
    weights = np.add.reduceat(rows[:, -1], first)
    rows = rows[first]
    rows[:, -1] = weights
    return keys[first], rows


def _read(stream: Any, rows: int, width: int) -> Array:
    array = np.empty((rows, width))
    if rows and stream.readinto(array.data.cast("B")) != array.nbytes:
        raise FileError("the rows laid out on the disk are no longer there.")
    return array


def _no_room(error: OSError) -> FileError:
    return FileError(
        f"the rows cannot be laid out on the disk, in {tempfile.gettempdir()}: {error.strerror}. Name a larger "
        "folder in the environment variable TMPDIR."
    )
