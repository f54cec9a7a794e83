"""The rows that a network can learn from, and everything that is refused about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from educe.engines.condition import rows_where
from educe.errors import ParameterError, TableError
from educe.table import as_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from educe.table import Table

Array = NDArray[np.float64]

SMALLEST = 1e-140  # a spread whose squares, and those of its rounding, are still numbers
LARGEST = 1e140


@dataclass(frozen=True, eq=False)
class Usable:
    """Complete rows: X (n, d), Y (n, targets), weights (n,) or None, and the columns' names."""

    table: Table
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    X: Array
    Y: Array
    weights: Array | None


def usable(
    data: Any,
    target: str | Sequence[str],
    *,
    inputs: Sequence[str] | None,
    sigma: str | None,
    where: str | None,
) -> Usable:
    """Return the complete rows of some data; the arguments are those of `learn`.

    Raises TableError for rows that nothing can be learned from, ParameterError for names that cannot be.
    """
    table = rows_where(as_table(data), where)
    targets = targets_in(table, target)
    names = inputs_in(table, targets, inputs, sigma)
    table = table.complete((*names, *targets, *([sigma] if sigma else [])))
    if table.n < 2:
        raise TableError(
            f"{table.source} has {table.n} usable row; nothing can be learned from fewer than 2."
        )
    for name in targets:
        check_target(table[name], name, table.source)
    for name in names:
        check_size(table[name], name, table.source)
    return Usable(
        table,
        names,
        targets,
        np.column_stack([table[name] for name in names]),
        np.column_stack([table[name] for name in targets]),
        None if sigma is None else _weights(table, sigma),
    )


def check_target(y: Array, name: str, source: str) -> None:
    """Raise TableError for a target that is constant, or whose squares are no numbers."""
    if y.min() == y.max():
        raise TableError(f"{source}: {name} is {y[0]:g} in every row; there is nothing to learn.")
    check_size(y, name, source)


def check_size(values: Array, name: str, source: str) -> None:
    """Raise TableError for a column whose size or spread has a square that no float64 holds."""
    size = float(np.abs(values).max())
    spread = float(values.max() / 2.0 - values.min() / 2.0) * 2.0
    if size > LARGEST or 0.0 < spread < SMALLEST:
        found = f"values up to {size:.1g}" if size > LARGEST else f"a spread of {spread:.1g}"
        raise TableError(
            f"{source}: {name} has {found}, whose square no number can hold; {SMALLEST:g} to {LARGEST:g} "
            "is allowed. Give it in another unit."
        )


def targets_in(table: Table, target: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names of the targets, which must be columns of numbers: see `learn`."""
    names = (target,) if isinstance(target, str) else tuple(target)
    if not names:
        raise ParameterError("no target was named; give the column, or the columns, to be learned.")
    found = tuple(table.find(name) for name in names)  # refuses what is no column, or no numbers
    for name in found:
        if found.count(name) > 1:
            raise ParameterError(f"{name} is named twice among the targets.")
    return found


def inputs_in(
    table: Table, targets: tuple[str, ...], inputs: Sequence[str] | None, sigma: str | None
) -> tuple[str, ...]:
    """Return the names of the inputs, all other columns of numbers where none were named: see `learn`."""
    if inputs is None:
        skipped = {*targets, *([table.find(sigma)] if sigma else [])}
        names = tuple(name for name in table.columns if name not in skipped and name not in table.unusable)
    else:
        names = tuple(table.find(name) for name in ([inputs] if isinstance(inputs, str) else inputs))
    for name in names:
        if name in targets:
            raise ParameterError(
                f"{name} is {'the' if len(targets) == 1 else 'a'} target; it cannot be an input too."
            )
        if names.count(name) > 1:
            raise ParameterError(f"{name} is named twice among the inputs.")
    if not names:
        raise TableError(
            f"{table.source} has no column of numbers beside {', '.join(targets)} to learn it from."
        )
    return names


def _weights(table: Table, sigma: str) -> Array:
    """Return 1/sigma^2 with mean 1."""
    s = table[sigma]
    if not s.min() > 0.0:
        raise TableError(f"{table.source}: sigma must be above 0; {sigma} is {s.min():g} in one row.")
    w = np.square(s.min() / s)
    if not w.min() > 0.0:
        raise TableError(
            f"{table.source}: {sigma} runs from {s.min():g} to {s.max():g}; beside the smallest, rows of the largest "
            "would weigh nothing. Leave them out, or give a larger smallest error."
        )
    return np.asarray(w / w.mean(), dtype=np.float64)
