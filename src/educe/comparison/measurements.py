"""The rows of a comparison: complete, where a condition holds, and not more than can be compared on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from educe.engines.condition import rows_where
from educe.errors import ParameterError, TableError, listing
from educe.table import as_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.table import Table

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Measurements:
    """Inputs X (n, d), target y (n,), names of the inputs and the target, the table, and what a reader should know."""

    X: Array
    y: Array
    names: tuple[str, ...]
    target: str
    table: Table
    notes: tuple[str, ...]

    @property
    def others(self) -> tuple[str, ...]:
        """Columns that are neither input nor target."""
        every = self.table.available or tuple(self.table.columns)
        return tuple(name for name in every if name not in (*self.names, self.target))


def measurements(
    data: Any, target: str, *, inputs: Sequence[str] | None, where: str | None, rows: int, seed: int
) -> Measurements:
    """Return what can be compared on: see `compare`.

    Raises ParameterError for names that cannot be, TableError where a column is missing, holds no numbers or is
    constant.
    """
    table = as_table(data)
    target = table.find(target)
    names = _inputs(table, target, inputs)
    if where is not None:
        table = rows_where(table, where)
    table = table.complete((*names, target))
    y = table[target]
    if y.min() == y.max():
        raise TableError(f"{table.source}: {target} is {y[0]:g} in every row; there is nothing to predict.")
    X = np.column_stack([table[name] for name in names])
    notes = _notes(table, target, X, names, ignored=inputs is None)
    if len(y) > rows:
        some = np.sort(np.random.default_rng((seed, 12)).choice(len(y), rows, replace=False))
        notes.append(f"compared on {rows:,} of {len(y):,} rows, drawn at random")
        X, y = X[some], y[some]
    return Measurements(X, y, names, target, table, tuple(notes))


def _inputs(table: Table, target: str, inputs: Sequence[str] | None) -> tuple[str, ...]:
    if inputs is None:
        names = tuple(name for name in table.columns if name != target and name not in table.unusable)
    else:
        names = tuple(table.find(name) for name in ([inputs] if isinstance(inputs, str) else inputs))
    if target in names:
        raise ParameterError(f"{target} is the target; it cannot be an input too.")
    if len(set(names)) < len(names):
        raise ParameterError(f"an input is named twice in {', '.join(names)}.")
    if not names:
        raise TableError(f"{table.source} has no column of numbers beside {target} to predict it from.")
    return names


def _notes(table: Table, target: str, X: Array, names: tuple[str, ...], *, ignored: bool) -> list[str]:
    notes = []
    if ignored and table.unusable:
        notes.append(f"columns without numbers were not used: {listing(table.unusable)}")
    constant = [name for name, column in zip(names, X.T, strict=True) if column.min() == column.max()]
    if constant:
        notes.append(f"the same value in every row: {listing(constant)}")
    return notes
