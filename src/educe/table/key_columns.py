"""The columns of a key as they are at the source: numbers, text, dates or truth values."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import TableError, listing, nearest
from educe.table.bulk import LARGE, texts_of
from educe.table.cells import is_absent
from educe.table.columnar import is_columnar, raw_columns
from educe.table.frames import frame_of
from educe.table.names import headings, repeated
from educe.table.reading import HEAD, TextFile, layout, located, opened
from educe.table.table import Table
from educe.table.text import Lines, blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from educe.table.names import Heading


@dataclass(frozen=True, eq=False)
class KeyColumn:
    """One column of a key.

    numbers : (n,), dates and truth values as numbers, or None for text;  missing : (n,) bool or None
    kind : NumPy's or Arrow's type in which numbers were given
    texts : chunked Arrow array with dictionaries, or None;  typed : False for cells of a text file, where a number
        is still text
    """

    name: str
    numbers: NDArray[Any] | None
    missing: NDArray[np.bool_] | None = None
    kind: Any = None
    texts: Any = None
    typed: bool = True

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.texts) if self.numbers is None else len(self.numbers)

    def present(self) -> NDArray[Any]:
        """Return the numbers that are there."""
        assert self.numbers is not None
        return self.numbers if self.missing is None else self.numbers[~self.missing]


def key_columns(data: Any, by: Sequence[str], n: int) -> list[KeyColumn]:
    """Return the columns of a key.

    data : as for `as_table`;  by : their names or headers;  n : rows of its table, which these must have too

    Raises TableError for a column that is missing, occurs twice, or holds no numbers, text, dates or truth values.
    """
    if isinstance(data, Table):
        return [key_column(name, data[name]) for name in by]
    if isinstance(data, str | os.PathLike | TextFile):
        columns = _of_file(data, by, n)
    else:
        frame = frame_of(data)
        places = places_of(frame.source, headings(frame.labels), by)
        columns = [key_column(name, frame.as_it_is(at)) for name, at in zip(by, places, strict=True)]
    for column in columns:
        if len(column) != n:
            raise TableError(f"the key '{column.name}' has {len(column)} rows, but the table has {n}.")
    return columns


def places_of(source: str, found: Sequence[Heading], by: Sequence[str]) -> list[int]:
    """Return the place of each column, by its name or header; TableError if there is none, or more than one."""
    double = repeated(found)
    places = []
    for name in by:
        if name in double:
            raise TableError(f"{source}: {double[name]}")
        at = [k for k, heading in enumerate(found) if name in (heading.name, heading.label)]
        if not at:
            known = [heading.name for heading in found]
            raise TableError(
                f"{source} has no column '{name}'; its columns are {listing(known)}.{nearest(name, known)}"
            )
        places.append(at[0])
    return places


def key_column(name: str, raw: Any, *, typed: bool = True) -> KeyColumn:
    """Return a column of NumPy, pandas, polars or Arrow as a key; TableError if it holds what is none."""
    package = type(raw).__module__.partition(".")[0]
    if package == "pandas":
        raw = raw.to_numpy() if isinstance(raw.dtype, np.dtype) else _arrow_of(name, raw)
    elif package == "polars":
        raw = raw.to_arrow()
    if hasattr(raw, "to_pylist"):
        return _of_arrow(name, raw, typed=typed)
    array = np.asarray(raw)
    if array.ndim != 1:
        raise TableError(f"the key '{name}' has shape {array.shape}; a column has one dimension.")
    if array.dtype.kind in "biu":
        return KeyColumn(name, array.view(np.uint8) if array.dtype.kind == "b" else array, kind=array.dtype)
    if array.dtype.kind == "f":
        missing = ~np.isfinite(array)
        return KeyColumn(name, array, missing if missing.any() else None, array.dtype)
    if array.dtype.kind in "mM":
        missing = np.isnat(array)
        return KeyColumn(name, array.view(np.int64), missing if missing.any() else None, array.dtype)
    if array.dtype.kind in "UTO":
        return _of_arrow(name, _arrow_of(name, array), typed=typed)
    raise TableError(_refused(name, str(array.dtype)))


def _of_arrow(name: str, values: Any, *, typed: bool) -> KeyColumn:
    import pyarrow
    import pyarrow.types as kinds

    chunked = values if hasattr(values, "chunks") else pyarrow.chunked_array([values])
    kind = chunked.type
    if kinds.is_dictionary(kind) and not _is_text(kind.value_type):
        chunked = chunked.cast(kind.value_type)
        kind = chunked.type
    if kinds.is_dictionary(kind) or _is_text(kind) or kinds.is_null(kind):
        texts = chunked.cast(pyarrow.string()) if kinds.is_null(kind) else chunked
        encoded = texts if kinds.is_dictionary(texts.type) else _encoded(texts)
        return KeyColumn(name, None, texts=encoded if typed else _cells(encoded), typed=typed)
    if kinds.is_decimal(kind):
        chunked = chunked.cast(pyarrow.float64())
    elif kinds.is_temporal(kind) and not kinds.is_interval(kind):
        chunked = _bits(chunked)
    elif kinds.is_boolean(kind):
        chunked = chunked.cast(pyarrow.uint8())
    elif not (kinds.is_integer(kind) or kinds.is_floating(kind)):
        raise TableError(_refused(name, str(kind)))
    missing = chunked.is_null().to_numpy() if chunked.null_count else None
    numbers = (chunked.fill_null(0) if chunked.null_count else chunked).to_numpy()
    given = np.dtype(bool) if kinds.is_boolean(kind) else kind if kinds.is_temporal(kind) else numbers.dtype
    if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
        missing = ~np.isfinite(numbers) if missing is None else missing | ~np.isfinite(numbers)
    return KeyColumn(name, numbers, missing, given)


def _bits(chunked: Any) -> Any:
    """Return dates and times as whole numbers that ascend as they do."""
    import pyarrow

    whole = pyarrow.int32() if chunked.type.bit_width == 32 else pyarrow.int64()
    return pyarrow.chunked_array([chunk.view(whole) for chunk in chunked.chunks], whole)


def _encoded(texts: Any) -> Any:
    """Return text with dictionaries, chunk by chunk."""
    import pyarrow

    kind = pyarrow.dictionary(pyarrow.int32(), texts.type)
    return pyarrow.chunked_array([chunk.dictionary_encode() for chunk in texts.chunks], kind)


def _cells(encoded: Any) -> Any:
    """Return the cells of a text file without blanks around them; those that say so are missing."""
    import pyarrow

    chunks = []
    for chunk in encoded.chunks:
        words = [
            None if word is None or is_absent(word) else word.strip() for word in chunk.dictionary.to_pylist()
        ]
        dictionary = pyarrow.array(words, pyarrow.string())
        texts = pyarrow.DictionaryArray.from_arrays(chunk.indices, dictionary)
        chunks.append(
            texts if dictionary.null_count == 0 else texts.cast(pyarrow.string()).dictionary_encode()
        )
    return pyarrow.chunked_array(chunks, pyarrow.dictionary(pyarrow.int32(), pyarrow.string()))


def _is_text(kind: Any) -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind))


def _arrow_of(name: str, values: Any) -> Any:
    import pyarrow

    try:
        return pyarrow.array(values, from_pandas=True)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, pyarrow.ArrowNotImplementedError):
        kinds = sorted({type(value).__name__ for value in values if value is not None and value == value})
        raise TableError(_refused(name, " and ".join(kinds))) from None


_KINDS = "a key is numbers, text, dates or truth values"


def _refused(name: str, kind: str) -> str:
    return f"the key '{name}' holds {kind}; {_KINDS}."


def _of_file(data: str | os.PathLike[str] | TextFile, by: Sequence[str], n: int) -> list[KeyColumn]:
    file = data if isinstance(data, TextFile) else TextFile(data)
    source = os.path.basename(file.path)
    with located(source), opened(file.path) as stream:
        head = stream.read(HEAD)
        if is_columnar(head):
            columns = raw_columns(file.path, lambda labels: places_of(source, headings(labels), by))
            return [key_column(name, column) for name, column in zip(by, columns, strict=True)]
        encoding, dialect = layout(head, file.separator, file.decimal)
        places = places_of(source, dialect.headings, by)
        if encoding == "utf-8" and os.path.getsize(file.path) >= LARGE:
            found = texts_of(file.path, head, dialect, places)
            if found is not None and len(found[0]) == n:
                return [key_column(name, texts, typed=False) for name, texts in zip(by, found, strict=True)]
        cells: list[list[str]] = [[] for _ in places]
        for rows, _ in blocks(Lines(head, stream, encoding), dialect):
            for kept, place in zip(cells, places, strict=True):
                kept.extend(row[place] for row in rows)
    import pyarrow

    return [
        key_column(name, pyarrow.array(texts, pyarrow.string()), typed=False)
        for name, texts in zip(by, cells, strict=True)
    ]
