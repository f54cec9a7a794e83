"""Files too large to hold: their rows, some at a time, as tables.

A file is cut into pieces, each a run of its row groups (Parquet) or record batches (Arrow IPC), of some million rows.
A piece is read alone, by any process that can see the file, and only the columns asked for. Text is first written
again as Arrow IPC, once: reading numbers back is ten times as fast as reading digits.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import weakref
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from educe.errors import FileError, TableError
from educe.table.bulk import spilled
from educe.table.columnar import readable, texts_among
from educe.table.frames import Frame, arrow_array, gather
from educe.table.key_columns import key_column, places_of
from educe.table.names import headings
from educe.table.reading import HEAD, TextFile, layout, located, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from educe.table.dialect import Dialect
    from educe.table.key_columns import KeyColumn
    from educe.table.table import Table

PIECE = (
    1 << 20
)  # rows at which pieces are cut; an engine's span, so that a triangle is that of rows in memory

HEAD_ROWS = 1000  # that tell which columns are numbers


@dataclass(frozen=True)
class Piece:
    """Some rows of one file: row groups or record batches `first` to `last`, the last left out."""

    path: str
    kind: str
    first: int
    last: int
    rows: int


@dataclass(frozen=True)
class Blocks:
    """The rows of one file or several, piece by piece.

    source : words for messages;  labels : headers, the same in all files;  pieces : in the order of the rows
    parts : those of the files of a folder, kept for as long as this object: what was written again goes with them
    cells : headers of columns of a text file that were kept as text
    """

    source: str
    labels: tuple[str, ...]
    pieces: tuple[Piece, ...]
    parts: tuple[Blocks, ...] = field(default=(), repr=False, compare=False)
    cells: tuple[str, ...] = ()

    @property
    def available(self) -> tuple[str, ...]:
        """The names of all columns, as formulas use them."""
        return tuple(dict.fromkeys(heading.name for heading in headings(self.labels)))

    @property
    def n(self) -> int:
        """Rows."""
        return sum(piece.rows for piece in self.pieces)

    def __reduce__(self) -> Any:
        return Blocks, (self.source, self.labels, self.pieces, (), self.cells)

    @property
    def head(self) -> Table:
        """The first rows, with all columns: those that are no numbers are noted in `Table.unusable`."""
        for piece in self.pieces[:1]:
            for part in _parts(piece, self.labels):
                return _as_table(self.source, part.slice(0, HEAD_ROWS), None)
        raise TableError(f"{self.source} holds no rows.")

    def tables(self, piece: Piece, names: Sequence[str]) -> Iterator[Table]:
        """Yield the rows of a piece, at most PIECE at a time, as tables of the named columns.

        Raises TableError if a column is missing or is no number, FileError if the file is damaged.
        """
        for part in _parts(piece, self._labels_of(names)):
            _refuse_times(part)
            yield _as_table(self.source, part, names)

    def with_tables(self, piece: Piece, names: Sequence[str]) -> Iterator[tuple[Any, Table]]:
        """Yield the same beside all columns of these rows as they are, a pyarrow Table."""
        for part in _parts(piece, self.labels):
            chosen = part.select(self._labels_of(names))
            _refuse_times(chosen)
            yield part, _as_table(self.source, chosen, names)

    def keys(self, piece: Piece, by: Sequence[str]) -> Iterator[list[KeyColumn]]:
        """Yield the columns of a key, at most PIECE rows at a time."""
        return (columns for columns, _ in self.keyed(piece, (), by))

    def keyed(
        self, piece: Piece, names: Sequence[str], by: Sequence[str]
    ) -> Iterator[tuple[list[KeyColumn], Table]]:
        """Yield the columns of a key beside the same rows of the named columns."""
        found = headings(self.labels)
        keys = [self.labels[place] for place in places_of(self.source, found, by)]
        numbers = self._labels_of(names)
        for part in _parts(piece, list(dict.fromkeys([*keys, *numbers])), texts=keys):
            chosen = part.select(numbers)
            _refuse_times(chosen)
            typed = [label not in self.cells for label in keys]
            columns = [
                key_column(name, part.column(label), typed=known)
                for name, label, known in zip(by, keys, typed, strict=True)
            ]
            yield columns, _as_table(self.source, chosen, names)

    def _labels_of(self, names: Sequence[str]) -> list[str]:
        return [h.label for h in headings(self.labels) if h.name in names or h.label in names]


def _parts(piece: Piece, labels: Sequence[str], texts: Sequence[str] = ()) -> Iterator[Any]:
    for batch in _batches(piece, labels, texts):
        table = _whole_table(batch)
        for start in range(0, table.num_rows, PIECE):
            yield table.slice(start, PIECE)


def _whole_table(batch: Any) -> Any:
    import pyarrow

    return batch if isinstance(batch, pyarrow.Table) else pyarrow.Table.from_batches([batch])


def _as_table(source: str, part: Any, names: Sequence[str] | None) -> Table:
    def column(place: int) -> Any:
        return arrow_array(part.column(place))

    return gather(Frame(source, part.schema.names, column), names)


def blocks(
    path: str | os.PathLike[str],
    *,
    separator: str | None = None,
    decimal: str | None = None,
    by: Sequence[str] = (),
) -> Blocks:
    """Return the rows of a file, or of all files of a folder in the order of their names, piece by piece.

    path : Parquet, Arrow IPC, or text;  separator, decimal : of a text, found from its first lines if not given
    by : columns of a key, which may hold text

    Raises FileError if a file cannot be read this way or the files of a folder differ in their columns.
    """
    place = Path(path)
    if not place.is_dir():
        return _of_file(TextFile(place, separator, decimal), by)
    files = sorted(
        entry for entry in place.iterdir() if entry.is_file() and not entry.name.startswith((".", "_"))
    )
    if not files:
        raise FileError(f"{place.name}: the folder holds no file.")
    parts = [_of_file(TextFile(file, separator, decimal), by) for file in files]
    for part in parts[1:]:
        if part.labels != parts[0].labels:
            raise FileError(
                f"{part.source} has the columns {', '.join(part.labels)}; {parts[0].source} has "
                f"{', '.join(parts[0].labels)}. All files of a folder must have the same."
            )
    pieces = tuple(piece for part in parts for piece in part.pieces)
    cells = parts[0].cells
    if any(part.cells != cells for part in parts):
        raise FileError(f"{place.name}: the files of a folder must be all text or none, for a key.")
    return Blocks(f"{place.name} ({len(files)} files)", parts[0].labels, pieces, tuple(parts), cells)


def stamps(path: str | os.PathLike[str]) -> list[tuple[str, int, int]]:
    """Return path, size and time of change of a file, or of all files of a folder: other rows have others."""
    place = Path(path)
    try:
        files = sorted(place.iterdir()) if place.is_dir() else [place]
        found = [(os.path.realpath(file), file.stat()) for file in files]
    except OSError:
        return []  # whoever reads it says what is wrong
    return [(name, status.st_size, status.st_mtime_ns) for name, status in found]


def _of_file(file: TextFile, by: Sequence[str]) -> Blocks:
    path = Path(file.path)
    with located(path.name), opened(path) as stream:
        head = stream.read(HEAD)
        if head.startswith(b"PAR1"):
            return _parquet(path)
        if head.startswith(b"ARROW1"):
            return _arrow(path, path.name)
        encoding, dialect = layout(head, file.separator, file.decimal)
        if encoding != "utf-8":
            raise FileError(f"a text in {encoding} is not read row by row; write it as UTF-8 or Parquet.")
        return _spilled(path, head, dialect, places_of(path.name, dialect.headings, by))


def _spilled(path: Path, head: bytes, dialect: Dialect, texts: Sequence[int]) -> Blocks:
    """Return the rows of a text, written again into a folder that goes with them."""
    folder = tempfile.mkdtemp(prefix="educe")
    with contextlib.ExitStack() as undo:
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        again = Path(folder) / "rows.arrow"
        spilled(path, head, dialect, again, texts)
        rows = replace(
            _arrow(again, path.name), cells=tuple(dialect.headings[place].label for place in texts)
        )
        weakref.finalize(rows, undo.pop_all().close)
    return rows


def _parquet(path: Path) -> Blocks:
    from pyarrow import parquet

    with readable(), parquet.ParquetFile(path) as file:
        rows = [file.metadata.row_group(k).num_rows for k in range(file.num_row_groups)]
        return Blocks(path.name, tuple(file.schema_arrow.names), _cut(path, "parquet", rows))


def _arrow(path: Path, source: str) -> Blocks:
    import pyarrow
    from pyarrow import ipc

    with readable(), pyarrow.memory_map(os.fspath(path)) as file:
        reader = ipc.open_file(file)
        rows = [reader.get_batch(k).num_rows for k in range(reader.num_record_batches)]
        return Blocks(source, tuple(reader.schema.names), _cut(path, "arrow", rows))


def _cut(path: Path, kind: str, rows: Sequence[int]) -> tuple[Piece, ...]:
    """Return runs of groups of at most PIECE rows, or of one group."""
    pieces: list[Piece] = []
    for k, count in enumerate(rows):
        last = pieces[-1] if pieces else None
        if last is not None and last.rows + count <= PIECE:
            pieces[-1] = Piece(last.path, kind, last.first, k + 1, last.rows + count)
        else:
            pieces.append(Piece(os.fspath(path.resolve()), kind, k, k + 1, count))
    return tuple(piece for piece in pieces if piece.rows)


def _batches(piece: Piece, labels: Sequence[str], texts: Sequence[str] = ()) -> Iterator[Any]:
    """Yield the columns of a piece: at once, or bit by bit where one row group is much larger than a piece.

    texts : columns that are read with dictionaries if they hold text
    """
    import pyarrow

    if piece.kind == "arrow":
        from pyarrow import ipc

        with readable(), pyarrow.memory_map(piece.path) as file:
            fields = [ipc.open_file(file).schema.get_field_index(label) for label in labels]
            reader = ipc.open_file(file, options=ipc.IpcReadOptions(included_fields=fields))
            parts = [reader.get_batch(k) for k in range(piece.first, piece.last)]
            yield pyarrow.Table.from_batches(parts).combine_chunks()
        return
    from pyarrow import parquet

    options: dict[str, Any] = {"memory_map": True, "pre_buffer": False}
    if texts:
        with readable():
            options["read_dictionary"] = texts_among(parquet.read_schema(piece.path), texts)
    with readable(), parquet.ParquetFile(piece.path, **options) as file:
        groups = list(range(piece.first, piece.last))
        if piece.rows <= 2 * PIECE:
            yield file.read_row_groups(groups, columns=list(labels), use_threads=False)
            return
        yield from file.iter_batches(PIECE, row_groups=groups, columns=list(labels), use_threads=False)


def _refuse_times(batch: Any) -> None:
    """Raise TableError for times: they count from the first, which is not known in the midst of a file."""
    import pyarrow.types as kinds

    for column in batch.schema:
        if kinds.is_temporal(column.type):
            raise TableError(
                f"column {column.name} holds times; a file read row by row needs numbers. Write the seconds since its "
                "first time as a column of numbers."
            )
