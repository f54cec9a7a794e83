"""One column of any kind of values, as float64."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from educe.errors import TableError
from educe.table.moments import DAY, since

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from educe.table.table import Column

_1970 = date(1970, 1, 1).toordinal() * DAY
_EXACT = 2**53  # the largest range of integers that float64 carries without rounding


def as_numbers(name: str, values: NDArray[Any]) -> tuple[Column, str]:
    """Return a column as (n,) float64, and the unit it got in that: "s" for durations, "s since 2026-01-31
    00:00:00" for times, else "".

    Truth values become 0 and 1, integers and float32 are widened, masked and absent values (None, NA, NaT)
    become nan, dates become seconds since the first of them, durations become seconds.

    Raises TableError for complex numbers, text, bytes, integers beyond 2**53, more than one dimension.

    >>> as_numbers("x", np.array([True, False]))
    (array([1., 0.]), '')
    """
    if values.ndim != 1:
        raise TableError(f"column '{name}' has shape {values.shape}; a column has one dimension.")
    if isinstance(values, np.ma.MaskedArray):
        return _masked(name, values)
    kind = values.dtype.kind
    if kind in "bf":
        return np.ascontiguousarray(values, dtype=np.float64), ""
    if kind in "iu":
        return _integers(name, values), ""
    if kind in "mM":
        return _seconds(values)
    if kind == "O":
        return _objects(name, values)
    if kind == "c":
        raise TableError(f"column '{name}' holds complex numbers; give its real and imaginary parts.")
    raise TableError(refusal(name, values[0].item() if len(values) else "", 1))


def refusal(name: str, value: object, row: int, line: int | None = None) -> str:
    """Return the sentence that refuses a value which is no number.

    >>> refusal("x", "abc", 3)
    "column 'x' is not all numbers: row 3 holds 'abc'."
    """
    where = f"row {row}" if line is None else f"line {line} (row {row})"
    shown = repr(value)
    if len(shown) > 40:
        shown = f"{shown[:36]}...{shown[0]}"
    return f"column '{name}' is not all numbers: {where} holds {shown}."


def _masked(name: str, values: np.ma.MaskedArray[Any, Any]) -> tuple[Column, str]:
    mask = np.ma.getmaskarray(values)
    seen, unit = as_numbers(name, values.compressed())
    column = np.full(len(values), np.nan)
    column[~mask] = seen
    return column, unit


def _integers(name: str, values: NDArray[Any]) -> Column:
    if values.dtype.itemsize == 8 and len(values):
        low, high = int(values.min()), int(values.max())
        if high > _EXACT or low < -_EXACT:
            raise TableError(
                f"column '{name}' holds the integer {high if high > _EXACT else low}, beyond 2**53, which "
                "float64 cannot carry exactly; subtract an offset or convert the column to float first."
            )
    return values.astype(np.float64)


def _seconds(values: NDArray[Any]) -> tuple[Column, str]:
    present = ~np.isnat(values)
    column = np.full(len(values), np.nan)
    unit = "s"
    if present.any():
        if values.dtype.kind == "M":
            first = values[present][0]
            whole = first.astype("datetime64[s]")
            fraction = float((first - whole) / np.timedelta64(1, "s"))
            unit = since((int(whole.astype(np.int64)) + _1970, fraction))
            values = values - first
        column[present] = values[present] / np.timedelta64(1, "s")
    return column, unit


def _objects(name: str, values: NDArray[Any]) -> tuple[Column, str]:
    cells: Sequence[Any] = values.tolist()
    row, first = next(
        ((row, cell) for row, cell in enumerate(cells, start=1) if not _absent(cell)), (0, None)
    )
    if isinstance(first, str):
        raise TableError(refusal(name, first, row))
    if any(hasattr(cell, "timestamp") or isinstance(cell, np.datetime64) for cell in cells):
        return _dates(name, cells)
    return np.array([_number(name, cell, row) for row, cell in enumerate(cells, start=1)]), ""


def _dates(name: str, cells: Sequence[Any]) -> tuple[Column, str]:
    zoned = set()
    for row, cell in enumerate(cells, start=1):
        if _absent(cell):
            continue
        if not (hasattr(cell, "timestamp") or isinstance(cell, np.datetime64)):
            raise TableError(refusal(name, cell, row))
        zoned.add(getattr(cell, "tzinfo", None) is not None)
    if len(zoned) > 1:
        raise TableError(f"column '{name}' mixes times with and without a time zone.")
    dates = [np.datetime64("NaT") if _absent(cell) else np.datetime64(_utc(cell), "us") for cell in cells]
    return _seconds(np.array(dates, dtype="datetime64[us]"))


def _utc(moment: Any) -> Any:
    offset = moment.utcoffset() if hasattr(moment, "utcoffset") else None
    return moment if offset is None else moment.replace(tzinfo=None) - offset


def _number(name: str, cell: Any, row: int) -> float:
    if _absent(cell):
        return math.nan
    if isinstance(cell, (bool, int, float, Decimal, np.bool_, np.integer, np.floating)):
        if isinstance(cell, (int, np.integer)) and abs(int(cell)) > _EXACT:
            raise TableError(
                f"column '{name}' holds the integer {cell} in row {row}, beyond 2**53, which float64 cannot "
                "carry exactly; subtract an offset or convert the column to float first."
            )
        return math.nan if isinstance(cell, Decimal) and cell.is_nan() else float(cell)
    raise TableError(refusal(name, cell, row))


def _absent(cell: Any) -> bool:
    # pandas.NA and NaT are known by name, so that pandas need not be imported to recognise them.
    return cell is None or type(cell).__name__ in {"NAType", "NaTType"} or cell is np.ma.masked
