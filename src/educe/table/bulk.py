"""Large text files, through Arrow's reader, to the same numbers as line by line.

Arrow cuts the lines and converts what is plainly a number. A file with cells at which it hesitates (times,
+1.5, 1.0D+02) is cut again into text, block after block, for the same `CellColumn` that reads small files;
whatever is wrong or cannot be told this way is left to the careful reader of `text`.
"""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import FileError, TableError
from educe.table.cells import ABSENT, CellColumn
from educe.table.frames import assemble
from educe.table.lines import WHITESPACE
from educe.table.text import Lines, read_text

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from educe.table.dialect import Dialect
    from educe.table.table import Column, Table

LARGE = 8 << 20  # bytes, from which on loading Arrow pays
_BLOCK = 1 << 22  # bytes


def read_bulk(
    path: str | os.PathLike[str], head: bytes, dialect: Dialect, source: str, names: Sequence[str] | None
) -> Table | None:
    """Return the table of a large UTF-8 text, or None where only the careful reader can tell.

    head : the first bytes of the file; columns with text among them are left to the sentences found there
    """
    start = head[: head.rfind(b"\n") + 1]
    if dialect.separator == WHITESPACE or not start:
        return None
    try:
        begin = read_text(Lines(start, io.BytesIO(), "utf-8"), dialect, source, names)
    except (TableError, FileError):
        return (
            None  # to be told by the careful reader; or only a quoted text cut short by the end of the head
        )
    headings = dialect.headings
    wanted = [place for place, heading in enumerate(headings) if heading.name in begin.columns]
    if not wanted:
        return begin
    import pyarrow

    for numbers in (True, False):
        with contextlib.suppress(pyarrow.ArrowInvalid, TableError):
            cells = {place: CellColumn(headings[place].name, dialect.decimal) for place in wanted}
            columns = _columns(_batches(path, dialect, wanted, numbers=numbers, whole=numbers), cells)
            units = {heading.name: heading.unit for heading in headings}
            units |= {column.name: column.unit for column in cells.values() if column.unit}
            return assemble(source, headings, columns, units, begin.unusable)
    return None


def texts_of(
    path: str | os.PathLike[str], head: bytes, dialect: Dialect, wanted: Sequence[int]
) -> list[Any] | None:
    """Return columns of a large UTF-8 text as text with dictionaries, None where only the careful reader can tell."""
    if dialect.separator == WHITESPACE or b"\n" not in head:
        return None
    import pyarrow

    kind = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    parts: dict[int, list[Any]] = {place: [] for place in wanted}
    with contextlib.suppress(pyarrow.ArrowInvalid, TableError):
        for batch in _batches(path, dialect, wanted, numbers=False, whole=False):
            _refuse_comment(batch.column("0"))
            for place in wanted:
                parts[place].append(batch.column(str(place)).dictionary_encode())
        return [pyarrow.chunked_array(parts[place], kind) for place in wanted]
    return None


def spilled(
    path: str | os.PathLike[str],
    head: bytes,
    dialect: Dialect,
    target: str | os.PathLike[str],
    texts: Sequence[int] = (),
) -> None:
    """Write the columns of a UTF-8 text that are numbers as Arrow IPC, block after block.

    texts : places of columns that are written as text, whatever they hold

    Raises TableError where a cell below the head is no plain number: such a file must be read whole.
    """
    import pyarrow
    from pyarrow import ipc

    start = head[: head.rfind(b"\n") + 1] or head
    begin = read_text(Lines(start, io.BytesIO(), "utf-8"), dialect, "the file", None)
    labels = [heading.label for heading in dialect.headings]
    wanted = [
        place
        for place, heading in enumerate(dialect.headings)
        if heading.name in begin.columns or place in texts
    ]
    kinds = {place: pyarrow.string() if place in texts else pyarrow.float64() for place in wanted}
    schema = pyarrow.schema([(labels[place], kinds[place]) for place in wanted])
    try:
        with ipc.new_file(target, schema) as out:
            for batch in _batches(path, dialect, wanted, numbers=True, whole=False, texts=texts):
                if 0 in texts:
                    _refuse_comment(batch.column("0"))
                columns = [batch.column(str(place)) for place in wanted]
                out.write_batch(pyarrow.RecordBatch.from_arrays(columns, schema=schema))
    except pyarrow.ArrowInvalid as error:
        raise TableError(
            f"read row by row, every cell must be a plain number: {str(error).splitlines()[0]}"
        ) from None


def _columns(batches: Iterable[Any], wanted: dict[int, CellColumn]) -> dict[str, Column]:
    parts: dict[int, list[Column]] = {place: [] for place in wanted}
    for batch in batches:
        if 0 not in wanted:
            _refuse_comment(batch.column("0"))
        for place, column in wanted.items():
            parts[place].append(_numbers(batch.column(str(place)), column))
    return {column.name: np.concatenate(parts[place]) for place, column in wanted.items()}


def _batches(
    path: str | os.PathLike[str],
    dialect: Dialect,
    wanted: Sequence[int],
    *,
    numbers: bool,
    whole: bool,
    texts: Sequence[int] = (),
) -> Iterable[Any]:
    import pyarrow
    from pyarrow import csv

    types = dict.fromkeys(map(str, wanted), pyarrow.float64() if numbers else pyarrow.string())
    types |= dict.fromkeys(map(str, texts), pyarrow.string())
    types.setdefault("0", pyarrow.string())  # a comment among the rows is known by it
    # Numbers take no more memory all at once than in the end; text is taken block by block.
    read = csv.read_csv if whole else csv.open_csv
    table = read(
        path,
        read_options=csv.ReadOptions(
            skip_rows=dialect.first,
            column_names=[str(place) for place in range(dialect.width)],
            block_size=_BLOCK,
        ),
        parse_options=csv.ParseOptions(delimiter=dialect.separator),
        convert_options=csv.ConvertOptions(
            include_columns=list(types),
            column_types=types,
            null_values=sorted({way(word) for word in ABSENT for way in (str.lower, str.upper, str.title)}),
            strings_can_be_null=True,
            decimal_point=dialect.decimal,
        ),
    )
    batches: Iterable[Any] = table.to_batches() if whole else table
    return batches


def _numbers(cells: Any, column: CellColumn) -> Column:
    import pyarrow

    if cells.type == pyarrow.float64():
        return column.accept(cells.to_numpy(zero_copy_only=False))
    texts = ["" if cell is None else cell for cell in cells.to_pylist()]
    return column.read(texts, lambda at: at)  # which line a bad cell is on, the careful reader will tell


def _refuse_comment(cells: Any) -> None:
    from pyarrow import compute

    marked = compute.match_substring_regex(cells, r"^\s*(#|%|//|!)")
    if compute.any(marked).as_py():
        raise TableError("a comment stands among the rows.")
