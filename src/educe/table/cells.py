"""Cells of a text file as numbers: number, missing, time, or neither."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from educe.errors import TableError
from educe.table.moments import DATED, DAY, Moment, moment, since
from educe.table.values import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from educe.table.table import Column

_ABSENT = """
    na n/a #n/a #na nan -nan null none nil nat <na> - -- --- ? . * missing nodata no_data invalid
    overflow overload overrange over ovf ovld ol o.l. underflow underrange err error
    #value! #div/0! #ref! #num! #null! #name? 1.#qnan 1.#ind -1.#ind 1.#snan nan(ind) -nan(ind)
"""
ABSENT = frozenset(["", *_ABSENT.split()])

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eEdD][+-]?[0-9]+)?\Z")
_GROUPED = {
    ".": re.compile(r"[+-]?[0-9]{1,3}(?:[,' ][0-9]{3})+\.[0-9]+\Z"),
    ",": re.compile(r"[+-]?[0-9]{1,3}(?:[.' ][0-9]{3})+,[0-9]+\Z"),
}  # not read, but evidence of how a file is laid out
_INFINITE = re.compile(r"([+-]?)(?:inf|infinity|1\.#inf)\Z", re.IGNORECASE)


def is_number(cell: str, decimal: str) -> bool:
    """Whether a cell is a finite or infinite number under this decimal mark.

    >>> is_number("1,5", ","), is_number("1_000", "."), is_number("1.0D+02", ".")
    (True, False, True)
    """
    return _read_number(cell.strip(), decimal) is not None


def looks_numeric(cell: str, decimal: str) -> bool:
    """Whether a cell is a number, or would be one without its thousands separators.

    >>> looks_numeric("1.013,25", ","), looks_numeric("1.013,25", ".")
    (True, False)
    """
    return is_number(cell, decimal) or _GROUPED[decimal].match(cell.strip()) is not None


def is_absent(cell: str) -> bool:
    """Whether a cell says that a value is missing: empty, NA, null, --, OVERFLOW and their like."""
    return cell.strip().lower() in ABSENT


def is_time(cell: str) -> bool:
    """Whether a cell is a date, a date and time of day, or a time of day."""
    return moment(cell.strip()) is not None


class CellColumn:
    """One column of a text file, read block after block.

    Numbers become float64; missing cells nan; dates and times of day seconds since the first of them.
    Which of the two a column holds, its first present cell decides.
    """

    def __init__(self, name: str, decimal: str) -> None:
        self.name = name
        self.unit = ""
        self.decimal = decimal
        self._origin: Moment | None = None
        self._numeric = False
        self._rows = 0
        self._previous: Moment = (0, 0.0)

    def read(self, cells: Sequence[str], line: Callable[[int], int]) -> Column:
        """Return the next cells as (n,) float64; `line` tells on which line of the file the i-th of them is.

        Raises TableError naming the first cell that is neither number, missing nor, where the column
        is of times, a time.
        """
        column = self._plain(cells)
        if column is None:
            column = np.array([self._cell(cell.strip(), at, line) for at, cell in enumerate(cells)])
        self._rows += len(cells)
        return column

    def accept(self, column: Column) -> Column:
        """Return numbers that were read elsewhere as the next of this column."""
        self._numeric = self._numeric or bool(np.isfinite(column).any())
        self._rows += len(column)
        return column

    def _plain(self, cells: Sequence[str]) -> Column | None:
        # float() reads what people call numbers, and also 1_000 and the digits of other scripts.
        text = "".join(cells)
        if "_" in text or not text.isascii() or self._origin is not None:
            return None
        try:
            column = np.array(list(map(float, cells)))
        except ValueError:
            return None
        self._numeric = self._numeric or bool(np.isfinite(column).any())
        return column

    def _cell(self, cell: str, at: int, line: Callable[[int], int]) -> float:
        if cell.lower() in ABSENT:
            return math.nan
        number = _read_number(cell, self.decimal)
        if number is not None and self._origin is None:
            self._numeric = True
            return number
        found = None if self._numeric or number is not None else moment(cell)
        if found is None:
            raise TableError(refusal(self.name, cell, self._rows + at + 1, line(at)) + _advice(cell))
        return self._since_first(found, cell, line(at))

    def _since_first(self, found: Moment, cell: str, line: int) -> float:
        if self._origin is None:
            self._origin = self._previous = found
            self.unit = since(found)
        if found[0] < DATED and found[0] + DAY // 2 < self._previous[0]:
            raise TableError(
                f"column '{self.name}' goes back to {cell} on line {line}: a time of day that passes "
                "midnight needs its date beside it."
            )
        self._previous = found
        return (found[0] - self._origin[0]) + (found[1] - self._origin[1])


def _read_number(cell: str, decimal: str) -> float | None:
    plain = cell if cell.isascii() else cell.replace("\u2212", "-")  # the minus of typesetters
    plain = plain if decimal == "." else _pointed(plain)
    if NUMBER.match(plain):
        return float(plain.replace("d", "e").replace("D", "e") if "d" in plain or "D" in plain else plain)
    infinite = _INFINITE.match(plain)
    return float(f"{infinite[1]}inf") if infinite else None


def _pointed(cell: str) -> str:
    # Under a decimal comma a point may stand as well (many loggers mix them), but not both in one number.
    return cell if "." in cell else cell.replace(",", ".", 1)


def _advice(cell: str) -> str:
    if re.match(r"[+-]?\d{1,3}([ ,.'_\u00a0\u202f]\d{3})+([.,]\d+)?\Z", cell):
        return " Thousands separators are not read: write the number without them."
    if re.match(r"[+-]?\d+,\d*\Z", cell):
        return " If the comma is a decimal mark, say so: decimal=','."
    if re.match(r"\d{1,2}/\d{1,2}/\d{2,4}", cell):
        return " Dates are read as 2026-01-31 or 31.01.2026."
    return ""
