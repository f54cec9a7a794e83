"""Measurements from wherever they are: a path, or an object in memory."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeGuard

from educe.errors import FileError, ParameterError, TableError, nearest
from educe.table.bulk import LARGE, read_bulk
from educe.table.columnar import reader_for
from educe.table.dialect import Dialect, detect
from educe.table.frames import from_object
from educe.table.table import Table
from educe.table.text import LONGEST, Lines, encoding_of, read_text, tolerance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


HEAD = LONGEST + 1  # bytes of evidence


@dataclass(frozen=True)
class TextFile:
    """A text file of which separator or decimal mark are told, not found from its first lines."""

    path: str | os.PathLike[str]
    separator: str | None = None
    decimal: str | None = None


def is_path(data: object) -> TypeGuard[str | os.PathLike[str]]:
    """Whether data are the name of a file."""
    return isinstance(data, str | os.PathLike)


def as_table(data: Any, *, names: Sequence[str] | None = None) -> Table:
    """Return measurements as a Table of float64 columns.

    data : path of a text, Parquet, Feather or Arrow file; dictionary of arrays, lists or scalars; NumPy
        structured array; pandas or polars DataFrame; Arrow Table; xarray Dataset or DataArray
    names : names that will be asked for. Columns among them must be numbers and only they are read; names
        that are no columns do no harm. None: all columns are read, and one that is not numbers is refused
        when it is asked for.

    Missing values become nan, truth values 0 and 1, dates and times of day seconds since the first of them.
    Arrays of float64 are taken as they are, not copied.

    Raises TableError for columns that are not numbers or differ in length, FileError for a file that cannot
    be read.

    >>> as_table({"x": [1, 2, None]})["x"]
    array([ 1.,  2., nan])
    """
    if is_path(data):
        return read(data, names=names)
    if isinstance(data, TextFile):
        return read(data.path, names=names, separator=data.separator, decimal=data.decimal)
    if isinstance(data, Table):
        return data
    if data is None:
        raise TableError("no measurements were given.")
    return from_object(data, _wanted(names))


def read(
    path: str | os.PathLike[str],
    *,
    names: Sequence[str] | None = None,
    separator: str | None = None,
    decimal: str | None = None,
) -> Table:
    """Return the measurements of a file: text (also .gz), Parquet, Feather or Arrow IPC.

    names : as for `as_table`
    separator : "," ";" "\\t" "|" or " " for runs of blanks; None: found from the first lines
    decimal : "." or ","; None: found from the first lines

    Raises FileError if the file cannot be read, TableError if its rows or columns are not measurements.
    """
    wanted = _wanted(names)
    source = Path(path).name or str(path)
    with located(source), opened(path) as stream:
        head = stream.read(HEAD)
        columnar = reader_for(head)
        if columnar is not None:
            return columnar(path, source, wanted)
        encoding, dialect = layout(head, separator, decimal)
        if encoding == "utf-8" and _is_large(stream):
            table = read_bulk(path, head, dialect, source, wanted)
            if table is not None:
                return table
        return read_text(Lines(head, stream, encoding), dialect, source, wanted)


def _wanted(names: Sequence[str] | None) -> tuple[str, ...] | None:
    if isinstance(names, str):
        raise ParameterError(f"names is a list of names; for one column, give ['{names}'].")
    return None if names is None else tuple(names)


def _is_large(stream: IO[bytes]) -> bool:
    # a packed file or a pipe has no size to go by
    if not isinstance(stream, io.BufferedReader):
        return False
    status = os.fstat(stream.fileno())
    return stat.S_ISREG(status.st_mode) and status.st_size >= LARGE


def layout(head: bytes, separator: str | None = None, decimal: str | None = None) -> tuple[str, Dialect]:
    """Return the encoding and the dialect of a text that begins with `head`."""
    if not head.strip():
        raise FileError("the file is empty.")
    encoding = encoding_of(head)
    if encoding is None:
        raise FileError("not text: it holds bytes that no text has.")
    whole = len(head) < HEAD
    text = head.decode(encoding, tolerance(encoding) if whole else "ignore")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not whole and "\n" not in text:
        raise FileError(f"line 1 is longer than {LONGEST} characters.")
    return encoding, detect(text, whole=whole, separator=separator, decimal=decimal)


@contextlib.contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file for reading bytes, unpacking .gz; FileError if that cannot be."""
    place = Path(path)
    try:
        with open(place, "rb") as stream:
            if stat.S_ISREG(os.fstat(stream.fileno()).st_mode) and stream.peek(2)[:2] == b"\x1f\x8b":
                with gzip.open(stream, "rb") as unpacked:
                    yield unpacked  # type: ignore[misc]
            else:
                yield stream
    except FileNotFoundError:
        raise FileError(f"there is no such file.{_near(place)}") from None
    except IsADirectoryError:
        raise FileError("this is a folder, not a file.") from None
    except PermissionError:
        raise FileError("no permission to read this file.") from None
    except (EOFError, zlib.error):
        raise FileError("the packed file is damaged or ends too early.") from None
    except OSError as error:
        raise FileError(f"the file cannot be read: {error.strerror or error}.") from None


@contextlib.contextmanager
def located(source: str) -> Iterator[None]:
    """Put the name of the file before the message of an error raised inside."""
    try:
        yield
    except (FileError, TableError) as error:
        if str(error).startswith(source):
            raise
        raise type(error)(f"{source}: {error}") from None


def _near(place: Path) -> str:
    try:
        return nearest(place.name, [entry.name for entry in os.scandir(place.parent)][:1000])
    except OSError:
        return ""
