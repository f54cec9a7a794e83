"""Data sets in a file that is larger than memory: counted in one pass, then had a part at a time.

Where the rows of a data set stand more or less together, a part is read from the file itself, by whoever fits it. Where
they do not, they are written again first, the rows of each part into a file of its own.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import FileError, TableError
from educe.many.data_sets import DataSets, grouped, usable
from educe.many.sources import cut, nothing_left
from educe.table.distinct import Distinct
from educe.table.keys import Keys, Plain, Survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from educe.least_squares.triangle import Array
    from educe.many.data_sets import Usable
    from educe.table.blocks import Blocks, Piece
    from educe.table.keys import Coding

    Integers = NDArray[np.int64]
    Numbers = NDArray[Any]
    Check = Callable[[Mapping[str, Array]], None]

TIMES_OVER = 4.0  # a file is read so often at most before its rows are written again instead


@dataclass(frozen=True)
class Wanted:
    """What is read of a file.

    rows : the file;  by : columns of the key, which `coding` makes a number
    names : columns to read;  needed : those that must be finite;  where : condition on the rows
    """

    rows: Blocks
    by: tuple[str, ...]
    coding: Coding
    names: tuple[str, ...]
    needed: tuple[str, ...]
    where: str | None

    def usable(self, piece: Piece) -> Iterator[Usable]:
        """Yield the rows of a piece that can be used, a million at a time."""
        for key, table in self.rows.keyed(piece, self.names, self.by):
            yield usable(table, key, self.coding, self.needed, self.where)

    def only(self, pieces: Sequence[Piece], low: Any, high: Any) -> Wanted:
        """Return the same of some pieces, for codes from low to high."""
        rows = replace(self.rows, pieces=tuple(pieces), parts=())
        return replace(self, rows=rows, coding=self.coding.narrowed(low, high))


@dataclass(frozen=True)
class Stretch:
    """A part that stands together in the file: codes from low to high."""

    wanted: Wanted
    low: Any
    high: Any

    def __call__(self) -> DataSets:
        """Read it."""
        codes: list[Numbers] = []
        columns: dict[str, list[Array]] = {name: [] for name in self.wanted.needed}
        for piece in self.wanted.rows.pieces:
            for rows in self.wanted.usable(piece):
                if rows.table is None:
                    continue
                here = (rows.codes >= self.low) & (rows.codes <= self.high)
                codes.append(rows.codes[here])
                for name, parts in columns.items():
                    parts.append(rows.table[name][here])
        together = {name: np.concatenate(parts) for name, parts in columns.items()}
        return grouped(np.concatenate(codes), together)[0]


@dataclass(frozen=True)
class Bucket:
    """A part whose rows were written again: blocks of codes and of columns, one after the other."""

    path: str
    needed: tuple[str, ...]

    def __call__(self) -> DataSets:
        """Read it. FileError if it cannot be read."""
        codes: list[Numbers] = []
        columns: list[Array] = []
        try:
            with open(self.path, "rb") as stream:
                end = os.fstat(stream.fileno()).st_size
                while stream.tell() < end:
                    codes.append(np.load(stream, allow_pickle=False))
                    columns.append(np.load(stream, allow_pickle=False))
        except (OSError, ValueError, EOFError) as error:
            raise FileError(
                f"{self.path}: rows that were grouped here cannot be read back ({error}); all workers of a "
                "cluster must see the folder that TMPDIR names."
            ) from None
        together = np.concatenate(columns, axis=1)
        return grouped(np.concatenate(codes), dict(zip(self.needed, together, strict=True)))[0]


@dataclass(frozen=True, eq=False)
class Filed:
    """Data sets in a file: a Source.

    codes : (B,), ascending;  spans : least and greatest code of each piece, (pieces, 2)
    folder : where rows were written again, None where they are read from the file itself
    """

    wanted: Wanted
    codes: Numbers
    keys: Keys
    offsets: Integers
    edges: list[int]
    left_out: Mapping[str, int]
    spans: list[tuple[Any, Any] | None]
    folder: Path | None = None

    @property
    def words(self) -> str:
        """Name of the file."""
        return self.wanted.rows.source

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Pieces of the file."""
        return self.wanted.rows.pieces

    def piece(self, number: int) -> Stretch | Bucket:
        """Return one part."""
        if self.folder is not None:
            return Bucket(os.fspath(self.folder / f"{number:06d}"), self.wanted.needed)
        low, high = self._ends(number)
        return Stretch(self.wanted.only(self._over(low, high), low, high), low, high)

    def grouped(self) -> Filed:
        """Return the same with a part at a time at hand: rows that lie all over the file are written again.

        Raises FileError where there is no room for them.
        """
        parts = range(len(self.edges) - 1)
        read = sum(piece.rows for number in parts for piece in self._over(*self._ends(number)))
        if read <= TIMES_OVER * self.wanted.rows.n:
            return self
        folder = Path(tempfile.mkdtemp(prefix="educe"))
        source = replace(self, folder=folder)
        weakref.finalize(source, shutil.rmtree, folder, ignore_errors=True)
        need = int(self.offsets[-1]) * 8 * (len(self.wanted.needed) + 1)
        free = shutil.disk_usage(folder).free
        if need > free:
            raise FileError(
                f"{self.words}: the rows of a data set lie all over the file; to group them takes {need / 1e9:.1f} GB "
                f"in {folder.parent}, where {free / 1e9:.1f} GB are free. Set TMPDIR to a folder with more, or write "
                f"the file sorted by {', '.join(self.wanted.by)}."
            )
        self._write(folder)
        return source

    def _ends(self, number: int) -> tuple[Any, Any]:
        return self.codes[self.edges[number]], self.codes[self.edges[number + 1] - 1]

    def _over(self, low: Any, high: Any) -> list[Piece]:
        """Return the pieces that may hold codes from low to high."""
        return [
            piece
            for piece, span in zip(self.pieces, self.spans, strict=True)
            if span is not None and span[0] <= high and span[1] >= low
        ]

    def _write(self, folder: Path) -> None:
        first = self.codes[self.edges[:-1]]
        for piece in self.pieces:
            for rows in self.wanted.usable(piece):
                if rows.table is None:
                    continue
                part = np.searchsorted(first, rows.codes, side="right") - 1
                order = np.argsort(part, kind="stable")
                ends = np.searchsorted(part[order], np.arange(len(first) + 1))
                codes = rows.codes[order]
                columns = np.stack([rows.table[name][order] for name in self.wanted.needed])
                for number in np.flatnonzero(np.diff(ends)):
                    here = slice(ends[number], ends[number + 1])
                    with open(folder / f"{number:06d}", "ab") as stream:
                        np.save(stream, codes[here], allow_pickle=False)
                        np.save(stream, columns[:, here], allow_pickle=False)


