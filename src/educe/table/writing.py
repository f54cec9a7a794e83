"""Columns into files, all or nothing: a file appears when it is complete, never before."""

from __future__ import annotations

import contextlib
import csv
import io
import math
import os
import stat
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from educe.errors import FileError, TableError, listing
from educe.table.columnar import arrow_columns, is_columnar
from educe.table.lines import WHITESPACE
from educe.table.reading import HEAD, layout, located, opened, read
from educe.table.text import Lines, blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

_TEXT = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
_ARROW = (".parquet", ".feather", ".arrow")
_BLOCK = 8192  # rows


def write(path: str | os.PathLike[str], columns: Mapping[str, ArrayLike | Sequence[str]]) -> None:
    """Write columns of equal length to a .csv, .tsv, .txt, .parquet, .feather or .arrow file.

    columns : header -> numbers (n,), or texts. In text files a number has as many digits as tell it from
        every other float64, so that reading gives the same bits; nan is an empty cell.

    The file appears when it is complete; one that was there before is then replaced.
    Raises FileError if the suffix is of no known kind or the file cannot be written, TableError if lengths
    differ.
    """
    suffix = check_suffix(path)
    plain = {name: _plain(column) for name, column in columns.items()}
    _check_lengths(plain)
    with replacing(path) as stream:
        if suffix in _TEXT:
            _write_text(stream, plain, _TEXT[suffix])
        else:
            _write_arrow(stream, plain, suffix)


def check_suffix(path: str | os.PathLike[str]) -> str:
    """Return the suffix of a file to be; FileError if `write` knows no such kind."""
    suffix = Path(path).suffix.lower()
    if suffix not in _TEXT and suffix not in _ARROW:
        raise FileError(
            f"{path}: the suffix '{suffix}' names no known kind of file; use {listing([*_TEXT, *_ARROW])}."
        )
    return suffix


def extend(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    columns: Mapping[str, NDArray[np.float64]],
    *,
    separator: str | None = None,
    decimal: str | None = None,
) -> None:
    """Write the rows of one file to another, all of its columns as they are and new ones beside them.

    columns : header -> (n,) float64, one value for each row of `source` in its order; nan is left empty
    separator, decimal : of `source`, as for `read`

    Text goes to text cell by cell, with the separator and the decimal mark that it has.
    Raises TableError if a header is there already or the number of rows differs, FileError as `write`.
    """
    place = Path(source)
    with located(place.name), opened(place) as stream:
        columnar = is_columnar(stream.read(HEAD))
    if not columnar and Path(target).suffix.lower() in _TEXT:
        with replacing(target) as out, located(place.name), opened(place) as stream:
            _extend_text(stream, out, columns, (separator, decimal))
        return
    with located(place.name):
        old = arrow_columns(place) if columnar else _text_columns(place, separator, decimal)
        _refuse_present(old, columns)
        for name, column in columns.items():
            _check_rows(name, column, len(next(iter(old.values()), ())))
    write(target, {**old, **columns})


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of `path` when all is written, and leaves no trace otherwise.

    Raises FileError if it cannot be written.
    """
    place = Path(os.path.realpath(path))
    partial = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        if place.exists() and not stat.S_ISREG(place.stat().st_mode):
            raise FileError(f"{path} is a folder or a device; name a file to write to.")
        try:
            with open(partial, "xb") as stream:
                yield stream
            os.replace(partial, place)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror or error}.") from None


def _write_text(stream: IO[bytes], columns: Mapping[str, Any], separator: str) -> None:
    with _writer(stream, separator) as rows:
        rows.writerow(columns)
        n = max((len(column) for column in columns.values()), default=0)
        for start in range(0, n, _BLOCK):
            parts = [_cells(column[start : start + _BLOCK], ".") for column in columns.values()]
            rows.writerows(zip(*parts, strict=True))


def _write_arrow(stream: IO[bytes], columns: Mapping[str, Any], suffix: str) -> None:
    import pyarrow
    from pyarrow import feather, parquet

    table = pyarrow.table(dict(columns))
    if suffix == ".parquet":
        parquet.write_table(table, stream)
    else:
        feather.write_feather(table, stream, compression="uncompressed")


def _extend_text(
    stream: IO[bytes],
    out: IO[bytes],
    columns: Mapping[str, NDArray[np.float64]],
    told: tuple[str | None, str | None],
) -> None:
    head = stream.read(HEAD)
    encoding, dialect = layout(head, *told)
    labels = [heading.label or heading.name for heading in dialect.headings]
    _refuse_present(labels, columns)
    n = 0
    with _writer(out, "\t" if dialect.separator == WHITESPACE else dialect.separator) as writer:
        writer.writerow([*labels, *columns])
        for rows, _ in blocks(Lines(head, stream, encoding), dialect):
            new = [_cells(column[n : n + len(rows)], dialect.decimal) for column in columns.values()]
            n += len(rows)
            writer.writerows([*row[: len(labels)], *cells] for row, *cells in zip(rows, *new, strict=False))
    for name, column in columns.items():
        _check_rows(name, column, n)


@contextlib.contextmanager
def _writer(stream: IO[bytes], separator: str) -> Iterator[Any]:
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape", newline="")
    yield csv.writer(text, delimiter=separator, lineterminator="\n")
    text.flush()
    text.detach()  # else the stream would be closed with it


def _cells(values: Any, decimal: str) -> list[str]:
    if isinstance(values, np.ndarray):
        texts = ["" if math.isnan(value) else repr(value) for value in values.tolist()]
        return texts if decimal == "." else [text.replace(".", decimal) for text in texts]
    cells = values.to_pylist() if hasattr(values, "to_pylist") else values
    return ["" if cell is None or cell != cell else str(cell) for cell in cells]


def _plain(column: Any) -> Any:
    """Return numbers as an array, anything else as it is."""
    if hasattr(column, "to_pylist"):
        return column
    array = np.asarray(column)
    if array.ndim == 1 and array.dtype.kind in "biuf":
        return array.astype(np.int64) if array.dtype.kind == "b" else array
    return list(column)


def _text_columns(path: Path, separator: str | None, decimal: str | None) -> dict[str, Any]:
    """Return the columns of a text file in order: numbers where all are, else the cells."""
    table = read(path, separator=separator, decimal=decimal)
    with opened(path) as stream:
        head = stream.read(HEAD)
        encoding, dialect = layout(head, separator, decimal)
        texts: list[list[str]] = [[] for _ in dialect.headings]
        for rows, _ in blocks(Lines(head, stream, encoding), dialect):
            for place, cells in enumerate(texts):
                cells.extend(row[place] for row in rows)
    return {
        heading.label or heading.name: table.columns.get(heading.name, cells)
        for heading, cells in zip(dialect.headings, texts, strict=True)
    }


def _refuse_present(old: Iterable[str], new: Iterable[str]) -> None:
    present = set(old)
    for name in new:
        if name in present:
            raise TableError(f"there is a column '{name}' already; choose another name for the new one.")


def _check_rows(name: str, column: Sequence[Any] | NDArray[Any], n: int) -> None:
    if len(column) != n:
        raise TableError(f"column '{name}' has {len(column)} values, but the file has {n} rows.")


def _check_lengths(columns: Mapping[str, Any]) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    for name, n in lengths.items():
        first = next(iter(lengths))
        if n != lengths[first]:
            raise TableError(f"column '{first}' has {lengths[first]} rows, but column '{name}' has {n}.")
