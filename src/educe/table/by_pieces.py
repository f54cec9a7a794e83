"""The rows of a file that is larger than memory with new columns beside them, piece by piece into another file."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import FileError, TableError
from educe.table.writing import replacing

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from educe.table.blocks import Blocks
    from educe.table.table import Table

    NewColumns = Callable[[Table], Mapping[str, Any]]

SUFFIXES = (".parquet", ".arrow", ".feather")


def extend_by_pieces(
    rows: Blocks, target: str | os.PathLike[str], names: Sequence[str], new: NewColumns
) -> int:
    """Write all columns of the rows to a .parquet, .arrow or .feather file, new ones beside them; return the rows.

    names : of the columns that the new ones are computed from;  new : from a table of some rows to {header: (m,)}

    The file appears when it is complete. Raises FileError for another suffix, or if it cannot be written, TableError if
    a header is there already.
    """
    suffix = Path(target).suffix.lower()
    if suffix not in SUFFIXES:
        raise FileError(
            f"{target}: rows that are read a part at a time are written as {', '.join(SUFFIXES)}, not '{suffix}'."
        )
    n = 0
    with replacing(target) as stream, _writer(stream, suffix) as write:
        for piece in rows.pieces:
            for whole, table in rows.with_tables(piece, names):
                for name, column in new(table).items():
                    if name in whole.schema.names:
                        raise TableError(
                            f"there is a column '{name}' already; choose another name for the new one."
                        )
                    whole = whole.append_column(name, _arrow(column))
                write(whole)
                n += whole.num_rows
    return n


@contextlib.contextmanager
def _writer(stream: Any, suffix: str) -> Iterator[Callable[[Any], None]]:
    """Open the writer with the first rows: their columns are those of all."""
    from pyarrow import ipc, parquet

    with contextlib.ExitStack() as stack:
        opened: list[Any] = []

        def write(table: Any) -> None:
            if not opened:
                kind = parquet.ParquetWriter if suffix == ".parquet" else ipc.new_file
                opened.append(stack.enter_context(kind(stream, table.schema)))
            opened[0].write_table(table)

        yield write


def _arrow(column: Any) -> Any:
    """Return numbers as an Arrow array; whole numbers with gaps keep their kind."""
    import pyarrow

    if column.dtype != object:
        return pyarrow.array(column)
    gaps = np.array([value != value for value in column])
    return pyarrow.array(np.where(gaps, 0, column).astype(np.int64), mask=gaps)
