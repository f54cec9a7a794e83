"""Files that hold columns: Parquet, and Arrow IPC (Feather). Only what is asked for is read."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import FileError
from educe.table.frames import Frame, arrow_array, gather

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from educe.table.table import Table

_STREAM = b"\xff\xff\xff\xff"
_NOT_READ = {
    b"FEA1": "Feather version 1 is not read; write it again as Feather version 2 or Parquet.",
    b"PK\x03\x04": "a spreadsheet or a zip archive is not read; save the sheet as CSV.",
    b"\xd0\xcf\x11\xe0": "a spreadsheet is not read; save the sheet as CSV.",
    b"\x89HDF": "HDF5 is not read; open it with xarray or pandas and give that object.",
    b"CDF\x01": "NetCDF is not read; open it with xarray and give that object.",
    b"CDF\x02": "NetCDF is not read; open it with xarray and give that object.",
}


def reader_for(head: bytes) -> Callable[[str | os.PathLike[str], str, Sequence[str] | None], Table] | None:
    """Return the reader for a file that begins with these bytes, or None where it may be text.

    Raises FileError for kinds of files that are known and not read.
    """
    for magic, refusal in _NOT_READ.items():
        if head.startswith(magic):
            raise FileError(refusal)
    if head.startswith(b"PAR1"):
        return read_parquet
    return read_arrow if head.startswith((b"ARROW1", _STREAM)) else None


def read_parquet(path: str | os.PathLike[str], source: str, names: Sequence[str] | None) -> Table:
    """Return the table of a Parquet file; FileError if it is damaged, TableError as for `gather`."""
    from pyarrow import parquet

    with readable(), parquet.ParquetFile(path) as file:
        labels = file.schema_arrow.names

        def column(place: int) -> NDArray[Any]:
            # One row group at a time: reading through iterators of batches keeps the whole file in memory.
            groups = range(file.num_row_groups)
            return _concatenated(
                file.read_row_group(at, columns=[labels[place]], use_threads=False).column(0) for at in groups
            )

        return gather(Frame(source, labels, column), names)


def read_arrow(path: str | os.PathLike[str], source: str, names: Sequence[str] | None) -> Table:
    """Return the table of an Arrow IPC file or stream; errors as for `read_parquet`."""
    import pyarrow
    from pyarrow import ipc

    with readable(), pyarrow.memory_map(os.fspath(path)) as file:
        if file.read(4) == _STREAM:
            file.seek(0)
            table = ipc.open_stream(file).read_all()
            return gather(Frame(source, table.schema.names, lambda at: arrow_array(table.column(at))), names)
        labels = ipc.open_file(file).schema.names

        def column(place: int) -> NDArray[Any]:
            reader = ipc.open_file(file, options=ipc.IpcReadOptions(included_fields=[place]))
            return _concatenated(reader.get_batch(at).column(0) for at in range(reader.num_record_batches))

        return gather(Frame(source, labels, column), names)


def raw_columns(path: str | os.PathLike[str], places: Callable[[Sequence[str]], Sequence[int]]) -> list[Any]:
    """Return columns of a Parquet or Arrow file as they are, text with dictionaries: pyarrow ChunkedArrays.

    places : from the headers to the places of the columns
    """
    import pyarrow
    from pyarrow import ipc, parquet

    with open(path, "rb") as stream:
        kind = stream.read(4)
    with readable():
        if kind == b"PAR1":
            with parquet.ParquetFile(path) as file:
                names = file.schema_arrow.names
                chosen = [names[at] for at in places(names)]
                texts = texts_among(file.schema_arrow, chosen)
            with parquet.ParquetFile(path, read_dictionary=texts) as file:
                return [
                    _chunked(
                        file.read_row_group(k, columns=[label], use_threads=False).column(0)
                        for k in range(file.num_row_groups)
                    )
                    for label in chosen
                ]
        with pyarrow.memory_map(os.fspath(path)) as mapped:
            opener = ipc.open_stream if kind == _STREAM else ipc.open_file
            table = opener(mapped).read_all()
            return [table.column(at) for at in places(table.schema.names)]


def texts_among(schema: Any, labels: Sequence[str]) -> list[str]:
    """Return those of the columns that hold text: read with dictionaries they take a few bytes a row."""
    import pyarrow.types as kinds

    return [
        label
        for label in labels
        if kinds.is_string(schema.field(label).type) or kinds.is_large_string(schema.field(label).type)
    ]


def _chunked(parts: Iterator[Any]) -> Any:
    import pyarrow

    chunks = [chunk for part in parts for chunk in part.chunks]
    return pyarrow.chunked_array(chunks)


def is_columnar(head: bytes) -> bool:
    """Whether a file that begins with these bytes is Parquet or Arrow IPC."""
    return reader_for(head) is not None


def arrow_columns(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return all columns of a Parquet or Arrow file as they are: header -> pyarrow ChunkedArray."""
    from pyarrow import feather, parquet

    with open(path, "rb") as stream:
        kind = stream.read(4)
    with readable():
        table = parquet.read_table(path) if kind == b"PAR1" else feather.read_table(path)
    return dict(zip(table.schema.names, table.columns, strict=True))


def _concatenated(chunks: Iterator[Any]) -> NDArray[Any]:
    parts: list[NDArray[Any]] = []
    for chunk in chunks:
        parts.append(arrow_array(chunk))
        if parts[-1].dtype.kind == "O":
            break  # no numbers: what follows is not needed to say so
    return np.concatenate(parts) if parts else np.empty(0)


@contextlib.contextmanager
def readable() -> Iterator[None]:
    """Turn what Arrow raises for a damaged file into FileError."""
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError, OSError) as error:
        raise FileError(f"the file is damaged or cannot be read: {str(error).splitlines()[0]}") from None