def filed(wanted: Wanted, check: Check, progress: Callable[[float], None] | None = None) -> Filed:
    """Count the data sets of a file, its rows a million at a time.

    check : raises for values that cannot be used;  progress : called with the share of the file that is read

    Raises TableError where no row is left, and for a key that is none.
    """
    tally = Distinct()
    left_out: dict[str, int] = {}
    spans: list[tuple[Any, Any] | None] = []
    for number, piece in enumerate(wanted.rows.pieces, 1):
        span: tuple[Any, Any] | None = None
        for rows in wanted.usable(piece):
            for reason, count in rows.left_out.items():
                left_out[reason] = left_out.get(reason, 0) + count
            if rows.table is None:
                continue
            check(rows.table.columns)
            tally.add(rows.codes)
            low, high = rows.codes.min(), rows.codes.max()
            span = (low, high) if span is None else (min(span[0], low), max(span[1], high))
        spans.append(span)
        if progress is not None:
            progress(number / len(wanted.rows.pieces))
    codes = tally.values()
    if not len(codes):
        raise nothing_left(wanted.rows.source, left_out)
    offsets = np.concatenate([[0], np.cumsum(tally.counts())]).astype(np.int64)
    keys = wanted.coding.keys(codes)
    return Filed(wanted, codes, keys, offsets, cut(offsets), left_out, spans)


def coding_in(rows: Blocks, by: tuple[str, ...]) -> Coding:
    """Return the coding of a key in a file: that of a column of numbers is known at once, others take a pass.

    Raises TableError for a column that is missing or is no key.
    """
    if not rows.pieces:
        raise TableError(f"{rows.source} holds no rows.")
    survey = Survey(by)
    for piece in rows.pieces:
        for key in rows.keys(piece, by):
            if len(key) == 1 and key[0].texts is None:
                return Plain(key[0].name, key[0].kind)
            survey.add(key)
    return survey.coding()
