"""Text files line by line: bounded lines, cells cut and read block after block."""

from __future__ import annotations

import codecs
import csv
import io
from typing import IO, TYPE_CHECKING

import numpy as np

from educe.errors import FileError, TableError
from educe.table.cells import CellColumn
from educe.table.frames import assemble
from educe.table.lines import WHITESPACE, is_comment
from educe.table.names import repeated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from educe.table.dialect import Dialect
    from educe.table.table import Column, Table

LONGEST = 1 << 20  # characters in a line; a file without line ends must not fill the memory
_CHUNK = 1 << 18
_BLOCK = 8192  # rows
_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))


def encoding_of(head: bytes) -> str | None:
    """Return the encoding of a text that begins with these bytes, or None if it is not text.

    >>> encoding_of(b"x,y"), encoding_of("°".encode("latin-1")), encoding_of(bytes(range(9)))
    ('utf-8', 'cp1252', None)
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in head[:64]:
        for encoding, zeros in (("utf-16-le", head[1:64:2]), ("utf-16-be", head[:64:2])):
            if zeros and not zeros.strip(b"\0"):
                return encoding
    if head.translate(None, _CONTROL) != head:
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"


def tolerance(encoding: str) -> str:
    """Return how bytes that the encoding does not have are read, as an error handler of `codecs`.

    They may stand far down in a column of remarks, and must not spoil the numbers beside them; in a column
    of numbers they are refused as text.
    """
    return "replace" if encoding.startswith("utf-16") else "surrogateescape"


class Lines:
    """The lines of a text, without their ends; `number` is that of the line last given, from 1.

    stream : bytes, already read up to the end of `head`
    Raises FileError at a line longer than LONGEST, or one with a byte that no text has.
    """

    def __init__(self, head: bytes, stream: IO[bytes], encoding: str) -> None:
        self.number = 0
        decoder = codecs.getincrementaldecoder(encoding)(tolerance(encoding))
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._head = head
        self._stream = stream

    def __iter__(self) -> Iterator[str]:
        for line in self._split():
            self.number += 1
            yield line

    def _split(self) -> Iterator[str]:
        rest = ""
        chunk = self._head
        while chunk:
            text = rest + self._decoder.decode(chunk)
            if "\0" in text:
                raise FileError("not text: it holds zero bytes.")
            *lines, rest = text.split("\n")
            if len(rest) > LONGEST:
                raise FileError(f"line {self.number + len(lines) + 1} is longer than {LONGEST} characters.")
            yield from lines
            chunk = self._stream.read(_CHUNK)
        rest += self._decoder.decode(b"", final=True)
        if rest:
            yield rest


def read_text(lines: Lines, dialect: Dialect, source: str, names: Sequence[str] | None) -> Table:
    """Return the table of a text; of the columns among `names` only, where these are given.

    Raises TableError naming the line of the first row that has too few or too many fields, and of the first
    cell that is not a number in a named column.
    """
    unusable = repeated(dialect.headings)
    wanted: dict[int, CellColumn] = {}
    for place, heading in enumerate(dialect.headings):
        if names is None or heading.name in names or heading.label in names:
            if heading.name not in unusable:
                wanted[place] = CellColumn(heading.name, dialect.decimal)
            elif names is not None:
                raise TableError(unusable[heading.name])
    parts: dict[int, list[Column]] = {place: [] for place in wanted}
    for rows, numbers in blocks(lines, dialect):
        for place, column in list(wanted.items()):
            try:
                parts[place].append(column.read([row[place] for row in rows], numbers.__getitem__))
            except TableError as refused:
                if names is not None:
                    raise
                unusable[column.name] = str(refused)
                del wanted[place]
    columns = {column.name: _joined(parts[place]) for place, column in wanted.items()}
    units = {heading.name: heading.unit for heading in dialect.headings}
    units |= {column.name: column.unit for column in wanted.values() if column.unit}
    return assemble(source, dialect.headings, columns, units, unusable)


def blocks(lines: Lines, dialect: Dialect) -> Iterator[tuple[list[list[str]], list[int]]]:
    """Yield the rows of measurements in blocks: their cells, and the line of the file each stands on."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    try:
        for row in _rows(lines, dialect):
            if len(row) != dialect.width:
                if not any(cell.strip() for cell in row):
                    continue
                raise TableError(
                    f"line {lines.number} has {len(row)} field{'s' * (len(row) != 1)}, but the rows above it "
                    f"have {dialect.width}; complete or remove that line."
                )
            rows.append(row)
            numbers.append(lines.number)
            if len(rows) == _BLOCK:
                yield rows, numbers
                rows, numbers = [], []
    except csv.Error as error:
        raise FileError(f"line {lines.number} cannot be cut into fields: {error}.") from None
    if rows:
        yield rows, numbers


def _rows(lines: Lines, dialect: Dialect) -> Iterator[list[str]]:
    # with its end, for the sake of quoted texts that go over it
    below = (f"{line}\n" for line in lines if lines.number > dialect.first and not is_comment(line))
    if dialect.separator == WHITESPACE:
        return map(dialect.cut, below)
    return csv.reader(below, delimiter=dialect.separator, skipinitialspace=True)


def _joined(parts: list[Column]) -> Column:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0)
